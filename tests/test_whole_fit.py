"""A fit happens whole or not at all: what interrupts it leaves every estimator as it was, and threads share nothing."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression

from vaesynth import CVAE, VAE, VQVAE, BetaVAE, CVAESampler, ResampledClassifier
from vaesynth.applications import (
    LatentDesigner,
    VAEDenoiser,
    VAEImputer,
    VAEOutlierDetector,
    VQVAECompressor,
)
from vaesynth.model_selection import ResampledClassifierCV, ResampledRegressor
from vaesynth.over_sampling import CVAERegressionSampler, MultilabelCVAESampler
from vaesynth.tabular import TableEncoder

pytestmark = [
    pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning"),
    pytest.mark.filterwarnings("ignore:at a false alarm rate:UserWarning"),
]
QUICK = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
SAMPLER = CVAESampler(model=CVAE(**QUICK), n_candidates=1, copies="allow", random_state=0)
SMALL, LARGE = (
    pd.DataFrame(np.random.default_rng(n).normal(size=(60, n)), columns=[f"x{j}" for j in range(n)])
    for n in (2, 3)
)
Y = np.arange(60) < 12
COPIES = {"copies": RandomOverSampler(random_state=0)}
NUMBERS = np.random.default_rng(3).lognormal(size=60)
SETS = np.random.default_rng(4).random((60, 3)) < [0.5, 0.3, 0.1]


def stream(X):
    return [X.assign(y=Y)]


FITS = {
    "VAE": (VAE(**QUICK), lambda model, X: model.fit(X)),
    "VAE, transform": (VAE(**QUICK), lambda model, X: model.fit_transform(X)),
    "VAE, stream": (VAE(**QUICK), lambda model, X: model.fit_stream([X])),
    "BetaVAE": (BetaVAE(**QUICK), lambda model, X: model.fit(X)),
    "CVAE": (CVAE(**QUICK), lambda model, X: model.fit(X, Y)),
    "CVAE, stream": (CVAE(**QUICK), lambda model, X: model.fit_stream(stream(X), "y")),
    "VQVAE": (VQVAE(**QUICK), lambda model, X: model.fit(X)),
    "imputer": (VAEImputer(VAE(**QUICK)), lambda model, X: model.fit(X)),
    "imputer, transform": (VAEImputer(VAE(**QUICK)), lambda model, X: model.fit_transform(X)),
    "denoiser": (VAEDenoiser(VAE(**QUICK)), lambda model, X: model.fit(X)),
    "detector": (VAEOutlierDetector(VAE(**QUICK)), lambda model, X: model.fit(X)),
    "designer": (LatentDesigner(CVAE(**QUICK)), lambda model, X: model.fit(X, Y)),
    "compressor": (VQVAECompressor(max_iter=1, random_state=0), lambda model, X: model.fit(X)),
    "encoder": (TableEncoder(), lambda model, X: model.fit(X)),
    "encoder, transform": (TableEncoder(), lambda model, X: model.fit_transform(X)),
    "sampler": (SAMPLER, lambda model, X: model.fit_resample(X, Y)),
    "sampler, fit": (SAMPLER, lambda model, X: model.fit(X, Y)),
    "sampler, stream": (SAMPLER, lambda model, X: model.fit_stream(stream(X), "y")),
    "sampler of numbers": (
        CVAERegressionSampler(model=CVAE(**QUICK), n_candidates=1, random_state=0),
        lambda model, X: model.fit_resample(X, NUMBERS),
    ),
    "sampler of label sets": (
        MultilabelCVAESampler(model=CVAE(**QUICK), n_candidates=1, random_state=0),
        lambda model, X: model.fit_resample(X, SETS),
    ),
    "regressor": (
        ResampledRegressor(regressor=LinearRegression(), sampler="passthrough"),
        lambda model, X: model.fit(X, NUMBERS),
    ),
    "search": (
        ResampledClassifierCV(LogisticRegression(), samplers=COPIES, cv=2, random_state=0),
        lambda model, X: model.fit(X, Y),
    ),
    "classifier": (
        ResampledClassifier(SAMPLER, LogisticRegression()),
        lambda model, X: model.fit(X, Y),
    ),
}


class Interrupter:
    """Raise as Ctrl+C does, at one of the calls of functions of the package."""

    def __init__(self, at=None):
        self.at, self.n_calls = at, 0

    def __call__(self, frame, event, _):
        if event == "call" and frame.f_globals.get("__name__", "").startswith("vaesynth"):
            self.n_calls += 1
            if self.n_calls == self.at:
                raise KeyboardInterrupt

    def run(self, fit, model, X):
        sys.setprofile(self)
        try:
            fit(model, X)
        finally:
            sys.setprofile(None)


@pytest.fixture(params=FITS.values(), ids=FITS.keys())
def case(request):
    model, fit = request.param
    return clone(model), fit


def test_an_interrupted_fit_leaves_the_estimator_as_it_was(case):
    model, fit = case
    whole = Interrupter()
    whole.run(fit, model, SMALL)
    before = dict(vars(model))
    for share in (0.2, 0.5, 0.8, 0.95):
        with pytest.raises(KeyboardInterrupt):
            Interrupter(int(share * whole.n_calls)).run(fit, model, LARGE)
        assert list(vars(model)) == list(before)
        assert all(vars(model)[name] is before[name] for name in before)
    fit(model, LARGE)
    assert model.n_features_in_ == 3


def test_an_interrupted_first_fit_leaves_nothing(case):
    model, fit = case
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt):
        Interrupter(5).run(fit, model, SMALL)
    assert vars(model) == before


@pytest.mark.parametrize("n_threads", [2, 4])
def test_threads_that_share_a_sampler_draw_the_rows_of_their_own_tables(n_threads):
    tables = [SMALL, LARGE, SMALL + 1, LARGE * 2] * 2
    alone = [clone(SAMPLER).fit_resample(X, Y)[0] for X in tables]
    shared = clone(SAMPLER)
    with ThreadPoolExecutor(n_threads) as pool:
        together = list(pool.map(lambda X: shared.fit_resample(X, Y)[0], tables))
    for expected, found in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(expected, found)
    assert shared.model_.n_features_in_ == shared.n_features_in_


def test_threads_that_share_a_model_leave_it_whole():
    shared = VAE(**QUICK)
    with ThreadPoolExecutor(4) as pool:
        for fitted in pool.map(shared.fit, [SMALL, LARGE] * 4):
            assert fitted is shared
    X = SMALL if shared.n_features_in_ == 2 else LARGE
    np.testing.assert_array_equal(shared.transform(X), clone(shared).fit(X).transform(X))


def test_threads_write_their_own_streams(tmp_path):
    shared = clone(SAMPLER)
    paths = [tmp_path / f"{number}.parquet" for number in range(4)]

    def write(path, X):
        return shared.fit_resample_stream(stream(X), "y", path)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, paths, [SMALL, LARGE] * 2))
    for path, X in zip(paths, [SMALL, LARGE] * 2, strict=True):
        alone = tmp_path / "alone.parquet"
        clone(SAMPLER).fit_resample_stream(stream(X), "y", alone, overwrite=True)
        pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(alone))


@pytest.mark.parametrize("bad", [None, "word", [[np.inf, 1.0, 2.0]] * 60])
def test_a_refused_fit_leaves_the_estimator_as_it_was(case, bad):
    model, fit = case
    fit(model, SMALL)
    before = dict(vars(model))
    with pytest.raises((ValueError, TypeError, AttributeError)):
        fit(model, bad)
    assert vars(model) == before
