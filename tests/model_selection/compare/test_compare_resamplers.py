"""Every competitor is judged on the same real rows, and the verdict is right where the truth is known."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from vaesynth import CVAE, CVAESampler, ResampledClassifier, compare_resamplers
from vaesynth.tabular import TableEncoder

REFERENCES = ["none", "threshold tuning", "threshold tuning, balanced"]


class Counting(BaseEstimator):
    """A sampler that notes which rows it was given; their first column is their number."""

    seen: list = []  # noqa: RUF012

    def fit_resample(self, X, y):
        self.seen.append(np.asarray(X)[:, 0].astype(int))
        return X, y


@pytest.fixture(scope="module")
def table():
    return make_classification(200, n_features=5, weights=[0.85], flip_y=0, random_state=0)


@pytest.fixture(scope="module")
def comparison(table):
    samplers = {"copies": RandomOverSampler(), "SMOTE": "SMOTE", "weights": "class weights"}
    models = {"linear": LogisticRegression(), "near": KNeighborsClassifier()}
    return compare_resamplers(models, *table, samplers=samplers, cv=4, n_repeats=2, random_state=0)


def gaussian_classes(n_rows, seed):
    """Draw two normal classes of equal covariance: a logistic regression is the right model."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n_rows) < 0.1).astype(int)
    return rng.normal(size=(n_rows, 4)) + np.outer(y, [1.2, 0.6, 0, 0]), y


