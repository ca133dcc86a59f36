"""Shapes, trends and copies against SDMetrics: its recorded figures everywhere, itself where it is installed."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from vaesynth.metrics import column_shape_scores, copy_shares, pair_trend_scores

path = Path(__file__).with_name("sdmetrics_figures.py")
spec = importlib.util.spec_from_file_location("sdmetrics_figures", path)
sdmetrics_figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sdmetrics_figures)
RECORDS = json.loads(sdmetrics_figures.RECORD.read_text(encoding="utf-8"))


def compare(real, synthetic, figures):
    """Hold each figure against ours, to a millionth; both take the same columns for categories."""
    chosen = [name for name in real if sdmetrics_figures.is_category(real[name])]
    shapes = column_shape_scores(real, synthetic, categorical_features=chosen)
    assert list(shapes.index) == list(figures["shapes"])
    for name, score in figures["shapes"].items():
        assert shapes[name] == pytest.approx(score, abs=1e-6)
    trends = pair_trend_scores(real, synthetic, categorical_features=chosen)
    for first, second, score in figures["pairs"]:
        expected = np.nan if score is None else score
        assert trends.loc[first, second] == pytest.approx(expected, abs=1e-6, nan_ok=True)
        assert trends.loc[second, first] == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert copy_shares(real, synthetic, categorical_features=chosen).exact == pytest.approx(
        figures["copied"], abs=1e-6
    )


@pytest.mark.parametrize("name", RECORDS)
def test_the_recorded_figures(name):
    record = RECORDS[name]
    tables = [sdmetrics_figures.unpack(record[side]) for side in ("real", "synthetic")]
    compare(*tables, record["figures"])


def test_the_records_can_fail():
    scores = [score for _, _, score in RECORDS["shifted"]["figures"]["pairs"] if score is not None]
    assert min(scores) < 0.5 < RECORDS["copied"]["figures"]["copied"]
    assert any(score is None for _, _, score in RECORDS["mixed"]["figures"]["pairs"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RECORDS)
def test_sdmetrics_itself(name):
    pytest.importorskip("sdmetrics")
    real, synthetic = sdmetrics_figures.make_tables()[name]
    compare(real, synthetic, sdmetrics_figures.figures(real, synthetic))
