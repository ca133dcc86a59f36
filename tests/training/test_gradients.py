"""Sharded gradients: the whole batch's gradient, on any number of threads."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.training import TrainingData, TrainingPlan, train
from vaesynth.training._gradients import FlatParameters, ShardedGradients


class Quadratic(torch.nn.Module):
    """A loss without noise, so that shards must give exactly what the batch gives."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([0.5, -1.0]))
        self.unused = torch.nn.Parameter(torch.ones(1))

    def loss(self, rows, y, generator, beta):  # noqa: ARG002
        error = ((rows.values @ self.weight) - y).square().mean() * beta
        return {"loss": error}


def make_data(n_rows=10):
    rng = np.random.default_rng(0)
    rows = Rows.from_arrays(rng.normal(size=(n_rows, 2)), np.zeros((n_rows, 0)))
    return TrainingData(rows, torch.from_numpy(rng.integers(0, 2, n_rows)), torch.ones(n_rows))


@pytest.mark.parametrize("n_shards", [1, 2, 3])
def test_shards_of_unequal_size_add_up_to_the_batch(n_shards):
    module, data = Quadratic(), make_data()
    parameters = FlatParameters(list(module.parameters()))
    generators = [torch.Generator() for _ in range(n_shards)]
    shards = ShardedGradients(module, data, generators, None)
    terms = shards.accumulate(parameters, torch.arange(10), beta=0.7)
    loss = module.loss(data.rows, data.y, None, 0.7)["loss"]
    torch.testing.assert_close(terms["loss"], loss.detach())
    expected = torch.autograd.grad(loss, module.weight)[0]
    torch.testing.assert_close(parameters.vector.grad, torch.cat([expected, torch.zeros(1)]))


def test_gradients_that_a_model_knows_are_those_of_its_loss():
    generator = torch.Generator().manual_seed(0)
    model, data = GaussianVAE.for_table(2, [], 2, 2, [8], generator), make_data()
    parameters, index = FlatParameters(list(model.parameters())), torch.arange(10)
    assert model.has_gradients
    found = {}
    for module in (model, SimpleNamespace(loss=model.loss)):
        noise = [torch.Generator().manual_seed(number) for number in range(3)]
        terms = ShardedGradients(module, data, noise, None).accumulate(parameters, index, 0.7)
        found[module is model] = terms, parameters.vector.grad
    torch.testing.assert_close(found[True], found[False])


def test_the_number_of_threads_changes_not_one_bit():
    weights = []
    for n_threads in (1, 2, 5):
        generator = torch.Generator().manual_seed(0)
        model = GaussianVAE.for_table(2, [], 2, 2, [64, 64], generator)
        plan = TrainingPlan(5, 4, 300, n_shards=3, n_threads=n_threads)
        train(model, make_data(500), plan, generator)
        weights.append(torch.cat([parameter.flatten() for parameter in model.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])
