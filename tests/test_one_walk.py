"""A table is read once: how often its cells are looked at, in one call of what a user calls."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from vaesynth import CVAE, VAE, CVAESampler, compare_resamplers
from vaesynth.applications import VAEOutlierDetector
from vaesynth.tabular import CellEncoder, TableEncoder

pytestmark = pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
QUICK = {"max_iter": 1, "hidden_layer_sizes": (4,), "latent_dim": 1}


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of what reads, encodes and decodes tables."""
    counts = Counter()

    def watch(cls, name):
        plain = getattr(cls, name)

        def counted(self, *arguments, **options):
            counts[f"{cls.__name__}.{name}"] += 1
            return plain(self, *arguments, **options)

        monkeypatch.setattr(cls, name, counted)

    for name in ("fit", "fit_transform", "transform", "transform_known", "inverse_transform"):
        watch(TableEncoder, name)
    for name in ("fit", "transform", "inverse_transform"):
        watch(CellEncoder, name)
    return counts


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice(list("xyz"), 60)})
    return X, np.repeat([0, 1, 2], [30, 20, 10])


ONE_FIT = {"TableEncoder.fit_transform": 1, "CellEncoder.fit": 1, "CellEncoder.transform": 1}
ONE_READING = {"TableEncoder.transform": 1, "CellEncoder.transform": 1}


@pytest.mark.parametrize("copies", ["allow", "warn", "refuse"])
def test_over_sampling_reads_once_and_writes_once(calls, table, copies):
    sampler = CVAESampler(model=CVAE(**QUICK), n_candidates=1, copies=copies, random_state=0)
    sampler.fit_resample(*table)
    # Of each of the two classes that get rows, the cells are decoded by themselves.
    new = {"TableEncoder.inverse_transform": 1, "CellEncoder.inverse_transform": 2}
    assert calls == {**ONE_FIT, **new}


def test_a_fit_reads_once(calls, table):
    CVAE(random_state=0, **QUICK).fit(*table)
    assert calls == ONE_FIT


def test_scoring_reads_once(calls, table):
    X, y = table
    vae, cvae = VAE(random_state=0, **QUICK).fit(X), CVAE(random_state=0, **QUICK).fit(X, y)
    for score in (vae.score_samples, vae.score_columns, cvae.score_samples):
        calls.clear()
        score(X)
        assert calls == ONE_READING


def test_more_rows_are_written_once(calls, table):
    sampler = CVAESampler(model=CVAE(**QUICK), n_candidates=1, random_state=0)
    sampler.fit_resample(*table)
    calls.clear()
    sampler.sample(30, random_state=0)
    assert calls == {"TableEncoder.inverse_transform": 1, "CellEncoder.inverse_transform": 3}


def test_a_detector_reads_each_row_once(calls, table):
    X, _ = table
    detector = VAEOutlierDetector(false_alarm_rate=0.2, random_state=0).fit(X)
    # Rows to learn and rows held out are two tables.
    assert calls == {"TableEncoder.fit_transform": 1, "TableEncoder.transform_known": 1}
    for score in (detector.score_samples, detector.predict, detector.feature_contributions):
        calls.clear()
        score(X)
        assert calls == {"TableEncoder.transform_known": 1}


def test_a_comparison_reads_the_table_and_each_training_fold_once(calls, table):
    X, y = table
    sampler = CVAESampler(model=CVAE(**QUICK), n_candidates=1, copies="allow")
    compare_resamplers(
        HistGradientBoostingClassifier(max_iter=1, categorical_features="from_dtype"),
        X.astype({"b": "category"}),
        y,
        samplers={"CVAE": sampler},
        cv=3,
        random_state=0,
    )
    # The whole table is read for warnings of its columns.
    read = {"TableEncoder.fit_transform": 1 + 3, "CellEncoder.fit": 3, "CellEncoder.transform": 3}
    written = {"TableEncoder.inverse_transform": 3, "CellEncoder.inverse_transform": 6}
    assert calls == {**read, **written}
