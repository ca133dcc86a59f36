"""The score that asks the model alone."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from vaesynth._sklearn import num_samples
from vaesynth.applications._outliers._neighbor_score import Reading
from vaesynth.estimators import VAE, read_known


class BoundScore:
    r"""Score rows by the importance-weighted bound on :math:`\log p(x)` of a fitted model.

    Parameters
    ----------
    model : VAE
        The fitted model.
    n_learned : int
        Number of rows that it has learned.
    n_importance_samples : int
        Posterior draws for the bound of a row.
    """

    def __init__(self, model: VAE, n_learned: int, n_importance_samples: int) -> None:
        self.model = model
        self.n_learned = n_learned
        self.n_importance_samples = n_importance_samples

    @classmethod
    def fit(
        cls,
        model: VAE,
        X_learned: Any,
        X_held_out: Any | None,
        n_importance_samples: int,
        *,
        reads_learned: bool,
    ) -> tuple[Self, np.ndarray, list[Reading]]:
        """Fit the model, and say how rows that were not learned score.

        Parameters
        ----------
        model : VAE
            The model; it is fitted in place.
        X_learned : table or images
            Rows that it learns.
        X_held_out : table or images, optional
            Rows that it does not.
        n_importance_samples : int
            Posterior draws for the bound of a row.
        reads_learned : bool
            Whether the scores of learned rows are asked for.

        Returns
        -------
        score : BoundScore
        usual : ndarray of shape (n_rows, n_features + 1)
            As :meth:`parts`, of the held-out rows, else of the learned ones.
        readings : list of Reading
            The learned rows, where they are asked for or none were held out, and the held-out ones.
        """
        score = cls(model.fit(X_learned), num_samples(X_learned), n_importance_samples)
        given = [X_learned] if reads_learned or X_held_out is None else []
        given += [] if X_held_out is None else [X_held_out]
        readings = [score.read(X) for X in given]
        return score, score.parts(readings[-1]), readings

    @property
    def n_features(self) -> int:
        """Number of columns or pixels."""
        return self.model.n_features_in_

    @property
    def feature_names(self) -> np.ndarray | None:
        """Names of the columns, or None where they are not all strings."""
        return getattr(self.model, "feature_names_in_", None)

    def read(self, X: Any) -> Reading:
        """Read rows; typical contents stand for those that no learned row has."""
        return Reading(*read_known(self.model, X))

    def scores(self, reading: Reading) -> np.ndarray:
        """Return the score of each row, shape (n_rows,)."""
        return self.parts(reading).sum(axis=1)

    def parts(self, reading: Reading) -> np.ndarray:
        """Return what columns, and last no column alone, add to scores, shape (n_rows, n_features + 1)."""
        n_samples = self.n_importance_samples
        parts = self.model.score_columns(
            reading.rows, n_importance_samples=n_samples, units="encoded"
        )
        parts[:, :-1] -= np.log(self.n_learned + 2) * reading.is_unknown
        return parts