def rare_ring(n_rows, seed):
    """Draw a rare class along a circle in a uniform square: few rows of it lie near each other."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n_rows) < 0.02).astype(int)
    angle = rng.uniform(0, 2 * np.pi, n_rows)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.05, (n_rows, 2))
    return np.where(y[:, np.newaxis] == 1, ring, rng.uniform(-2, 2, (n_rows, 2))), y


@pytest.mark.slow
def test_the_verdict_where_over_sampling_cannot_help():
    X, y = gaussian_classes(8000, 1)
    found = compare_resamplers(
        LogisticRegression(), X, y, samplers=["SMOTE"], n_repeats=2, random_state=0
    )
    text = found.verdict()
    first, second = text.splitlines()
    assert first.startswith("No for LogisticRegression: SMOTE changes average precision by ")
    assert second.startswith("On this table over-sampling does not help LogisticRegression")
    assert "threshold tuning by 0.1" in text
    assert "Probabilities get worse" in text


def test_the_verdict_where_it_helps():
    X, y = rare_ring(3000, 0)
    found = compare_resamplers(
        KNeighborsClassifier(), X, y, samplers=["SMOTE"], n_repeats=2, random_state=0
    )
    first, second = found.verdict("SMOTE").splitlines()
    assert first.startswith("Yes for KNeighborsClassifier: SMOTE changes ")
    assert second.startswith("On this table over-sampling helps KNeighborsClassifier: ")
    gains = found.differences().set_index(["sampler", "metric"])
    assert gains.loc[("SMOTE", "roc_auc"), "lower"] > 0.05


def test_the_verdict_where_there_is_too_little_to_tell():
    X, y = gaussian_classes(200, 0)
    found = compare_resamplers(LogisticRegression(), X, y, samplers=["SMOTE"], random_state=0)
    assert found.verdict().startswith("Nobody can tell for LogisticRegression: SMOTE changes ")
    assert "cannot be told" in found.verdict() or "one cannot tell" in found.verdict()


def test_the_frame_holds_every_fold_once(comparison):
    frame = comparison.to_frame()
    assert list(frame)[:4] == ["classifier", "sampler", "repeat", "fold"]
    assert not frame.duplicated(["classifier", "sampler", "repeat", "fold"]).any()
    # k nearest neighbours take no weights
    assert len(frame) == (6 + 5) * 8
    assert frame[frame["sampler"] == "weights"]["classifier"].unique().tolist() == ["linear"]
    assert (frame["fit_seconds"] > 0).all()
    assert list(comparison.samplers) == [*REFERENCES, "copies", "SMOTE", "weights"]


def test_without_resampling_it_is_cross_validation(table):
    X, y = table
    folds = StratifiedKFold(4)
    found = compare_resamplers(LogisticRegression(), X, y, samplers=["random"], cv=folds)
    expected = cross_val_predict(LogisticRegression(), X, y, cv=folds, method="predict_proba")
    y_true, probabilities = found.probabilities("LogisticRegression", "none")
    rows = np.concatenate([test for _, test in folds.split(X, y)])
    assert_array_equal(y_true, y[rows])
    assert_allclose(probabilities, expected[rows])
    scores = [average_precision_score(y[test], expected[test, 1]) for _, test in folds.split(X, y)]
    frame = found.to_frame()
    assert_allclose(frame[frame["sampler"] == "none"]["average_precision"], scores)


def test_a_sampler_sees_training_rows_only_and_once_for_all_classifiers(table):
    X, y = np.column_stack([np.arange(200), table[0]]), table[1]
    Counting.seen.clear()
    models = {"a": LogisticRegression(max_iter=2000), "b": KNeighborsClassifier()}
    compare_resamplers(models, X, y, samplers={"counting": Counting()}, cv=StratifiedKFold(4))
    trains = [train for train, _ in StratifiedKFold(4).split(X, y)]
    assert len(Counting.seen) == 4
    for seen, train in zip(Counting.seen, trains, strict=True):
        assert_array_equal(seen, train)


def test_each_sampler_reads_the_rows_of_a_fold_once(table, monkeypatch):
    reads = Counter()
    for name in ("fit", "transform", "fit_transform"):
        original = getattr(TableEncoder, name)

        def counted(self, X, *given, name=name, original=original):
            reads[name, len(X)] += 1
            return original(self, X, *given)

        monkeypatch.setattr(TableEncoder, name, counted)
    samplers = {"SMOTE": "SMOTE", "CVAE": CVAESampler(model=CVAE(max_iter=1, latent_dim=1))}
    models = [LogisticRegression(), KNeighborsClassifier()]
    compare_resamplers(models, *table, samplers=samplers, cv=4, random_state=0)
    # And once all rows, for warnings of columns.
    assert reads == {("fit_transform", 150): 8, ("fit_transform", 200): 1}


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(table):
    X, y = table
    samplers = {
        "cvae": CVAESampler(model=CVAE(latent_dim=2, max_iter=3), n_candidates=1),
        "SMOTE": "SMOTE",
    }
    model = DecisionTreeClassifier(max_features=2)
    alone, together = (
        compare_resamplers(model, X, y, samplers=samplers, cv=3, random_state=1, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    frames = [found.to_frame().drop(columns="fit_seconds") for found in (alone, together)]
    pd.testing.assert_frame_equal(*frames)


def test_a_resampled_classifier_competes_as_it_is(table):
    X, y = table
    folds = list(StratifiedKFold(3).split(X, y))
    template = ResampledClassifier(RandomUnderSampler(random_state=0), calibrate="prior")
    found = compare_resamplers(LogisticRegression(), X, y, samplers={"few": template}, cv=folds)
    model = clone(template).set_params(classifier=LogisticRegression())
    expected = [model.fit(X[train], y[train]).predict_proba(X[test]) for train, test in folds]
    assert_array_equal(found.probabilities("LogisticRegression", "few")[1], np.vstack(expected))


def test_a_resampled_classifier_keeps_its_options(table):
    X, y = table
    template = ResampledClassifier(SMOTE(), calibrate="prior", threshold=0.4)
    found = compare_resamplers(LogisticRegression(), X, y, samplers={"both": template}, cv=3)
    assert found.samplers["both"].calibrate == "prior"
    assert found.samplers["both"].threshold == 0.4


@pytest.mark.parametrize("sampler", [RandomOverSampler(), SMOTE()])
def test_weights_of_synthetic_rows_reach_the_classifier(table, sampler):
    weightless = ResampledClassifier(sampler, synthetic_weight=0.0)
    found = compare_resamplers(
        LogisticRegression(), *table, samplers={"weightless": weightless}, cv=3, random_state=0
    )
    means = found.summary().loc["LogisticRegression"]
    assert_allclose(means.loc["weightless", "brier"], means.loc["none", "brier"], rtol=0.02)


def test_frames_with_missing_values_and_words(mixed):
    y = np.where(mixed["smooth"] > 9, "rare", "usual")
    X = mixed[["amount", "count", "holed", "city", "flag"]].astype({"holed": float})
    X = X.assign(city=X["city"].astype(object))
    trees = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
            remainder="passthrough",
        ),
        HistGradientBoostingClassifier(max_iter=5),
    )  # fmt: skip
    found = compare_resamplers(trees, X, y, samplers=["random", "SMOTE", "class weights"], cv=3)
    assert found.positive_class_ == "rare"
    means = found.summary().drop(columns="fit_seconds")
    assert means.notna().all(axis=None)
    assert means.index.get_level_values("classifier").unique().tolist() == [
        "HistGradientBoostingClassifier"
    ]


def test_more_than_two_classes():
    X, y = load_iris(return_X_y=True, as_frame=True)
    keep = np.r_[0:50, 50:80, 100:115]
    found = compare_resamplers(
        make_pipeline(StandardScaler(), LogisticRegression()),
        X.iloc[keep],
        y.iloc[keep],
        samplers=["class weights", "SMOTE"],
        cv=3,
        random_state=0,
    )
    assert found.positive_class_ is None
    assert found.summary().index.get_level_values(1).tolist() == ["none", "class weights", "SMOTE"]
    assert "LogisticRegression" in found.verdict()


def test_a_classifier_without_probabilities(table):
    found = compare_resamplers(LinearSVC(), *table, samplers=["random"], cv=3)
    assert found.summary()["brier"].isna().all()
    assert found.summary()["roc_auc"].notna().all()
    assert "over-sampling" in found.verdict()
    with pytest.raises(ValueError, match="need a classifier with `predict_proba`"):
        found.probabilities("LinearSVC", "none")


def test_all_defaults_run(table):
    found = compare_resamplers(LogisticRegression(), *table, cv=2, random_state=0)
    assert list(found.samplers) == [
        *REFERENCES, "class weights", "random", "SMOTE", "CVAE", "CVAE, prior corrected",
    ]  # fmt: skip
    means = found.summary().loc["LogisticRegression"]
    harm = means.loc[["CVAE", "CVAE, prior corrected"], "brier"] - means.loc["none", "brier"]
    assert harm["CVAE, prior corrected"] < 0.25 * harm["CVAE"]


def test_a_failing_sampler_is_named(table):
    with pytest.raises(ValueError, match=r"k_neighbors|n_neighbors") as error:
        compare_resamplers(
            LogisticRegression(), *table, samplers={"wide": SMOTE(k_neighbors=90)}, cv=3
        )
    assert error.value.__notes__ == ["in fold 0 of repeat 0: 'wide'"]


def test_a_failing_classifier_is_named(table):
    with pytest.raises(ValueError, match="max_depth") as error:
        compare_resamplers(DecisionTreeClassifier(max_depth=-1), *table, samplers=["random"], cv=3)
    assert error.value.__notes__ == ["in fold 0 of repeat 0: DecisionTreeClassifier with 'none'"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"cv": 40}, ValueError, "at most the number of rows of the smallest class, got 40 folds"),
        ({"cv": 1}, ValueError, "`cv` must be at least 2"),
        ({"n_repeats": 0}, ValueError, "`n_repeats` must be a whole number of at least 1, got 0"),
        ({"cv": StratifiedKFold(3), "n_repeats": 2}, ValueError, "`n_repeats` must be 1"),
        ({"confidence": 1}, ValueError, "`confidence` must lie between 0 and 1, got 1"),
        ({"samplers": "SMOTE"}, TypeError, "`samplers` must be None, names"),
        ({"samplers": ["SMOTEN"]}, ValueError, "must be one of .*'SMOTE'.*, got 'SMOTEN'"),
        ({"samplers": {"s": StandardScaler()}}, TypeError, "a sampler with `fit_resample`"),
        ({"classifiers": []}, ValueError, "at least one classifier"),
        ({"classifiers": StandardScaler()}, TypeError, "must have `fit` and `predict`"),
        (
            {"classifiers": Ridge()},
            TypeError,
            r"a classifier is needed, got Ridge\(\), .* a regressor",
        ),
        ({"classifiers": {"k": KMeans()}}, TypeError, "a classifier is needed, got .* a clusterer"),
        ({"classifiers": make_pipeline(StandardScaler(), Ridge())}, TypeError, "a regressor"),
    ],
)
def test_what_makes_no_sense_is_refused(table, options, error, message):
    given = {"classifiers": LogisticRegression(), **options}
    with pytest.raises(error, match=message):
        compare_resamplers(given.pop("classifiers"), *table, **given)


def test_one_class(table):
    with pytest.raises(ValueError, match="`y` must have at least 2 classes, got 1"):
        compare_resamplers(LogisticRegression(), table[0], np.zeros(200))


def test_a_class_that_leaves_one_training_row(table):
    y = np.repeat([0, 1], [198, 2])
    with pytest.raises(ValueError, match="at least 2 rows in every training part"):
        compare_resamplers(LogisticRegression(), table[0], y, cv=2)
