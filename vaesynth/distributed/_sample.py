"""Generation of rows by several workers of a Ray cluster, into a folder of Parquet files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.distributed._part_folder import PartFolder
from vaesynth.estimators import CVAE, VAE, check_count, next_draw_seed
from vaesynth.saving import load
from vaesynth.streaming import as_arrow


@dataclass(frozen=True)
class DrawPlan:
    """Rows numbered from 0 and cut into parts of equal length, the last one shorter.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    rows_per_part : int
        Rows of a part.
    seed : int
        With the number of a part the seed of its stream.
    y : label or None
        Class of all rows; with None, a model with classes draws them.
    target : str or None
        Name of the column of classes.

    Examples
    --------
    >>> plan = DrawPlan(n_samples=25, rows_per_part=10, seed=0, y=None, target=None)
    >>> [plan.count(part) for part in range(plan.n_parts)]
    [10, 10, 5]
    """

    n_samples: int
    rows_per_part: int
    seed: int
    y: Any
    target: str | None

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return -(-self.n_samples // self.rows_per_part)

    def count(self, part: int) -> int:
        """Return the number of rows of a part."""
        return min(self.rows_per_part, self.n_samples - part * self.rows_per_part)

    def check(self, model: Any) -> None:
        """Raise a ValueError if the model has no such class or cannot have such a column."""
        if not hasattr(model, "classes_"):
            if self.y is not None or self.target is not None:
                raise ValueError(
                    "`y` and `target` must be None for a model without classes, "
                    f"got {self.y!r} and {self.target!r}"
                )
        elif self.y is not None and self.y not in model.classes_.tolist():
            raise ValueError(
                f"`y` must be one of the fitted classes {model.classes_.tolist()}, got {self.y!r}"
            )
        if self.target in list(getattr(model, "feature_names_in_", [])):
            raise ValueError(f"`target` must be no column of the table, got {self.target!r}")

    def draw(self, model: Any, part: int) -> Any:
        """Draw the rows of a part.

        Parameters
        ----------
        model : VAE, BetaVAE or CVAE
            Fitted estimator; it stays as it is.
        part : int
            Number of the part.

        Returns
        -------
        pyarrow.Table of shape (count(part), n_features)
            Or with one column more, `target`.
        """
        for_labels, for_rows = np.random.SeedSequence(self.seed, spawn_key=(part,)).spawn(2)
        row_seed = int(for_rows.generate_state(1)[0])
        n_rows = self.count(part)
        if not hasattr(model, "classes_"):
            return as_arrow(model.sample(n_rows, random_state=row_seed))
        labels = self._draw_labels(model, n_rows, np.random.default_rng(for_labels))
        table = as_arrow(model.sample(n_rows, y=labels, random_state=row_seed))
        if self.target is None:
            return table
        return table.append_column(self.target, [pd.Series(labels)])

    def _draw_labels(self, model: Any, n_rows: int, generator: np.random.Generator) -> np.ndarray:
        if self.y is not None:
            code = model.classes_.tolist().index(self.y)
            return np.repeat(model.classes_[code : code + 1], n_rows)
        shares = model.class_count_ / model.class_count_.sum()
        return generator.choice(model.classes_, size=n_rows, p=shares)


def sample_on_ray(
    model: Any,
    n_samples: int,
    destination: str | os.PathLike[str],
    *,
    y: Any = None,
    target: str | None = None,
    n_workers: int | None = None,
    rows_per_file: int = 100_000,
    random_state: Any = None,
) -> list[str]:
    """Draw rows of a fitted estimator on Ray into a folder of Parquet files.

    The rows are numbered and divided by number into the files ``part-00000.parquet``, ``part-00001.parquet`` and so on.
    Each file has its own stream of random numbers, made from the seed and the number of the file. The same seed
    therefore gives the same files for any number of workers. If a lost worker leaves a file unfinished, the same file
    is drawn again.

    Without a running Ray, one starts on this machine; ``ray.init(address=...)`` before the call joins a cluster.

    Parameters
    ----------
    model : VAE, BetaVAE or CVAE, str or path-like
        A fitted estimator, or the file to which one was saved.
    n_samples : int
        Number of rows.
    destination : str or path-like
        Folder that is not there or empty; on several machines one that all share, such as ``"s3://bucket/rows"``.
    y : label, optional
        Class of all rows, of a `CVAE`. Without it the classes are drawn with their shares among the training rows.
    target : str, optional
        Name of a last column, of classes; without it the files have none.
    n_workers : int, optional
        Number of workers; by default as many as the cluster has CPUs, but no more than files.
    rows_per_file : int, default=100_000
        Rows of a file, which a worker holds in memory. Another number gives other rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the draw. None goes on in the stream of the fit: every call gives other rows.

    Returns
    -------
    list of str
        The files, in the order of the rows.

    Raises
    ------
    ImportError
        If Ray is not installed.
    FileExistsError
        If there is something in the folder.
    TypeError
        If the model is of another kind.
    ValueError
        If a number is not positive, `y` is no fitted class, or `target` is one of the columns.

    Examples
    --------
    >>> from vaesynth.distributed import sample_on_ray
    >>> sample_on_ray(  # doctest: +SKIP
    ...     "cvae.safetensors", n_samples=1_000_000, y=1, destination="out/", random_state=0
    ... )
    """
    fitted = load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(fitted, (VAE, CVAE)):
        raise TypeError(f"`model` must be a VAE, BetaVAE or CVAE, got {type(fitted).__name__}")
    for name, value in (("n_samples", n_samples), ("rows_per_file", rows_per_file)):
        check_count(name, value)
    if n_workers is not None:
        check_count("n_workers", n_workers)
    seed = next_draw_seed(fitted, random_state)
    plan = DrawPlan(int(n_samples), int(rows_per_file), seed, y, target)
    plan.check(fitted)
    folder = PartFolder.of(destination)
    folder.prepare()
    written = _draw_all(fitted, plan, folder, n_workers)
    folder.clean()
    _check_written(written, plan)
    return [folder.name(part) for part in range(plan.n_parts)]


class PartWriter:
    """A worker: it draws parts and writes each to its file.

    Parameters
    ----------
    model : ray.ObjectRef
        Fitted estimator.
    plan : DrawPlan
        What to draw.
    folder : PartFolder
        Where to.
    """

    def __init__(self, model: Any, plan: DrawPlan, folder: PartFolder) -> None:
        self.model = import_optional("ray", extra="ray").get(model)
        self.plan, self.folder = plan, folder

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Write the parts of a batch and tell how many rows each has."""
        counts = []
        for part in batch["part"].tolist():
            table = self.plan.draw(self.model, part)
            self.folder.write(part, table)
            counts.append(len(table))
        return {"part": batch["part"], "n_rows": np.array(counts)}


def _draw_all(
    model: Any, plan: DrawPlan, folder: PartFolder, n_workers: int | None
) -> dict[int, int]:
    """Return the rows that were written, by the number of the part."""
    ray, ray_data = import_optional("ray", extra="ray"), import_optional("ray.data", extra="ray")
    # A list, not Ray's range: tasks that make one would wait for the CPUs that the workers have.
    numbers_of_parts = [{"part": part} for part in range(plan.n_parts)]
    parts = ray_data.from_items(numbers_of_parts, override_num_blocks=plan.n_parts)
    if n_workers is None:
        n_workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
    drawn = parts.map_batches(
        PartWriter,
        batch_size=1,
        batch_format="numpy",
        compute=ray_data.ActorPoolStrategy(size=min(n_workers, plan.n_parts)),
        fn_constructor_args=(ray.put(model), plan, folder),
    )
    return {row["part"]: row["n_rows"] for row in drawn.take_all()}


def _check_written(written: dict[int, int], plan: DrawPlan) -> None:
    expected = {part: plan.count(part) for part in range(plan.n_parts)}
    if written != expected:
        raise RuntimeError(
            f"the files must have {plan.n_samples} rows in {plan.n_parts} parts, "
            f"got {sum(written.values())} in {len(written)}"
        )
