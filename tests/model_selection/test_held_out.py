"""Calibrators and thresholds are those that scikit-learn, or a search by brute force, finds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, make_scorer, recall_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from vaesynth.model_selection import ResampledClassifier
from vaesynth.model_selection._held_out import cross_fit, positive_position, tune_threshold


@pytest.fixture(scope="module")
def table():
    return make_classification(300, weights=[0.8], class_sep=0.6, random_state=0)


@pytest.fixture(scope="module")
def held_out(table):
    X, y = table
    return cross_val_predict(LogisticRegression(), X, y, method="predict_proba"), y


def fit_and_respond(X, y, params, X_held_out):
    assert len(params["classifier"]["sample_weight"]) == len(y)
    return LogisticRegression().fit(X, y, **params["classifier"]).predict_proba(X_held_out)


def test_cross_fitting_is_scikit_learns(table):
    X, y = table
    params = {"classifier": {"sample_weight": np.linspace(1, 2, len(y))}}
    folds = StratifiedKFold(4)
    found, rows = cross_fit(fit_and_respond, X, y, params, cv=folds, n_jobs=None)
    expected = cross_val_predict(
        LogisticRegression(), X, y, cv=folds, method="predict_proba", params=params["classifier"]
    )
    assert_allclose(found, expected[rows])
    assert_array_equal(np.sort(rows), np.arange(len(y)))


def test_a_sorted_table_is_shuffled(table):
    X, y = table
    params = {"classifier": {"sample_weight": np.ones(len(y))}}
    rows = [cross_fit(fit_and_respond, X, y, params, cv=cv, n_jobs=None)[1] for cv in (None, 5)]
    assert_array_equal(*rows)
    assert np.abs(np.diff(rows[0][:60])).max() > 10
    assert rows[0][:60].max() > 240


def test_folds_without_a_class(table):
    X, y = table
    order = np.argsort(y)
    params = {"classifier": {"sample_weight": np.ones(len(y))}}
    splits = [(order[:200], order[200:])]
    with pytest.raises(ValueError, match="must leave rows of all 2 classes in every training part"):
        cross_fit(fit_and_respond, X, y, params, cv=splits, n_jobs=None)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        ("f1", f1_score),
        ("balanced_accuracy", balanced_accuracy_score),
        (make_scorer(f1_score), f1_score),
    ],
)
def test_no_threshold_scores_better(held_out, scoring, score):
    probabilities, y = held_out
    found = tune_threshold(scoring, probabilities, y, np.array([0, 1]), 1, None)
    best = max(score(y, probabilities[:, 1] >= t) for t in np.unique(probabilities[:, 1]))
    assert_allclose(score(y, probabilities[:, 1] >= found), best)


def test_labels_may_be_words_and_the_first_class_the_rare_one(held_out):
    probabilities, y = held_out
    words = np.array(["usual", "rare"])[y]
    found = tune_threshold(
        "f1", probabilities[:, ::-1], words, np.array(["rare", "usual"]), 0, None
    )
    assert found == tune_threshold("f1", probabilities, y, np.array([0, 1]), 1, None)


def test_a_scorer_object_keeps_its_own_label(held_out):
    probabilities, y = held_out
    words = np.array(["a", "b"])[y]
    scorer = make_scorer(f1_score, pos_label="b")
    found = tune_threshold(scorer, probabilities, words, np.array(["a", "b"]), 1, None)
    assert found == tune_threshold("f1", probabilities, y, np.array([0, 1]), 1, None)


def test_weights_are_those_of_repeated_rows(held_out):
    probabilities, y = held_out
    weights = np.where(y == 0, 4, 1)
    repeated = np.repeat(np.arange(len(y)), weights)
    classes = np.array([0, 1])
    found = tune_threshold("f1", probabilities, y, classes, 1, weights)
    flags = probabilities[:, 1] >= found
    again = tune_threshold("f1", probabilities[repeated], y[repeated], classes, 1, None)
    assert_allclose(
        f1_score(y, flags, sample_weight=weights),
        f1_score(y, probabilities[:, 1] >= again, sample_weight=weights),
    )
    plain = tune_threshold("f1", probabilities, y, classes, 1, None)
    assert f1_score(y, flags, sample_weight=weights) > 0.02 + f1_score(
        y, probabilities[:, 1] >= plain, sample_weight=weights
    )


def test_a_score_that_no_threshold_changes(held_out):
    probabilities, y = held_out
    with pytest.raises(ValueError, match=r"must be a scorer of predicted labels, got 'roc_auc'"):
        tune_threshold("roc_auc", probabilities, y, np.array([0, 1]), 1, None)


def test_constant_probabilities(held_out):
    probabilities, y = held_out
    constant, classes = np.full_like(probabilities, 0.4), np.array([0, 1])
    assert tune_threshold("balanced_accuracy", constant, y, classes, 1, None) == 0.5
    assert tune_threshold("f1", constant, y, classes, 1, None) <= 0.4


def test_the_threshold_lies_half_way_to_the_next_row():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.1, 0.9]])
    y, classes = np.array([0, 0, 1, 1]), np.array([0, 1])
    assert_allclose(tune_threshold("f1", probabilities, y, classes, 1, None), 0.4)


def test_accuracy_may_be_best_with_no_positive_row():
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    found = tune_threshold(
        "accuracy", probabilities, np.array([0, 0, 0, 1]), np.array([0, 1]), 1, None
    )
    assert found > 0.9


def test_recall_alone_takes_every_row(held_out):
    probabilities, y = held_out
    found = tune_threshold("recall", probabilities, y, np.array([0, 1]), 1, None)
    assert recall_score(y, probabilities[:, 1] >= found) == 1


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_calibration_of_decisions_is_scikit_learns_on_the_same_folds(method, n_classes):
    weights = [0.6] + [0.4 / (n_classes - 1)] * (n_classes - 1)
    X, y = make_classification(
        240, n_informative=4, n_classes=n_classes, weights=weights, random_state=1
    )
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    inner = LogisticRegression()
    ours = ResampledClassifier("passthrough", inner, calibrate=method, cv=folds).fit(X, y)
    theirs = CalibratedClassifierCV(inner, method=method, cv=folds, ensemble=False).fit(X, y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


def test_isotonic_calibration_of_probabilities_is_scikit_learns(table):
    X, y = table
    forest = RandomForestClassifier(20, random_state=0)
    ours = ResampledClassifier(
        "passthrough", forest, calibrate="isotonic", cv=StratifiedKFold(3)
    ).fit(X, y)
    theirs = CalibratedClassifierCV(forest, method="isotonic", cv=3, ensemble=False).fit(X, y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


def test_sigmoid_calibration_of_probabilities_is_logistic_in_the_log_odds(table):
    X, y = table
    forest = RandomForestClassifier(60, min_samples_leaf=10, random_state=0)
    ours = ResampledClassifier(
        "passthrough", forest, calibrate="sigmoid", cv=StratifiedKFold(3)
    ).fit(X, y)
    held_out = cross_val_predict(forest, X, y, cv=3, method="predict_proba")[:, 1]
    line = LogisticRegression(C=np.inf).fit(logit(held_out)[:, np.newaxis], y)
    own = logit(forest.fit(X, y).predict_proba(X)[:, 1])[:, np.newaxis]
    assert_allclose(ours.predict_proba(X), line.predict_proba(own), atol=0.03)


@pytest.mark.parametrize(
    ("y", "position"),
    [([0, 0, 1], 1), ([1, 1, 0], 0), (["no", "yes", "no"], 1), (["a", "b"], 1)],
)
def test_the_positive_class_is_the_rarer_or_the_last(y, position):
    assert positive_position(y) == position
