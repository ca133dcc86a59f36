import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.streaming import TargetColumn, split_target

COLUMNS = {
    "str": pd.Series(["no", "yes", "no"]),
    "category": pd.Series(["no", "yes", "no"], dtype="category"),
    "int8": pd.Series([0, 1, 0], dtype="int8"),
    "bool": pd.Series([False, True, False]),
}


@pytest.mark.parametrize("as_arrow", [False, True], ids=["pandas", "pyarrow"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_what_was_taken_out_goes_back_in_its_place_and_type(kind, as_arrow):
    frame = pd.DataFrame({"a": [1, 2, 3], "y": COLUMNS[kind], "b": [4.0, 5.0, 6.0]})
    if as_arrow:
        frame = pa.Table.from_pandas(frame)
    X, y = split_target(frame, "y")
    assert y.tolist() == COLUMNS[kind].tolist()
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    assert TargetColumn.of(frame, "y").join(X, classes[codes]).equals(frame)
