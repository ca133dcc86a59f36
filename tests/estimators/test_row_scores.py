"""What a VAE says of single rows: parts of the bound, and cells never seen."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import VAE
from vaesynth.datasets import make_shapes
from vaesynth.estimators import read_known

FAST = {"max_iter": 10, "hidden_layer_sizes": (16,), "random_state": 0}
ENCODINGS = ["standardize", "asinh", "bins"]


def make_mixed(n_rows=200):
    rng = np.random.default_rng(0)
    size = rng.normal(size=n_rows)
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(np.where(size > 0, "red", "blue")),
            "size": size.round(2),
            "count": rng.poisson(5, n_rows),
            "note": np.where(rng.random(n_rows) < 0.2, None, "seen"),
            "constant": "same",
        }
    )
    frame.loc[rng.random(n_rows) < 0.2, "size"] = np.nan
    return frame


@pytest.fixture(scope="module")
def mixed():
    return make_mixed()


@pytest.fixture(scope="module", params=ENCODINGS)
def model(request, mixed):
    return VAE(numeric_encoding=request.param, **FAST).fit(mixed)


@pytest.mark.parametrize("units", ["own", "encoded"])
@pytest.mark.parametrize("n_draws", [1, 5])
def test_columns_and_latents_sum_to_the_bound(model, mixed, units, n_draws):
    parts = model.score_columns(mixed, n_importance_samples=n_draws, units=units)
    assert parts.shape == (200, 6)
    bound = model.score_samples(mixed, n_importance_samples=n_draws, units=units)
    np.testing.assert_allclose(parts.sum(axis=1), bound)
    assert (parts[:, 4] == 0).all()  # one content tells nothing


def test_columns_sum_to_the_bound_where_cells_are_linked(mixed):
    linked = VAE(decoder="autoregressive", numeric_encoding="bins", **FAST).fit(mixed)
    parts = linked.score_columns(mixed, n_importance_samples=3)
    bound = linked.score_samples(mixed, n_importance_samples=3)
    np.testing.assert_allclose(parts.sum(axis=1), bound)


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "discretized_logistic"])
def test_pixels_and_latents_sum_to_the_bound(likelihood):
    images, _ = make_shapes(40, image_size=8, random_state=0)
    model = VAE(likelihood=likelihood, max_iter=2, random_state=0).fit(images)
    parts = model.score_columns(images)
    assert parts.shape == (40, 65)
    np.testing.assert_allclose(parts.sum(axis=1), model.score_samples(images), rtol=1e-4)
    assert not model.unknown_cells(images).any()


def test_a_change_of_one_cell_shows_in_its_column(mixed):
    model = VAE(numeric_encoding="standardize", **FAST).fit(mixed)
    row = mixed.dropna().iloc[:1]
    before = model.score_columns(row)[0]
    after = model.score_columns(row.assign(count=40))[0]
    assert np.argmin(after[:5] - before[:5]) == 2


def test_numbers_under_asinh_are_drawn_in_and_come_back(mixed):
    model = VAE(numeric_encoding="asinh", **FAST).fit(mixed)
    drawn = model.sample(50, random_state=0)
    assert drawn["size"].dropna().between(-20, 20).all()
    assert drawn["count"].dtype == mixed["count"].dtype


def test_unknown_cells_are_found_and_read_as_typical(model, mixed):
    strange = mixed.iloc[:4].astype({"colour": object, "count": float})
    strange.loc[0, "colour"], strange.loc[1, "count"] = "green", np.nan
    strange.loc[2, "constant"], strange.loc[3, "size"] = "other", np.nan
    unknown = model.unknown_cells(strange)
    assert np.argwhere(unknown).tolist() == [[0, 0], [1, 2], [2, 4]]
    typical = strange.copy()
    typical.loc[0, "colour"] = mixed["colour"].value_counts().idxmax()
    typical.loc[1, "count"] = np.sort(mixed["count"])[100]
    typical.loc[2, "constant"] = "same"
    np.testing.assert_allclose(
        model.score_columns(strange, units="encoded", handle_unknown="typical"),
        model.score_columns(typical, units="encoded"),
    )
    content, is_unseen = read_known(model, strange)
    np.testing.assert_array_equal(is_unseen, unknown)
    np.testing.assert_array_equal(
        model.score_columns(content, units="encoded"),
        model.score_columns(strange, units="encoded", handle_unknown="typical"),
    )
    with pytest.raises(ValueError, match="Found unknown category 'green'"):
        model.score_columns(strange)


def test_fit_transform_is_fit_and_transform(mixed):
    together = VAE(**FAST).fit_transform(mixed)
    np.testing.assert_array_equal(together, VAE(**FAST).fit(mixed).transform(mixed))


def test_what_cannot_be_is_refused(model, mixed):
    with pytest.raises(ValueError, match="`units` must be 'own' or 'encoded', got 'cells'"):
        model.score_columns(mixed, units="cells")
    with pytest.raises(ValueError, match="`units` must be 'own' or 'encoded', got None"):
        model.score_samples(mixed, units=None)
    with pytest.raises(ValueError, match="`handle_unknown` must be one of"):
        model.score_columns(mixed, handle_unknown="ignore")
