import dataclasses

import numpy as np
import pytest

from vaesynth.tabular import Cells, ColumnSpec, Table, TableSchema

NUMBER = ColumnSpec("a", 0, "number", 3, False, 2.0, decimals=0)
CATEGORY = ColumnSpec("b", 1, "category", 1, False, 0, levels=("x",))
HOLED = ColumnSpec("c", 2, "category", 1, True, 0, levels=("x",))
VOID = ColumnSpec("d", 3, "number", 0, True, np.nan)


def test_columns_by_kind_keep_their_order():
    schema = TableSchema((NUMBER, CATEGORY, HOLED, VOID))
    assert schema.numbers == (NUMBER, VOID)
    assert schema.categoricals == (CATEGORY, HOLED)
    assert (schema.n_numbers, schema.n_categoricals) == (2, 2)
    assert schema.names == ("a", "b", "c", "d")


def test_properties():
    assert NUMBER.is_number
    assert NUMBER.is_integer
    assert VOID.is_all_missing


def test_specifications_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NUMBER.name = "z"


@pytest.mark.parametrize(
    "rows", [Table(np.arange(6.0).reshape(3, 2), np.arange(3)[:, None]),
             Cells(np.arange(6, dtype=np.float32).reshape(3, 2), np.arange(3)[:, None])]
)  # fmt: skip
def test_take(rows):
    assert len(rows) == 3
    for chosen in (rows.take([2, 0]), rows.take(np.array([True, False, True])).take([1, 0])):
        assert type(chosen) is type(rows)
        assert chosen.codes.tolist() == [[2], [0]]
        assert next(iter(chosen.__dict__.values())).tolist() == [[4, 5], [0, 1]]
