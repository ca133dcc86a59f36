from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular import ContentTracker, TableEncoder


def show(frame, step, **options):
    """Return the rows that a tracker points at when it reads `step` rows at a time."""
    tracker = ContentTracker(**options)
    rows = [
        start + tracker.see(frame[start : start + step]) for start in range(0, len(frame), step)
    ]
    return tracker, frame.iloc[np.concatenate(rows)]


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    n_rows = 3000
    return pd.DataFrame(
        {
            "few": rng.choice([1.0, 2.0, 3.5], n_rows),
            "whole": rng.integers(0, 1000, n_rows),
            "digits": rng.normal(size=n_rows).round(3),
            "real": rng.normal(size=n_rows).astype(np.float32),
            "flag": rng.random(n_rows) < 0.5,
            "binary": rng.integers(0, 2, n_rows),
            "word": rng.choice(list("abc"), n_rows),
            "kind": pd.Categorical(rng.choice(list("xyz"), n_rows), categories=list("wxyz")),
            "gaps": pd.array(rng.integers(0, 9, n_rows), dtype="Int64"),
            "price": [Decimal(int(cents)) / 100 for cents in rng.integers(0, 9999, n_rows)],
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, n_rows), "D"),
        }
    )


@pytest.mark.parametrize("step", [50, 3000])
def test_the_rows_show_what_all_rows_show(frame, step):
    frame.loc[2990, "few"], frame.loc[2991, "digits"] = 7.25, 0.00001
    frame.loc[2992, ["word", "gaps"]] = ["d", pd.NA]
    frame.loc[2993, "day"] = pd.NaT
    frame.loc[2994:2996, "price"] = [Decimal("-5.125"), None, Decimal(200)]
    _, shown = show(frame, step)
    assert len(shown) < 300
    some, all_ = TableEncoder().fit(shown).schema_, TableEncoder().fit(frame).schema_
    for found, expected in zip(some.columns, all_.columns, strict=True):
        for fact in ("kind", "has_missing", "decimals", "precision", "levels"):
            assert getattr(found, fact) == getattr(expected, fact), (found.name, fact)
        if (
            expected.name != "day"
        ):  # counted from an offset that is the same, in steps that may differ
            np.testing.assert_equal((found.lower, found.upper), (expected.lower, expected.upper))
        if expected.n_distinct <= 20:
            assert found.n_distinct == expected.n_distinct


def test_levels_are_counted_over_all_rows(frame):
    tracker, shown = show(frame, 70)
    schema = TableEncoder().fit(shown).schema_
    for spec, counts in zip(schema.categoricals, tracker.level_counts(schema), strict=True):
        expected = frame[spec.name].value_counts()
        assert counts.tolist() == [expected[level] for level in spec.levels], spec.name
    assert [spec.name for spec in schema.categoricals] == ["flag", "binary", "word", "kind"]


def test_columns_named_as_categories_are_counted_as_such(frame):
    tracker, shown = show(frame, 100, categorical_features=["whole"])
    schema = TableEncoder(categorical_features=["whole"]).fit(shown).schema_
    counts = tracker.level_counts(schema)[0]
    assert schema.categoricals[0].name == "whole"
    assert counts.tolist() == frame["whole"].value_counts().sort_index().tolist()


def test_a_second_look_shows_nothing_new(frame):
    tracker = ContentTracker()
    assert len(tracker.see(frame))
    assert tracker.see(frame).tolist() == []


def test_too_many_categories_are_refused(frame):
    names = frame.assign(word=[f"name {number}" for number in range(len(frame))])
    with pytest.raises(ValueError, match="'word' must have at most 1,000 categories, got more"):
        show(names, 100, max_categories=1000)


def test_infinity_is_named_by_its_row(frame):
    frame.loc[1234, "digits"] = -np.inf
    with pytest.raises(ValueError, match="got infinity in row 1234 of 'digits'"):
        show(frame, 100)


def test_numbers_and_words_in_one_column_are_refused():
    frame = pd.DataFrame({"a": np.array([1, 2, None, None, "x", "y"], dtype=object)})
    with pytest.raises(ValueError, match="of one kind in all frames, got numbers first"):
        show(frame, 2)
