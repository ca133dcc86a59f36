import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vaesynth.streaming import as_arrow, write_parquet


def test_each_table_is_a_row_group(tmp_path):
    tables = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3]})]
    assert write_parquet(tables, tmp_path / "a.parquet") == 3
    assert pq.read_table(tmp_path / "a.parquet")["a"].to_pylist() == [1, 2, 3]
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 2


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    def tables():
        yield pd.DataFrame({"a": [1]})
        raise RuntimeError("the source ran dry")

    with pytest.raises(RuntimeError, match="ran dry"):
        write_parquet(tables(), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(tmp_path):
    path = tmp_path / "a.parquet"
    write_parquet([pd.DataFrame({"a": [1]})], path)
    with pytest.raises(FileExistsError):
        write_parquet([pd.DataFrame({"a": [2]})], path)
    write_parquet([pd.DataFrame({"a": [2]})], path, overwrite=True)
    assert pd.read_parquet(path)["a"].tolist() == [2]


def test_images_are_no_table():
    with pytest.raises(ValueError, match="got one of images"):
        as_arrow(np.zeros((2, 4, 4)))
    assert as_arrow(pa.table({"a": [1]})).num_rows == 1
