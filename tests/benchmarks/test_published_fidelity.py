"""The part of the fidelity benchmark that follows a published protocol: splits, measures and the table."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sdmetrics", reason="needs the group fidelity-published")
pytest.importorskip("xgboost", reason="needs the group fidelity-published")

from benchmarks.fidelity.published import measures, report
from benchmarks.fidelity.published.tables import read_split
from benchmarks.fidelity.published.trainings import Training, read_contents

N_ROWS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    target = (np.arange(N_ROWS) % 3 == 0).astype(np.int8)
    amounts = {f"PAY_{month}": rng.integers(-1, 3, N_ROWS) for month in (0, 2, 3, 4, 5, 6)}
    level = pd.Series(np.where(rng.random(N_ROWS) < 0.3, "a", "b"), dtype="category")
    level[7] = None
    columns = {"amount": rng.normal(target, 1), "row": np.arange(N_ROWS), "level": level}
    (folder / "published").mkdir()
    frame = pd.DataFrame(columns | amounts).assign(target=target)
    frame.to_parquet(folder / "published" / "default.parquet")
    return folder


@pytest.fixture(scope="module")
def real(folder):
    return read_split(folder, "default", halves=False)


@pytest.mark.parametrize(("halves", "n_train"), [(False, 270), (True, 150)])
def test_split_holds_every_row_once_and_every_level_in_training(folder, halves, n_train):
    real = read_split(folder, "default", halves=halves)
    assert len(real.train) == n_train
    assert sorted([*real.train["row"], *real.held_out["row"]]) == list(range(N_ROWS))
    assert real.numbers == ["amount", "row"]
    assert set(real.train["level"]) == {"a", "b", "?"}


def test_training_rows_themselves_have_perfect_shape_trend_and_detection(real):
    figures = measures.shape_and_trend(real, real.train, 0) | measures.detection(
        real, real.train, 0
    )
    # A row and its twin have opposite labels, and an area below one half counts as one half.
    assert figures == dict.fromkeys(("shape", "trend", "c2st_xgb", "c2st_lr"), 1.0)


def test_rows_far_away_are_detected_and_neither_precise_nor_recalled(real):
    far = real.train.assign(amount=real.train["amount"] + 1_000)
    assert measures.detection(real, far, 0)["c2st_xgb"] < 0.01
    figures = measures.precision_and_recall(real, far, 0)
    assert figures == pytest.approx({"alpha_precision": 0, "beta_recall": 0}, abs=1e-9)


def test_copies_are_precise_recalled_and_nearer_to_the_half_they_copy(folder, real):
    figures = measures.precision_and_recall(real, real.train, 0)
    assert figures == pytest.approx({"alpha_precision": 1, "beta_recall": 1}, abs=0.01)
    halves = read_split(folder, "default", halves=True)
    assert measures.closest_record_share(halves, halves.train, 0) == {"dcr": 1.0}
    assert measures.closest_record_share(halves, halves.held_out, 0) == {"dcr": 0.0}


def test_distance_counts_two_for_a_category_and_numbers_by_their_range(folder):
    halves = read_split(folder, "default", halves=True)
    made = halves.train.iloc[:1].assign(level="a", amount=0.0, row=0)
    span = np.ptp(halves.train[halves.numbers], axis=0)

    def nearest(frame):
        numbers = (frame[halves.numbers] - made[halves.numbers].to_numpy()).abs() / span
        unequal = (frame[halves.categories] != made[halves.categories].to_numpy()).sum(axis=1)
        return (numbers.sum(axis=1) + 2 * unequal).min()

    expected = float(nearest(halves.train) < nearest(halves.held_out))
    assert measures.closest_record_share(halves, made, 0) == {"dcr": expected}


def test_efficiency_is_one_where_a_column_says_the_class_and_half_where_rows_have_one_class(real):
    known = real.train.assign(amount=(real.train["target"] == "1").astype(float))
    tests = real.held_out.assign(amount=(real.held_out["target"] == "1").astype(float))
    told = type(real)(known, tests, real.numbers)
    assert measures.machine_learning_efficiency(told, known, 0) == {"mle_auc": 1.0}
    one = known[known["target"] == "0"]
    assert measures.machine_learning_efficiency(told, one, 0) == {"mle_auc": 0.5}


def test_a_training_is_resumed_and_stands_in_the_table(folder, tmp_path):
    training = Training(folder, tmp_path, "default", 0)
    training.compute(["shape_and_trend"])
    first = training.path.read_text()
    training.compute(["shape_and_trend"])
    assert training.path.read_text() == first
    content = training.compute(["real_efficiency"])
    assert set(content["measured"]) == {"shape_and_trend", "real_efficiency"}
    text = report.make_report(read_contents(tmp_path))
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {report.OURS} |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert float(cells[1]) == pytest.approx(100 * (1 - content["figures"]["shape"]), abs=0.005)
    assert cells[3] == "–"
    section = text.split("### default")[1]
    rival = next(line for line in section.splitlines() if line.startswith("| TabDiff |"))
    assert rival.startswith("| TabDiff | 1.16 ± ")
