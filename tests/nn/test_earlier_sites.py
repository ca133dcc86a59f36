"""The order of coding and what comes before in it."""

import pytest
import torch

from vaesynth.nn import earlier_sites, raster_order


@pytest.mark.parametrize("shape", [(1, 4, 5), (3, 3, 4)])
def test_every_site_comes_once(shape):
    channels, height, width = shape
    assert raster_order(shape).sort().values.tolist() == list(range(channels * height * width))


@pytest.mark.parametrize("shape", [(1, 6, 7), (3, 4, 5)])
def test_nothing_around_a_site_comes_later(shape):
    order = raster_order(shape).tolist()
    when = {position: time for time, position in enumerate(order)}
    for time, around in enumerate(earlier_sites(shape, reach=2, n_mirrored=3).tolist()):
        assert all(when[position] < time for position in around if position < len(order))


def test_the_surroundings_are_the_pixels_above_and_before():
    around = earlier_sites((1, 5, 5), reach=1)
    assert around[12].tolist() == [6, 7, 8, 11]


def test_the_mirrored_pixel_is_known_on_the_right_half():
    mirrored = earlier_sites((1, 1, 5), reach=1, n_mirrored=1)[:, -1]
    assert mirrored.tolist() == [5, 5, 5, 1, 0]


def test_a_channel_reads_the_earlier_channels_of_its_pixel():
    own = earlier_sites((3, 2, 2), reach=1)[:, -2:]
    assert own[:3].tolist() == [[12, 12], [0, 12], [0, 4]]


def test_all_is_outside_for_the_first_site():
    assert torch.equal(earlier_sites((2, 3, 3), reach=2)[0].unique(), torch.tensor([18]))
