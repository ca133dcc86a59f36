"""Rows with rare labels get company, and bring whole sets of labels."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_array
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from vaesynth import CVAE, MultilabelCVAESampler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 3))
Y = (X + 0.2 * RNG.normal(size=(240, 3)) > [0.0, 0.3, 1.5]).astype(int)
# The last label, the rare one, never comes without the first.
Y[:, 0] |= Y[:, 2]
TINY = CVAE(hidden_layer_sizes=(8,), latent_dim=2, max_iter=3)


def make_sampler(**parameters):
    return MultilabelCVAESampler(model=TINY, random_state=0, **parameters)


class OfAnyColumn(MultilabelCVAESampler):
    """Take any column for two labels, one of which is rare: the checks know no others."""

    def fit(self, X, y):
        return super().fit(X, with_rare_label(y))

    def fit_resample(self, X, y):
        return super().fit_resample(X, with_rare_label(y))


def with_rare_label(y):
    if y is None:
        return None
    n_rows = len(check_array(y, ensure_2d=False, dtype=float, input_name="y"))
    return np.column_stack([np.ones(n_rows), np.arange(n_rows) % 5 == 1]).astype(int)


@parametrize_with_checks(
    [
        OfAnyColumn(model=TINY, ratio=0.9, random_state=0),
        OfAnyColumn(model=TINY, ratio=0.9, n_candidates=1, random_state=0),
    ]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_parameters_are_checked():
    check_param_validation("MultilabelCVAESampler", make_sampler())


def test_rare_labels_are_those_above_the_mean_ratio():
    sampler = make_sampler()
    sampler.fit_resample(X, Y)
    counts = Y.sum(axis=0)
    ratios = counts.max() / counts
    np.testing.assert_array_equal(sampler.imbalance_ratios_, ratios)
    assert set(sampler.sampling_strategy_) == set(np.flatnonzero(ratios > ratios.mean()))
    # The label is then as frequent as one whose ratio is the mean.
    assert sampler.sampling_strategy_ == {2: round(counts.max() / ratios.mean()) - counts[2]}


def test_new_rows_start_from_rows_with_the_label_and_bring_its_company():
    sampler = make_sampler(ratio=0.8)
    X_res, y_res = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(X_res[:240], X)
    np.testing.assert_array_equal(y_res[:240], Y)
    assert Y[sampler.parents_, 2].all()
    new = y_res[240:]
    assert np.isin(new, [0, 1]).all()
    assert new[:, 2].mean() > 0.9
    # The first label goes with the rare one in all real rows.
    assert new[new[:, 2] == 1, 0].mean() > 0.9
    assert sampler.synthetic_mask_.sum() == len(new)


def test_a_row_belongs_to_its_rarest_label():
    y = np.zeros((240, 4), dtype=int)
    y[:, 0], y[:120, 1], y[:20, 2], y[10:18, 3] = 1, 1, 1, 1
    sampler = make_sampler(ratio=0.1)
    sampler.fit_resample(X, y)
    of_third, of_second = sampler.sampling_strategy_[3], sampler.sampling_strategy_[2]
    assert (of_third, of_second) == (16, 4)
    parents = sampler.parents_
    assert set(parents[:16].ravel()) <= set(range(10, 18))
    assert set(parents[16:].ravel()) <= {*range(10), 18, 19}


@pytest.mark.parametrize(
    "y",
    [
        pd.DataFrame(Y, columns=["a", "b", "c"], index=range(5, 245)),
        pd.DataFrame(Y.astype(bool), columns=["a", "b", "c"]),
        Y.astype(np.uint8),
        Y.astype(float),
        Y.tolist(),
        sp.csr_array(Y),
        sp.csc_matrix(Y),
        pl.DataFrame(Y, schema=["a", "b", "c"]),
        pa.table(dict(zip("abc", Y.T, strict=True))),
    ],
    ids=["frame", "truths", "bytes", "floats", "list", "sparse", "matrix", "polars", "arrow"],
)
def test_the_labels_come_back_in_their_container(y):
    sampler = make_sampler()
    _, y_res = sampler.fit_resample(X, y)
    assert type(y_res) is type(y)
    plain, real = (part.toarray() if sp.issparse(part) else np.asarray(part) for part in (y_res, y))
    assert plain.dtype == real.dtype
    np.testing.assert_array_equal(plain[:240], real)
    assert len(plain) == len(sampler.synthetic_mask_)
    if isinstance(y, pd.DataFrame):
        assert y_res.dtypes.equals(y.dtypes)
    if isinstance(y, (pd.DataFrame, pl.DataFrame, pa.Table)):
        assert set(sampler.sampling_strategy_) == {"c"}


def test_the_seed_is_the_only_randomness():
    first, again = (clone(make_sampler()).fit_resample(X, Y) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_it_is_a_step_of_a_pipeline(mixed):
    y = np.column_stack([np.arange(400) < 200, np.arange(400) % 9 == 0, np.arange(400) % 2])
    X_res, _ = make_sampler().fit_resample(mixed, y)
    assert X_res.dtypes.equals(mixed.dtypes)
    model = make_pipeline(make_sampler(), DecisionTreeClassifier(random_state=0)).fit(X, Y)
    assert model.predict(X).shape == Y.shape


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:, :1], r"at least 2 labels, got shape \(240, 1\)"),
        (Y[:, 0], r"at least 2 labels, got shape \(240,\)"),
        (np.zeros((240, 2)), "got none in all 240 rows"),
        (np.eye(240, 2)[[0, 1] * 120], "rarer than the labels are on average, got 120"),
        (Y * 2, "must hold 0 and 1"),
        (np.where(Y == 1, np.nan, 0), "must hold 0 and 1.*nan"),
        (Y[:50], "inconsistent numbers of samples"),
        (None, "requires y to be passed"),
    ],
)
def test_bad_targets_are_refused_before_training(y, message):
    sampler = make_sampler()
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)
    assert not hasattr(sampler, "model_")
