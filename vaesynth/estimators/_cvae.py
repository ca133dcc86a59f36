"""The conditional VAE as an estimator."""

from __future__ import annotations

import numbers
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import _fit_context
from sklearn.utils.validation import check_is_fitted

from vaesynth._threads import single_thread
from vaesynth._validation import draw_seed
from vaesynth.drawing import Parents, PriorDraw, RowSource, Strategy
from vaesynth.estimators._base import BaseVAE
from vaesynth.estimators._target import check_weights, encode_target


class CVAE(BaseVAE):
    """Conditional variational autoencoder of a table with a class label.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Dimension of the latent space.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import CVAE
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> CVAE(random_state=0).fit(X, y).sample(3, y=2).shape
    (3, 4)
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the distribution of the rows of each class."""
        self.classes_, codes = encode_target(X, y)
        weight = check_weights(X, codes, self.classes_, sample_weight)
        self._fit_model(X, codes, len(self.classes_), weight)
        self.class_count_ = np.bincount(codes, minlength=len(self.classes_))
        return self

    def sample(self, n_samples: int, y: Any, random_state: Any = None) -> Any:
        """Draw new rows of one class from its prior.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        y : label
            The class, one of `classes_`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.

        Returns
        -------
        table of shape (n_samples, n_features)
            In the container and types of the fitted one.

        Raises
        ------
        ValueError
            If `y` is no fitted class or `n_samples` is not positive.
        """
        check_is_fitted(self)
        label = self._label_code(y)
        return self.draw(RowSource(self.module_), PriorDraw(), label, n_samples, random_state)[0]

    def draw(
        self,
        source: RowSource,
        strategy: Strategy,
        label: int,
        n_samples: int,
        random_state: Any = None,
    ) -> tuple[Any, np.ndarray | None]:
        """Draw rows of the class with code `label` by any strategy: the table, and the parents' positions or None."""
        if not isinstance(n_samples, numbers.Integral) or n_samples < 1:
            raise ValueError(f"`n_samples` must be an integer of at least 1, got {n_samples!r}")
        seed = self._next_seed() if random_state is None else draw_seed(random_state)
        for_rows, for_cells = np.random.SeedSequence(seed).spawn(2)
        drawn = source.draw(label, int(n_samples), strategy, for_rows)
        return self._decode(drawn.rows, for_cells), drawn.parents

    def make_source(self, X: Any, y: Any, sample_weight: Any = None) -> RowSource:
        """Source of new rows that start from the given real ones."""
        check_is_fitted(self)
        rows, codes = self._encode(X), self._label_codes(y)
        weight = check_weights(X, codes, self.classes_, sample_weight)
        parents = {}
        with single_thread():
            for label in range(len(self.classes_)):
                members = np.flatnonzero(codes == label)
                part = rows.take(torch.from_numpy(members).to(self.device_))
                parents[label] = Parents.encode(self.module_, part, label, weight[members], members)
        return RowSource(self.module_, parents, n_jobs=self.n_jobs or 1)

    def _label_codes(self, y: Any) -> np.ndarray:
        labels = np.asarray(y)
        codes = np.searchsorted(self.classes_, labels)
        known = self.classes_[np.minimum(codes, len(self.classes_) - 1)] == labels
        if not np.all(known):
            unknown = np.unique(labels[~known]).tolist()
            raise ValueError(
                f"`y` must be of the fitted classes {self.classes_.tolist()}, got {unknown}"
            )
        return codes

    def _label_code(self, y: Any) -> int:
        matches = [code for code, label in enumerate(self.classes_.tolist()) if label == y]
        if not matches:
            raise ValueError(
                f"`y` must be one of the fitted classes {self.classes_.tolist()}, got {y!r}"
            )
        return matches[0]
