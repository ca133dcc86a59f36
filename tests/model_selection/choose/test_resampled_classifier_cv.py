"""The search for a way to meet imbalance: scores, the cost of one sampler a fold, and scikit-learn's contract."""

import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from vaesynth import ResampledClassifier, ResampledClassifierCV
from vaesynth.over_sampling import halfway_totals

RANDOM = {"random": RandomOverSampler(random_state=0)}
FOLDS = StratifiedKFold(3, shuffle=True, random_state=1)


class Counted(RandomOverSampler):
    """Notes the totals that it is asked for."""

    asked: list = []  # noqa: RUF012

    def fit_resample(self, X, y):
        self.asked.append(self.sampling_strategy)
        return super().fit_resample(X, y)


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(240, weights=[0.85], flip_y=0.1, random_state=0)
    return X, np.array(["yes", "no"])[y]  # the rare class is the first label


# Full trees are sure of themselves: the logarithm of 0 is scikit-learn's own.
@pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning")
@parametrize_with_checks(
    [
        ResampledClassifierCV(LogisticRegression(), samplers=RANDOM, cv=2, random_state=0),
        ResampledClassifierCV(
            DecisionTreeClassifier(random_state=0),
            samplers=RANDOM,
            scoring="balanced_accuracy",
            tune_threshold=False,  # labels are then not those of the largest probability
            n_standard_errors=0.0,
            cv=2,
            random_state=0,
        ),
    ]
)
def test_passes_scikit_learns_checks(estimator, check):
    check(estimator)


def test_scores_are_those_of_each_option_by_itself(table):
    X, y = table
    search = ResampledClassifierCV(
        DecisionTreeClassifier(max_depth=4, random_state=0),
        samplers=RANDOM,
        scoring="balanced_accuracy",
        tune_threshold=False,
        cv=FOLDS,
        random_state=0,
    ).fit(X, y)
    results = search.cv_results_
    splits = np.column_stack([results[f"split{fold}_test_score"] for fold in range(3)])
    by_hand = {
        "none": search.classifier,
        "class weights": clone(search.classifier).set_params(class_weight="balanced"),
    }
    for params, scores in zip(results["params"], splits, strict=True):
        if params["sampler"] in by_hand:
            model = by_hand[params["sampler"]]
            np.testing.assert_allclose(
                scores, cross_val_score(model, X, y, cv=FOLDS, scoring="balanced_accuracy")
            )
    np.testing.assert_allclose(results["mean_test_score"], splits.mean(axis=1))
    np.testing.assert_allclose(results["gain"], splits.mean(axis=1) - splits[0].mean())
    assert search.best_score_ == results["mean_test_score"][search.best_index_]
    assert search.best_params_ == results["params"][search.best_index_]


def test_a_sampler_is_fitted_once_for_each_fold_and_once_at_the_end(table):
    X, y = table
    Counted.asked.clear()
    search = ResampledClassifierCV(
        DecisionTreeClassifier(random_state=0),
        samplers={"counted": Counted(random_state=0)},
        growths=[1.0, 3.0],
        cv=FOLDS,
        n_standard_errors=0.0,
        random_state=0,
    ).fit(X, y)
    asked = Counted.asked[:3]
    for (train, _), totals in zip(FOLDS.split(X, y), asked, strict=True):
        most = max(np.unique(y[train], return_counts=True)[1])
        assert totals == {"no": 3 * most, "yes": 3 * most}
    assert len(Counted.asked) == 3 + (search.best_params_["sampler"] == "counted")


def test_a_fold_is_scored_at_the_threshold_of_the_others(table):
    X, y = table
    search = ResampledClassifierCV(
        LogisticRegression(), samplers={}, scoring="f1", cv=FOLDS, random_state=0
    ).fit(X, y)
    tuned = [params["threshold"] for params in search.cv_results_["params"]].index("tuned")
    held_out = [
        (y[test] == "no", LogisticRegression().fit(X[train], y[train]).predict_proba(X[test])[:, 0])
        for train, test in FOLDS.split(X, y)
    ]
    for fold, (truth, probability) in enumerate(held_out):
        others = [pair for other, pair in enumerate(held_out) if other != fold]
        known, given = (np.concatenate(part) for part in zip(*others, strict=True))
        candidates = np.unique(given)
        best = max(f1_score(known, given >= each) for each in candidates)
        # The score of this fold is that of a threshold which is best on the others.
        within = [
            f1_score(truth, probability >= each)
            for each in np.concatenate([candidates, (candidates[1:] + candidates[:-1]) / 2])
            if f1_score(known, given >= each) >= best - 0.02
        ]
        score = search.cv_results_[f"split{fold}_test_score"][tuned]
        assert np.isclose(within, score).any()


