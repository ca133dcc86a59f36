import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vaesynth.streaming import ClassReservoir
from vaesynth.streaming._reservoir import share_rows


def fill(codes, max_rows, seed=0, step=100):
    reservoir = ClassReservoir(max_rows, seed)
    for start in range(0, len(codes), step):
        part = codes[start : start + step]
        reservoir.add(pd.DataFrame({"row": start + np.arange(len(part))}), part)
    return reservoir


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(8, 1000))
def test_shares_fill_the_room_and_no_class_gets_less_than_a_larger_one(counts, max_rows):
    counts = np.array(counts)
    shares = share_rows(counts, max_rows)
    assert (shares <= counts).all()
    assert shares.sum() <= max_rows
    # What is not given away is less than a row for each class that could take it.
    if counts.sum() > max_rows:
        cut = shares < counts
        assert max_rows - shares.sum() < cut.sum()
        assert len(set(shares[cut])) == 1
        assert shares[cut].min() >= shares.max()
    else:
        assert shares.tolist() == counts.tolist()


def test_rare_classes_are_kept_whole_and_the_rows_are_those_of_the_stream():
    codes = (np.arange(5000) % 100 == 0).astype(int) + 2 * (np.arange(5000) == 4321)
    reservoir = fill(codes, 200)
    kept = reservoir.finish()
    assert reservoir.counts.tolist() == np.bincount(codes).tolist()
    assert kept.positions[kept.codes == 1].tolist() == np.flatnonzero(codes == 1).tolist()
    assert kept.frame["row"].tolist() == kept.positions.tolist()
    assert (np.diff(kept.positions) > 0).all()
    np.testing.assert_array_equal(kept.codes, codes[kept.positions])


@pytest.mark.parametrize("step", [1000, 64, 1])
def test_the_rows_do_not_depend_on_the_blocks(step):
    codes = np.random.default_rng(1).choice(3, 1000, p=[0.9, 0.08, 0.02])
    whole = fill(codes, 150, seed=3, step=1000).finish()
    kept = fill(codes, 150, seed=3, step=step).finish()
    np.testing.assert_array_equal(kept.positions, whole.positions)
    np.testing.assert_array_equal(kept.is_uniform, whole.is_uniform)


def test_every_row_of_a_class_is_as_likely_as_the_next():
    codes = np.repeat([0, 1, 0], [150, 20, 130])
    hits = np.zeros(300)
    for seed in range(400):
        hits[fill(codes, 60, seed).finish().positions] += 1
    assert (hits[codes == 1] == 400).all()
    expected = 400 * 40 / 280
    chi_square = ((hits[codes == 0] - expected) ** 2 / expected).sum() / (1 - 40 / 280)
    assert 0.001 < stats.chi2(279).sf(chi_square) < 0.999


def test_the_uniform_part_has_the_shares_of_the_stream():
    codes = np.random.default_rng(1).choice(2, 20_000, p=[0.9, 0.1])
    kept = fill(codes, 4000, step=1000).finish()
    part = kept.codes[kept.is_uniform]
    assert len(part) > 2000
    assert stats.binomtest(int(part.sum()), len(part), codes.mean()).pvalue > 0.001


def test_memory_is_bounded_while_reading():
    reservoir = ClassReservoir(1000, 0)
    most = 0
    for start in range(0, 100_000, 500):
        codes = (np.arange(start, start + 500) % 50 == 0).astype(int)
        reservoir.add(pd.DataFrame({"row": np.arange(500)}), codes)
        most = max(most, sum(map(len, reservoir._frames)))
    assert most <= 1250


def test_more_classes_than_rows_are_refused():
    with pytest.raises(ValueError, match="must be at least the number of classes, got 5 and 6"):
        fill(np.arange(6), 5)
