"""The noise that a private fit needs, and the privacy budget that it spends."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NamedTuple

from vaesynth._optional import import_optional


@dataclass(frozen=True)
class PrivacyBudget:
    """Privacy budget: how much a fit may reveal about a single row.

    Parameters
    ----------
    epsilon : float
        Bound on the privacy loss, above 0: with probability 1 - `delta` no outcome of the training is more than
        exp(epsilon) times as likely, or as unlikely, as without the row.
    delta : float
        Probability that this bound fails, in (0, 1); choose it below one over the number of rows.
    max_grad_norm : float, default=1.0
        Length to which each row's gradient is cut, above 0. It does not change the budget.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    References
    ----------
    Dwork, Roth, "The Algorithmic Foundations of Differential Privacy", 2014; Abadi et al., "Deep Learning with
    Differential Privacy", CCS 2016.

    Examples
    --------
    >>> from vaesynth import PrivacyBudget
    >>> PrivacyBudget(epsilon=3, delta=1e-5).max_grad_norm
    1.0
    """

    epsilon: float
    delta: float
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        for name in ("epsilon", "max_grad_norm"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"`{name}` must be above 0 and finite, got {getattr(self, name)}")
        if not 0 < self.delta < 1:
            raise ValueError(f"`delta` must be between 0 and 1, got {self.delta}")


class PrivacySpent(NamedTuple):
    """The guarantee of a finished fit: (ε, δ)-differential privacy of each row's cells.

    Attributes
    ----------
    epsilon : float
        Bound on the privacy loss.
    delta : float
        Probability with which it may fail.

    Examples
    --------
    >>> PrivacySpent(epsilon=2.99, delta=1e-5).delta
    1e-05
    """

    epsilon: float
    delta: float


class NoisePlan(NamedTuple):
    """Parameters of the steps of a private fit.

    Attributes
    ----------
    rate : float
        Probability that a row takes part in a step, independently of other rows.
    noise_multiplier : float
        Standard deviation of the noise on the summed gradient, over `max_grad_norm`.
    max_grad_norm : float
        Length to which each row's gradient is cut.

    Examples
    --------
    >>> NoisePlan(rate=0.1, noise_multiplier=1.2, max_grad_norm=1.0).rate
    0.1
    """

    rate: float
    noise_multiplier: float
    max_grad_norm: float


def plan_noise(budget: PrivacyBudget, rate: float, n_steps: int) -> tuple[NoisePlan, PrivacySpent]:
    """Find the smallest noise that keeps to the budget, and the budget that `n_steps` steps with it spend.

    Parameters
    ----------
    budget : PrivacyBudget
        What may be spent.
    rate : float
        Probability with which each row takes part in a step.
    n_steps : int
        Steps of the whole fit.

    Raises
    ------
    ImportError
        If Opacus, which counts the budget, is not installed.
    ValueError
        If the budget is too small for any noise.

    References
    ----------
    Mironov, Talwar, Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism", arXiv:1908.10530, 2019, as
    Opacus computes it.

    Examples
    --------
    >>> noise, spent = plan_noise(PrivacyBudget(epsilon=3, delta=1e-5), rate=0.1, n_steps=100)
    >>> round(noise.noise_multiplier, 1), 2.9 < spent.epsilon <= 3
    (1.8, True)
    """
    search = import_optional("opacus.accountants.utils", extra="private").get_noise_multiplier
    with warnings.catch_warnings():
        # The bound holds for every order of the divergence, even if the best order is beyond those that Opacus tries.
        warnings.filterwarnings("ignore", message="Optimal order is the")
        multiplier = search(
            target_epsilon=budget.epsilon,
            target_delta=budget.delta,
            sample_rate=rate,
            steps=n_steps,
            accountant="rdp",
        )
        spent = spend(multiplier, rate, n_steps, budget.delta)
    return NoisePlan(rate, multiplier, budget.max_grad_norm), spent


def spend(noise_multiplier: float, rate: float, n_steps: int, delta: float) -> PrivacySpent:
    """Count what steps with Poisson sampling and normal noise spend."""
    accountant = import_optional("opacus.accountants", extra="private").RDPAccountant()
    accountant.history = [(noise_multiplier, rate, n_steps)]
    return PrivacySpent(float(accountant.get_epsilon(delta)), delta)
