"""Whether a row has the class that is wanted of it."""

from __future__ import annotations

from typing import Any

import numpy as np


class ClassFlips:
    """A user's classifier, and the classes that are wanted in place of those it predicts.

    Parameters
    ----------
    classifier : fitted classifier, or callable
        With ``predict`` and perhaps ``predict_proba``; or a function of rows that gives their labels.
    rows : table
        Rows whose class is to change.
    target : label or None
        The class they shall have; None takes any but their own.
    """

    def __init__(self, classifier: Any, rows: Any, target: Any) -> None:
        self._predict = getattr(classifier, "predict", classifier)
        if not callable(self._predict):
            raise TypeError(
                f"`classifier` must have `predict` or be a function of rows, got {type(classifier).__name__}"
            )
        self._probabilities = getattr(classifier, "predict_proba", None)
        self._classes = getattr(classifier, "classes_", None)
        self.target = target
        self.own = self.labels(rows)
        if target is not None and self._classes is not None and target not in self._classes:
            raise ValueError(
                f"`target` must be a class of the classifier, {list(self._classes)}, got {target!r}"
            )

    def labels(self, rows: Any) -> np.ndarray:
        """Predicted classes, shape (n_rows,)."""
        labels = np.asarray(self._predict(rows))
        if labels.shape != (len(rows),):
            raise ValueError(
                f"`classifier` must give one label for each of {len(rows)} rows, got shape {labels.shape}"
            )
        return labels

    def is_wanted(self, labels: np.ndarray, owners: np.ndarray) -> np.ndarray:
        """Which labels are wanted of the rows at positions `owners`, shape (n_labels,)."""
        if self.target is None:
            return labels != self.own[owners]
        return labels == self.target

    def confidence(self, rows: Any, owners: np.ndarray) -> np.ndarray | None:
        """Probability of a wanted class, shape (n_rows,); None where the classifier gives no probabilities."""
        if self._probabilities is None or self._classes is None:
            return None
        probabilities = np.asarray(self._probabilities(rows), dtype=float)
        classes = np.asarray(self._classes)
        if self.target is not None:
            return probabilities[:, np.flatnonzero(classes == self.target)[0]]
        own = np.searchsorted(classes, self.own[owners])
        return 1 - probabilities[np.arange(len(probabilities)), own]
