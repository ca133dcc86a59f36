"""Scores of rows: noise that is of the row alone and looks like noise, and the weights of the last fit."""

import numpy as np
import torch
from scipy import stats

from vaesynth import VAE, load
from vaesynth.estimators import draw_row_noise
from vaesynth.nn import Rows


def make_rows(n_rows=2000):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn((n_rows, 3), generator=generator)
    codes = torch.randint(4, (n_rows, 2), generator=generator)
    return Rows(values, torch.ones_like(values), codes)


def test_it_is_standard_normal_and_without_correlation():
    noise = draw_row_noise(make_rows(), 3, 4).numpy()
    assert stats.kstest(noise.ravel(), "norm").pvalue > 0.01
    flat = noise.transpose(1, 0, 2).reshape(len(noise[0]), -1)
    off_diagonal = np.corrcoef(flat.T)[np.triu_indices(12, 1)]
    assert np.abs(off_diagonal).max() < 0.09
    neighbours = np.corrcoef(flat[:-1, 0], flat[1:, 0])[0, 1]
    assert abs(neighbours) < 0.09


def test_a_row_has_its_noise_wherever_it_stands():
    rows = make_rows(50)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(1))
    noise = draw_row_noise(rows, 2, 3)
    assert torch.equal(draw_row_noise(rows.take(order), 2, 3), noise[:, order])
    doubled = Rows(rows.values.double(), rows.present.double(), rows.codes)
    torch.testing.assert_close(draw_row_noise(doubled, 2, 3), noise.double(), atol=1e-6, rtol=1e-6)


def test_more_draws_begin_with_the_fewer():
    rows = make_rows(10)
    assert torch.equal(draw_row_noise(rows, 5, 3)[:2], draw_row_noise(rows, 2, 3))


def test_rows_that_differ_in_one_cell_have_other_noise():
    rows = make_rows(20)
    codes = rows.codes.clone()
    codes[:, 1] += 1
    changed = draw_row_noise(Rows(rows.values, rows.present, codes), 1, 4)
    assert not bool((changed == draw_row_noise(rows, 1, 4)).any())
    negative_zero = Rows(torch.tensor([[-0.0]]), torch.ones(1, 1), rows.codes[:1])
    zero = Rows(torch.tensor([[0.0]]), torch.ones(1, 1), rows.codes[:1])
    assert torch.equal(draw_row_noise(zero, 1, 2), draw_row_noise(negative_zero, 1, 2))


def test_scores_follow_the_weights(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = VAE(warm_start=True, max_iter=5, hidden_layer_sizes=(8,), random_state=0).fit(X)
    before = model.score_samples(X)
    model.fit(X)
    after = model.score_samples(X)
    assert not np.allclose(before, after)
    # A model that is read from a file has never scored a row before.
    model.save(tmp_path / "vae.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "vae.safetensors").score_samples(X), after)
