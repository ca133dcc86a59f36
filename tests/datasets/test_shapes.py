import numpy as np
import pytest

from vaesynth.datasets import make_shapes
from vaesynth.datasets._shapes import N_LEVELS, _draw

SHAPE, SCALE, ORIENTATION, X, Y = range(5)


def all_factors():
    return np.array(list(np.ndindex(*N_LEVELS)))


def centres(images):
    """Mean column and row of the white pixels of each image."""
    weight = images / images.sum(axis=(1, 2), keepdims=True)
    position = np.arange(images.shape[1])
    return (weight.sum(axis=1) * position).sum(axis=1), (weight.sum(axis=2) * position).sum(axis=1)


def test_every_combination_has_an_image_of_its_own():
    images = _draw(all_factors(), 28)
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == np.prod(N_LEVELS)


def test_no_shape_is_cut_off():
    factors = all_factors()
    at_border = np.isin(factors[:, X], [0, 7]) | np.isin(factors[:, Y], [0, 7])
    images = _draw(factors[at_border & (factors[:, SCALE] == 4)], 28)
    assert images[:, [0, -1]].max() == 0
    assert images[:, :, [0, -1]].max() == 0


def test_factors_mean_what_they_are_called():
    factors = all_factors()
    images = _draw(factors, 28)
    column, row = centres(images)
    assert np.corrcoef(column, factors[:, X])[0, 1] > 0.95
    assert np.corrcoef(row, factors[:, Y])[0, 1] > 0.95
    area = images.sum(axis=(1, 2))
    assert (np.diff([area[factors[:, SCALE] == level].min() for level in range(5)]) > 0).all()


def test_levels_are_uniform_and_independent():
    _, factors = make_shapes(20_000, image_size=8, random_state=0)
    for column, n_levels in zip(factors.T, N_LEVELS, strict=True):
        share = np.bincount(column, minlength=n_levels) / len(column)
        np.testing.assert_allclose(share, 1 / n_levels, rtol=0.15)
    correlation = np.corrcoef(factors.T) - np.eye(5)
    assert np.abs(correlation).max() < 0.03


def test_same_seed_same_images():
    first, second = make_shapes(1500, random_state=3), make_shapes(1500, random_state=3)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first[1], make_shapes(1500, random_state=4)[1])


@pytest.mark.parametrize("parameters", [{"n_samples": 0}, {"image_size": 7}])
def test_refuses_what_cannot_be_drawn(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        make_shapes(**parameters)


def test_types_and_shapes():
    images, factors = make_shapes(7, image_size=16, random_state=0)
    assert images.shape == (7, 16, 16)
    assert images.dtype == np.uint8
    assert images.max() == 255
    assert factors.shape == (7, 5)
    assert factors.dtype == np.int64
