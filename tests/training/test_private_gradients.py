"""Private steps: each row's own gradient, its cut, the noise on the sum, and an attack on the step."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import beta as beta_distribution

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.training import NoisePlan, TrainingData, TrainingPlan, train
from vaesynth.training._batches import draw_poisson_epoch
from vaesynth.training._gradients import FlatParameters
from vaesynth.training._privacy import spend
from vaesynth.training._private_gradients import PrivateGradients


class MeanModule(torch.nn.Module):
    """Learns the mean of the values; a row's gradient is twice its distance from it."""

    def __init__(self):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.zeros(2))

    def loss(self, rows, y, generator, beta):  # noqa: ARG002
        return {"loss": (rows.values - self.mean).square().sum(1).mean()}


def make_data(values):
    values = np.asarray(values, dtype=np.float32)
    rows = Rows.from_arrays(values, np.zeros((len(values), 0)))
    return TrainingData(rows, torch.zeros(len(values), dtype=torch.int64), torch.ones(len(values)))


def make_gradients(module, data, **changes):
    noise = NoisePlan(**{"rate": 0.5, "noise_multiplier": 1.0, "max_grad_norm": 1.0, **changes})
    return PrivateGradients(module, data, torch.Generator().manual_seed(0), noise)


@pytest.fixture
def table():
    """A model of numbers with gaps and categories, and 70 rows: more than are held at once."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(70, 3))
    values[::4, 1] = np.nan
    rows = Rows.from_arrays(values, rng.integers(0, [4, 2], (70, 2)))
    model = GaussianVAE.for_table(3, [4, 2], 2, 2, [8], torch.Generator().manual_seed(1))
    return model, TrainingData(rows, torch.arange(70) % 2, torch.ones(70))


def test_a_rows_gradient_is_that_of_its_own_loss(table, monkeypatch):
    model, data = table
    monkeypatch.setattr("vaesynth.models._gaussian_vae.draw_normal", lambda mean, *_: mean)
    found = make_gradients(model, data).row_gradients(torch.arange(70), 0.3)
    parameters = FlatParameters(list(model.parameters()))
    for i in range(70):
        one = torch.tensor([i])
        loss = model.loss(data.rows.take(one), data.y[one], None, 0.3)["loss"]
        torch.testing.assert_close(found[i], parameters.gradient(loss), rtol=1e-4, atol=1e-5)


def test_every_row_has_its_own_latent_noise(table):
    model, data = table
    same = torch.zeros(6, dtype=torch.int64)
    rows = make_gradients(model, data).row_gradients(same, 0.3)
    assert len(torch.unique(rows, dim=0)) == 6
    again = make_gradients(model, data).row_gradients(same, 0.3)
    assert torch.equal(rows, again)


@pytest.mark.parametrize("value", [0.1, 5.0, 1e30, np.inf])
def test_no_row_moves_the_sum_by_more_than_the_cut(value):
    data = make_data([[0.2, -0.4], [3.0, 1.0], [value, value]])
    gradients = make_gradients(MeanModule(), data, max_grad_norm=0.7)
    without = gradients.clipped_sum(torch.tensor([0, 1]), 1.0)
    with_row = gradients.clipped_sum(torch.tensor([0, 1, 2]), 1.0)
    assert torch.isfinite(with_row).all()
    assert float((with_row - without).norm()) <= 0.7 * (1 + 1e-5)


def test_short_gradients_are_left_as_they_are():
    data = make_data([[0.1, 0.0], [0.0, -0.2]])
    total = make_gradients(MeanModule(), data).clipped_sum(torch.tensor([0, 1]), 1.0)
    torch.testing.assert_close(total, torch.tensor([-0.2, 0.4]))


def test_the_noise_is_that_of_the_plan_whoever_takes_part():
    data = make_data([[0.1, 0.0]] * 40)
    gradients = make_gradients(MeanModule(), data, noise_multiplier=3.0, max_grad_norm=0.5)
    for index, expected in ((torch.arange(0), 0.0), (torch.arange(10), -2.0)):
        drawn = []
        for _ in range(600):
            parameters = FlatParameters(list(gradients.module.parameters()))
            assert gradients.accumulate(parameters, index, 1.0) == {}
            drawn.append(parameters.vector.grad * 20)  # rate times rows
        drawn = torch.stack(drawn)
        assert float(drawn[:, 0].mean()) == pytest.approx(expected, abs=0.2)
        assert float(drawn[:, 1].std()) == pytest.approx(1.5, rel=0.1)


def test_rows_take_part_by_themselves_at_the_rate():
    batches = list(draw_poisson_epoch(50, 0.3, 4000, torch.Generator().manual_seed(0)))
    counts = torch.bincount(torch.cat(batches), minlength=50) / 4000
    assert counts.numpy() == pytest.approx(0.3, abs=0.04)
    sizes = np.array([len(batch) for batch in batches])
    # Poisson sampling, not batches of one size: the variance is binomial.
    assert sizes.var() == pytest.approx(50 * 0.3 * 0.7, rel=0.1)
    assert all(len(torch.unique(batch)) == len(batch) for batch in batches[:100])


def test_the_loop_trains_privately_and_records_nothing():
    rng = np.random.default_rng(0)
    data = make_data(rng.normal([1.0, -2.0], 0.1, size=(400, 2)))
    module = MeanModule()
    noise = NoisePlan(rate=0.25, noise_multiplier=1.0, max_grad_norm=1.0)
    plan = TrainingPlan(100, 4, 100, learning_rate=0.1, weight_decay=0.0, noise=noise)
    history = train(module, data, plan, torch.Generator().manual_seed(0))
    assert module.mean.detach().numpy() == pytest.approx([1.0, -2.0], abs=0.1)
    assert (history.n_steps, history.terms) == (400, {})


@pytest.mark.slow
def test_an_attack_on_the_step_stays_within_the_budget():
    """Guess from one noisy gradient whether the worst row was there: the errors bound epsilon from below."""
    n_runs, delta = 1500, 1e-2
    scores = []
    for n_worst, seed in ((0, 1), (1, 2)):
        data = make_data([[0.0, 0.0]] * 9 + [[100.0, 0.0]] * n_worst)
        part = make_gradients(MeanModule(), data, noise_multiplier=0.8)
        part.generator.manual_seed(seed)
        n_rows, seen = part.data.rows.n_rows, []
        for index in draw_poisson_epoch(n_rows, 0.5, n_runs, part.generator):
            parameters = FlatParameters(list(part.module.parameters()))
            part.accumulate(parameters, index, 1.0)
            seen.append(-float(parameters.vector.grad[0]) * 0.5 * n_rows)
        scores.append(np.array(seen))
    # The better half of the attacker's guesses: the row pulls the sum by its cut of 1.
    hits = (scores[1] > 1.2).sum()
    alarms = (scores[0] > 1.2).sum()
    surely_hit = beta_distribution.ppf(0.025, hits, n_runs - hits + 1)
    surely_alarm = beta_distribution.ppf(0.975, alarms + 1, n_runs - alarms)
    shown = math.log((surely_hit - delta) / surely_alarm)
    assert 0.2 < shown <= spend(0.8, 0.5, 1, delta).epsilon
