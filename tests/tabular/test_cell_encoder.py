import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from sklearn.exceptions import NotFittedError

from random_tables import tables
from vaesynth.tabular import CellEncoder, Cells, TableEncoder

BOTH = pytest.mark.parametrize(
    "options",
    [
        {},
        {"numeric_encoding": "gaussianize"},
        {"numeric_encoding": "asinh"},
        {"numeric_encoding": "bins"},
        {"numeric_encoding": "bins", "n_bins": 3, "max_levels": 2},
    ],
    ids=str,
)


def encode(X, **options):
    tables = TableEncoder().fit(X)
    table = tables.transform(X)
    return tables, table, CellEncoder(**options).fit(table, tables.schema_)


def draw_cells(cells, n_rows, rng):
    """Draw cells that know nothing of the table but their shape."""
    codes = [rng.integers(0, cardinality, n_rows) for cardinality in cells.cardinalities_]
    values = rng.normal(0, 4, (n_rows, cells.n_values_)).astype(np.float32)
    return Cells(values, np.column_stack([np.empty((n_rows, 0), int), *codes]))


@BOTH
def test_cells_come_back(mixed, options):
    _, table, cells = encode(mixed, **options)
    first = cells.transform(table)
    assert first.values.dtype == np.float32
    assert first.codes.dtype == np.int64
    again = cells.transform(cells.inverse_transform(first, 0))
    np.testing.assert_array_equal(again.codes, first.codes)
    np.testing.assert_allclose(again.values, first.values, atol=1e-5)


@BOTH
@settings(max_examples=60)
@given(X=tables())
def test_any_table_draws_allowed_rows(options, X):
    tables, table, cells = encode(X, **options)
    first = cells.transform(table)
    assert first.values.shape == (len(X), cells.n_values_)
    assert (first.codes >= 0).all()
    assert (first.codes < np.array(cells.cardinalities_, dtype=int)).all()
    assert np.isfinite(cells.log_abs_det(table)).all()
    drawn = cells.inverse_transform(draw_cells(cells, 20, np.random.default_rng(1)), 2)
    conformed = tables.conform(drawn)
    np.testing.assert_array_equal(conformed.numbers, drawn.numbers)
    np.testing.assert_array_equal(conformed.codes, drawn.codes)
    back = tables.inverse_transform(drawn)
    assert (back.dtypes == X.dtypes).all()
    for name in X.columns:
        assert back[name].hasnans <= X[name].hasnans


@BOTH
def test_generated_rows_keep_to_the_table(mixed, options):
    tables, _, cells = encode(mixed, **options)
    table = cells.inverse_transform(draw_cells(cells, 2000, np.random.default_rng(0)), 1)
    back = tables.inverse_transform(table)
    assert set(back["few"]) <= {1.5, 2.0, 4.0}
    assert set(back["name"]) <= set(mixed["name"])
    assert set(back["city"].dropna()) <= {"Rome", "Oslo", "Bern"}
    assert (back["same"] == 5).all()
    assert back["void"].isna().all()
    assert back["day"].dt.normalize().equals(back["day"])
    assert back["amount"].round(2).equals(back["amount"])
    assert back["smooth"].between(mixed["smooth"].min(), mixed["smooth"].max()).all()
    assert back["holed"].hasnans
    assert back["both"].hasnans
    assert not back["smooth"].hasnans


@BOTH
def test_only_the_given_random_state_is_used(mixed, options):
    _, table, cells = encode(mixed, **options)
    drawn = cells.transform(table)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    tables = [cells.inverse_transform(drawn, seed) for seed in (3, np.random.default_rng(3), 4)]
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.testing.assert_array_equal(tables[0].numbers, tables[1].numbers)
    np.testing.assert_array_equal(tables[0].codes, tables[1].codes)
    assert (tables[0].codes != tables[2].codes).any()


def test_which_cells_there_are(mixed):
    _, table, cells = encode(mixed)
    # states of spiked (2), holed (2), both (3); then flag, city with missing, name pooled: one
    # level and so no cell.
    assert cells.cardinalities_ == (2, 2, 3, 2, 4)
    assert cells.n_values_ == 8
    assert cells.state_codes_ == (-1, -1, -1, -1, 0, 1, 2, -1)
    first = cells.transform(table)
    for value, code in enumerate(cells.state_codes_):
        absent = first.codes[:, code] > 0 if code >= 0 else np.zeros(len(table), bool)
        np.testing.assert_array_equal(np.isnan(first.values[:, value]), absent)


