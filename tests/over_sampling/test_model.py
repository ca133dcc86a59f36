"""The model of an over-sampler: what it takes over, what is chosen for it, and what is refused."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from vaesynth import CVAE, CVAESampler, PrivacyBudget

QUICK = {"max_iter": 2, "hidden_layer_sizes": (8,)}


@pytest.fixture(scope="module")
def table():
    return make_classification(n_samples=80, weights=[0.8], flip_y=0, random_state=0)


def test_no_model_is_the_default_model(table):
    rows = [
        CVAESampler(model=model, random_state=0).fit_resample(*table)[0] for model in (None, CVAE())
    ]
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("neighbors", {"decoder": "independent", "beta": 0.1, "max_iter": 10}),
        ("posterior", {"decoder": "independent", "beta": 0.1, "max_iter": 150}),
        ("prior", {"decoder": "auto", "beta": 1.0, "max_iter": 150}),
    ],
)
def test_what_a_model_leaves_open_suits_the_method(table, method, expected):
    sampler = CVAESampler(sampling_method=method, random_state=0)
    sampler.fit_resample(*table)
    assert {name: getattr(sampler.model_, name) for name in expected} == expected


def test_what_a_model_says_is_done_and_the_model_stays(table):
    given = {"beta": 2.0, "activation": "tanh", "prior": "vamp", "prior_n_components": 3, **QUICK}
    model = CVAE(**given)
    sampler = CVAESampler(model=model, random_state=0)
    sampler.fit_resample(*table)
    assert {name: getattr(sampler.model_, name) for name in given} == given
    assert sampler.model_ is not model
    assert not hasattr(model, "module_")
    assert model.decoder == "auto"


def test_shared_parameters_are_the_samplers_and_else_the_models(table):
    by_model = CVAESampler(model=CVAE(random_state=3, n_jobs=1, **QUICK))
    by_sampler = CVAESampler(model=CVAE(random_state=5, **QUICK), random_state=3)
    rows = [sampler.fit_resample(*table)[0] for sampler in (by_model, by_sampler)]
    np.testing.assert_array_equal(*rows)
    assert by_model.model_.n_jobs == 1


def test_categories_are_those_of_the_model():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=60), rng.choice([3.0, 10.0, 20.0, 40.0], 60)])
    y = np.arange(60) % 6 == 0
    sampler = CVAESampler(model=CVAE(categorical_features=[1], **QUICK), random_state=0)
    new = sampler.fit_resample(X, y)[0][60:]
    assert set(new[:, 1]) <= {3.0, 10.0, 20.0, 40.0}
    with pytest.raises(ValueError, match="categorical_features"):
        CVAESampler(model=CVAE(categorical_features=["city"])).fit_resample(X, y)


@pytest.mark.parametrize("name", ["latent_dim", "categorical_features", "beta", "activation"])
def test_a_parameter_of_the_model_is_sent_there(name):
    with pytest.raises(
        TypeError,
        match=rf"^`{name}` is a parameter of the model: CVAESampler\(model=CVAE\({name}=8\)\)$",
    ):
        CVAESampler(**{name: 8})
    with pytest.raises(TypeError, match=rf"set_params\(model__{name}=8\)$"):
        CVAESampler().set_params(**{name: 8})


def test_unknown_parameters_and_models_are_refused(table):
    with pytest.raises(TypeError, match="nonesuch"):
        CVAESampler(nonesuch=1)
    with pytest.raises(ValueError, match=r"instance of '.*CVAE' or None"):
        CVAESampler(model="CVAE").fit_resample(*table)
    with pytest.raises(ValueError, match="`privacy` of the model must be None"):
        CVAESampler(model=CVAE(privacy=PrivacyBudget(1, 1e-5))).fit_resample(*table)
    with pytest.raises(ValueError, match="`warm_start` of the model must be False"):
        CVAESampler(model=CVAE(warm_start=True)).fit(*table)


def test_copies_of_a_sampler_have_its_parameters():
    sampler = CVAESampler(model=CVAE(latent_dim=3), k_neighbors=4)
    copies = [clone(sampler), copy.deepcopy(sampler), pickle.loads(pickle.dumps(sampler))]
    for other in copies:
        assert other.model.latent_dim == 3
        assert other.model is not sampler.model
        assert other.k_neighbors == 4
    assert sampler.get_params()["model__latent_dim"] == 3


def test_its_signature_is_that_of_its_parameters():
    assert list(inspect.signature(CVAESampler).parameters) == [
        "model",
        *("sampling_strategy", "growth", "sampling_method", "k_neighbors", "noise_scale"),
        *("n_candidates", "selection_power", "keep_shares", "single_row"),
        "copies",
        *("n_jobs", "random_state", "verbose"),
    ]


@pytest.mark.parametrize("model", [None, CVAE(**QUICK)], ids=["none", "given"])
def test_a_search_reaches_the_model(table, model):
    pipeline = make_pipeline(
        CVAESampler(model=model, n_candidates=1, random_state=0),
        DecisionTreeClassifier(random_state=0),
    )
    grid = {"cvaesampler__model__latent_dim": [1, 2]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(*table)
    chosen = search.best_params_["cvaesampler__model__latent_dim"]
    assert search.best_estimator_[0].model_.latent_dim_ == chosen
