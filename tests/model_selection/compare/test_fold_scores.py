"""Every metric is what scikit-learn or imbalanced-learn computes."""

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
)
from sklearn.preprocessing import label_binarize

from vaesynth.model_selection._compare._fold_scores import METRICS, fold_scores


def make_fold(labels, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice(labels, 90)
    logits = rng.normal(size=(90, len(labels))) + 1.5 * (y[:, None] == labels)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return y, labels[probabilities.argmax(axis=1)], probabilities


@pytest.mark.parametrize("labels", [np.array(["no", "yes"]), np.array(["yes", "no"])])
def test_two_classes_the_last_one_positive(labels):
    y, predicted, probabilities = make_fold(labels)
    found = fold_scores(y, predicted, probabilities, probabilities, labels)
    flags, positive = y == labels[1], probabilities[:, 1]
    expected = {
        "average_precision": average_precision_score(flags, positive),
        "roc_auc": roc_auc_score(flags, positive),
        "f1": f1_score(y, predicted, pos_label=labels[1]),
        "g_mean": geometric_mean_score(y, predicted),
        "balanced_accuracy": balanced_accuracy_score(y, predicted),
        "brier": brier_score_loss(flags, positive),
        "log_loss": log_loss(flags, positive),
    }
    assert tuple(found) == METRICS
    assert_allclose([found[name] for name in METRICS], [expected[name] for name in METRICS])


def test_three_classes():
    labels = np.array(["a", "b", "c"])
    y, predicted, probabilities = make_fold(labels)
    found = fold_scores(y, predicted, probabilities, probabilities, labels)
    flags = label_binarize(y, classes=labels)
    expected = {
        "average_precision": average_precision_score(flags, probabilities, average="macro"),
        "roc_auc": roc_auc_score(y, probabilities, multi_class="ovr"),
        "f1": f1_score(y, predicted, average="macro"),
        "g_mean": geometric_mean_score(y, predicted),
        "balanced_accuracy": balanced_accuracy_score(y, predicted),
        "brier": brier_score_loss(y, probabilities, labels=labels, scale_by_half=True),
        "log_loss": log_loss(y, probabilities),
    }
    assert_allclose([found[name] for name in METRICS], [expected[name] for name in METRICS])


def test_without_probabilities_there_is_no_calibration():
    labels = np.array([0, 1])
    y, predicted, scores = make_fold(labels)
    found = fold_scores(y, predicted, scores, None, labels)
    assert np.isnan([found["brier"], found["log_loss"]]).all()
    assert found["roc_auc"] > 0.5


def test_a_fold_without_the_positive_class():
    labels = np.array([0, 1])
    probabilities = np.array([[0.7, 0.3], [0.4, 0.6]])
    found = fold_scores(np.zeros(2), np.array([0, 1]), probabilities, probabilities, labels)
    assert np.isnan([found["average_precision"], found["roc_auc"], found["f1"]]).all()
    assert found["balanced_accuracy"] == 0.5
