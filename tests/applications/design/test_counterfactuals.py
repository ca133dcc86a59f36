import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from vaesynth import VAE
from vaesynth.applications import LatentDesigner
from vaesynth.applications._design._counterfactuals import ClassFlips

X = np.random.default_rng(0).normal(size=(300, 2))
Y = np.array(["low", "mid", "top"])[np.digitize(X[:, 0], [-0.5, 0.5])]
MODEL = LogisticRegression(C=100).fit(X, Y)
ALL = np.arange(300)


def test_any_other_class_is_wanted_unless_one_is_named():
    labels = MODEL.predict(X[::-1])
    free = ClassFlips(MODEL, X, None)
    np.testing.assert_array_equal(free.is_wanted(labels, ALL), labels != MODEL.predict(X))
    np.testing.assert_array_equal(
        ClassFlips(MODEL, X, "top").is_wanted(labels, ALL), labels == "top"
    )


def test_confidence_is_the_probability_of_what_is_wanted():
    probabilities = MODEL.predict_proba(X)
    free = ClassFlips(MODEL, X, None).confidence(X, ALL)
    np.testing.assert_allclose(free, 1 - probabilities.max(axis=1))
    np.testing.assert_allclose(ClassFlips(MODEL, X, "mid").confidence(X, ALL), probabilities[:, 1])
    assert ClassFlips(MODEL.predict, X, None).confidence(X, ALL) is None


def test_what_does_not_classify_is_refused():
    with pytest.raises(TypeError, match="`classifier` must have `predict` or be a function"):
        ClassFlips(3, X, None)
    with pytest.raises(ValueError, match="must give one label for each of 300 rows"):
        ClassFlips(len, X, None)
    with pytest.raises(ValueError, match="`target` must be a class of the classifier"):
        ClassFlips(MODEL, X, "huge")


COLUMNS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def designer(linear_coder):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 4)), columns=COLUMNS)
    return LatentDesigner(linear_coder(np.eye(4)).fit(X)).fit(X)


@pytest.fixture(scope="module")
def rows(designer):
    return designer.reference_.iloc[:20].reset_index(drop=True)


def is_high(rows):
    return (rows["a"] > 0.5).map({True: "high", False: "low"})


def test_only_the_column_that_decides_changes(designer, rows):
    found = designer.counterfactuals(rows, is_high, plausible_share=0.95)
    assert found.is_found.all()
    assert (found.labels != found.labels_before).all()
    np.testing.assert_array_equal(found.labels, is_high(found.rows))
    np.testing.assert_array_equal(found.changed, [[True, False, False, False]] * 20)
    pd.testing.assert_frame_equal(found.rows[COLUMNS[1:]], rows[COLUMNS[1:]])


def test_numbers_stop_at_the_border(designer, rows):
    found = designer.counterfactuals(rows, is_high)
    # No level of the reference between the border and where the number stops is wanted.
    known = np.sort(designer.reference_["a"])
    beyond = known[np.searchsorted(known, 0.5)]
    below = known[np.searchsorted(known, 0.5) - 1]
    risen = found.labels == "high"
    assert (found.rows["a"][risen] <= beyond).all()
    assert (found.rows["a"][~risen] >= below).all()


def test_distances_are_the_shares_of_rows_passed(designer, rows):
    found = designer.counterfactuals(rows, is_high, plausible_share=0.95)
    reference = designer.reference_["a"].to_numpy()
    before, after = rows["a"].to_numpy()[:, None], found.rows["a"].to_numpy()[:, None]
    low, high = np.minimum(before, after), np.maximum(before, after)
    strictly = ((reference > low) & (reference < high)).mean(axis=1)
    touching = ((reference >= low) & (reference <= high)).mean(axis=1)
    np.testing.assert_allclose(found.distances, (strictly + touching) / 2, atol=1e-12)


def test_two_columns_change_where_one_is_not_enough(designer, rows):
    found = designer.counterfactuals(
        rows,
        lambda table: (table["a"] > 0) & (table["b"] > 0),
        target=True,
    )
    below = (rows[["a", "b"]] <= 0).sum(axis=1)
    asked = below > 0
    assert found.is_found[asked].all()
    np.testing.assert_array_equal(found.n_changed[asked], below[asked])
    assert (found.n_changed[~asked] == 0).all()


def test_immutable_columns_do_not_change(designer, rows):
    def classify(table):
        return table["a"] + table["b"] > 0

    found = designer.counterfactuals(rows, classify, immutable=["a"], plausible_share=1.0)
    assert not found.changed[:, 0].any()
    assert found.is_found.mean() > 0.8
    np.testing.assert_array_equal(classify(found.rows) != classify(rows), found.is_found)


def test_a_row_that_cannot_flip_stays_as_it_is(designer, rows):
    found = designer.counterfactuals(rows, is_high, immutable=["a"])
    assert not found.is_found.any()
    assert not found.is_plausible.any()
    assert np.isnan(found.distances).all()
    pd.testing.assert_frame_equal(found.rows, rows)
    assert (found.labels == found.labels_before).all()


