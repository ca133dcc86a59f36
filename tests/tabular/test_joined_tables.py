"""Two tables as one: each comes back in its own container."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from vaesynth.tabular import CellEncoder, TableEncoder, join_encoders, join_tables


def joined(first, second, **parameters):
    encoders = TableEncoder(), TableEncoder(**parameters)
    contents = [
        encoder.fit_transform(X) for encoder, X in zip(encoders, (first, second), strict=True)
    ]
    return join_encoders(*encoders), join_tables(*contents)


def test_both_come_back_in_their_containers(mixed):
    labels = sp.csr_array(np.arange(800).reshape(400, 2) % 3 == 0)
    encoder, table = joined(mixed, labels)
    X, y = encoder.inverse_transform(table)
    pd.testing.assert_frame_equal(X, mixed)
    assert type(y) is sp.csr_array
    assert y.dtype == labels.dtype
    assert (y != labels).nnz == 0


def test_cells_know_the_column_that_they_are_of():
    X = pd.DataFrame({"city": list("abcabc"), "age": [1.0, 2, 3, 4, 5, 7]})
    encoder, table = joined(X, np.array([[0.5], [1.5], [2.5], [3.0], [4.0], [5.0]]))
    cells = CellEncoder().fit(table, encoder.schema_)
    # Values of "age" and of the target, then codes of "city".
    assert cells.cell_columns_.tolist() == [1, 2, 0]
