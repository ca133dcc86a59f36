"""`TableSMOTE` is imbalanced-learn's SMOTE wherever that one can be used, and works where it cannot."""

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

from vaesynth.model_selection._compare._table_smote import TableSMOTE


def test_numbers_come_out_as_from_standardised_smote():
    X, y = make_classification(120, weights=[0.8], random_state=0)
    scaler = StandardScaler().fit(X)
    expected, labels = SMOTE(random_state=0).fit_resample(scaler.transform(X), y)
    found, found_labels = TableSMOTE(random_state=0).fit_resample(X, y)
    assert_array_equal(found_labels, labels)
    assert_array_equal(found[: len(X)], X)
    inside = np.clip(scaler.inverse_transform(expected), X.min(axis=0), X.max(axis=0))
    assert_allclose(found, inside, atol=1e-5)


def test_any_frame_keeps_its_types_and_real_rows(mixed):
    y = np.where(np.arange(len(mixed)) % 9 == 0, "rare", "usual")
    sampler = TableSMOTE(random_state=0)
    X, labels = sampler.fit_resample(mixed, y)
    pd.testing.assert_frame_equal(X.iloc[: len(mixed)], mixed.reset_index(drop=True))
    assert_array_equal(X.dtypes, mixed.dtypes)
    assert_array_equal(sampler.synthetic_mask_, np.arange(len(X)) >= len(mixed))
    assert_array_equal(np.unique(labels, return_counts=True)[1], [355, 355])
    assert set(X["name"]) <= set(mixed["name"])


def test_categories_alone_and_a_class_of_two_rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.choice(["x", "y", "z"], 40), "b": rng.choice(["u", "v", "w"], 40)})
    y = np.repeat([0, 1], [38, 2])
    found, labels = TableSMOTE(random_state=0).fit_resample(X, y)
    assert_array_equal(np.bincount(labels), [38, 38])
    assert set(found["a"][40:]) <= set(X["a"][38:])


def test_balanced_classes_stay_as_they_are():
    X, y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1])
    found, labels = TableSMOTE().fit_resample(X, y)
    assert_array_equal(found, X)
    assert_array_equal(labels, y)
