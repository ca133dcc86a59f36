"""Relations between columns that hold in real rows hold as well in new ones as in those of SMOTENC."""

import numpy as np
import pytest

from benchmarks.relations import QUANTILES, measure_errors, resample_both
from vaesynth import CVAE, CVAESampler

QUICK = {"model": CVAE(max_iter=2, hidden_layer_sizes=(16,))}


def assert_relations_survive(n_rows, **options):
    ours, theirs = (measure_errors(rows) for rows in resample_both(n_rows, **options))
    for name, errors in ours.items():
        # SMOTENC keeps sums and orders to the last bit of 53, our values have 24.
        bound = 1.5 * np.quantile(theirs[name], QUANTILES) + 1e-5
        assert (np.quantile(errors, QUANTILES) <= bound).all(), name


def test_relations_survive_in_a_small_table():
    assert_relations_survive(1000)


def test_relations_survive_in_a_table_of_several_thousand_rows():
    # Without the forest that judges candidates, which takes most of the time.
    assert_relations_survive(6000, n_candidates=1, **QUICK)


@pytest.mark.slow
def test_relations_survive_in_a_large_table():
    assert_relations_survive(30_000)


@pytest.mark.parametrize("method", ["auto", "neighbors", "combinations"])
def test_the_table_decides_what_auto_is(method):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 3)), np.arange(300) < 60
    tied = np.column_stack([X, X[:, 0] - X[:, 1]])

    def draw(X, method):
        sampler = CVAESampler(sampling_method=method, random_state=0, **QUICK)
        return sampler.fit_resample(X, y)[0][300:]

    chosen = {"free": "neighbors", "tied": "combinations"} if method == "auto" else {}
    for name, table in {"free": X, "tied": tied}.items():
        new = draw(table, method)
        np.testing.assert_array_equal(new, draw(table, chosen.get(name, method)))
        if name == "tied":
            miss = np.abs(new[:, 0] - new[:, 1] - new[:, 3])
            assert (miss.max() < 1e-5) == (method != "neighbors")


def test_relations_survive_saving(tmp_path):
    X = np.random.default_rng(0).normal(size=(200, 3))
    X[:, 2] = X[:, 0] + X[:, 1]
    sampler = CVAESampler(random_state=0, **QUICK)
    sampler.fit_resample(X, np.arange(200) < 40)
    sampler.save(tmp_path / "sampler")
    new = CVAESampler.load(tmp_path / "sampler").sample(50, True, random_state=1)
    np.testing.assert_array_equal(new, sampler.sample(50, True, random_state=1))
    np.testing.assert_allclose(new[:, 2], new[:, 0] + new[:, 1], atol=1e-5)
