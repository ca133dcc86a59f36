"""The choice among options by their scores in the same folds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaesynth.model_selection._choose._options import Option, in_words
from vaesynth.model_selection._compare._competitors import CLASS_WEIGHTS


class Choice(NamedTuple):
    """Which option is chosen, and how all compare with the first, which is no resampling.

    Attributes
    ----------
    best : int
        Position of the option.
    gains : ndarray of shape (n_options,)
        Mean differences to the first option.
    errors : ndarray of shape (n_options,)
        Their standard errors.
    """

    best: int
    gains: np.ndarray
    errors: np.ndarray


def choose(scores: np.ndarray, n_standard_errors: float, test_to_train: float) -> Choice:
    """Choose the option of the best mean, or the first one unless that is beaten by enough standard errors.

    Folds share training rows, so that the variance of a mean difference over J folds is taken as (1 / J + n_test /
    n_train) times that of the J differences.

    Parameters
    ----------
    scores : ndarray of shape (n_options, n_folds)
        More is better.
    n_standard_errors : float
        Standard errors of its difference by which an option has to be better than the first.
    test_to_train : float
        Rows of a test fold over rows of its training part.

    References
    ----------
    Nadeau, Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003).

    Examples
    --------
    >>> choose(np.array([[0.5, 0.6], [0.7, 0.8], [0.9, 0.2]]), 1.0, 0.5).best
    1
    """
    differences = scores - scores[0]
    n_folds = scores.shape[1]
    variance = differences.var(axis=1, ddof=1)
    errors = np.sqrt((1 / n_folds + test_to_train) * variance)
    best = int(np.nanargmax(scores.mean(axis=1)))
    gains = differences.mean(axis=1)
    is_enough = gains[best] > n_standard_errors * errors[best]
    return Choice(best if is_enough else 0, gains, errors)


def describe_choice(
    choice: Choice, options: list[Option], scores: np.ndarray, metric: str, least: float
) -> str:
    """Say in one sentence whether anything beats no resampling; class weights are named where they do as well."""
    means = scores.mean(axis=1)
    if choice.best == 0:
        others = np.where(np.arange(len(means)) > 0, means, -np.inf)
        if len(means) == 1 or not np.isfinite(others).any():
            return "No: nothing else was tried."
        rival = int(np.nanargmax(others))
        return (
            f"No: nothing beats no resampling by more than {_times(least)}; "
            f"{in_words(options[rival].params)} changes {metric} by {_signed(choice, rival)}."
        )
    best = options[choice.best].params
    text = f"Yes: {in_words(best)} changes {metric} by {_signed(choice, choice.best)}"
    weights = [
        number for number, option in enumerate(options) if option.params["sampler"] == CLASS_WEIGHTS
    ]
    is_resampled = options[choice.best].competitor.resamples
    if is_resampled and weights:
        own = max(weights, key=lambda number: means[number])
        if means[choice.best] - means[own] <= least * choice.errors[choice.best]:
            text += f"; class weights do as well ({_signed(choice, own)}) at no cost"
    return f"{text}."


def _times(least: float) -> str:
    return f"{least:g} standard error" + ("" if least == 1 else "s")


def _signed(choice: Choice, number: int) -> str:
    return f"{choice.gains[number]:+.4f} (standard error {choice.errors[number]:.4f})"
