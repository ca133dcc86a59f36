"""Targets of every kind that names classes, and how many rows of them are asked for."""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from vaesynth import CVAE, CVAESampler, ResampledClassifier, compare_resamplers

FAST = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
IS_RARE = np.arange(128) >= 100
X = np.random.default_rng(0).normal(size=(128, 2))
YEARS = pd.PeriodIndex(np.where(IS_RARE, "2021", "2020"), freq="Y")
AGES = pd.Series(np.where(IS_RARE, 50.0, 2.0), name="age")

TARGETS = {
    "intervals": pd.cut(AGES, [0, 3, 100]),
    "intervals without order": pd.cut(AGES, [0, 3, 100], ordered=True).astype(object),
    "labelled intervals": pd.Series(pd.cut(AGES, [0, 3, 100]).astype("interval"), name="age"),
    "quantiles": pd.qcut(AGES.rank(method="first"), [0, 100 / 128, 1]).rename("age"),
    "periods": pd.Series(YEARS, name="age"),
    "months": pd.Series(YEARS.asfreq("M"), name="age"),
    "objects 0 and 1": pd.Series(IS_RARE.astype(int), dtype=object, name="age"),
    "objects of bool": pd.Series(IS_RARE, dtype=object, name="age"),
    "dates": pd.Series([date(2020, 1, 1 + int(rare)) for rare in IS_RARE], name="age"),
    "times": pd.Series(YEARS.to_timestamp(), name="age"),
    "nanoseconds": pd.Series(YEARS.to_timestamp(), name="age").astype("datetime64[ns]"),
    "odd nanoseconds": pd.Series(YEARS.to_timestamp(), name="age").astype("datetime64[ns]")
    + pd.Timedelta(1, "ns"),
    "durations": pd.Series(YEARS.to_timestamp() - pd.Timestamp("2000"), name="age").astype(
        "timedelta64[ns]"
    ),
    "nullable": pd.Series(IS_RARE.astype(int), dtype="Int64", name="age"),
}


def sampler(**parameters):
    return CVAESampler(model=CVAE(**FAST), random_state=0, n_candidates=1, **parameters)


@pytest.fixture(params=TARGETS.values(), ids=TARGETS.keys())
def target(request):
    return request.param


def test_classes_may_be_of_any_kind_that_sorts(target):
    over = sampler()
    X_res, y_res = over.fit_resample(X, target)
    rare, usual = target.iloc[-1], target.iloc[0]
    assert over.sampling_strategy_ == {rare: 72}
    assert (y_res.dtype, y_res.name) == (target.dtype, "age")
    pd.testing.assert_series_equal(y_res[:128], target)
    assert (y_res[128:] == rare).all()
    assert X_res.shape == (200, 2)
    drawn, labels = over.sample(6, y=[rare, usual] * 3, return_y=True)
    assert drawn.shape == (6, 2)
    assert labels.tolist() == [rare, usual] * 3


def test_a_model_has_them_as_classes(target):
    model = CVAE(**FAST).fit(X, target)
    rare, usual = target.iloc[-1], target.iloc[0]
    assert model.classes_.tolist() == [usual, rare]
    assert model.class_count_.tolist() == [100, 28]
    assert np.isfinite(model.score_samples(X, target)).all()
    assert len(model.sample(3, y=rare)) == 3


@pytest.mark.parametrize("kind", ["intervals", "periods", "objects 0 and 1", "dates"])
def test_ratios_and_totals_are_of_them_too(kind):
    target = TARGETS[kind]
    assert len(sampler(sampling_strategy=0.5).fit_resample(X, target)[0]) == 150
    totals = {target.iloc[-1]: 40}
    assert len(sampler(sampling_strategy=totals).fit_resample(X, target)[0]) == 140


@pytest.mark.parametrize("kind", ["intervals", "periods", "objects 0 and 1"])
def test_a_stream_has_them_as_classes(kind):
    target = TARGETS[kind]
    over = sampler()
    over.fit_stream(pd.DataFrame(X, columns=["a", "b"]).assign(age=target), "age")
    assert over.sampling_strategy_ == {target.iloc[-1]: 72}
    assert over.model_.classes_.tolist() == [target.iloc[0], target.iloc[-1]]


def test_objects_0_and_1_are_classes_for_classifiers():
    y = TARGETS["objects 0 and 1"]
    model = ResampledClassifier(sampler(), LogisticRegression()).fit(X, y)
    assert model.classes_.tolist() == [0, 1]
    compared = compare_resamplers(LogisticRegression(), X, y, samplers=["random"], cv=2)
    assert "random" in compared.samplers


