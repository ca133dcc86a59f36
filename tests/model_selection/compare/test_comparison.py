"""Summaries, differences and pictures follow from the scores of the folds."""

import re
import warnings

import numpy as np
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.tree import DecisionTreeClassifier

from vaesynth import compare_resamplers


@pytest.fixture(scope="module")
def comparison():
    X, y = make_classification(250, weights=[0.85], random_state=0)
    models = [LogisticRegression(), DecisionTreeClassifier(max_depth=3), LogisticRegression(C=0.1)]
    return compare_resamplers(
        models, X, y, samplers=["random"], n_repeats=2, random_state=np.random.RandomState(0)
    )


def folds_of(comparison, classifier, sampler, metric):
    frame = comparison.to_frame()
    chosen = (frame["classifier"] == classifier) & (frame["sampler"] == sampler)
    return frame[chosen].sort_values(["repeat", "fold"])[metric].to_numpy()


def test_classifiers_are_called_by_their_classes(comparison):
    assert list(comparison.classifiers) == [
        "LogisticRegression", "DecisionTreeClassifier", "LogisticRegression 2",
    ]  # fmt: skip
    assert "LogisticRegression 2" in repr(comparison)


def test_a_notebook_shows_verdict_and_means(comparison):
    html = comparison._repr_html_()
    assert html.startswith("<p>")
    assert html.index("</p>") < html.index("<table")
    assert f"{comparison.summary()['f1'].iloc[0]:.3f}" in html
    assert "DecisionTreeClassifier" in html


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_warning_of_every_fold_is_shown_once(n_jobs):
    X, y = make_classification(60, random_state=0)
    hasty = LogisticRegression(max_iter=1)
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        compare_resamplers(hasty, X, y, samplers=["random"], cv=2, n_jobs=n_jobs, random_state=0)
    messages = [str(w.message) for w in shown if w.category is ConvergenceWarning]
    assert len(messages) == 1
    assert re.search(r"\(\d+ times\)$", messages[0])
    # Of each of two folds: plain, over-sampled, and for two thresholds.
    assert int(re.search(r"(\d+) times", messages[0])[1]) >= 8
    assert shown[0].filename == __file__


def test_the_summary_is_the_mean_of_the_folds(comparison):
    mean = folds_of(comparison, "DecisionTreeClassifier", "random", "f1").mean()
    assert_allclose(comparison.summary().loc[("DecisionTreeClassifier", "random"), "f1"], mean)


@pytest.mark.parametrize(("metric", "sign"), [("f1", 1), ("brier", -1)])
def test_a_positive_difference_is_better(comparison, metric, sign):
    table = comparison.differences().set_index(["classifier", "sampler", "metric"])
    row = table.loc[("LogisticRegression", "random", metric)]
    own, base = (folds_of(comparison, "LogisticRegression", s, metric) for s in ("random", "none"))
    gains = sign * (own - base)
    assert_allclose(row["difference"], gains.mean())
    reach = stats.t.ppf(0.975, 9) * np.sqrt((1 / 10 + 50 / 200) * gains.var(ddof=1))
    assert_allclose([row["lower"], row["upper"]], [gains.mean() - reach, gains.mean() + reach])


def test_the_baseline_may_be_another(comparison):
    table = comparison.differences("random")
    assert "random" not in set(table["sampler"])
    ours = table.set_index(["classifier", "sampler", "metric"])["difference"]
    theirs = comparison.differences().set_index(["classifier", "sampler", "metric"])["difference"]
    name = "LogisticRegression"
    assert_allclose(ours[(name, "none", "f1")], -theirs[(name, "random", "f1")])
    with pytest.raises(ValueError, match=r"`baseline` must be one of the samplers .*, got 'SMOTE'"):
        comparison.differences("SMOTE")


def test_held_out_probabilities_give_the_scores(comparison):
    y_true, probabilities = comparison.probabilities("LogisticRegression", "random")
    assert probabilities.shape == (500, 2)
    folds = folds_of(comparison, "LogisticRegression", "random", "brier")
    assert_allclose(brier_score_loss(y_true, probabilities[:, 1]), folds.mean())
    with pytest.raises(ValueError, match="must be one of"):
        comparison.probabilities("LogisticRegression", "SMOTE")


def test_the_frame_is_the_users_own(comparison):
    frame = comparison.to_frame()
    frame["f1"] = 0
    assert comparison.to_frame()["f1"].max() > 0


def test_the_verdict_has_a_sentence_and_a_paragraph_for_each_classifier(comparison):
    lines = comparison.verdict().splitlines()
    assert len(lines) == 6
    for first, second, name in zip(lines[::2], lines[1::2], comparison.classifiers, strict=True):
        assert first.split(" for ")[0] in ("Yes", "No", "Nobody can tell")
        assert second.startswith("On this table")
        assert name in first
        assert name in second
    with pytest.raises(ValueError, match=r"`sampler` must be one of the over-samplers .* got 'x'"):
        comparison.verdict("x")


def test_the_plot_shows_the_differences(comparison):
    display = comparison.plot("f1")
    table = comparison.differences().query("metric == 'f1'")
    drawn = np.concatenate([bars.lines[0].get_xdata() for bars in display.intervals_])
    assert_allclose(np.sort(drawn), np.sort(table["difference"]))
    with pytest.raises(ValueError, match="`metric` must be one of"):
        comparison.plot("accuracy", ax=display.ax_)
    pyplot.close("all")