def test_log_abs_det_is_the_slope_of_the_values():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(2, 9, 200), rng.standard_t(1.5, 200)])
    for encoding in ("standardize", "asinh"):
        _, table, cells = encode(X, numeric_encoding=encoding)
        step = 1e-2
        slopes = np.zeros(len(X))
        for j in range(2):
            moved = table.numbers.copy()
            moved[:, j] += step
            up = cells._columns[j].to_values(moved[:, j])
            moved[:, j] -= 2 * step
            slopes += np.log((up - cells._columns[j].to_values(moved[:, j])) / (2 * step))
        np.testing.assert_allclose(cells.log_abs_det(table), slopes, atol=1e-3)


def test_unfitted_and_foreign_cells_are_refused(mixed):
    _, table, cells = encode(mixed)
    with pytest.raises(NotFittedError):
        CellEncoder().transform(table)
    with pytest.raises(ValueError, match=re.escape("must have shapes (1, 8) and (1, 5)")):
        cells.inverse_transform(Cells(np.zeros((1, 7), np.float32), np.zeros((1, 5), int)), 0)
    codes = np.array([[0, 0, 3, 0, 0]])
    with pytest.raises(ValueError, match="column 2 of the cells must lie between 0 and 2, got 3"):
        cells.inverse_transform(Cells(np.zeros((1, 8), np.float32), codes), 0)


@pytest.mark.parametrize(
    "options",
    [{"numeric_encoding": "onehot"}, {"n_bins": 1}, {"max_levels": 0.5}],
    ids=str,
)
def test_parameters_are_checked(mixed, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        encode(mixed, **options)


def test_fitting_on_some_rows_reads_the_others():
    X = pd.DataFrame({"a": [1.5, 2.5, 9.5, np.nan, 7.0], "b": [*"xyzxx"]})
    tables = TableEncoder().fit(X)
    table = tables.transform(X)
    for encoding in ("gaussianize", "standardize", "bins"):
        for some in ([0, 1], [3, 3]):
            cells = CellEncoder(numeric_encoding=encoding).fit(table.take(some), tables.schema_)
            back = cells.inverse_transform(cells.transform(table), 0)
            np.testing.assert_array_equal(back.codes, table.codes)
            assert np.isfinite(cells.log_abs_det(table)).all()


@pytest.mark.parametrize("encoding", ["gaussianize", "standardize", "asinh", "bins"])
def test_log_densities_by_column_sum_to_those_of_rows(encoding):
    X = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 100]
    tables = TableEncoder().fit(X)
    table = tables.transform(X)
    encoder = CellEncoder(numeric_encoding=encoding).fit(table, tables.schema_)
    by_column = encoder.log_abs_det_by_column(table)
    np.testing.assert_allclose(by_column.sum(axis=1), encoder.log_abs_det(table))
    assert encoder.cell_columns_.tolist() == [0, 1, 2]


@pytest.mark.parametrize("encoding", ["standardize", "bins"])
def test_expected_numbers_are_means_of_what_is_drawn(mixed, encoding):
    # Draws of "count" and "few" go to whole numbers and to the few that were seen: their mean is another.
    X = mixed.drop(columns=["void", "name", "count", "few"])
    _, table, cells = encode(X, numeric_encoding=encoding)
    rng, n_draws = np.random.default_rng(0), 20_000
    values = np.full((1, cells.n_values_), 0.2, dtype=np.float32)
    levels = [rng.dirichlet(np.ones(n))[None] for n in cells.cardinalities_]
    expected = cells.expect(values, levels)
    drawn_codes = [rng.choice(p.shape[1], n_draws, p=p[0]) for p in levels]
    drawn = cells.inverse_transform(
        Cells(values.repeat(n_draws, axis=0), np.column_stack(drawn_codes)), 0
    )
    error = (np.nanmean(drawn.numbers, axis=0) - expected.numbers[0]) / np.nanstd(
        table.numbers, axis=0
    ).clip(1e-9)
    # Of finitely many draws, and of their digits.
    assert (np.abs(error) < 0.05).all()
    for place, column in enumerate(drawn.codes.T):
        seen = column[column >= 0]
        assert expected.codes[0, place] == np.bincount(seen).argmax()


def test_expected_numbers_keep_to_the_bounds():
    _, _, cells = encode(pd.DataFrame({"a": np.linspace(0, 1, 50)}))
    assert cells.expect(np.array([[99.0]]), []).numbers.tolist() == [[1.0]]
