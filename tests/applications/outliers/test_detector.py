"""VAEOutlierDetector on tables and images: what it finds, its thresholds, its reasons."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from vaesynth import VAE
from vaesynth.applications import VAEOutlierDetector

METHODS = ["neighbors", "bound"]
SMALL = VAE(
    numeric_encoding="standardize",
    latent_dim=2,
    hidden_layer_sizes=(16,),
    max_iter=60,
    batch_size=64,
)


def make_normal(n_rows, seed=0):
    """Rows whose columns hang together: b follows a, the colour says the sign of a, gaps in c come at random."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n_rows)
    frame = pd.DataFrame(
        {
            "a": a,
            "b": 2 * a + 0.1 * rng.normal(size=n_rows),
            "c": rng.normal(size=n_rows),
            "colour": np.where(a > 0, "red", "blue"),
        }
    )
    frame.loc[rng.random(n_rows) < 0.1, "c"] = np.nan
    return frame


def make_detector(**parameters):
    return VAEOutlierDetector(**{"model": SMALL, "random_state": 0, **parameters})


@pytest.fixture(scope="module")
def detector():
    return make_detector().fit(make_normal(400))


@pytest.mark.parametrize("method", METHODS)
def test_rows_whose_columns_do_not_go_together_are_found(method):
    longer = clone(SMALL).set_params(max_iter=60, learning_rate_init=0.01)
    fitted = make_detector(method=method, model=longer).fit(make_normal(400))
    normal, strange = make_normal(100, seed=1), make_normal(100, seed=2)
    strange["b"] = strange["b"].to_numpy()[::-1]  # the column itself stays as it was
    scores = fitted.score_samples(pd.concat([normal, strange], ignore_index=True))
    assert roc_auc_score(np.repeat([1, 0], 100), scores) > 0.8
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_score_depends_on_the_row_alone(method):
    fitted = make_detector(method=method, n_importance_samples=4).fit(make_normal(100))
    X = make_normal(50, seed=1)
    X.loc[3, "colour"] = "green"
    scores = fitted.score_samples(X)
    np.testing.assert_allclose(fitted.score_samples(X.iloc[::-1])[::-1], scores, rtol=1e-9)
    np.testing.assert_allclose(fitted.score_samples(X.iloc[[3, 7]]), scores[[3, 7]], rtol=1e-9)


def test_what_is_auto_in_the_model_is_chosen_and_the_rest_is_kept():
    X = make_normal(60)
    few = {"latent_dim": 2, "hidden_layer_sizes": (8,), "max_iter": 3}
    recipe = VAE(numeric_encoding="asinh", categorical_features=None, **few)
    options = {"method": "bound", "false_alarm_rate": 0.1}
    expected = make_detector(model=recipe, **options).fit(X).score_samples(X)
    np.testing.assert_array_equal(
        make_detector(model=VAE(**few), **options).fit(X).score_samples(X), expected
    )
    own = make_detector(model=VAE(numeric_encoding="standardize", **few), **options).fit(X)
    assert own.model_.numeric_encoding == "standardize"


def test_the_seed_is_the_detectors_if_it_has_one_else_the_models():
    X, seeded = make_normal(100), clone(SMALL).set_params(random_state=3)
    for method in METHODS:
        first, again = (
            make_detector(model=seeded, method=method, random_state=None).fit(X).score_samples(X)
            for _ in range(2)
        )
        np.testing.assert_array_equal(first, again)
        of_detector = make_detector(model=seeded, method=method).fit(X).score_samples(X)
        own = make_detector(method=method).fit(X).score_samples(X)
        np.testing.assert_array_equal(of_detector, own)


@pytest.mark.parametrize("method", METHODS)
def test_a_table_is_read_once(method, count_reads):
    fitted, X = make_detector(method=method).fit(make_normal(100)), make_normal(20, seed=1)
    reads = count_reads()
    calls = [fitted.score_samples, fitted.predict, fitted.p_values, fitted.feature_contributions]
    for call in calls:
        before = reads.total()
        call(X)
        assert reads.total() == before + 1


@pytest.mark.parametrize("contamination", ["auto", 0.1])
def test_a_fit_reads_every_row_once(contamination, count_reads):
    reads = count_reads()
    make_detector(contamination=contamination).fit(make_normal(100))
    assert reads.total() == 2  # the learned rows, and the held-out ones


def test_neighbors_train_no_network(detector, monkeypatch):
    monkeypatch.setattr(VAE, "fit", None)
    assert not hasattr(make_detector().fit(make_normal(100)), "model_")


def test_the_index_of_neighbours_is_built_in_fit_alone(detector, monkeypatch):
    from sklearn.neighbors import NearestNeighbors

    def refuse(*_):
        raise AssertionError("an index was built")

    monkeypatch.setattr(NearestNeighbors, "fit", refuse)
    X = make_normal(10, seed=1)
    detector.predict(X)
    detector.feature_contributions(X)


