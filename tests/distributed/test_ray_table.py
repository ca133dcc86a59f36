"""A table in blocks: learned alike however it is cut, and shared out without a row lost or doubled."""

import itertools

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE
from vaesynth.distributed import _ray_table
from vaesynth.distributed._ray_table import RayTable, read_share
from vaesynth.estimators import SharedFit

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


@pytest.fixture(scope="module")
def frame(table):
    # A number that no other row has tells the rows apart.
    return table.assign(number=np.random.default_rng(0).permutation(len(table)) / 7)


@pytest.fixture(scope="module")
def tables(cluster, frame):
    """The same rows in one block and in four of different lengths."""
    cuts = [0, 700, 701, 1500, 2400]
    parts = [frame[start:stop] for start, stop in itertools.pairwise(cuts)]
    return [RayTable(cluster.data.from_pandas(data), "fraud") for data in (frame, parts)]


def test_shares_have_every_row_once_in_order(tables, frame):
    cut_up = tables[1]
    facts = cut_up.learn_facts(0)
    pd.testing.assert_frame_equal(facts.sample, frame.drop(columns="fraud"))
    shared = SharedFit.begin(CVAE(decoder="independent", random_state=0), facts)
    rows, y = shared.encode(frame.drop(columns="fraud"), frame["fraud"])
    values, codes = rows.to_arrays()
    shares = [read_share(share.iterator()) for share in cut_up.encode(shared, 3)]
    assert [len(share[2]) for share in shares] == [800, 800, 800]
    for expected, found in zip((values, codes, y), zip(*shares, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(found), expected)
    assert len(np.unique(values, axis=0)) == 2400


def test_the_sample_does_not_depend_on_the_blocks(tables, frame, monkeypatch):
    monkeypatch.setattr(_ray_table, "SAMPLE_ROWS", 500)
    whole, cut_up = (table.learn_facts(3) for table in tables)
    pd.testing.assert_frame_equal(whole.sample, cut_up.sample)
    assert len(whole.sample) == len(whole.sample_labels) == 500
    assert whole.label_counts.to_dict() == frame["fraud"].value_counts().to_dict()
    assert cut_up.label_counts.to_dict() == whole.label_counts.to_dict()
    other = tables[0].learn_facts(4)
    assert not other.sample.equals(whole.sample)


def test_levels_and_bounds_come_from_all_rows(tables, frame, monkeypatch):
    monkeypatch.setattr(_ray_table, "SAMPLE_ROWS", 20)
    facts = tables[1].learn_facts(3)
    assert set(facts.cells["shop"]) == set(frame["shop"])
    for name in ("amount", "number", "items", "day"):
        assert facts.cells[name].min() == frame[name].min()
        assert facts.cells[name].max() == frame[name].max()
    assert facts.cells["amount"].isna().any()
