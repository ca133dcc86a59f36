"""An attack that guesses which real rows a generator learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from vaesynth.metrics._row_encoding import encode_rows, nearest_distances, own_nearest_distances


def membership_inference_auc(
    train: Any, holdout: Any, synthetic: Any, *, categorical_features: Any = "auto"
) -> float:
    r"""Area under the ROC curve of an attacker who tells training rows from others by the synthetic rows alone.

    The attacker takes a row for a member the surer the nearer a synthetic row is to it, measured against how near
    other real rows are: his score is :math:`\log d(x, \text{real}) - \log d(x, \text{synthetic})`, the log-ratio of the
    densities of synthetic and real rows as one nearest neighbour shows them. Distances are as in
    `closest_record_share`.

    Parameters
    ----------
    train : table of shape (n_train, n_features)
        Real rows that the generator learned from.
    holdout : table of shape (n_holdout, n_features)
        Real rows of the same distribution that it has not seen.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows. Where they are of one class, so should the real ones be.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

    Returns
    -------
    float
        Between 0 and 1: 0.5 where the attacker can only guess, 1 where he knows every member. With n rows on either
        side chance alone moves it by about :math:`0.4 / \sqrt{n}`.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    One attack gives a lower bound: a stronger one, or one that is told the model, may find more.

    References
    ----------
    Hilprecht, Härterich, Bernau, "Monte Carlo and Reconstruction Membership Inference Attacks against Generative
    Models", PoPETs 2019; van Breugel et al., "Membership Inference Attacks against Synthetic Data through Overfitting
    Detection", AISTATS 2023 (the ratio of densities).

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import membership_inference_auc
    >>> train, holdout, fresh = np.random.default_rng(0).normal(size=(3, 500, 4))
    >>> membership_inference_auc(train, holdout, train)
    1.0
    >>> abs(membership_inference_auc(train, holdout, fresh) - 0.5) < 0.06
    True
    """
    members, others, made = encode_rows([train, holdout, synthetic], 2, categorical_features)
    candidates = np.concatenate([members, others])
    to_made = nearest_distances(candidates, made)
    to_real = own_nearest_distances(candidates)
    # Below a thousandth of the usual distance all rows are equally near.
    floor = 1e-3 * max(float(np.median(to_real)), 1e-9)
    scores = np.log(to_real + floor) - np.log(to_made + floor)
    is_member = np.arange(len(candidates)) < len(members)
    return float(roc_auc_score(is_member, scores))
