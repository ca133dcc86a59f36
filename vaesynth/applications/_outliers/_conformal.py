"""Scores of held-out rows, and what they say about the score of another row."""

from __future__ import annotations

import numpy as np

from vaesynth._warnings import warn_user


def conformal_p_values(held_out: np.ndarray, scores: np.ndarray) -> np.ndarray:
    r"""Return the conformal p-value of each score: how rarely a normal row scores so low.

    .. math:: p = \frac{1 + \#\{i : s_i \le s\}}{n + 1}

    If a row is exchangeable with the n held-out ones, its p-value is at most α with a probability of at most α, for
    every α; nothing else is assumed of the rows or the scores.

    Parameters
    ----------
    held_out : ndarray of shape (n_held_out,)
        Scores of normal rows that were not learned from.
    scores : ndarray of shape (n_samples,)
        Scores; lower is stranger.

    Returns
    -------
    ndarray of shape (n_samples,)
        Multiples of 1 / (n_held_out + 1), up to 1.

    Raises
    ------
    ValueError
        If no row was held out.

    References
    ----------
    Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", Springer 2005; Bates, Candès, Lei, Romano, Sesia,
    "Testing for Outliers with Conformal p-values", Annals of Statistics 2023.

    Examples
    --------
    >>> import numpy as np
    >>> conformal_p_values(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 9.0])).tolist()
    [0.25, 0.75, 1.0]
    """
    if not len(held_out):
        raise ValueError(
            "`calibration_fraction` must hold out at least one row for p-values, got 0 held-out rows"
        )
    n_below = np.searchsorted(np.sort(held_out), scores, side="right")
    return (1 + n_below) / (1 + len(held_out))


def threshold_at_rate(held_out: np.ndarray, false_alarm_rate: float) -> float:
    """Return the score below which a p-value is at most the rate; minus infinity where no p-value can be.

    Parameters
    ----------
    held_out : ndarray of shape (n_held_out,)
        Scores of normal rows that were not learned from.
    false_alarm_rate : float
        Between 0 and 1.

    Returns
    -------
    float

    Warns
    -----
    UserWarning
        If no p-value can be so low.

    Examples
    --------
    >>> import numpy as np
    >>> threshold_at_rate(np.arange(9.0), 0.2)
    1.0
    """
    # Rounded first: 0.1 * 10 rows may be a hair below 1.
    n_alarms = int(np.floor(round(false_alarm_rate * (len(held_out) + 1), 9)))
    if n_alarms:
        return float(np.sort(held_out)[n_alarms - 1])
    warn_user(
        f"at a false alarm rate of {false_alarm_rate} no row can be an outlier with {len(held_out)} held-out rows: "
        "give `fit` more rows, or raise `false_alarm_rate` or `calibration_fraction`",
        UserWarning,
    )
    return -np.inf
