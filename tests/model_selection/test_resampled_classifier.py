"""`ResampledClassifier` is a scikit-learn classifier that resamples in `fit` only."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.base import BaseSampler
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, get_scorer, get_scorer_names
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from vaesynth.estimators import CVAE
from vaesynth.model_selection import ResampledClassifier
from vaesynth.over_sampling import CVAESampler

SAMPLERS = [
    RandomOverSampler(random_state=0),
    SMOTE(k_neighbors=1, random_state=0),
    CVAESampler(
        model=CVAE(latent_dim=2, hidden_layer_sizes=(8,), max_iter=3),
        n_candidates=1,
        random_state=0,
    ),
    "passthrough",
]
SAMPLER_IDS = ["random", "smote", "cvae", "passthrough"]


class WeightRecorder(RandomOverSampler):
    """A sampler that accepts `sample_weight` and notes it."""

    def fit_resample(self, X, y, sample_weight=None):
        self.seen_weight_ = sample_weight
        return super().fit_resample(X, y)


class CallCounter(BaseSampler):
    """A sampler that drops nothing, adds nothing and counts its calls in a shared list."""

    _sampling_type = "bypass"
    calls: list = []  # noqa: RUF012

    def fit_resample(self, X, y):
        self.calls.append(len(y))
        return X, y

    def _fit_resample(self, X, y):
        return X, y


class WeightNoter(LogisticRegression):
    """A classifier that notes the weights it was fitted with."""

    def fit(self, X, y, sample_weight=None):
        self.seen_weight_ = sample_weight
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def table():
    return make_classification(150, n_features=5, weights=[0.85], flip_y=0, random_state=0)


@pytest.fixture
def mixed_table():
    rng = np.random.default_rng(0)
    size = rng.normal(size=60)
    colour = pd.Categorical(rng.choice(["red", "green"], 60))
    return pd.DataFrame({"size": size, "colour": colour}), np.repeat(["a", "b"], [48, 12])


@parametrize_with_checks(
    [ResampledClassifier(sampler, LogisticRegression()) for sampler in SAMPLERS]
)
def test_passes_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=SAMPLER_IDS)
@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["no", "yes"], dtype=object)])
def test_equals_imbalanced_learns_pipeline(table, sampler, labels):
    X, y = table[0], labels[table[1]]
    ours = ResampledClassifier(sampler, LogisticRegression()).fit(X, y)
    theirs = make_imblearn_pipeline(sampler, LogisticRegression()).fit(X, y)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert_array_equal(ours.predict_log_proba(X), theirs.predict_log_proba(X))
    assert_array_equal(ours.decision_function(X), theirs.decision_function(X))
    assert ours.score(X, y) == theirs.score(X, y)
    assert_array_equal(ours.classes_, labels)


def test_multiclass_string_labels(table):
    X = table[0]
    y = np.repeat(["rare", "some", "usual"], [10, 40, 100])
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    assert model.predict_proba(X).shape == (150, 3)
    assert_array_equal(model.classes_, ["rare", "some", "usual"])


# The default sampler has no seed, and rows of two columns of few values repeat now and then.
@pytest.mark.filterwarnings("ignore::vaesynth.CopyWarning")
def test_defaults_take_missing_values_and_categories(mixed_table):
    X, y = mixed_table
    X = X.assign(size=X["size"].where(X.index % 7 > 0))
    sampler = CVAESampler(model=CVAE(max_iter=3), random_state=0)
    for model in ResampledClassifier(), ResampledClassifier(sampler):
        model.fit(X, y)
        assert type(model.sampler_) is CVAESampler
        assert type(model.classifier_) is HistGradientBoostingClassifier
        assert_array_equal(model.classifier_.is_categorical_, [False, True])
        assert len(model.predict(X)) == len(X)


def test_resamples_in_fit_only(table):
    X, y = table
    CallCounter.calls.clear()
    model = ResampledClassifier(CallCounter(), LogisticRegression()).fit(X, y)
    model.predict(X[:7])
    model.predict_proba(X[:7])
    model.score(X, y)
    assert CallCounter.calls == [150]
    assert len(model.predict(X[:7])) == 7


def test_the_classifier_is_fitted_on_the_resampled_rows(table):
    X, y = table
    model = ResampledClassifier(RandomOverSampler(random_state=0), KNeighborsClassifier())
    model.fit(X, y)
    assert model.classifier_.n_samples_fit_ == 2 * np.bincount(y).max()
    assert model.n_features_in_ == 5


def test_parameters_are_left_unfitted(table):
    sampler, classifier = RandomOverSampler(), LogisticRegression()
    model = ResampledClassifier(sampler, classifier).fit(*table)
    assert model.sampler is sampler
    assert model.classifier is classifier
    assert not hasattr(sampler, "sampling_strategy_")
    assert not hasattr(classifier, "coef_")


def test_grid_search_over_both_parts(table):
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression())
    grid = {
        "sampler": ["passthrough", SMOTE(random_state=0)],
        "classifier__C": [0.1, 1.0],
    }
    search = GridSearchCV(model, grid, cv=3, scoring="average_precision").fit(*table)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_nested_parameters_and_clone():
    model = ResampledClassifier(SMOTE(), LogisticRegression())
    model.set_params(classifier__C=3.0, sampler__k_neighbors=2)
    copy = clone(model)
    assert copy.classifier.C == 3.0
    assert copy.sampler.k_neighbors == 2
    assert copy.sampler is not model.sampler


def test_pickle_keeps_the_predictions(table):
    X, y = table
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))


def test_cross_validation_at_the_end_of_a_plain_pipeline(table):
    X, y = table
    folds = StratifiedKFold(3)
    model = make_pipeline(
        StandardScaler(), ResampledClassifier(SMOTE(random_state=0), LogisticRegression())
    )
    scores = cross_val_score(model, X, y, cv=folds, scoring="average_precision")
    expected = cross_val_score(
        make_imblearn_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression()),
        X, y, cv=folds, scoring="average_precision",
    )  # fmt: skip
    assert_array_equal(scores, expected)


def test_a_data_frame_reaches_both_parts_untouched(mixed_table):
    X, y = mixed_table
    sampler = SMOTENC(categorical_features="auto", random_state=0)
    model = ResampledClassifier(sampler, HistGradientBoostingClassifier()).fit(X, y)
    assert_array_equal(model.feature_names_in_, ["size", "colour"])
    assert_array_equal(model.classifier_.is_categorical_, [False, True])


def test_methods_are_those_of_the_classifier():
    scored = ResampledClassifier("passthrough", LinearSVC())
    assert hasattr(scored, "decision_function")
    assert not hasattr(scored, "predict_proba")
    assert not hasattr(scored, "predict_log_proba")
    assert not hasattr(
        ResampledClassifier("passthrough", KNeighborsClassifier()), "decision_function"
    )
    assert hasattr(ResampledClassifier("passthrough"), "predict_proba")


def test_tags_come_from_both_parts():
    trees = HistGradientBoostingClassifier()
    assert get_tags(ResampledClassifier("passthrough", trees)).input_tags.allow_nan
    assert get_tags(ResampledClassifier(RandomOverSampler(), trees)).input_tags.allow_nan
    assert not get_tags(ResampledClassifier(SMOTE(), trees)).input_tags.allow_nan
    assert get_tags(ResampledClassifier(SMOTE(), LogisticRegression())).input_tags.sparse
    assert not get_tags(ResampledClassifier(SMOTE(), trees)).input_tags.sparse
    assert get_tags(trees).input_tags.allow_nan


def test_both_parts_get_the_weights(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    model = ResampledClassifier(WeightRecorder(random_state=0), WeightNoter())
    model.fit(X, y, sample_weight=weights)
    assert model.sampler_.seen_weight_ is weights
    assert_array_equal(model.classifier_.seen_weight_, weights[model.sampler_.sample_indices_])


def test_rows_that_are_drawn_again_keep_their_weight(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    for sampler in RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0):
        model = ResampledClassifier(sampler, WeightNoter()).fit(X, y, sample_weight=weights)
        expected = weights[model.sampler_.sample_indices_]
        assert_array_equal(model.classifier_.seen_weight_, expected)


@pytest.mark.parametrize("sampler", SAMPLERS[1:3], ids=SAMPLER_IDS[1:3])
def test_a_synthetic_row_weighs_the_mean_of_its_class(table, sampler):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    model = ResampledClassifier(sampler, WeightNoter())
    seen = model.fit(X, y, sample_weight=weights).classifier_.seen_weight_
    assert_array_equal(seen[: len(y)], weights)
    assert_allclose(seen[len(y) :], weights[y == 1].mean())
    assert len(seen) == 2 * np.bincount(y).max()


def test_passthrough_leaves_the_weights_alone(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    model = ResampledClassifier("passthrough", WeightNoter()).fit(X, y, sample_weight=weights)
    assert model.classifier_.seen_weight_ is weights
    assert model.sampler_ == "passthrough"


def test_no_weights_means_none(table):
    model = ResampledClassifier(SMOTE(), WeightNoter()).fit(*table, sample_weight=None)
    assert model.classifier_.seen_weight_ is None


def test_weights_that_nobody_takes(table):
    X, y = table
    model = ResampledClassifier(SMOTE(), KNeighborsClassifier())
    with pytest.raises(TypeError, match="must be accepted by the sampler or the classifier"):
        model.fit(X, y, sample_weight=np.ones(len(y)))


def test_weights_that_cannot_follow_the_rows(table):
    X, y = table
    model = ResampledClassifier(SMOTEENN(random_state=0), LogisticRegression())
    with pytest.raises(ValueError, match=r"tells which rows it returns.*got SMOTEENN"):
        model.fit(X, y, sample_weight=np.ones(len(y)))


def test_weights_of_the_wrong_length(table):
    X, y = table
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression())
    with pytest.raises(ValueError, match=r"must have shape \(150,\).*got \(3,\)"):
        model.fit(X, y, sample_weight=np.ones(3))


@pytest.mark.usefixtures("routing")
def test_metadata_goes_where_it_was_requested(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    sampler = WeightRecorder(random_state=0).set_fit_resample_request(sample_weight="balance")
    classifier = WeightNoter().set_fit_request(sample_weight=True)
    model = ResampledClassifier(sampler, classifier)
    model.fit(X, y, sample_weight=weights, balance=2 * weights)
    assert_array_equal(model.sampler_.seen_weight_, 2 * weights)
    assert_array_equal(model.classifier_.seen_weight_, weights[model.sampler_.sample_indices_])


@pytest.mark.usefixtures("routing")
def test_metadata_that_was_not_requested(table):
    X, y = table
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        ResampledClassifier(SMOTE(), LogisticRegression()).fit(X, y, sample_weight=np.ones(len(y)))


def test_other_metadata_needs_routing(table):
    with pytest.raises(ValueError, match=r"enable_metadata_routing=True.*groups"):
        ResampledClassifier(SMOTE(), LogisticRegression()).fit(*table, groups=np.ones(150))


def test_predict_before_fit(table):
    with pytest.raises(NotFittedError):
        ResampledClassifier(SMOTE(), LogisticRegression()).predict(table[0])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sampler": "smote"}, "'sampler' parameter"),
        ({"sampler": StandardScaler()}, "'sampler' parameter"),
        ({"sampler": "passthrough", "classifier": StandardScaler()}, "'classifier' parameter"),
    ],
)
def test_parameters_of_the_wrong_kind(table, parameters, message):
    with pytest.raises(ValueError, match=message):
        ResampledClassifier(**parameters).fit(*table)


def test_a_regressor_is_refused(table):
    with pytest.raises(
        TypeError, match=r"a classifier is needed, got Ridge\(\), which is a regressor"
    ):
        ResampledClassifier("passthrough", Ridge()).fit(*table)


def test_a_wrong_threshold_lists_scores_of_labels_alone(table):
    with pytest.raises(ValueError, match=r"'threshold' parameter .* Got 'f2' instead") as error:
        ResampledClassifier("passthrough", LogisticRegression(), threshold="f2").fit(*table)
    listed = set(re.findall(r"'([a-z0-9_]+)'", str(error.value))) - {"threshold", "f2"}
    assert {"f1", "balanced_accuracy", "matthews_corrcoef"} <= listed <= set(get_scorer_names())
    numbers, y = np.arange(len(table[1]))[:, np.newaxis], table[1]
    perfect = DecisionTreeClassifier().fit(numbers, y)
    assert {get_scorer(name)(perfect, numbers, y) for name in listed} == {1}


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0, 1, 150), "Unknown label type"),
        (np.eye(150)[:, :2], "y should be a 1d array"),
        (np.full(150, np.inf), "infinity"),
        (np.array([None, "a"] * 75, dtype=object), "compare with each other, got NoneType and str"),
        (np.ones(3), "inconsistent numbers of samples"),
    ],
)
def test_bad_targets(table, y, message):
    with pytest.raises(ValueError, match=message):
        ResampledClassifier(SMOTE(), LogisticRegression()).fit(table[0], y)


CALIBRATED = [
    {"calibrate": "prior"},
    {"calibrate": "sigmoid", "cv": 2},
    {"calibrate": "isotonic", "cv": 2},
    {"threshold": 0.5},
]
TUNED = [
    {"calibrate": "prior", "threshold": "f1", "cv": 2},
    {"synthetic_weight": 0.5, "threshold": "balanced_accuracy", "cv": 2},
]


class ThresholdAtOneHalf(ResampledClassifier):
    """Shows probabilities whose odds are divided by those of the threshold.

    One check asks that `predict` gives the likeliest class. That is false of every threshold but 0.5, of those of
    scikit-learn too. In these probabilities it is true if, and only if, `predict` keeps to the threshold.
    """

    def predict(self, X):
        plain = object.__new__(ResampledClassifier)
        vars(plain).update(vars(self))
        return plain.predict(X)

    def predict_proba(self, X):
        probabilities = super().predict_proba(X)
        positive = self.classes_ == self.positive_class_
        threshold = np.where(positive, self.best_threshold_, 1 - self.best_threshold_)
        parts = probabilities / threshold
        return parts / parts.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X):
        return np.log(self.predict_proba(X))


@pytest.mark.slow
# Full trees are sure of themselves: the logarithm of 0 is scikit-learn's own.
@pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning")
@parametrize_with_checks(
    [
        ResampledClassifier(RandomOverSampler(random_state=0), LogisticRegression(), **options)
        for options in CALIBRATED
    ]
    + [
        ThresholdAtOneHalf(RandomOverSampler(random_state=0), LogisticRegression(), **options)
        for options in TUNED
    ]
    # Each leaf of a full tree has one class: the likeliest one at every threshold.
    + [
        ResampledClassifier(
            RandomOverSampler(random_state=0), DecisionTreeClassifier(random_state=0), **options
        )
        for options in TUNED
    ]
)
def test_passes_scikit_learns_checks_calibrated(estimator, check):
    check(estimator)


@pytest.mark.parametrize("threshold", ["f1", "balanced_accuracy", "matthews_corrcoef"])
def test_classes_that_a_tree_tells_apart_without_doubt_have_a_threshold(threshold):
    X, y = np.arange(60)[:, np.newaxis] % 7, np.arange(60) % 7 == 0
    model = ResampledClassifier("passthrough", DecisionTreeClassifier(), threshold=threshold)
    assert_array_equal(model.fit(X, y).predict(X), y)
    assert model.best_threshold_ == 0.5


@pytest.mark.parametrize("threshold", ["balanced_accuracy", "matthews_corrcoef", "f1"])
def test_a_tree_that_has_learned_nothing_has_a_threshold(threshold):
    # It calls half the held-out rows of either class positive: all thresholds are equally good, or 0 is best.
    X, y = np.tile([0, 0, 1, 1], 10)[:, np.newaxis], np.tile([0, 1], 20)
    train, test = np.arange(20), np.arange(20, 40)
    y[train] = X[train, 0]
    model = ResampledClassifier(
        "passthrough", DecisionTreeClassifier(), threshold=threshold, cv=[(train, test)]
    ).fit(X, y)
    assert 0 <= model.best_threshold_ <= 0.5


def test_the_likeliest_class_is_not_asked_for_by_a_tuned_threshold(overlapping):
    X, y = overlapping
    options = {"threshold": "f1", "cv": 2}
    model = ResampledClassifier("passthrough", LogisticRegression(), **options).fit(X, y)
    moved = ThresholdAtOneHalf("passthrough", LogisticRegression(), **options).fit(X, y)
    likeliest = model.predict_proba(X).argmax(axis=1)
    assert np.mean(model.predict(X) != likeliest) > 0.01
    assert_array_equal(moved.predict(X), model.predict(X))
    assert_array_equal(moved.predict_proba(X).argmax(axis=1), model.predict(X))


@pytest.fixture(scope="module")
def overlapping():
    """Return a table on which the best classifier is a logistic regression and makes mistakes."""
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.1).astype(int)
    return rng.normal(size=(4000, 2)) + 1.5 * y[:, np.newaxis], y


@pytest.mark.parametrize("synthetic_weight", ["auto", 1.0])
def test_the_prior_correction_undoes_over_sampling(overlapping, synthetic_weight):
    X, y = overlapping
    plain = LogisticRegression().fit(X, y).predict_proba(X)
    raised = ResampledClassifier(RandomOverSampler(random_state=0), LogisticRegression()).fit(X, y)
    corrected = (
        clone(raised).set_params(calibrate="prior", synthetic_weight=synthetic_weight).fit(X, y)
    )
    assert raised.predict_proba(X)[:, 1].mean() > 2 * y.mean()
    assert_allclose(corrected.predict_proba(X), plain, atol=0.03)
    assert_allclose(np.exp(corrected.predict_log_proba(X)), corrected.predict_proba(X))
    expected = corrected.classes_[corrected.predict_proba(X).argmax(axis=1)]
    assert_array_equal(corrected.predict(X), expected)


@pytest.mark.parametrize("synthetic_weight", ["auto", 1.0])
def test_the_prior_correction_counts_weights(overlapping, synthetic_weight):
    X, y = overlapping
    weights = np.where(y == 1, 3.0, 1.0)
    weighted = LogisticRegression().fit(X, y, sample_weight=weights).predict_proba(X)
    model = ResampledClassifier(
        RandomOverSampler(random_state=0),
        LogisticRegression(),
        calibrate="prior",
        synthetic_weight=synthetic_weight,
    )
    assert_allclose(model.fit(X, y, sample_weight=weights).predict_proba(X), weighted, atol=0.04)


@pytest.mark.parametrize("synthetic_weight", ["auto", 1.0])
def test_the_prior_correction_of_three_classes(overlapping, synthetic_weight):
    X = overlapping[0]
    y = np.digitize(X[:, 0] + np.random.default_rng(1).normal(size=len(X)), [1.5, 2.5])
    plain = LogisticRegression().fit(X, y).predict_proba(X)
    model = ResampledClassifier(
        RandomOverSampler(random_state=0),
        LogisticRegression(),
        calibrate="prior",
        synthetic_weight=synthetic_weight,
    )
    assert_allclose(model.fit(X, y).predict_proba(X), plain, atol=0.05)


def test_synthetic_rows_of_weight_zero_change_nothing(table):
    X, y = table
    plain = LogisticRegression().fit(X, y).predict_proba(X)
    for classifier in (
        LogisticRegression(),
        make_pipeline(StandardScaler(with_std=False), LogisticRegression()),
    ):
        model = ResampledClassifier(SMOTE(random_state=0), classifier, synthetic_weight=0.0)
        assert_allclose(model.fit(X, y).predict_proba(X), plain, atol=2e-3)


def test_the_threshold_is_for_the_rarer_class(overlapping):
    X, y = overlapping
    words = np.array(["z", "a"])[y]
    numbers = ResampledClassifier("passthrough", LogisticRegression(), threshold="f1").fit(X, y)
    named = ResampledClassifier("passthrough", LogisticRegression(), threshold="f1").fit(X, words)
    assert named.positive_class_ == "a"
    assert numbers.positive_class_ == 1
    assert_allclose(named.best_threshold_, numbers.best_threshold_, atol=1e-6)
    assert_array_equal(named.predict(X) == "a", numbers.predict(X) == 1)
    assert numbers.best_threshold_ < 0.4


def test_a_tuned_threshold_raises_its_score_on_new_rows(overlapping):
    X, y = overlapping
    X = X - 0.6 * y[:, np.newaxis]
    model = ResampledClassifier("passthrough", LogisticRegression(), threshold="f1")
    plain = LogisticRegression().fit(X[::2], y[::2])
    tuned = model.fit(X[::2], y[::2])
    new = X[1::2], y[1::2]
    assert f1_score(new[1], tuned.predict(new[0])) > f1_score(new[1], plain.predict(new[0])) + 0.05


def test_a_fixed_threshold_is_on_calibrated_probabilities(overlapping):
    X, y = overlapping
    model = ResampledClassifier(
        RandomOverSampler(random_state=0), LogisticRegression(), calibrate="prior", threshold=0.2
    ).fit(X, y)
    assert model.best_threshold_ == 0.2
    assert_array_equal(model.predict(X), (model.predict_proba(X)[:, 1] >= 0.2).astype(int))


@pytest.mark.parametrize("calibrate", [None, "prior", "isotonic"])
def test_no_synthetic_row_is_ever_held_out(table, calibrate):
    X, y = table
    CallCounter.calls.clear()
    model = ResampledClassifier(
        CallCounter(), LogisticRegression(), calibrate=calibrate, threshold="f1", cv=3
    )
    model.fit(X, y)
    assert CallCounter.calls == [100, 100, 100, 150]
    assert 0 <= model.best_threshold_ <= 1


@pytest.mark.slow
def test_folds_may_be_fitted_at_once(table):
    options = {"calibrate": "sigmoid", "threshold": "f1", "cv": 3}
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression(), **options)
    alone = model.fit(*table).predict_proba(table[0])
    together = clone(model).set_params(n_jobs=2).fit(*table)
    assert_array_equal(together.predict_proba(table[0]), alone)


def test_a_refit_forgets_the_threshold(table):
    X, y = table
    model = ResampledClassifier("passthrough", LogisticRegression(), threshold=0.9).fit(X, y)
    model.set_params(threshold=None).fit(X, y)
    assert not hasattr(model, "best_threshold_")
    assert_array_equal(model.predict(X), LogisticRegression().fit(X, y).predict(X))


def test_a_calibrator_makes_probabilities_of_decisions(table):
    X, y = table
    model = ResampledClassifier(
        SMOTE(random_state=0), LinearSVC(), calibrate="sigmoid", threshold="f1"
    )
    assert hasattr(model, "predict_proba")
    assert hasattr(model, "predict_log_proba")
    assert not hasattr(model, "decision_function")
    assert_allclose(model.fit(X, y).predict_proba(X).sum(axis=1), 1)
    assert set(model.predict(X)) <= {0, 1}


def test_calibration_in_a_grid_search_with_pandas_and_missing_values(mixed_table):
    X, y = mixed_table
    X = X.assign(size=X["size"].where(X.index % 7 > 0))
    model = ResampledClassifier(RandomOverSampler(random_state=0), cv=2)
    grid = {"calibrate": ["prior", "sigmoid"], "threshold": [None, "f1"]}
    search = GridSearchCV(model, grid, cv=2, scoring="balanced_accuracy").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.usefixtures("routing")
def test_weights_are_routed_into_the_folds(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    classifier = WeightNoter().set_fit_request(sample_weight=True)
    options = {"calibrate": "sigmoid", "threshold": "f1", "cv": 3}
    model = ResampledClassifier(SMOTE(random_state=0), classifier, **options)
    model.fit(X, y, sample_weight=weights)
    assert_array_equal(model.classifier_.seen_weight_[: len(y)], weights)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classifier": LinearSVC(), "calibrate": "prior"}, r"`calibrate='prior'` needs .* `predict_proba`"),
        ({"classifier": LinearSVC(), "threshold": "f1"}, r"`threshold` needs .* `predict_proba`"),
        ({"classifier": KNeighborsClassifier(), "synthetic_weight": 2.0}, "needs a classifier whose `fit`"),
        ({"threshold": "f1", "cv": 30}, "at most the number of rows of the smallest class, got 30 folds"),
        ({"calibrate": "platt"}, "'calibrate' parameter"),
        ({"threshold": 1.5}, "'threshold' parameter"),
        ({"synthetic_weight": -1.0}, "'synthetic_weight' parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_refused_before_training(table, options, message):
    CallCounter.calls.clear()
    with pytest.raises(ValueError, match=message):
        ResampledClassifier(CallCounter(), **options).fit(*table)
    assert CallCounter.calls == []


def test_a_threshold_needs_two_classes(table):
    y = np.arange(150) % 3
    with pytest.raises(ValueError, match=r"Only binary classification is supported .* 3 classes"):
        ResampledClassifier("passthrough", LogisticRegression(), threshold="f1").fit(table[0], y)


def test_weights_that_leave_one_class(table):
    X, y = table
    model = ResampledClassifier("passthrough", LogisticRegression(), threshold="f1")
    with pytest.raises(ValueError, match="both classes whose `sample_weight` is above 0"):
        model.fit(X, y, sample_weight=y)
