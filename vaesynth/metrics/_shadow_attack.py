"""An attack by an attacker who has trained the generator on rows of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from vaesynth.metrics._row_encoding import encode_rows, nearest_distances, own_nearest_distances

# The nearest rows betray copies, the farther ones say how dense the rows are there.
_NEIGHBORS = (1, 2, 5)


def shadow_membership_auc(
    train: Any,
    holdout: Any,
    synthetic: Any,
    shadows: Sequence[tuple[Any, Any, Any]],
    *,
    categorical_features: Any = "auto",
    random_state: Any = 0,
) -> float:
    r"""Compute the ROC AUC of an attacker who has learned from generators of their own what training rows look like.

    The attacker trains the same kind of generator on halves of other real rows (shadow models), knows for each who was
    among the training rows, and learns to tell those from the others by their distances to the generated rows and to
    real rows. What was learned is then applied to the attacked table. `membership_inference_auc` takes for granted that
    training rows lie near synthetic ones; this attack finds out what the generator does to them.

    Parameters
    ----------
    train : table of shape (n_train, n_features)
        Real rows that the generator learned from.
    holdout : table of shape (n_holdout, n_features)
        Real rows of the same distribution that it has not seen.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    shadows : sequence of (train, holdout, synthetic)
        Such tables of the attacker's own generators, best of about the same sizes. None of their real rows should be
        among those of `train` and `holdout`.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table of each three decides.
    random_state : int, RandomState instance or None, default=0
        Seed of the classifier that the attacker trains.

    Returns
    -------
    float
        Between 0 and 1: 0.5 if the attacker can only guess, 1 if the attacker recognises every training row.

    Raises
    ------
    ValueError
        If there is no shadow, a table is empty or the columns differ.

    Notes
    -----
    The attacker learns gradient boosting on the logarithms of the distances to the first, second and fifth nearest
    synthetic row and to the first, second and fifth nearest other real row.

    References
    ----------
    Shokri, Stronati, Song, Shmatikov, "Membership Inference Attacks Against Machine Learning Models", IEEE S&P 2017;
    Stadler, Oprisanu, Troncoso, "Synthetic Data - Anonymisation Groundhog Day", USENIX Security 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import shadow_membership_auc
    >>> tables = np.random.default_rng(0).normal(size=(6, 300, 4))
    >>> train, holdout, other_train, other_holdout, fresh, other_fresh = tables
    >>> shadow_membership_auc(train, holdout, train, [(other_train, other_holdout, other_train)])
    1.0
    >>> guess = shadow_membership_auc(
    ...     train, holdout, fresh, [(other_train, other_holdout, other_fresh)]
    ... )
    >>> abs(guess - 0.5) < 0.1
    True
    """
    if not len(shadows):
        raise ValueError("`shadows` must hold at least one (train, holdout, synthetic), got none")
    known = [_describe(*shadow, categorical_features) for shadow in shadows]
    features, is_member = (np.concatenate(parts) for parts in zip(*known, strict=True))
    attacker = HistGradientBoostingClassifier(random_state=random_state).fit(features, is_member)
    features, is_member = _describe(train, holdout, synthetic, categorical_features)
    return float(roc_auc_score(is_member, attacker.predict_proba(features)[:, 1]))


def _describe(
    train: Any, holdout: Any, synthetic: Any, categorical_features: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return log-distances of every real row, shape (n_rows, 6), and whether it was learned from."""
    members, others, made = encode_rows([train, holdout, synthetic], 2, categorical_features)
    rows = np.concatenate([members, others])
    distances = [nearest_distances(rows, made, min(k, len(made))) for k in _NEIGHBORS]
    distances += [own_nearest_distances(rows, min(k, len(rows) - 1)) for k in _NEIGHBORS]
    floor = 1e-3 * max(float(np.median(distances[-1])), 1e-9)
    return np.log(np.column_stack(distances) + floor), np.arange(len(rows)) < len(members)
