import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from vaesynth import CVAE, VAE, BetaVAE, ColumnWarning
from vaesynth.applications import LatentDesigner
from vaesynth.datasets import make_shapes


@pytest.fixture(scope="module")
def designer(parts, parts_model):
    return LatentDesigner(parts_model).fit(parts)


@pytest.fixture(scope="module")
def conditional(parts):
    y = np.where(parts["material"] == "steel", "metal", "other")
    with pytest.warns(ColumnWarning, match="material"):
        model = CVAE(beta=0.1, latent_dim=2, max_iter=100, random_state=0).fit(parts, y)
    return LatentDesigner(model).fit(parts, y)


def test_a_path_has_the_table_s_types_and_its_ends_are_reconstructions(designer, parts):
    start, end = parts.iloc[:2], parts.iloc[2:4]
    rows = designer.interpolate(start, end, n_steps=5)
    assert rows.dtypes.equals(parts.dtypes)
    ends = pd.concat([start, end]).iloc[[0, 2, 1, 3]]
    expected = designer.model_.reconstruct(ends)
    pd.testing.assert_frame_equal(rows.iloc[[0, 4, 5, 9]].reset_index(drop=True), expected)
    arcs = designer.interpolate(start, end, n_steps=5, path="spherical")
    pd.testing.assert_frame_equal(
        arcs.iloc[[0, 4, 5, 9]].reset_index(drop=True), expected, rtol=1e-3
    )


def test_a_traversal_moves_what_the_latent_tells(designer, parts):
    latent = int(np.argmax(designer.model_.kl_per_latent_))
    rows = designer.traverse(parts.iloc[:3], latent, [-2, 0, 2])
    assert len(rows) == 9
    encoded = designer.model_.transform(rows)[:, latent].reshape(3, 3)
    assert (np.diff(encoded, axis=1) > 0).all()


def test_rows_move_along_an_attribute(designer, parts):
    longer = designer.attribute_direction(parts, parts["length"])
    lengths = designer.shift(parts.iloc[:20], longer, [-20, 0, 20])["length"].to_numpy()
    moved = np.diff(lengths.reshape(20, 3), axis=1)
    assert (moved.mean(axis=0) > 8).all()
    to_steel = designer.attribute_direction(parts, parts["material"], positive="steel")
    resin = parts[parts["material"] == "resin"]
    shifted = designer.shift(resin, to_steel)
    assert (shifted["material"] == "steel").mean() > 0.9
    assert shifted["mass"].mean() > resin["mass"].mean() + 2


def test_limits_hold_on_a_mixed_table(designer, parts):
    result = designer.optimize(
        lambda rows: (rows["mass"] - 4).abs(),
        parts.iloc[:5],
        bounds={"material": ["steel"], "holes": (None, 5)},
        fixed=["made"],
        target=0.1,
        random_state=0,
    )
    assert result.has_reached.all()
    assert result.rows.dtypes.equals(parts.dtypes)
    assert (result.rows["material"] == "steel").all()
    assert (result.rows["holes"] <= 5).all()
    pd.testing.assert_series_equal(result.rows["made"], parts["made"].iloc[:5])


def test_starts_of_other_types_are_refused(designer, parts):
    with pytest.raises(ValueError, match="column 'holes' must have the fitted type int64"):
        designer.optimize(lambda rows: rows["mass"], parts.head(2).astype({"holes": float}))


def test_rows_of_a_class_stay_in_it(conditional, parts):
    start, end = parts.iloc[[0]], parts.iloc[[1]]
    assert len(conditional.interpolate(start, end, n_steps=3)) == 3
    metal = conditional.interpolate(start, end, n_steps=3, y="metal")
    assert (metal["material"] == "steel").all()
    heavy = conditional.optimize(lambda rows: -rows["mass"], start, y=["other"], random_state=0)
    assert heavy.rows["mass"].item() < 3.5
    drawn = conditional.optimize(
        lambda rows: -rows["mass"], y="metal", n_starts=2, max_evaluations=100, random_state=0
    )
    assert (drawn.rows["material"] == "steel").all()
    with pytest.raises(ValueError, match="`y` must be one class or 1"):
        conditional.interpolate(start, end, y=["metal", "other"])


def test_counterfactuals_of_a_model_with_classes(conditional, parts):
    found = conditional.counterfactuals(parts.iloc[:10], lambda rows: rows["mass"] > 3)
    assert found.is_found.all()
    np.testing.assert_array_equal(found.rows["mass"] > 3, (parts["mass"] <= 3).iloc[:10])


@pytest.mark.parametrize("container", ["polars", "list", "sparse"])
def test_other_containers_come_back_as_they_are(container):
    numbers = np.random.default_rng(0).normal(size=(200, 2)).round(2)
    X = {
        "polars": lambda: pl.DataFrame(numbers, schema=["a", "b"]),
        "list": numbers.tolist,
        "sparse": lambda: scipy.sparse.csr_array(numbers),
    }[container]()
    count = (lambda rows: rows.shape[0]) if container == "sparse" else len
    model = VAE(latent_dim=2, beta=0.1, max_iter=20, random_state=0).fit(X)
    designer = LatentDesigner(model, max_reference=150, random_state=0).fit(X)
    result = designer.optimize(
        lambda rows: np.arange(count(rows)), n_starts=3, max_evaluations=30, random_state=0
    )
    assert type(result.rows) is type(X)
    assert count(result.rows) == 3
    with pytest.raises(TypeError, match="must be a DataFrame or a two-dimensional ndarray"):
        designer.counterfactuals(X, count)