@pytest.mark.parametrize(
    "y",
    [
        np.linspace(0, 1, 128),
        np.linspace(0, 1, 128).astype(object),
        pd.Series(np.linspace(0, 1, 128), dtype="Float64"),
    ],
    ids=["float", "object", "nullable"],
)
@pytest.mark.parametrize("fit", [sampler().fit_resample, CVAE(**FAST).fit], ids=["sampler", "CVAE"])
def test_a_number_to_predict_is_no_class(fit, y):
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        fit(X, y)


@pytest.mark.parametrize(
    ("labels", "kinds"),
    [
        ([1, "no"], "int and str"),
        ([True, "no"], "bool and str"),
        ([pd.Interval(0, 1), "no"], "Interval and str"),
        ([pd.Period("2020"), 2020], "Period and int|int and Period"),
        ([{"a": 1}, {"a": 2}], "got dict"),
    ],
)
@pytest.mark.parametrize("fit", [sampler().fit_resample, CVAE(**FAST).fit], ids=["sampler", "CVAE"])
@pytest.mark.parametrize("make", [list, pd.Series], ids=["list", "Series"])
def test_labels_that_do_not_compare_are_named_by_kind(fit, make, labels, kinds):
    with pytest.raises(ValueError, match=rf"kinds that compare with each other.*({kinds})"):
        fit(X, make(labels * 64))


def test_a_label_of_another_kind_is_no_fitted_class():
    model = CVAE(**FAST).fit(X, TARGETS["intervals"])
    for y in ("no", ["no", "no"]):
        with pytest.raises(ValueError, match="fitted classes"):
            model.sample(2, y=y)


@pytest.mark.parametrize(
    ("ratio", "n_new"),
    [(0.29, 1), (0.57, 29), (0.58, 30), (0.28, 0), (1.0, 72), (np.float32(0.29), 1)],
)
def test_a_ratio_is_rounded(ratio, n_new):
    over = sampler(sampling_strategy=ratio)
    assert len(over.fit_resample(X, IS_RARE)[0]) == 128 + n_new
    over.fit_stream(pd.DataFrame(X, columns=["a", "b"]).assign(y=IS_RARE), "y")
    assert over.sampling_strategy_ == {True: n_new}


@pytest.mark.parametrize("ratio", [0.27, 0.1])
def test_a_ratio_that_removes_rows_is_refused(ratio):
    rule = rf"at least the rows that class True has, which are 28, got {ratio} of 100 rows"
    with pytest.raises(ValueError, match=rule):
        sampler(sampling_strategy=ratio).fit(X, IS_RARE)


@pytest.mark.parametrize("total", [40.0, np.float32(40), np.int8(40), Fraction(40)])
def test_whole_totals_are_taken_of_any_type(total):
    for strategy in ({True: total}, lambda y: {True: total}):
        assert len(sampler(sampling_strategy=strategy).fit_resample(X, IS_RARE)[0]) == 140


@pytest.mark.parametrize("total", [40.5, np.nan, np.inf, "40", None])
def test_totals_that_are_no_whole_numbers_are_refused_before_training(total):
    for strategy in ({True: total}, lambda y: {True: total}):
        over = sampler(sampling_strategy=strategy)
        with pytest.raises(ValueError, match=r"must be whole numbers of rows, got .* class True"):
            over.fit_resample(X, IS_RARE)
        assert not hasattr(over, "model_")


@pytest.mark.parametrize("method", ["fit", "fit_resample"])
def test_arrays_of_more_dimensions_than_images_are_refused(method):
    images, y = load_digits().images.reshape(1797, 2, 2, 4, 4), load_digits().target == 8
    rule = r"CVAESampler over-samples tables .* and images .* got shape \(1797, 2, 2, 4, 4\)"
    with pytest.raises(ValueError, match=rule):
        getattr(sampler(), method)(images, y)


@pytest.mark.parametrize("dtype", [">i2", ">i4", ">i8", ">u2", ">u8", ">f4", ">f8"])
@pytest.mark.parametrize("container", [np.asarray, pd.Series, lambda y: pd.DataFrame({"y": y})])
def test_a_target_keeps_its_byte_order(dtype, container):
    y = container(IS_RARE.astype(int).astype(dtype))
    _, y_res = sampler().fit_resample(X, y)
    assert type(y_res) is type(y)
    found, given = (np.asarray(target).ravel() for target in (y_res, y))
    assert found.dtype == given.dtype
    np.testing.assert_array_equal(found[:128], given)
    assert sorted(found.tolist()) == sorted([given[0].item(), given[-1].item()] * 100)


@pytest.mark.parametrize("label", [(1, 2), [1, 2], np.array([1, 2]), ("a",)], ids=str)
def test_labels_of_several_values_are_refused(label):
    y = pd.Series([label if rare else "no" for rare in IS_RARE])
    rule = "labels in `y` must be single values, got .* of type"
    with pytest.raises(ValueError, match=rule):
        sampler().fit_resample(X, y)
    with pytest.raises(ValueError, match=rule):
        CVAE(**FAST).fit(X, y)
