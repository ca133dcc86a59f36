"""Rows with unseen cells: which values and codes go together, and the likelihood of single cells."""

import math

import pytest
import torch
from torch.distributions import Categorical, Normal

from vaesynth.nn import CellGroups, CellHead, Rows, flag_unseen, flagged_cardinalities


def make_rows():
    """Three rows of two values, the second governed by the second of two codes."""
    values = torch.tensor([[1.0, 2.0], [0.0, 0.0], [3.0, 0.0]])
    present = torch.tensor([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    codes = torch.tensor([[2, 0], [1, 1], [-1, -1]])
    return Rows(values, present, codes)


def make_groups():
    return CellGroups(2, 2, [-1, 1])


def test_a_spike_is_given_though_its_value_is_absent():
    given = make_groups().given(make_rows())
    # Groups are the two codes, then the value that stands alone.
    assert given.tolist() == [[True, True, True], [True, True, False], [False, False, True]]


def test_a_value_and_its_state_are_hidden_together():
    groups, rows = make_groups(), make_rows()
    seen = torch.ones(3, 3, dtype=torch.bool)
    seen[:, 1] = False
    kept = groups.keep(rows, seen)
    assert kept.present.tolist() == [[1, 0], [0, 0], [1, 0]]
    assert kept.codes.tolist() == [[2, -1], [1, -1], [-1, -1]]
    assert torch.equal(groups.put(kept, rows, ~seen).values, rows.values)
    assert torch.equal(groups.put(kept, rows, ~seen).codes, rows.codes)


def test_unseen_cells_are_flagged():
    flagged = flag_unseen(make_rows(), [3, 2])
    assert flagged.codes.tolist() == [[2, 0, 1, 1], [1, 1, 0, 0], [3, 2, 1, 0]]
    assert (flagged.codes < torch.tensor(flagged_cardinalities(2, [3, 2]))).all()


def test_the_likelihood_is_that_of_the_cells_that_are_there():
    head, rows = CellHead(2, [3, 2]), make_rows()
    outputs = torch.randn(3, head.n_outputs, generator=torch.Generator().manual_seed(0))
    means, log_scales, _ = head.split(outputs)
    got = head.log_prob(outputs, rows)
    normal = Normal(means, log_scales.exp()).log_prob(rows.values)
    levels = head.levels.tables(head.split(outputs)[2])
    first = [block.columns.index(0) for block in head.levels.blocks if 0 in block.columns]
    table = next(t for t, b in zip(levels, head.levels.blocks, strict=True) if 0 in b.columns)
    other = next(t for t, b in zip(levels, head.levels.blocks, strict=True) if 1 in b.columns)
    of_first = Categorical(logits=table[:, first[0], :3])
    of_second = Categorical(logits=other[:, 0, :2])
    expected = normal[0].sum() + of_first.log_prob(rows.codes[:, 0].clamp_min(0))[0]
    expected = expected + of_second.log_prob(rows.codes[:, 1].clamp_min(0))[0]
    torch.testing.assert_close(got[0], expected)
    torch.testing.assert_close(got[2], normal[2, 0])


def test_draws_have_the_scale_of_the_outputs():
    head = CellHead(1, [])
    outputs = torch.tensor([[2.0, math.log(0.5)]]).expand(20_000, 2)
    values, codes = head.sample(outputs, torch.Generator().manual_seed(0))
    assert float(values.mean()) == pytest.approx(2, abs=0.02)
    assert float(values.std()) == pytest.approx(0.5, abs=0.02)
    assert codes.shape == (20_000, 0)