def test_what_was_chosen_is_fitted_on_all_rows(table):
    X, y = table
    search = ResampledClassifierCV(
        LogisticRegression(),
        samplers=RANDOM,
        sampling_strategies=[halfway_totals],
        synthetic_weights=[1.0],
        scoring="recall",
        tune_threshold=False,
        n_standard_errors=0.0,
        cv=FOLDS,
        random_state=0,
    )
    search.fit(X, y)
    assert search.best_params_["sampler"] in ("random", "class weights")
    search.set_params(classifier=KNeighborsClassifier()).fit(X, y)  # takes no class weights
    assert search.best_params_ == {
        "sampler": "random",
        "sampling_strategy": halfway_totals,
        "growth": 1.0,
        "synthetic_weight": 1.0,
        "threshold": None,
    }
    sampler = RandomOverSampler(sampling_strategy=halfway_totals, random_state=0)
    expected = ResampledClassifier(sampler, KNeighborsClassifier()).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
    assert search.verdict_.startswith(
        "Yes: random (sampling_strategy=halfway_totals) changes recall"
    )


def test_a_tuned_threshold_is_kept():
    """The rare class is nowhere the more frequent one: at one half it is hardly ever predicted."""
    rng = np.random.default_rng(0)
    y = np.repeat(["yes", "no"], [1100, 100])
    X = rng.normal(size=(1200, 1)) + (y == "no")[:, None]
    search = ResampledClassifierCV(
        KNeighborsClassifier(15), samplers={}, scoring="f1", cv=FOLDS, random_state=0
    ).fit(X, y)
    assert search.best_params_ == {"sampler": "none", "threshold": "tuned"}
    assert search.best_estimator_.positive_class_ == "no"
    assert not hasattr(search, "decision_function")
    is_rare = search.predict_proba(X)[:, 0] >= search.best_estimator_.best_threshold_
    np.testing.assert_array_equal(search.predict(X) == "no", is_rare)


def test_probabilities_are_no_worse_than_without_resampling_by_more_than_chance(table):
    X, y = table
    options = {"samplers": RANDOM, "cv": FOLDS, "random_state": 0, "scoring": "neg_brier_score"}
    search = ResampledClassifierCV(LogisticRegression(), **options).fit(X, y)
    assert search.best_score_ >= search.cv_results_["mean_test_score"][0]


def test_other_samplers_are_used_as_they_are(table):
    search = ResampledClassifierCV(
        LogisticRegression(), samplers={"fewer": RandomUnderSampler(random_state=0)}, cv=FOLDS
    ).fit(*table)
    own = [params for params in search.cv_results_["params"] if params["sampler"] == "fewer"]
    assert all("sampling_strategy" not in params for params in own)
    assert len(own) == 2


def test_classes_may_be_many_and_scores_callable():
    X, y = make_classification(
        200, n_classes=3, n_informative=4, weights=[0.7, 0.2], random_state=0
    )

    def share_right(model, X, y):
        return (model.predict(X) == y).mean()

    for scoring in ("average_precision", "f1_macro", share_right):
        search = ResampledClassifierCV(
            LogisticRegression(), samplers=RANDOM, scoring=scoring, cv=3, random_state=0
        ).fit(X, y)
        assert search.predict_proba(X).shape == (200, 3)
        assert search.verdict_.endswith(".")


@pytest.mark.slow
def test_copies_pipelines_and_frames(table):
    X, y = pd.DataFrame(table[0]).add_prefix("c"), pd.Series(table[1])
    search = ResampledClassifierCV(LinearSVC(), samplers=RANDOM, cv=3, random_state=0)
    fitted = clone(search).fit(X, y)
    assert list(fitted.feature_names_in_) == list(X)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.decision_function(X), fitted.decision_function(X))
    np.testing.assert_array_equal(search.fit(X, y).predict(X), fitted.predict(X))
    pipeline = make_pipeline(StandardScaler(), search).fit(X, y)
    assert set(pipeline.predict(X)) <= {"yes", "no"}
    same = clone(search).set_params(n_jobs=2).fit(X, y)
    assert same.cv_results_["params"] == fitted.cv_results_["params"]
    np.testing.assert_array_equal(
        same.cv_results_["mean_test_score"], fitted.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize(
    ("options", "error", "rule"),
    [
        ({"classifier": Ridge()}, TypeError, "a classifier is needed"),
        (
            {"samplers": {"none": 3}},
            TypeError,
            "a sampler must have `fit_resample`, got 3 as 'none'",
        ),
        ({"cv": 60}, ValueError, "at most the number of rows of the smallest class"),
        ({"tune_threshold": True}, ValueError, "needs two classes, .* 'average_precision'"),
        ({"scoring": "most"}, ValueError, "The 'scoring' parameter"),
        ({"n_standard_errors": -1}, ValueError, "The 'n_standard_errors' parameter"),
        ({"samplers": {"smote": SMOTE(k_neighbors=90)}}, ValueError, "Expected n_neighbors"),
    ],
)
def test_refuses(table, options, error, rule):
    with pytest.raises(error, match=rule):
        ResampledClassifierCV(
            **{"classifier": LogisticRegression(), "samplers": {}, **options}
        ).fit(*table)
