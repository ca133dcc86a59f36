import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp

from vaesynth.tabular import TableEncoder, concatenate_tables


def test_frames_keep_types_and_rows(mixed):
    encoder = TableEncoder().fit(mixed)
    new = encoder.inverse_transform(encoder.transform(mixed).take([3, 1]))
    X = mixed.set_index(pd.RangeIndex(100, 100 + len(mixed)))
    whole = concatenate_tables([X, new])
    assert (whole.dtypes == mixed.dtypes).all()
    pd.testing.assert_frame_equal(whole[:400], mixed)
    pd.testing.assert_frame_equal(whole[400:].reset_index(drop=True), new)


@pytest.mark.parametrize(
    "container",
    [np.array, np.ndarray.tolist, sp.csr_matrix, sp.csc_array, sp.lil_array],
    ids=["ndarray", "list", "csr_matrix", "csc_array", "lil_array"],
)
def test_other_containers(container):
    rows = np.arange(12).reshape(4, 3)
    whole = concatenate_tables([container(rows[:3]), container(rows[3:]), container(rows[:0])])
    assert type(whole) is type(container(rows))
    dense = whole.toarray() if sp.issparse(whole) else np.array(whole)
    assert dense.dtype == rows.dtype
    np.testing.assert_array_equal(dense, rows)


def test_pyarrow_tables():
    part = pa.table({"a": [1, None], "b": ["x", "y"]})
    whole = concatenate_tables([part, part])
    assert whole.schema.equals(part.schema)
    assert whole.to_pylist() == part.to_pylist() * 2


def test_no_table_is_refused():
    with pytest.raises(ValueError, match="At least one table"):
        concatenate_tables([])
