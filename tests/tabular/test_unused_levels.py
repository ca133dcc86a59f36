"""Levels that a type or a dictionary declares and no row has are never drawn."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.estimators import CVAE
from vaesynth.over_sampling import CVAESampler
from vaesynth.tabular import TableEncoder

N_ROWS = 40
CODES = np.where(np.arange(N_ROWS) % 3, 0, 2)  # of four levels the first and the third


def arrow_dictionary(codes, levels=("a", "b", "c", "d"), index=None):
    indices = pa.array(codes, index or pa.int8(), mask=np.asarray(codes) < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(levels))


def column(container, codes):
    """Return a table whose column "a" declares four levels."""
    if container == "pandas category":
        cells = pd.Categorical.from_codes(codes, categories=list("abcd"))
    elif container == "pandas dictionary":
        cells = pd.arrays.ArrowExtensionArray(arrow_dictionary(codes))
    else:
        return pa.table({"a": arrow_dictionary(codes), "n": np.arange(len(codes)) % 7})
    return pd.DataFrame({"a": cells, "n": np.arange(len(codes)) % 7})


def cells_of(table):
    frame = table.to_pandas() if isinstance(table, pa.Table) else table
    return [None if pd.isna(cell) else cell for cell in frame["a"].tolist()]


def type_of(table):
    return table.schema.field("a").type if isinstance(table, pa.Table) else table.dtypes["a"]


CONTAINERS = ["pandas category", "pandas dictionary", "arrow table"]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("codes", "levels"),
    [
        (CODES, ("a", "c")),
        (np.where(np.arange(N_ROWS) % 5, CODES, -1), ("a", "c")),
        (np.full(N_ROWS, -1), ()),
        (np.full(N_ROWS, 3), ("d",)),
    ],
    ids=["two of four", "two of four and missing cells", "all missing", "one of four"],
)
def test_only_levels_of_rows_are_levels_and_the_type_keeps_all(container, codes, levels):
    X = column(container, codes)
    encoder = TableEncoder().fit(X)
    spec = encoder.schema_.columns[0]
    assert spec.levels == levels
    assert spec.has_missing == bool((codes < 0).any())
    back = encoder.inverse_transform(encoder.transform(X))
    assert type_of(back) == type_of(X)
    assert cells_of(back) == cells_of(X)
    if container == "pandas category":
        assert back["a"].cat.categories.tolist() == list("abcd")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("codes", [CODES, np.full(N_ROWS, -1)], ids=["two", "none"])
def test_new_rows_have_only_levels_of_rows(container, codes):
    X = column(container, codes)
    smallest = CVAE(latent_dim=1, hidden_layer_sizes=(4,), max_iter=1)
    sampler = CVAESampler(model=smallest, random_state=0)
    rows, _ = sampler.fit_resample(X, np.arange(N_ROWS) < 8)
    assert len(cells_of(rows)) == 64
    assert set(cells_of(rows)) == set(cells_of(X))
    assert type_of(rows) == type_of(X)


def test_a_dictionary_may_hold_a_value_twice_or_a_null():
    X = pa.table({"a": arrow_dictionary([0, 1, 2, -1, 1], ["x", None, "x"])})
    encoder = TableEncoder().fit(X)
    assert encoder.transform(X).codes.ravel().tolist() == [0, -1, 0, -1, -1]
    assert encoder.schema_.columns[0].levels == ("x",)


def test_a_dictionary_of_numbers_with_wide_indices_and_chunks():
    parts = [
        arrow_dictionary([1, 0], [5, 3, 9], pa.int32()),
        arrow_dictionary([2], [1, 2, 3], pa.int32()),
    ]
    X = pa.table({"a": pa.chunked_array(parts)})
    encoder = TableEncoder().fit(X)
    assert encoder.schema_.columns[0].levels == (3, 5)
    back = encoder.inverse_transform(encoder.transform(X))
    assert back["a"].type == X["a"].type
    assert back["a"].to_pylist() == [3, 5, 3]
