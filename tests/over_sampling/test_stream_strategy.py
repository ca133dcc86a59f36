import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.utils import check_sampling_strategy

from vaesynth.over_sampling import count_new_rows

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=2)
NAMES = ["auto", "minority", "not minority", "not majority", "all"]


def labels_of(counts):
    return np.repeat(list(counts), list(counts.values()))


@given(COUNTS, st.sampled_from(NAMES))
def test_names_mean_what_they_mean_to_imbalanced_learn(counts, name):
    counts = dict(sorted(counts.items()))
    expected = check_sampling_strategy(name, labels_of(counts), "over-sampling")
    assert count_new_rows(name, counts) == {str(k): int(n) for k, n in expected.items()}


@given(st.integers(51, 99), st.integers(1, 50), st.floats(0.01, 1))
def test_ratios_mean_what_they_mean_to_imbalanced_learn(n_usual, n_rare, ratio):
    counts = {"a": n_usual, "b": n_rare}
    total = round(
        n_usual * ratio
    )  # imbalanced-learn cuts where this rounds: a row less, or the same
    if total < n_rare:
        with pytest.raises(ValueError, match="must ask for at least the rows that class 'b' has"):
            count_new_rows(ratio, counts)
        return
    found = count_new_rows(ratio, counts)
    assert found == {"b": total - n_rare}
    if n_usual * ratio >= n_rare + 1:
        theirs = check_sampling_strategy(ratio, labels_of(counts), "over-sampling")
        assert found["b"] - theirs["b"] in (0, 1)


def test_totals_are_of_real_and_new_rows_together():
    counts = {"a": 90, "b": 10, "c": 30}
    totals = {"c": 30, "b": 25}
    expected = check_sampling_strategy(totals, labels_of(counts), "over-sampling")
    assert count_new_rows(totals, counts) == dict(expected) == {"b": 15, "c": 0}


@pytest.mark.parametrize(
    ("strategy", "counts", "rule"),
    [
        ("auto", {"a": 3}, "the target must have at least 2 classes, got 1"),
        ("most", {"a": 3, "b": 2}, "must be one of .*, got 'most'"),
        (0.5, {"a": 3, "b": 2, "c": 2}, "a ratio for two classes only, got 3 classes"),
        (1.5, {"a": 3, "b": 2}, r"in the range \(0, 1\], got 1.5"),
        (0.5, {"a": 30, "b": 20}, "which are 20, got 0.5 of 30 rows, which are 15"),
        ({"b": 4.5}, {"a": 5, "b": 2}, "must be whole numbers of rows, got 4.5 for class 'b'"),
        ({"z": 9}, {"a": 3, "b": 2}, r"must be of classes of the stream, got \['z'\]"),
        ({"a": 2}, {"a": 3, "b": 2}, "at least the rows that a class has, got 2 for class 'a'"),
    ],
)
def test_what_does_not_suit_the_classes_is_refused(strategy, counts, rule):
    with pytest.raises(ValueError, match=rule):
        count_new_rows(strategy, counts)


def test_a_callable_would_need_the_labels():
    with pytest.raises(TypeError, match="must be a name, a ratio or totals, got <"):
        count_new_rows(dict.fromkeys, {"a": 3, "b": 2})
