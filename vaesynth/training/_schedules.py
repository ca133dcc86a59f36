"""Schedules of the learning rate and of the weight of the KL term over a training run."""

from __future__ import annotations

import math


def one_cycle(
    progress: float, warm_up: float = 0.3, start: float = 0.04, end: float = 1e-4
) -> float:
    """Return a factor of the peak learning rate: up by a cosine over `warm_up`, then down to `end`.

    Parameters
    ----------
    progress : float
        Share of the steps done, in [0, 1].

    References
    ----------
    Smith, Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2018.

    Examples
    --------
    >>> [round(one_cycle(progress), 2) for progress in (0.0, 0.3, 0.65, 1.0)]
    [0.04, 1.0, 0.5, 0.0]
    """
    if progress < warm_up:
        low, high, phase = start, 1.0, progress / warm_up
    else:
        low, high, phase = 1.0, end, (progress - warm_up) / (1 - warm_up)
    return low + (high - low) * 0.5 * (1 - math.cos(math.pi * phase))


def cyclical_warm_up(progress: float, share: float, n_cycles: int) -> float:
    """Return a weight that rises from 0 to 1 over the first `share` of each of `n_cycles` equal parts of the steps.

    Parameters
    ----------
    progress : float
        Share of the steps done, in [0, 1).

    References
    ----------
    Fu, Li, Liu, Gao, Celikyilmaz, Carin, "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing",
    NAACL 2019.

    Examples
    --------
    >>> cyclical_warm_up(0.125, 0.5, 2), cyclical_warm_up(0.4, 0.5, 2), cyclical_warm_up(0.5, 0.5, 2)
    (0.5, 1.0, 0.0)
    """
    return linear_warm_up(progress * n_cycles % 1.0, share)


def linear_warm_up(progress: float, share: float) -> float:
    """Return a weight that rises from 0 to 1 over the first `share` of the steps.

    Examples
    --------
    >>> linear_warm_up(0.15, 0.3), linear_warm_up(0.5, 0.3), linear_warm_up(0.0, 0.0)
    (0.5, 1.0, 1.0)
    """
    return min(1.0, progress / share) if share > 0 else 1.0
