"""Columns that follow from others are found, and others are not taken for such."""

import numpy as np
import pytest

from vaesynth.drawing import has_relations

RNG = np.random.default_rng(0)
A, B, C = RNG.lognormal(size=(3, 2000))
NOISE = RNG.normal(size=(2000, 3))


@pytest.mark.parametrize(
    "last",
    [A + B, 3 * A - B + 7, A * B, A / B, (A * B * RNG.normal(1, 0.01, 2000)), A**2 / C, -A],
    ids=["sum", "difference", "product", "ratio", "nearly", "powers", "sign"],
)
def test_a_column_that_follows_from_others_is_found(last):
    table = np.column_stack([A, B, C, NOISE, last])
    assert has_relations(table)
    table[::50, 1] = np.nan
    assert has_relations(table)
    assert not has_relations(np.delete(table, 0, axis=1))


@pytest.mark.parametrize(
    "table",
    [
        NOISE,
        np.column_stack([A, B, A + 0.5 * B * C]),
        np.cumsum(np.abs(NOISE), axis=1),
        RNG.integers(0, 3, (2000, 5)).astype(float),
        np.full((2000, 3), 7.0),
        np.full((2000, 3), np.nan),
        np.column_stack([A, 2 * A])[:5],
        np.column_stack([A * 1e300, B]),
        np.zeros((0, 4)),
        np.zeros((9, 0)),
    ],
    ids=["noise", "part", "order", "whole", "same", "none", "few", "huge", "no rows", "no columns"],
)
def test_other_columns_are_none(table):
    assert not has_relations(table)
