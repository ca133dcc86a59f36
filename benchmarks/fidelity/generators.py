"""Generators of whole tables behind one call: fit real rows, sample as many with the target among the columns.

Each gets the table in the form in which its user would give it, and runs at its defaults unless parameters are named.
Generators that take a class (`cvae`, `smotenc`) make as many rows of each class as there are to learn from; the others
draw the target like any other column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.fidelity.tables import TARGET, RealRows
from benchmarks.shared.preprocessing import TablePreprocessor
from benchmarks.shared.samplers import parse_parameters


class CVAEGenerator:
    """The conditional VAE of this library, given categories as a user has them."""

    def __init__(self, seed: int, **parameters: Any) -> None:
        from vaesynth import CVAE

        self.model = CVAE(random_state=seed, **parameters)
        self.seed = seed

    def fit(self, real: RealRows) -> None:
        """Learn the rows of each class."""
        X = real.train.drop(columns=TARGET)
        names = [name for name in real.categories if name != TARGET]
        X = X.astype(dict.fromkeys(names, "category"))
        self.target = real.train[TARGET]
        self.model.fit(X, self.target.to_numpy())

    def sample(self, n_rows: int) -> pd.DataFrame:
        """Draw rows with the classes of the training rows."""
        y = self.target.sample(n_rows, random_state=self.seed).to_numpy()
        X = self.model.sample(n_rows, y=y, random_state=self.seed)
        return X.assign(**{TARGET: y})


class CtganGenerator:
    """TVAE or CTGAN of the package ctgan."""

    def __init__(self, seed: int, class_name: str, **parameters: Any) -> None:
        import ctgan

        self.model = getattr(ctgan, class_name)(**parameters)
        self.seed = seed

    def fit(self, real: RealRows) -> None:
        """Learn the table."""
        self.model.set_random_state(self.seed)
        self.model.fit(real.train, discrete_columns=real.categories)

    def sample(self, n_rows: int) -> pd.DataFrame:
        """Draw rows."""
        return self.model.sample(n_rows)


class GaussianCopulaGenerator:
    """The Gaussian copula of SDV, which fixes its own seed."""

    def __init__(self, seed: int, **parameters: Any) -> None:  # noqa: ARG002
        import sdv.single_table

        self.make = sdv.single_table.GaussianCopulaSynthesizer
        self.parameters = parameters

    def fit(self, real: RealRows) -> None:
        """Learn the table."""
        from sdv.metadata import Metadata

        kinds = {
            name: {"sdtype": "numerical" if name in real.numbers else "categorical"}
            for name in real.train.columns
        }
        metadata = Metadata.load_from_dict({"tables": {"rows": {"columns": kinds}}})
        self.model = self.make(metadata, **self.parameters)
        self.model.fit({"rows": real.train})

    def sample(self, n_rows: int) -> pd.DataFrame:
        """Draw rows."""
        return self.model.sample(n_rows)["rows"]


class SmotencGenerator:
    """SMOTENC over every class: as many rows again of each, made from real ones; SMOTE or SMOTEN as columns ask."""

    def __init__(self, seed: int, k_neighbors: int = 5) -> None:
        self.seed, self.k_neighbors = seed, k_neighbors

    def fit(self, real: RealRows) -> None:
        """Keep the rows as standardised numbers and category codes."""
        self.preprocessor = TablePreprocessor().fit(real.train.drop(columns=TARGET))
        self.scaled = self.preprocessor.scale(real.train)
        self.target = real.train[TARGET].to_numpy()

    def sample(self, n_rows: int) -> pd.DataFrame:
        """Make rows; `n_rows` must be the number of training rows."""
        if n_rows != len(self.target):
            raise ValueError(f"smotenc makes {len(self.target)} rows, asked for {n_rows}")
        labels, counts = np.unique(self.target, return_counts=True)
        if counts.min() <= self.k_neighbors:
            raise ValueError(
                f"smotenc needs {self.k_neighbors + 1} rows a class, got {counts.min()}"
            )
        sampler = self._make(dict(zip(labels, 2 * counts, strict=True)))
        rows, target = sampler.fit_resample(self.scaled, self.target)
        frame = self._restore(rows[len(self.scaled) :])
        return frame.assign(**{TARGET: target[len(self.scaled) :]})

    def _make(self, totals: dict) -> Any:
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

        common = {
            "sampling_strategy": totals,
            "random_state": self.seed,
            "k_neighbors": self.k_neighbors,
        }
        categorical = self.preprocessor.categorical_indices
        if not categorical:
            return SMOTE(**common)
        if len(categorical) == self.scaled.shape[1]:
            return SMOTEN(**common)
        return SMOTENC(categorical_features=categorical, **common)

    def _restore(self, scaled: np.ndarray) -> pd.DataFrame:
        known = self.preprocessor
        numbers = scaled[:, : len(known.numbers_)] * known.scales_ + known.means_
        columns = dict(zip(known.numbers_, numbers.T, strict=True))
        for name, levels, index in zip(
            known.categories_, known.levels_, known.categorical_indices, strict=True
        ):
            columns[name] = np.asarray(levels, dtype=object)[scaled[:, index].astype(int)]
        return pd.DataFrame(columns)


class ForestGenerator:
    """ForestDiffusion, with the target as its label; its size is given by parameters."""

    def __init__(self, seed: int, **parameters: Any) -> None:
        import ForestDiffusion

        self.make = ForestDiffusion.ForestDiffusionModel
        self.seed, self.parameters = seed, parameters

    def fit(self, real: RealRows) -> None:
        """Train one forest per column, noise level and class."""
        X = real.train.drop(columns=TARGET)
        self.names = list(X.columns)
        self.levels = {name: np.unique(X[name]) for name in self.names if name not in real.numbers}
        codes = {name: np.searchsorted(levels, X[name]) for name, levels in self.levels.items()}
        self.labels, y = np.unique(real.train[TARGET], return_inverse=True)
        is_binary = {name: len(levels) == 2 for name, levels in self.levels.items()}
        self.model = self.make(
            X.assign(**codes).to_numpy(dtype=float),
            label_y=y,
            bin_indexes=[self.names.index(name) for name, two in is_binary.items() if two],
            cat_indexes=[self.names.index(name) for name, two in is_binary.items() if not two],
            int_indexes=[
                self.names.index(name) for name in real.numbers if X[name].dtype.kind in "iu"
            ],
            seed=self.seed,
            n_jobs=1,
            **self.parameters,
        )

    def sample(self, n_rows: int) -> pd.DataFrame:
        """Draw rows."""
        drawn = self.model.generate(batch_size=n_rows)
        frame = pd.DataFrame(drawn[:, :-1], columns=self.names)
        texts = {
            name: levels[frame[name].round().astype(int)] for name, levels in self.levels.items()
        }
        return frame.assign(**texts, **{TARGET: self.labels[drawn[:, -1].round().astype(int)]})


_GENERATORS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "cvae": (CVAEGenerator, {}),
    "tvae": (CtganGenerator, {"class_name": "TVAE"}),
    "ctgan": (CtganGenerator, {"class_name": "CTGAN"}),
    "gaussian-copula": (GaussianCopulaGenerator, {}),
    "smotenc": (SmotencGenerator, {}),
    "forest": (ForestGenerator, {}),
}
REAL = "real"
GENERATOR_NAMES = (*_GENERATORS, REAL)


def make_generator(name: str, seed: int) -> Any:
    """Return a generator by its name on the command line, its library already imported.

    ``cvae@label:param=value,...`` names one with parameters; the optional label keeps the results of two states of
    the code apart.
    """
    base, _, parameters = name.partition(":")
    base = base.partition("@")[0]
    if base not in _GENERATORS:
        raise SystemExit(f"no generator {name!r}; known: {', '.join(GENERATOR_NAMES)}")
    make, fixed = _GENERATORS[base]
    return make(seed, **fixed, **parse_parameters(parameters))
