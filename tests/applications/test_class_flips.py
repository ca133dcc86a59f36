import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from vaesynth.applications._class_flips import ClassFlips

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
