"""The flow prior learns what no normal has, and says what it needs."""

import sys

import pytest
import torch
from sklearn.datasets import make_moons
from torch.distributions import MultivariateNormal

from vaesynth.nn import Rows
from vaesynth.priors import FlowPrior
from vaesynth.training import TrainingData, TrainingPlan, train


def test_it_learns_two_moons_as_classes():
    points, labels = make_moons(1000, noise=0.05, random_state=0)
    mean, y = torch.from_numpy(points).float(), torch.from_numpy(labels)
    log_var = torch.full_like(mean, -9.0)
    generator = torch.Generator().manual_seed(0)
    prior = FlowPrior(2, 2, generator)
    prior.match(mean, log_var, y, torch.ones(1000), generator)
    moments = torch.cat([mean, log_var], dim=1)
    rows = Rows(moments, torch.ones_like(moments), y[:, None][:, :0])
    prior.requires_grad_(True)
    plan = TrainingPlan(max_iter=1, n_steps_per_epoch=150, batch_size=256)
    train(prior, TrainingData(rows, y, torch.ones(1000)), plan, generator)
    with torch.no_grad():
        learned = prior.log_prob(mean, y).mean()
    normals = [MultivariateNormal(mean[y == c].mean(0), mean[y == c].T.cov()) for c in range(2)]
    normal = sum(normals[c].log_prob(mean[y == c]).mean() for c in range(2)) / 2
    assert float(learned) > float(normal) + 0.5


@pytest.mark.parametrize("n_latents", [1, 3])
@pytest.mark.parametrize("n_classes", [1, 2])
def test_gradients_reach_every_parameter(n_latents, n_classes):
    prior = FlowPrior(n_classes, n_latents, torch.Generator().manual_seed(0))
    assert not any(parameter.requires_grad for parameter in prior.parameters())
    prior.requires_grad_(True)
    moments = torch.randn((50, 2 * n_latents), generator=torch.Generator().manual_seed(1))
    y = torch.arange(50) % n_classes
    rows = Rows(moments, torch.ones_like(moments), y[:, None][:, :0])
    loss = prior.loss(rows, y, torch.Generator().manual_seed(2), 1.0)["loss"]
    assert all(bool(g.any()) for g in torch.autograd.grad(loss, list(prior.parameters())))


def test_without_zuko_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zuko", None)
    with pytest.raises(ImportError, match=r"vaesynth\[flow\]"):
        FlowPrior(1, 2, torch.Generator())
