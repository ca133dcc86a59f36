"""Noise models: how strong, what they touch, and what they leave alone."""

import pytest
import torch

from vaesynth.nn import GaussianCorruption, MaskingCorruption, Rows, SaltAndPepperCorruption


def make_rows(n_rows=400, n_values=50):
    generator = torch.Generator().manual_seed(0)
    values = 0.2 + 0.6 * torch.rand(n_rows, n_values, generator=generator)
    present = (torch.rand(n_rows, n_values, generator=generator) < 0.8).float()
    codes = torch.randint(0, 3, (n_rows, 20), generator=generator)
    return Rows(values * present, present, codes)


def make_noises():
    levels = [3] * 20
    return [
        GaussianCorruption(0.1, 0.3, levels),
        MaskingCorruption(0.1, 0.3, levels),
        SaltAndPepperCorruption(0.1, 0.3, torch.tensor(0.0), torch.tensor(1.0), levels),
    ]


def noisy(noise, rows, seed=0):
    return noise(rows, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("noise", make_noises(), ids=lambda noise: type(noise).__name__)
def test_absent_values_stay_absent_and_draws_differ(noise):
    rows = make_rows()
    first = noisy(noise, rows)
    assert (first.values[rows.present == 0] == 0).all()
    assert torch.equal(first.present, rows.present)
    assert torch.equal(first.values, noisy(noise, rows).values)
    assert not torch.equal(first.values, noisy(noise, rows, 1).values)


@pytest.mark.parametrize("noise", make_noises(), ids=lambda noise: type(noise).__name__)
def test_each_row_has_a_level_of_the_range(noise):
    rows = make_rows(n_values=2000)
    change = noisy(noise, rows).values - rows.values
    level = change.square().mean(1).sqrt() if isinstance(noise, GaussianCorruption) else None
    if level is None:
        level = ((change != 0) & (rows.present > 0)).sum(1) / rows.present.sum(1)
    else:
        level = level / rows.present.mean(1).sqrt()
    assert 0.07 < level.min() < 0.12
    assert 0.28 < level.max() < 0.33
    assert 0.18 < level.mean() < 0.22


def test_gaussian_noise_leaves_codes_alone():
    rows = make_rows()
    assert torch.equal(noisy(GaussianCorruption(1, 1, [3] * 20), rows).codes, rows.codes)


@pytest.mark.parametrize("noise", make_noises()[1:], ids=lambda noise: type(noise).__name__)
def test_codes_that_are_hit_take_any_level(noise):
    rows = make_rows(2000)
    changed = (noisy(noise, rows).codes != rows.codes).float().mean()
    # A third of the hits draws the level that was there.
    assert abs(float(changed) - 0.2 * 2 / 3) < 0.01


def test_salt_and_pepper_go_to_the_ends_of_each_value():
    rows = make_rows(n_values=2)
    lower, upper = torch.tensor([-1.0, -2.0]), torch.tensor([3.0, 4.0])
    values = noisy(SaltAndPepperCorruption(1, 1, lower, upper, [3] * 20), rows).values
    for column in range(2):
        there = values[rows.present[:, column] > 0, column]
        assert set(there.tolist()) == {float(lower[column]), float(upper[column])}
