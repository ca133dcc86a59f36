"""Over-sampling of rows that have rare labels."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from vaesynth._sklearn import Interval, StrOptions
from vaesynth.over_sampling._joint_sampler import Group, JointSampler


class MultilabelCVAESampler(JointSampler):
    """Over-sample rows with rare labels, where a row can have several, with a conditional variational autoencoder.

    The model learns row and labels as one table, so that a new row brings a set of labels that goes with it. A label is
    rare if its imbalance ratio is above the mean over all labels: the ratio of the rows of the most frequent label to
    its own. New rows are drawn between neighbours with the same rarest label.

    Parameters
    ----------
    model : CVAE or None, default=None
        The model with the parameters that it is to have, not fitted; what it leaves "auto" is chosen as in
        `CVAESampler`. Its classes are the rarest labels of the rows.
    ratio : float or "auto", default="auto"
        Rows with a rare label, real and new, for each row of the most frequent label. "auto" is one over the mean
        imbalance ratio, at which a label is no longer rare.
    k_neighbors, noise_scale, n_candidates, selection_power
        As in `CVAESampler`. A candidate is judged by a forest that does not see the labels.
    n_jobs, random_state, verbose
        As in `CVAESampler`.

    Attributes
    ----------
    sampling_strategy_ : dict
        New rows drawn for each rare label, by its column name or position. They hold other labels as well.
    imbalance_ratios_ : ndarray of shape (n_labels,)
        Rows of the most frequent label for one row of each label, the IRLbl of Charte et al.; infinity for a label
        without rows.
    model_ : CVAE
        The fitted model of row and labels; its :meth:`~CVAE.sample` returns pairs of both.
    copy_report_ : CopyReport
        How many of the new rows equal a real row with its labels, or nearly.
    target_name_, synthetic_mask_, parents_, n_features_in_, feature_names_in_
        As of `CVAESampler`.

    Notes
    -----
    `y` is an array, a frame or a sparse matrix of 0 and 1, or of truth values, and comes back as such.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera, "Addressing imbalance in multilabel classification: Measures and random
    resampling algorithms", Neurocomputing 163 (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth import MultilabelCVAESampler
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> y = (X > [0, 0.5, 1.6]).astype(int)
    >>> X_res, y_res = MultilabelCVAESampler(ratio=0.5, random_state=0).fit_resample(X, y)
    >>> y.sum(axis=0), len(y_res) > len(y), y_res[:, 2].sum() > 3 * y[:, 2].sum()
    (array([94, 64,  7]), True, np.True_)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **JointSampler._parameter_constraints,
        "ratio": [Interval(numbers.Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }
    _has_labels = True

    def _divide(self, y: Any) -> list[Group]:
        labels = _read_labels(y)
        counts = labels.sum(axis=0)
        if not counts.any():
            raise ValueError(f"some row must have a label, got none in all {len(labels)} rows")
        with np.errstate(divide="ignore"):
            self.imbalance_ratios_ = ratios = counts.max() / counts
        mean = float(ratios[counts > 0].mean())
        rare = np.flatnonzero((counts > 0) & (ratios > mean))
        if not len(rare):
            raise ValueError(
                f"some label must be rarer than the labels are on average, got {counts.max()} rows of each in "
                f"n_samples = {len(labels)}"
            )
        # Among labels with equal counts, the first is the rarest.
        rare = rare[np.argsort(counts[rare], kind="stable")]
        share = 1 / mean if isinstance(self.ratio, str) else self.ratio
        wanted, names = round(share * int(counts.max())), _label_names(y, len(counts))
        rarest = np.where(labels[:, rare].any(axis=1), labels[:, rare].argmax(axis=1), -1)
        groups = []
        for position, label in enumerate(rare.tolist()):
            rows = np.flatnonzero(rarest == position)
            n_new = max(0, wanted - int(counts[label])) if len(rows) else 0
            groups.append(Group(names[label], rows, n_new))
        return groups

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags


def _label_names(y: Any, n_labels: int) -> Sequence[Any]:
    """Return the names of the columns of a table, in pyarrow's way or in that of all others, else their positions."""
    names = getattr(y, "column_names", getattr(y, "columns", None))
    return range(n_labels) if names is None else list(names)


def _read_labels(y: Any) -> np.ndarray:
    """Return which row has which label, shape (n_samples, n_labels)."""
    table = y.toarray() if sp.issparse(y) else np.asarray(y)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(
            f"`y` must have a column for each of at least 2 labels, got shape {table.shape}"
        )
    has_label = table == 1
    if not (has_label | (table == 0)).all():
        odd = table[~(has_label | (table == 0))]
        raise ValueError(f"`y` must hold 0 and 1, or truth values, got {odd[0]!r}")
    return np.asarray(has_label, dtype=bool)