def test_images_are_designed_too():
    images, factors = make_shapes(200, image_size=8, random_state=0)
    model = VAE(latent_dim=3, beta=0.1, max_iter=40, random_state=0).fit(images)
    designer = LatentDesigner(model, max_reference=50, random_state=0).fit(images)
    assert designer.reference_.shape == (50, 8, 8)
    assert designer.interpolate(images[:1], images[1:2], n_steps=4).shape == (4, 8, 8)
    right = designer.attribute_direction(images, factors[:, -1] > np.median(factors[:, -1]))
    assert designer.shift(images[:2], right, [0, 1, 2]).shape == (6, 8, 8)
    with pytest.raises(TypeError, match="must be a DataFrame or a two-dimensional ndarray"):
        designer.counterfactuals(images[:2], lambda found: found[:, 0, 0] > 0)


def test_a_part_of_many_rows_is_remembered_by_seed(parts, parts_model):
    first, again, other = (
        LatentDesigner(parts_model, max_reference=100, random_state=seed).fit(parts)
        for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(first.reference_, again.reference_)
    assert not first.reference_.equals(other.reference_)
    np.testing.assert_allclose(first.reference_points_, parts_model.transform(first.reference_))


def test_it_is_an_estimator(parts_model, parts):
    designer = LatentDesigner(parts_model, max_reference=10)
    assert clone(LatentDesigner(VAE(), max_reference=10)).max_reference == 10
    with pytest.raises(NotFittedError):
        designer.interpolate(parts, parts)
    assert designer.fit(parts).n_features_in_ == 6


SMALL = VAE(latent_dim=2, hidden_layer_sizes=(8,), max_iter=30)


def test_a_fitted_model_is_used_as_it_is(parts_model, parts):
    weights = parts_model.module_.state_dict()
    designer = LatentDesigner(parts_model).fit(parts)
    assert designer.model_ is parts_model
    frozen = clone(LatentDesigner(FrozenEstimator(parts_model))).fit(parts)
    np.testing.assert_array_equal(frozen.reference_points_, designer.reference_points_)
    assert all((parts_model.module_.state_dict()[name] == weights[name]).all() for name in weights)


def test_of_an_unfitted_model_a_copy_is_fitted(parts):
    designer = LatentDesigner(SMALL, random_state=0).fit(parts)
    assert not hasattr(SMALL, "module_")
    chosen = clone(SMALL).set_params(beta=0.1, decoder="independent", random_state=0).fit(parts)
    expected = LatentDesigner(chosen).fit(parts)
    np.testing.assert_array_equal(designer.reference_points_, expected.reference_points_)
    again = clone(LatentDesigner(chosen, random_state=0)).fit(parts)
    np.testing.assert_array_equal(again.reference_points_, expected.reference_points_)


@pytest.mark.parametrize("max_reference", [50, 5000])
@pytest.mark.parametrize("is_fitted", [True, False])
def test_a_table_is_read_once(parts, parts_model, count_reads, max_reference, is_fitted):
    model = parts_model if is_fitted else SMALL
    reads = count_reads()
    LatentDesigner(model, max_reference=max_reference).fit(parts)
    assert reads.total() == 1


def test_what_is_auto_is_chosen_and_the_rest_is_kept(parts):
    apart = BetaVAE(hidden_layer_sizes=(8,), max_iter=30, free_bits=2.0, random_state=0)
    beta = LatentDesigner(apart).fit(parts).model_
    assert (beta.beta, beta.decoder) == ("auto", "independent")
    own = LatentDesigner(clone(SMALL).set_params(beta=0.3)).fit(parts).model_
    assert own.beta == 0.3


@pytest.mark.slow
def test_without_a_model_classes_decide_which_one_is_fitted(parts):
    few = parts[["mass", "length"]].head(40)
    assert type(LatentDesigner(random_state=0).fit(few).model_) is VAE
    classes = parts["coated"].head(40).to_numpy()
    designer = LatentDesigner(random_state=0).fit(few, classes)
    assert type(designer.model_) is CVAE
    assert designer.model_.classes_.tolist() == [False, True]


@pytest.mark.parametrize(
    ("options", "n_rows", "match"),
    [
        ({"max_reference": 1}, 9, "`max_reference` must be an integer of at least 2, got 1"),
        ({}, 1, "`X` must have at least 2 rows, got n_samples=1"),
    ],
)
def test_what_is_no_reference_is_refused(parts_model, parts, options, n_rows, match):
    with pytest.raises(ValueError, match=match):
        LatentDesigner(parts_model, **options).fit(parts.iloc[:n_rows])


@pytest.mark.parametrize(
    ("direction", "amount", "match"),
    [
        ([1.0, 2.0], 1, "`direction` must be 3 finite numbers"),
        ([1.0, 2.0, np.nan], 1, "`direction` must be 3 finite numbers"),
        ([1.0, 2.0, 3.0], [], "`amount` must be one or more finite numbers"),
        ([1.0, 2.0, 3.0], np.inf, "`amount` must be one or more finite numbers"),
    ],
)
def test_what_is_no_shift_is_refused(designer, parts, direction, amount, match):
    with pytest.raises(ValueError, match=match):
        designer.shift(parts.iloc[:1], direction, amount)
