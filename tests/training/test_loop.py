"""The loop on a module whose best weights are known in closed form."""

import numpy as np
import pytest
import torch
from torch import nn

from vaesynth.nn import Rows
from vaesynth.training import DivergenceError, TrainingData, TrainingPlan, train


class MeanModule(nn.Module):
    """Learns one number per row's class; the best is the weighted mean of the values."""

    def __init__(self):
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(2))

    def loss(self, rows, y, generator, beta):  # noqa: ARG002
        error = (rows.values[:, 0] - self.mean[y]).square().mean()
        return {"loss": error, "beta": torch.tensor(float(beta))}


class RecordingModule(MeanModule):
    """Keeps its weights of each loss."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def loss(self, *arguments):
        terms = super().loss(*arguments)
        self.seen.append((float(terms["loss"].detach()), self.mean.detach().clone()))
        return terms


def make_data(values=(1.0, 3.0, 10.0), y=(0, 0, 1), weight=(1.0, 1.0, 1.0)):
    rows = Rows.from_arrays(np.array(values)[:, None], np.zeros((len(values), 0)))
    return TrainingData(rows, torch.tensor(y), torch.tensor(weight))


def plan(**changes):
    given = {"max_iter": 200, "n_steps_per_epoch": 2, "batch_size": 64, "learning_rate": 0.2}
    return TrainingPlan(**{**given, "weight_decay": 0.0, **changes})


def test_it_finds_the_mean_of_each_class():
    module = MeanModule()
    history = train(module, make_data(), plan(), torch.Generator().manual_seed(0))
    np.testing.assert_allclose(module.mean.detach(), [2, 10], atol=0.1)
    assert history.n_iter == 200
    assert history.n_steps == 400
    assert len(history.terms["loss"]) == 200


def test_weights_shift_the_mean_within_the_class():
    module = MeanModule()
    train(module, make_data(weight=(3.0, 1.0, 0.2)), plan(), torch.Generator().manual_seed(0))
    np.testing.assert_allclose(module.mean.detach(), [1.5, 10], atol=0.1)


def test_the_kl_weight_warms_up_to_beta():
    history = train(
        MeanModule(), make_data(), plan(beta=0.5, kl_warm_up=0.5), torch.Generator().manual_seed(0)
    )
    assert history.terms["beta"][0] < 0.01
    np.testing.assert_allclose(history.terms["beta"][100:], 0.5)


def test_early_stopping_keeps_the_best_weights():
    module = RecordingModule()
    held_out = make_data(values=(0.5, 0.5, 2.0))
    history = train(
        module,
        make_data(),
        plan(kl_warm_up=0.0, n_iter_no_change=3),
        torch.Generator().manual_seed(0),
        held_out,
    )
    losses = history.terms["validation_loss"]
    assert history.stopped_early
    assert history.n_iter < 200
    assert history.best_iter == int(np.argmin(losses)) + 1
    _, best = min(module.seen, key=lambda pair: abs(pair[0] - min(losses)))
    assert torch.equal(module.mean, best)
    assert not torch.equal(module.mean, module.seen[-1][1])


def test_a_diverging_run_says_so():
    with pytest.raises(DivergenceError, match=r"finite loss.*epoch"):
        train(MeanModule(), make_data((np.float32(1e30), 3.0, 1.0)), plan(), torch.Generator())


class FailingModule(MeanModule):
    """A module of which some losses are not finite."""

    def __init__(self, fails):
        super().__init__()
        self.fails, self.n_calls = fails, 0

    def loss(self, *arguments):
        self.n_calls += 1
        terms = super().loss(*arguments)
        return {**terms, "loss": terms["loss"] * (torch.nan if self.n_calls in self.fails else 1)}


@pytest.mark.parametrize("fails", [{1}, {150, 151}, {250, 300, 399}])
def test_a_step_that_is_not_finite_is_left_out(fails):
    module = FailingModule(fails)
    history = train(module, make_data(), plan(learning_rate=0.8), torch.Generator().manual_seed(0))
    np.testing.assert_allclose(module.mean.detach(), [2, 10], atol=0.1)
    assert history.n_steps == 400
    assert np.isfinite(history.terms["loss"]).all()


class NarrowModule(MeanModule):
    """Has a loss only below 1; the best is 1 - 1e-2."""

    def loss(self, rows, y, generator, beta):  # noqa: ARG002
        return {"loss": -self.mean.sum() - 1e-2 * torch.log(1 - self.mean).sum()}


def test_a_run_that_leaves_the_finite_comes_back_with_a_lower_rate():
    module = NarrowModule()
    constant = plan(is_one_cycle=False, learning_rate=0.3)
    history = train(module, make_data(), constant, torch.Generator().manual_seed(0))
    assert module.mean.detach().isfinite().all()
    assert history.terms["loss"][-1] < history.terms["loss"][0]
    np.testing.assert_allclose(module.mean.detach(), 0.99, atol=0.1)


@pytest.mark.parametrize("threads", [1, 2])
def test_global_state_is_left_alone(threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    state = torch.random.get_rng_state()
    train(MeanModule(), make_data(), plan(max_iter=2), torch.Generator().manual_seed(0))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
