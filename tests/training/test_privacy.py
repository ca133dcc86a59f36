"""What noise is spent against the exact privacy of normal noise, which the accountant may only exceed."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from vaesynth.training import PrivacyBudget, plan_noise
from vaesynth.training._privacy import spend

DELTA = 1e-5


def exact_delta(epsilon, noise_multiplier, n_steps):
    """Delta of so many steps of all rows: one of normal noise, Balle and Wang 2018, theorem 8."""
    shift = np.sqrt(n_steps) / noise_multiplier
    return norm.cdf(shift / 2 - epsilon / shift) - np.exp(epsilon) * norm.cdf(
        -shift / 2 - epsilon / shift
    )


def exact_delta_of_a_sample(epsilon, noise_multiplier, rate):
    """Delta of one step of a Poisson sample, with and without the row, by integration."""

    def without(x):
        return norm.pdf(x, 0, noise_multiplier)

    def with_row(x):
        return (1 - rate) * without(x) + rate * norm.pdf(x, 1, noise_multiplier)

    edge = 12 * noise_multiplier
    sides = []
    for p, q in ((without, with_row), (with_row, without)):

        def excess(x, p=p, q=q):
            return max(p(x) - np.exp(epsilon) * q(x), 0.0)

        sides.append(quad(excess, -edge, edge, limit=400, epsabs=1e-12)[0])
    return max(sides)


@pytest.mark.parametrize(("noise_multiplier", "n_steps"), [(2.0, 1), (5.0, 20), (20.0, 500)])
def test_steps_of_all_rows_spend_at_least_what_is_exact(noise_multiplier, n_steps):
    epsilon = spend(noise_multiplier, 1.0, n_steps, DELTA).epsilon
    assert exact_delta(epsilon, noise_multiplier, n_steps) <= DELTA
    # and not needlessly much more
    assert exact_delta(0.7 * epsilon, noise_multiplier, n_steps) > DELTA


@pytest.mark.parametrize("rate", [0.05, 0.4])
def test_a_step_of_a_sample_spends_at_least_what_is_exact(rate):
    spent = spend(1.0, rate, 1, 1e-4)
    assert exact_delta_of_a_sample(spent.epsilon, 1.0, rate) <= 1e-4
    assert exact_delta_of_a_sample(0.4 * spent.epsilon, 1.0, rate) > 1e-4


@pytest.mark.parametrize("epsilon", [0.5, 3.0, 20.0])
def test_the_noise_keeps_to_the_budget_and_hardly_below(epsilon):
    budget = PrivacyBudget(epsilon, DELTA, max_grad_norm=0.3)
    noise, spent = plan_noise(budget, 0.1, 150)
    assert 0.9 * epsilon < spent.epsilon <= epsilon
    assert spent.delta == DELTA
    assert (noise.rate, noise.max_grad_norm) == (0.1, 0.3)
    assert spent == spend(noise.noise_multiplier, 0.1, 150, DELTA)


def test_more_steps_and_more_rows_need_more_noise():
    budget = PrivacyBudget(2, DELTA)
    multipliers = [
        plan_noise(budget, rate, n_steps)[0].noise_multiplier
        for rate, n_steps in ((0.05, 100), (0.05, 400), (0.2, 400), (1.0, 400))
    ]
    assert multipliers == sorted(multipliers)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epsilon": 0}, "`epsilon` must be above 0"),
        ({"epsilon": float("nan")}, "`epsilon` must be above 0"),
        ({"delta": 1}, "`delta` must be between 0 and 1, got 1"),
        ({"max_grad_norm": -1.0}, r"`max_grad_norm` must be above 0 and finite, got -1\.0"),
    ],
)
def test_bad_budgets_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        PrivacyBudget(**{"epsilon": 1, "delta": DELTA, **changes})
