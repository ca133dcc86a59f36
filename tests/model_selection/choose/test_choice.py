"""The rule by which a search chooses, and what it says of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.model_selection._choose._choice import choose, describe_choice
from vaesynth.model_selection._choose._options import Option
from vaesynth.model_selection._compare._competitors import Competitor


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=2, max_size=6))
def test_the_first_wins_unless_the_best_is_better_by_enough_errors(rows):
    scores = np.array(rows)
    found = choose(scores, 2.0, 0.25)
    best = scores.mean(axis=1).argmax()
    gains = scores[best] - scores[0]
    error = (0.5 * np.var(gains, ddof=1)) ** 0.5
    assert found.best == (best if gains.mean() > 2 * error else 0)
    np.testing.assert_allclose(found.errors[best], error)


def options():
    names = ["none", "class weights", "CVAE"]
    ways = [Competitor(), Competitor(weighs_classes=True), Competitor(sampler=object())]
    return [
        Option(name, way, {"sampler": name, "threshold": None}, False)
        for name, way in zip(names, ways, strict=True)
    ]


@pytest.mark.parametrize(
    ("means", "start", "end"),
    [
        (
            [0.5, 0.4, 0.45],
            "No: nothing beats no resampling by more than 1 standard error",
            "0.0500",
        ),
        ([0.5, 0.4, 0.7], "Yes: CVAE changes f1 by +0.2000 (standard error ", "."),
        ([0.5, 0.7, 0.6], "Yes: class weights changes f1 by +0.2000", "."),
        ([0.5, 0.695, 0.7], "Yes: CVAE changes f1 by +0.2000", "at no cost."),
    ],
)
def test_the_sentence_names_class_weights_where_they_do_as_well(means, start, end):
    noise = np.random.default_rng(0).normal(0, 0.01, (3, 5))
    scores = np.array(means)[:, None] + noise - noise.mean(axis=1, keepdims=True)
    text = describe_choice(choose(scores, 1.0, 0.25), options(), scores, "f1", 1.0)
    assert text.startswith(start)
    assert text.endswith(end) or end in text
    assert text.count(".") >= 1
