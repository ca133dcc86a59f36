"""The benchmark of scale makes the table that it says it makes, and measures what it says it measures."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.speed import scale


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "BLOCK", 1_500)
    scale.write_file(tmp_path / "table.parquet", 4_000)
    return tmp_path / "table.parquet"


def test_the_table_has_twenty_columns_of_mixed_types_and_a_rare_class(table):
    frame = pq.read_table(table).to_pandas()
    assert frame.shape == (4_000, 21)
    assert 0.003 < (frame["fraud"] == "yes").mean() < 0.02
    assert len({str(dtype) for dtype in frame.dtypes}) >= 6
    assert frame["distance"].isna().any()
    assert frame["channel"].isna().any()


@pytest.mark.slow
def test_phases_are_measured_apart(table, tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "N_DRAWN", 300)
    monkeypatch.setattr(scale, "MAX_ROWS_IN_MEMORY", 400)
    monkeypatch.setattr(scale, "judge", lambda path: {"n_rows": pq.read_metadata(path).num_rows})
    result = scale.measure(table, tmp_path)
    assert (result["n_rows"], result["n_kept"]) == (4_000, 400)
    assert result["quality"]["n_rows"] == 300
    peaks = [result[phase]["peak_mib"] for phase in ("imports", "read", "train", "draw")]
    assert peaks == sorted(peaks)
    seconds = [result[phase]["seconds"] for phase in ("read", "train", "draw")]
    assert np.isclose(result["total_seconds"], sum(seconds))
