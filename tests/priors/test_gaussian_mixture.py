"""The mixture prior against scikit-learn's mixture."""

import numpy as np
import torch
from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture

from vaesynth.priors import GaussianMixturePrior


def match(points, y, n_components=8, n_classes=1, weight=None):
    mean = torch.from_numpy(points).float()
    prior = GaussianMixturePrior(n_classes, mean.shape[1], n_components)
    weight = torch.ones(len(mean)) if weight is None else weight
    tight = torch.full_like(mean, -9.0)
    prior.match(mean, tight, torch.as_tensor(y), weight, torch.Generator().manual_seed(0))
    return prior


def test_it_fits_as_well_as_scikit_learns_on_the_points_themselves():
    points = make_moons(3000, noise=0.05, random_state=0)[0]
    y = torch.zeros(3000, dtype=torch.int64)
    ours = match(points, y).log_prob(torch.from_numpy(points).float(), y).mean()
    theirs = GaussianMixture(8, random_state=0).fit(points).score(points)
    single = GaussianMixture(1).fit(points).score(points)
    assert theirs - 0.1 < float(ours)
    assert float(ours) > single + 0.5


def test_a_class_has_as_many_components_as_its_rows_allow():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [150, 65, 2])
    prior = match(rng.normal(size=(217, 3)), y, n_classes=4)
    assert (prior.log_weights > -torch.inf).sum(1).tolist() == [5, 2, 1, 1]
    np.testing.assert_allclose(prior.log_weights.exp().sum(1), 1, rtol=1e-5)
    # A class without rows keeps the standard normal.
    assert torch.equal(prior.scale_trils[3, 0], torch.eye(3))


def test_rows_without_weight_do_not_count():
    points = np.repeat([[-5.0, 0.0], [5.0, 0.0]], 50, axis=0)
    weight = torch.cat([torch.ones(50), torch.zeros(50)])
    y = torch.zeros(100, dtype=torch.int64)
    prior = match(points, y, weight=weight)
    drawn = prior.sample(y, torch.Generator().manual_seed(0))
    assert bool((drawn[:, 0] < 0).all())
