"""What searches of a `LatentDesigner` give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class DesignResult:
    """What `LatentDesigner.optimize` has found, a row for each start.

    Parameters
    ----------
    rows : table of shape (n_starts, n_features), or images
        The best row of each start: the one with the lowest value among those that keep to all limits, or if there are
        none the one that violates them least.
    points : ndarray of shape (n_starts, n_latents)
        The latent points that they were decoded from; where a start was not improved, its own point.
    values : ndarray of shape (n_starts,)
        Their objective values.
    is_feasible : ndarray of bool, shape (n_starts,)
        Whether they keep to all limits.
    has_reached : ndarray of bool, shape (n_starts,)
        Whether they keep to all limits with a value of at most the target; False without a target.
    starts : table of shape (n_starts, n_features), or images
        The rows that the searches started from.
    n_evaluations : ndarray of int, shape (n_starts,)
        Rows that were decoded and judged.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.applications import DesignResult
    >>> result = DesignResult(
    ...     rows=np.array([[1.0], [2.0], [0.0]]),
    ...     points=np.zeros((3, 1)),
    ...     values=np.array([1.0, 2.0, 0.0]),
    ...     is_feasible=np.array([True, True, False]),
    ...     has_reached=np.array([False, False, False]),
    ...     starts=np.zeros((3, 1)),
    ...     n_evaluations=np.array([9, 9, 9]),
    ... )
    >>> result.best
    0
    """

    rows: Any
    points: np.ndarray
    values: np.ndarray
    is_feasible: np.ndarray
    has_reached: np.ndarray
    starts: Any
    n_evaluations: np.ndarray

    @property
    def best(self) -> int:
        """Return the position of the feasible row with the lowest value.

        Raises
        ------
        ValueError
            If no row keeps to all limits.
        """
        if not self.is_feasible.any():
            raise ValueError(
                f"the best row must keep to all limits, got none among {len(self.values)} that does"
            )
        return int(np.where(self.is_feasible, self.values, np.inf).argmin())


@dataclass(frozen=True, eq=False)
class Counterfactuals:
    """What `LatentDesigner.counterfactuals` has found, a row for each row asked about.

    Parameters
    ----------
    rows : table of shape (n_samples, n_features)
        The changed rows; where none was found, the row as it was.
    originals : table of shape (n_samples, n_features)
        The rows that were asked about.
    is_found : ndarray of bool, shape (n_samples,)
        Whether the classifier gives the changed row a wanted class.
    is_plausible : ndarray of bool, shape (n_samples,)
        Whether the model finds the changed row no less likely than the original, or than the least likely of the
        share of real rows that was asked for.
    changed : ndarray of bool, shape (n_samples, n_features)
        Which cells differ.
    distances : ndarray of shape (n_samples,)
        How far the rows have moved: the sum over changed cells, where a number counts the share of the real rows that
        it passes, and another cell 1.
    labels_before, labels : ndarray of shape (n_samples,)
        Classes of the originals and of the changed rows.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.applications import Counterfactuals
    >>> found = Counterfactuals(
    ...     rows=np.array([[1.0, 5.0]]),
    ...     originals=np.array([[1.0, 2.0]]),
    ...     is_found=np.array([True]),
    ...     is_plausible=np.array([True]),
    ...     changed=np.array([[False, True]]),
    ...     distances=np.array([0.3]),
    ...     labels_before=np.array([0]),
    ...     labels=np.array([1]),
    ... )
    >>> found.n_changed.tolist()
    [1]
    >>> found.changes()
       row column before after
    0    0      1    2.0   5.0
    """

    rows: Any
    originals: Any
    is_found: np.ndarray
    is_plausible: np.ndarray
    changed: np.ndarray
    distances: np.ndarray
    labels_before: np.ndarray
    labels: np.ndarray

    @property
    def n_changed(self) -> np.ndarray:
        """Return the number of changed cells of each row, shape (n_samples,)."""
        return self.changed.sum(axis=1)

    def changes(self) -> pd.DataFrame:
        """Return every changed cell: position of the row, column, and the cell before and after."""
        before, after = pd.DataFrame(self.originals), pd.DataFrame(self.rows)
        positions, columns = (places.tolist() for places in np.nonzero(self.changed))
        cells = {
            "row": positions,
            "column": [before.columns[j] for j in columns],
            "before": [before.iat[i, j] for i, j in zip(positions, columns, strict=True)],
            "after": [after.iat[i, j] for i, j in zip(positions, columns, strict=True)],
        }
        return pd.DataFrame(cells).astype({"column": object, "before": object, "after": object})