def test_a_class_that_no_real_row_has_is_not_found(designer, rows):
    found = designer.counterfactuals(rows, lambda table: np.zeros(len(table)))
    assert not found.is_found.any()


def test_limits_hold(designer, rows):
    found = designer.counterfactuals(
        rows[rows["a"] <= 0.5].reset_index(drop=True),
        is_high,
        bounds={"a": (0.8, 1.5)},
        constraints=lambda table: table["b"] <= table["a"],
    )
    assert found.is_found.all()
    assert found.rows["a"].between(0.8, 1.5).all()
    assert (found.rows["b"] <= found.rows["a"]).all()


def test_plausible_rows_are_preferred_to_those_with_few_changes(linear_coder):
    # Two columns that are nearly one: changing one alone flips the class and is implausible.
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(2000, 2))
    sheared = np.linalg.inv(np.array([[1.0, 1.0], [0.05, -0.05]]))
    X = pd.DataFrame(latents @ np.linalg.inv(sheared), columns=["a", "b"])
    designer = LatentDesigner(linear_coder(sheared).fit(X)).fit(X)
    asked = pd.DataFrame({"a": [0.0, -0.1], "b": [0.0, -0.1]})
    found = designer.counterfactuals(asked, lambda table: table["a"] > 1)
    assert found.is_plausible.all()
    assert found.changed.all()
    anything = designer.counterfactuals(asked, lambda table: table["a"] > 1, plausible_share=1.0)
    assert (anything.n_changed <= found.n_changed).all()
    scores = designer.model_.score_samples(designer.reference_)
    assert (designer.model_.score_samples(found.rows) >= np.quantile(scores, 0.2)).all()


def test_probabilities_lead_to_the_target(designer, rows):
    reference = designer.reference_
    y = np.digitize(reference["a"], [-0.5, 0.5])
    classifier = LogisticRegression(C=1000, max_iter=1000).fit(reference, y)
    found = designer.counterfactuals(rows, classifier, target=2, plausible_share=0.95)
    assert found.is_found.all()
    assert (classifier.predict(found.rows) == 2).all()
    assert found.n_changed.max() == 1


def test_mixed_tables_keep_their_types(parts, parts_model):
    designer = LatentDesigner(parts_model).fit(parts)

    def is_heavy(table):
        return (table["material"] == "steel") | (table["mass"] > 3)

    found = designer.counterfactuals(parts.iloc[:30].reset_index(drop=True), is_heavy)
    assert found.is_found.all()
    assert found.rows.dtypes.equals(parts.dtypes)
    assert (is_heavy(found.rows) != is_heavy(parts.iloc[:30])).all()
    changes = found.changes()
    assert len(changes) == found.changed.sum()
    for row, column, before, after in changes.itertuples(index=False):
        assert before == parts[column].iloc[row] != after == found.rows[column].iloc[row]


def test_a_missing_cell_can_decide(parts):
    holed = parts[["length", "mass", "made"]].copy()
    holed.loc[::2, "mass"] = np.nan
    designer = LatentDesigner(VAE(beta=0.1, latent_dim=2, max_iter=30, random_state=0).fit(holed))
    designer.fit(holed)
    asked = holed.iloc[:6].reset_index(drop=True)
    found = designer.counterfactuals(asked, lambda table: table["mass"].isna())
    assert found.is_found.all()
    np.testing.assert_array_equal(found.rows["mass"].isna(), asked["mass"].notna())
    assert (found.distances >= 1).all()


def test_arrays_work_as_frames_do(linear_coder):
    X = np.random.default_rng(0).normal(size=(300, 3))
    designer = LatentDesigner(linear_coder(np.eye(3)).fit(X)).fit(X)
    found = designer.counterfactuals(X[:5], lambda table: table[:, 1] > 0, immutable=[0])
    assert found.changed.tolist() == [[False, True, False]] * 5
    assert found.changes()["column"].tolist() == [1] * 5


def test_one_row_is_answered_as_among_others(designer, rows):
    together = designer.counterfactuals(rows, is_high)
    alone = designer.counterfactuals(rows.iloc[[3]].reset_index(drop=True), is_high)
    np.testing.assert_array_equal(alone.changed[0], together.changed[3])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"immutable": ["z"]}, "`immutable` must name columns of"),
        ({"plausible_share": 0}, "`plausible_share` must be above 0 and at most 1, got 0"),
        ({"n_candidates": 0}, "`n_candidates` must be an integer of at least 1, got 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(designer, rows, arguments, match):
    with pytest.raises(ValueError, match=match):
        designer.counterfactuals(rows, is_high, **arguments)


def test_rows_of_other_columns_are_refused_before_the_classifier_runs(designer, rows):
    def never(table):
        raise AssertionError

    with pytest.raises(ValueError, match="must have the fitted columns"):
        designer.counterfactuals(rows.drop(columns="a"), never)


def test_numbers_that_move_back_take_values_of_real_rows(designer, rows):
    found = designer.counterfactuals(rows, is_high)
    assert found.rows["a"].isin(designer.reference_["a"]).all()
