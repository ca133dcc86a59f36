"""What design asks of a fitted autoencoder: rows to latent points and back, with or without classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted


def is_fitted(model: Any) -> bool:
    """Return whether a model is fitted."""
    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True


class LatentModel:
    """A fitted `VAE`, `BetaVAE` or `CVAE`.

    Parameters
    ----------
    model : estimator with ``transform``, ``inverse_transform``, ``sample`` and ``score_samples``
        Refused unless it is fitted and has latents that tell rows apart.
    """

    def __init__(self, model: Any) -> None:
        needed = ("transform", "inverse_transform", "sample", "score_samples")
        if not all(hasattr(model, name) for name in needed):
            raise TypeError(
                f"`model` must be a VAE, BetaVAE or CVAE with {list(needed)}, got {type(model).__name__}"
            )
        check_is_fitted(model)
        if getattr(model, "active_units_", None) == 0:
            raise ValueError(
                "the latents of `model` must tell rows apart, got a model with no active unit: fit it with a lower "
                "`beta`, and decoder='independent'"
            )
        self.model = model
        self.has_classes = hasattr(model, "classes_")

    def encode(self, rows: Any, y: Any = None) -> np.ndarray:
        """Return posterior means, shape (n_rows, n_latents)."""
        return np.asarray(self.model.transform(rows, **self._given(y)), dtype=float)

    def decode(self, points: np.ndarray, y: Any = None) -> Any:
        """Return the likeliest rows at latent points."""
        return self.model.inverse_transform(points, **self._given(y))

    def sample(self, n_samples: int, y: Any, random_state: Any) -> Any:
        """Draw rows from the prior."""
        return self.model.sample(n_samples, random_state=random_state, **self._given(y))

    def score(self, rows: Any) -> np.ndarray:
        """Return how likely rows are, in nats, shape (n_rows,)."""
        return np.asarray(self.model.score_samples(rows), dtype=float)

    def labels(self, y: Any, n_rows: int) -> np.ndarray | None:
        """Return one class for each row, from one for all or one for each."""
        self._given(y)
        if y is None:
            return None
        labels = np.asarray(y)
        if labels.ndim == 0:
            return np.repeat(labels, n_rows)
        if labels.shape != (n_rows,):
            raise ValueError(f"`y` must be one class or {n_rows}, got shape {labels.shape}")
        return labels

    def _given(self, y: Any) -> dict[str, Any]:
        if y is None:
            return {}
        if not self.has_classes:
            raise ValueError(
                f"`y` must be None for a model without classes, got classes for {type(self.model).__name__}"
            )
        return {"y": y}
