"""Which rows are drawn in which part, each from a stream of random numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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
        Class of all rows; None draws classes where there are some.
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