def test_the_same_seed_gives_the_same_scores():
    X = make_normal(100)
    first, second = (make_detector().fit(X).score_samples(X) for _ in range(2))
    assert (first == second).all()
    assert (make_detector(random_state=1).fit(X).score_samples(X) != first).any()


def test_the_bound_is_that_of_the_model():
    bound = make_detector(method="bound").fit(make_normal(400))
    X = make_normal(50, seed=1)
    expected = bound.model_.score_samples(X, n_importance_samples=16, units="encoded")
    np.testing.assert_allclose(bound.score_samples(X), expected)


def test_scores_do_not_depend_on_the_units_of_measurement():
    X, X_new = make_normal(200), make_normal(50, seed=1)
    scores = make_detector().fit(X).score_samples(X_new)
    grams = make_detector().fit(X.assign(a=1000 * X["a"]))
    in_grams = grams.score_samples(X_new.assign(a=1000 * X_new["a"]))
    np.testing.assert_allclose(in_grams, scores, rtol=1e-9)


def test_normal_rows_are_taken_for_outliers_at_the_stated_rate():
    # Each fit has its own rate; over fits their mean is at most the stated one.
    alarms, p_values = [], []
    for seed in range(25):
        fitted = make_detector(false_alarm_rate=0.1, random_state=seed).fit(
            make_normal(150, seed=seed)
        )
        X_new = make_normal(200, seed=1000 + seed)
        alarms.append((fitted.predict(X_new) == -1).mean())
        p_values.append(fitted.p_values(X_new))
    error = np.std(alarms, ddof=1) / len(alarms) ** 0.5
    assert np.mean(alarms) < 0.1 + 3 * error
    assert np.mean(alarms) > 0.1 - 1 / 31 - 3 * error  # p-values move in steps of 1/31
    for rate in (0.1, 0.3, 0.5, 0.8):
        of_fits = [(p <= rate).mean() for p in p_values]
        assert np.mean(of_fits) < rate + 3 * np.std(of_fits, ddof=1) / len(of_fits) ** 0.5


def test_predict_and_p_values_say_the_same(detector):
    X = make_normal(300, seed=1)
    assert (
        (detector.predict(X) == -1) == (detector.p_values(X) <= detector.false_alarm_rate)
    ).all()
    assert len(detector.calibration_scores_) == 80
    assert detector.p_values(X).min() >= 1 / 81
    assert stats.kstest(detector.p_values(X), "uniform").statistic < 0.25


def test_contamination_is_the_share_of_the_given_rows():
    X = make_normal(200)
    X.loc[:9, "b"] += np.linspace(20, 60, 10)
    fitted = make_detector(contamination=0.05).fit(X)
    assert (fitted.predict(X) == -1).sum() == 10
    assert (fitted.predict(X)[:10] == -1).sum() >= 8
    np.testing.assert_allclose(
        fitted.decision_function(X), fitted.score_samples(X) - fitted.offset_
    )


def test_contributions_add_up_and_name_the_column(detector):
    X = make_normal(60, seed=1)
    X.loc[:29, "c"] = 8.0
    parts = detector.feature_contributions(X)
    assert parts.columns.tolist() == ["a", "b", "c", "colour", "(rest)"]
    usual = detector.calibration_scores_.mean()
    np.testing.assert_allclose(parts.sum(axis=1), detector.score_samples(X) - usual)
    assert (parts.iloc[:30, :4].idxmin(axis=1) == "c").mean() > 0.8


def test_cells_that_were_never_seen_cost_the_rule_of_succession():
    X = make_normal(1, seed=1)
    bound = make_detector(method="bound").fit(make_normal(400))
    unseen = X.assign(colour="green")
    assert bound.model_.unknown_cells(unseen).tolist() == [[False, False, False, True]]
    known = [bound.score_samples(X.assign(colour=colour)) for colour in ("blue", "red")]
    # 320 of 400 rows were learned.
    assert np.isclose(bound.score_samples(unseen), np.array(known) - np.log(322)).any()


def test_a_cell_that_was_never_seen_lies_farther_off_than_any_other(detector):
    X = make_normal(1, seed=1)
    unseen = detector.score_samples(X.assign(colour="green"))
    seen = [detector.score_samples(X.assign(colour=colour)) for colour in ("blue", "red")]
    assert unseen < min(seen)
    assert detector.score_samples(X.assign(a=np.nan)) < min(seen)
    parts = detector.feature_contributions(X.assign(colour="green"))
    assert parts.iloc[0, :4].idxmin() == "colour"


