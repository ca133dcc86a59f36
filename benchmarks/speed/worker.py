"""One measurement of speed in a process of its own; prints one line of JSON.

Run as ``PYTHON _speed_worker.py METHOD JSON``, as `scaling.py` does. The interpreter needs pandas and
the library of the method alone. What a method does: learn from the table, and make the rows that bring all classes to
the size of the largest. Methods that know no class learn the target as one more column and make as many rows of any
class.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.speed.tables import Shape, make_table, read_adult

# Epochs of two short runs, from whose difference long ones are computed.
SHORT_RUNS = (1, 11)


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far."""
    unit = 1 if platform.system() == "Darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def encode(table: pd.DataFrame, one_hot: bool = False) -> np.ndarray:
    """Return standardised numbers and category codes, or indicators in their place."""
    numbers = table.select_dtypes("number").to_numpy(dtype=float)
    numbers = (numbers - numbers.mean(axis=0)) / (numbers.std(axis=0) + 1e-12)
    categories = table.select_dtypes(exclude="number").astype("category")
    if one_hot:
        return np.hstack([numbers, pd.get_dummies(categories).to_numpy(dtype=float)])
    codes = [column.cat.codes.to_numpy(dtype=float) for _, column in categories.items()]
    return np.column_stack([numbers, *codes])


def count_new(y: np.ndarray) -> int:
    """Return the number of rows that bring all classes to the size of the largest."""
    counts = np.bincount(y)
    return int((counts.max() - counts).sum())


def cvae_sampler(table: pd.DataFrame, y: np.ndarray, _: int | None) -> int:
    """`CVAESampler().fit_resample`."""
    from vaesynth import CVAESampler

    return len(CVAESampler(random_state=0).fit_resample(table, y)[1]) - len(y)


def cvae(table: pd.DataFrame, y: np.ndarray, _: int | None) -> int:
    """`CVAE().fit(X, y).sample()`: a whole new table of the same classes."""
    from vaesynth import CVAE

    return len(CVAE(random_state=0).fit(table, y).sample(len(y), y=y))


def smote(table: pd.DataFrame, y: np.ndarray, _: int | None) -> int:
    """SMOTE, or SMOTENC where there are categories, of the standardised table."""
    from imblearn.over_sampling import SMOTE, SMOTENC

    X = encode(table)
    n_numbers = table.select_dtypes("number").shape[1]
    categorical = list(range(n_numbers, X.shape[1]))
    sampler = (
        SMOTENC(categorical_features=categorical, random_state=0)
        if categorical
        else SMOTE(random_state=0)
    )
    return len(sampler.fit_resample(X, y)[1]) - len(y)


def tvae(table: pd.DataFrame, y: np.ndarray, epochs: int | None) -> int:
    """Learn the whole table with ctgan's TVAE, at its defaults but for the epochs, and draw rows."""
    from ctgan import TVAE

    discrete = [*table.select_dtypes(exclude="number").columns, "target"]
    model = TVAE(epochs=300 if epochs is None else epochs, cuda=False)
    model.set_random_state(0)
    model.fit(table.assign(target=y), discrete_columns=discrete)
    return len(model.sample(count_new(y)))


def pythae(table: pd.DataFrame, y: np.ndarray, epochs: int | None) -> int:
    """Learn standardised numbers and indicators with pythae's VAE at its defaults, and draw rows."""
    import logging
    import tempfile

    from pythae.models import VAE, VAEConfig
    from pythae.pipelines import TrainingPipeline
    from pythae.samplers import NormalSampler
    from pythae.trainers import BaseTrainerConfig

    logging.disable(logging.CRITICAL)
    X = encode(table.assign(target=pd.Categorical(y)), one_hot=True).astype(np.float32)
    model = VAE(VAEConfig(input_dim=(X.shape[1],)))
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, num_epochs=100 if epochs is None else epochs, no_cuda=True
        )
        TrainingPipeline(training_config=config, model=model)(train_data=X)
    return len(NormalSampler(model).sample(num_samples=count_new(y), batch_size=500))


METHODS: dict[str, tuple[Callable[..., int], str, int | None]] = {
    "CVAESampler": (cvae_sampler, "vaesynth", None),
    "CVAE": (cvae, "vaesynth", None),
    "SMOTE": (smote, "imbalanced-learn", None),
    "TVAE": (tvae, "ctgan", 300),
    "pythae": (pythae, "pythae", 100),
}


def measure(method: str, request: dict[str, Any]) -> dict[str, Any]:
    """Run a method once on a warm interpreter and return seconds and memory."""
    make, library, epochs = METHODS[method]
    adult = request.get("adult")
    table, y = (
        read_adult(Path(adult), request["shape"]["n_rows"])
        if adult
        else make_table(Shape(**request["shape"]))
    )
    warm_up, labels = make_table(Shape(200, 3, 2))
    make(warm_up, labels, 1)
    record: dict[str, Any] = {"base_mb": peak_megabytes(), "version": version(library)}
    runs = SHORT_RUNS if epochs and request["short"] else (None,)
    walls, processors = [], []
    for n_epochs in runs:
        start, processor = time.perf_counter(), time.process_time()
        record["n_new"] = make(table, y, n_epochs)
        walls.append(time.perf_counter() - start)
        processors.append(time.process_time() - processor)
    record["extrapolated"] = len(runs) > 1
    for name, seconds in (("seconds", walls), ("processor_seconds", processors)):
        if len(runs) > 1:
            epoch = (seconds[1] - seconds[0]) / (runs[1] - runs[0])
            record[name] = seconds[0] + (epochs - runs[0]) * epoch
        else:
            record[name] = seconds[0]
    return record | {"peak_mb": peak_megabytes()}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(measure(sys.argv[1], json.loads(sys.argv[2]))))
