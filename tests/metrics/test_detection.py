"""The two-sample test by a classifier: a coin on fresh rows, certain on damaged ones."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from vaesynth.metrics import detection_score


def test_fresh_rows_cannot_be_told_apart(make_table):
    real, fresh = make_table(1500, 0), make_table(1500, 1)
    assert detection_score(real, fresh, random_state=0) == pytest.approx(0.5, abs=0.05)
    logistic = LogisticRegression(max_iter=1000)
    auc = detection_score(real, fresh, classifier=logistic, random_state=0)
    assert auc == pytest.approx(0.5, abs=0.05)


def test_damage_is_seen_in_columns_pairs_and_gaps(real, fresh, shuffled):
    assert detection_score(real, fresh.assign(weight=fresh["weight"] + 5), random_state=0) > 0.95
    assert detection_score(real, shuffled, random_state=0) > 0.75
    assert detection_score(real, fresh.assign(price=np.nan), random_state=0) > 0.9
    assert detection_score(real, fresh.assign(city="Lima"), random_state=0) > 0.95


def test_copies_are_taken_for_real(real):
    assert detection_score(real, real, random_state=0) < 0.45


def test_a_seed_decides_and_the_global_one_is_left_alone(real, shuffled):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    scores = {detection_score(real, shuffled, random_state=5) for _ in range(2)}
    detection_score(real, shuffled)
    assert len(scores) == 1
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_columns_of_many_levels_are_taken(make_table):
    tables = [make_table(400, seed) for seed in (0, 1)]
    for j, table in enumerate(tables):
        table["name"] = [f"n{i % 350}" if j else f"n{i}" for i in range(400)]
    assert 0.5 < detection_score(*tables, random_state=0) < 1


def test_columns_of_few_cells_or_none_are_taken(make_table):
    real, fresh = make_table(300, 0), make_table(300, 1)
    for table in (real, fresh):
        table["empty"] = np.nan
        table["once"] = np.where(np.arange(300) == 7, 1.0, np.nan)
        table["unnamed"] = None
    assert detection_score(real, fresh, random_state=0) == pytest.approx(0.5, abs=0.1)


def test_too_few_rows_are_refused(real):
    with pytest.raises(ValueError, match="at least `cv`=3 rows, got 2"):
        detection_score(real, real[:2])
