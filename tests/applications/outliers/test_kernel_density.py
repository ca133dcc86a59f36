import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from vaesynth.applications._outliers._kernel_density import N_NEIGHBORS, NearestKernelDensity


@pytest.fixture(scope="module")
def learned():
    return NearestKernelDensity(np.random.default_rng(0).normal(size=(60, 3)), 3)


def density_by_scipy(learned, rows):
    """Sum the kernels of the nearest rows one by one."""
    order = np.argsort(cdist(rows, learned.coordinates), axis=1)[:, :N_NEIGHBORS]
    kernels = [
        [
            stats.multivariate_normal(learned.coordinates[m], learned.width**2).pdf(row)
            for m in chosen
        ]
        for row, chosen in zip(rows, order, strict=True)
    ]
    return np.log(np.sum(kernels, axis=1) / len(learned.coordinates))


def test_the_density_is_that_of_scipys_kernels(learned):
    rows = np.random.default_rng(1).normal(size=(20, 3))
    parts = learned.log_density_parts(rows)
    assert parts.shape == (20, 4)
    np.testing.assert_allclose(parts.sum(axis=1), density_by_scipy(learned, rows), rtol=1e-9)


def test_a_learned_row_does_not_vouch_for_itself(learned):
    others = NearestKernelDensity(learned.coordinates[1:], 3)
    others.width = learned.width
    own = learned.log_density_parts(learned.coordinates[:1]).sum()
    without = others.log_density_parts(learned.coordinates[:1]).sum()
    assert own == pytest.approx(without + np.log(59 / 60))


def test_a_second_copy_vouches_for_the_first():
    rows = np.vstack([np.zeros((2, 2)), np.random.default_rng(0).normal(5, 1, (30, 2))])
    copied, single = NearestKernelDensity(rows, 2), NearestKernelDensity(rows[1:], 2)
    single.width = copied.width
    at_copies = copied.log_density_parts(np.zeros((1, 2))).sum()
    assert at_copies > single.log_density_parts(np.zeros((1, 2))).sum() + 1


def test_the_width_is_the_likeliest_when_rows_are_left_out():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    learned = NearestKernelDensity(rows, 2)

    def likelihood(width):
        learned.width = width
        return learned.log_density_parts(rows).sum()

    best = learned.width
    tried = [likelihood(factor * best) for factor in (0.8, 0.95, 1.0, 1.05, 1.25)]
    assert np.argmax(tried) == 2


def test_copies_and_single_rows_leave_a_width():
    assert NearestKernelDensity(np.zeros((10, 2)), 2).width == 0.01
    one = NearestKernelDensity(np.zeros((1, 2)), 2)
    assert one.width == 1
    assert np.isfinite(one.log_density_parts(np.ones((3, 2)))).all()


def test_rows_that_are_added_have_a_density_around_but_leave_the_width(learned):
    others = np.random.default_rng(2).normal(size=(30, 3))
    more = NearestKernelDensity(learned.coordinates, 3, others)
    assert more.width == learned.width
    rows = np.random.default_rng(1).normal(size=(20, 3))
    np.testing.assert_allclose(
        more.log_density_parts(rows).sum(axis=1), density_by_scipy(more, rows), rtol=1e-9
    )


def test_a_row_is_left_out_before_its_copy():
    rows = np.vstack([np.zeros((3, 2)), np.random.default_rng(0).normal(5, 1, (30, 2))])
    three = NearestKernelDensity(rows, 2)
    own = three.log_density_parts(rows[:1], np.array([0])).sum()
    new = NearestKernelDensity(rows[1:], 2)
    new.width = three.width
    assert own == pytest.approx(new.log_density_parts(rows[:1]).sum() + np.log(32 / 33))


def test_more_rows_never_lower_the_sum_of_kernels(learned):
    rows = np.random.default_rng(1).normal(size=(50, 3))
    more = NearestKernelDensity(
        learned.coordinates, 3, np.random.default_rng(2).normal(size=(1, 3))
    )
    before = learned.log_density_parts(rows).sum(axis=1) + np.log(60)
    after = more.log_density_parts(rows).sum(axis=1) + np.log(61)
    assert (after >= before - 1e-9).all()


def test_coordinates_that_repeat_others_do_not_narrow_the_kernels():
    rows = np.random.default_rng(0).normal(size=(100, 2))
    plain = NearestKernelDensity(rows, 2)
    twice = NearestKernelDensity(np.hstack([rows, rows]) / 2**0.5, 2)
    assert twice.width == pytest.approx(plain.width)
    new = np.random.default_rng(1).normal(size=(20, 2))
    np.testing.assert_allclose(
        twice.log_density_parts(np.hstack([new, new]) / 2**0.5).sum(axis=1),
        plain.log_density_parts(new).sum(axis=1),
    )