def test_neither_a_heavy_tail_nor_a_spike_nor_a_constant_column_hides_an_outlier():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    X[:, 2] = X[:, 1] + 0.1 * X[:, 2]  # the outlier breaks this
    spoilt = np.column_stack(
        [X, 1e6 * rng.standard_cauchy(500) ** 3, np.arange(500) == 7, np.full(500, 3.0)]
    )
    strange = np.array([[0.0, 1.5, -1.5, 0.0, 0.0, 3.0]])
    for normal, row in ((X, strange[:, :3]), (spoilt, strange)):
        fitted = make_detector().fit(normal)
        assert fitted.p_values(row) < 0.05
        assert fitted.feature_contributions(row).iloc[0, :-1].idxmin() in ("x1", "x2")


def test_a_learned_outlier_does_not_vouch_for_itself_where_outliers_are_expected():
    X = make_normal(200)
    X.loc[0, ["a", "b"]] = 30.0, 60.0
    learned = make_detector(contamination=0.05).fit(X)
    without = make_detector(contamination=0.05, calibration_fraction=0).fit(X[1:])
    assert learned.score_samples(X[:1]) < learned.score_samples(X[1:]).min()
    # The score is nearly that of a detector that has not learned the row.
    assert abs(learned.score_samples(X[:1]) - without.score_samples(X[:1])) < 0.5


def test_many_rows_are_compared_with_some_of_them(monkeypatch):
    from vaesynth.applications._outliers import _neighbor_score

    monkeypatch.setattr(_neighbor_score, "MAX_COMPARED", 150)
    normal, strange = make_normal(300, seed=1), make_normal(300, seed=2)
    strange["b"] += 5
    for fraction in (0.2, 0.0):
        fitted = make_detector(calibration_fraction=fraction, contamination=0.1).fit(
            make_normal(400)
        )
        both = fitted.score_samples(pd.concat([normal, strange], ignore_index=True))
        assert roc_auc_score(np.repeat([1, 0], 300), both) > 0.9
    fitted = make_detector(false_alarm_rate=0.1).fit(make_normal(400))
    assert (fitted.predict(normal) == -1).mean() < 0.2


def test_images_that_are_not_like_the_learned_are_found():
    digits = load_digits()
    images, labels = digits.images / 16, digits.target
    fitted = VAEOutlierDetector(random_state=0).fit(images[labels == 1])
    other = images[labels == 0][:50]
    assert (fitted.predict(other) == -1).mean() > 0.9
    assert fitted.feature_contributions(other[:2]).shape == (2, 65)


@pytest.mark.parametrize("container", ["list", "array", "sparse", "arrow", "polars"])
def test_every_container_is_taken(container):
    import polars as pl
    import pyarrow as pa
    from scipy import sparse

    X = np.random.default_rng(0).normal(size=(60, 3)).round(2)
    make = {
        "list": lambda rows: rows.tolist(),
        "array": lambda rows: rows,
        "sparse": sparse.csr_matrix,
        "arrow": lambda rows: pa.table({name: rows[:, j] for j, name in enumerate("abc")}),
        "polars": lambda rows: pl.DataFrame(rows, schema=list("abc")),
    }[container]
    fitted = make_detector(false_alarm_rate=0.2).fit(make(X))
    expected = make_detector(false_alarm_rate=0.2).fit(X).score_samples(X[:5])
    np.testing.assert_allclose(fitted.score_samples(make(X[:5])), expected, rtol=1e-6)


def test_a_saved_detector_scores_alike(detector, tmp_path):
    detector.save(tmp_path / "detector.safetensors")
    loaded = VAEOutlierDetector.load(tmp_path / "detector.safetensors")
    X = make_normal(20, seed=1)
    assert (loaded.score_samples(X) == detector.score_samples(X)).all()
    assert loaded.offset_ == detector.offset_


def test_too_few_rows_for_the_rate_are_said():
    with pytest.warns(UserWarning, match=r"no row can be an outlier with 4 held-out rows"):
        fitted = make_detector().fit(make_normal(20))
    assert (fitted.predict(make_normal(5, seed=1)) == 1).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_detector(contamination=0.1).fit(make_normal(20))


def test_what_cannot_be_is_refused():
    X = make_normal(40)
    with pytest.raises(ValueError, match=r"'method' parameter .* must be a str among"):
        make_detector(method="distance").fit(X)
    without = make_detector(calibration_fraction=0, contamination=0.1).fit(X)
    with pytest.raises(ValueError, match="must hold out at least one row for p-values, got 0"):
        without.p_values(X)


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.filterwarnings("ignore:at a false alarm rate:UserWarning")
def test_where_all_columns_are_constant_every_row_is_as_normal():
    X = np.ones((20, 2))
    detector = VAEOutlierDetector(random_state=0).fit(X)
    assert np.unique(detector.score_samples(X)).size == 1
    assert detector.score_samples([[1.0, 2.0]]) < detector.score_samples(X[:1])
