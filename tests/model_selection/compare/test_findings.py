"""What is called proven survives Holm's correction; what is called open is what the intervals leave."""

import numpy as np
import pandas as pd
import pytest

from vaesynth.model_selection._compare._findings import Findings
from vaesynth.model_selection._compare._fold_scores import METRICS

COLUMNS = ["classifier", "sampler", "metric", "difference", "lower", "upper", "p_value"]
SURE, UNSURE = 0.001, 0.5


def make_findings(
    against_none, against_tuned=(), tuned=("threshold tuning", "threshold tuning, balanced")
):
    """Give findings in which all that is not stated is a difference of 0 without doubt."""
    over_samplers, tables = ["A", "B"], {}
    for baseline, stated in (("none", against_none), *((name, against_tuned) for name in tuned)):
        known = {(sampler, metric): rest for sampler, metric, *rest in stated}
        rows = [
            ("tree", sampler, metric, *known.get((sampler, metric), (0.0, 0.0, 0.0, 1.0)))
            for sampler in [*over_samplers, *tuned]
            for metric in METRICS
        ]
        tables[baseline] = pd.DataFrame(rows, columns=COLUMNS)
    index = pd.MultiIndex.from_product([["tree"], ["none", *over_samplers, *tuned]])
    means = pd.DataFrame(0.5, index=index, columns=list(METRICS))
    return Findings("tree", tables, means, over_samplers, [], 0.05)


def test_two_over_samplers_need_a_smaller_p_value():
    stated = [("A", "roc_auc", 0.1, 0.01, 0.2, 0.03), ("B", "roc_auc", 0.0, -0.1, 0.1, 0.9)]
    assert make_findings(stated).proven_rankings() == []
    stated[0] = ("A", "roc_auc", 0.1, 0.02, 0.2, 0.02)
    assert [gain.sampler for gain in make_findings(stated).proven_rankings()] == ["A"]


def test_equal_rankings_are_one_test():
    stated = [(name, "roc_auc", 0.1, 0.01, 0.2, 0.03) for name in "AB"]
    assert [gain.sampler for gain in make_findings(stated).proven_rankings()] == ["A"]


def test_losses_are_told_from_gains():
    findings = make_findings([("A", "roc_auc", -0.1, -0.2, -0.05, SURE)])
    assert findings.proven_rankings() == []
    assert [gain.difference for gain in findings.proven_rankings(sign=-1)] == [-0.1]


@pytest.mark.parametrize(
    ("beyond", "proven"),
    [
        ((0.1, 0.05, 0.2, SURE), ["f1"]),
        ((0.1, -0.1, 0.3, UNSURE), []),
        ((-0.1, -0.2, -0.05, SURE), []),
    ],
)
def test_a_decision_must_beat_the_threshold_too(beyond, proven):
    stated = [("A", "f1", 0.3, 0.2, 0.4, SURE)]
    findings = make_findings(stated, [("A", "f1", *beyond)])
    assert [gain.metric for gain in findings.proven_decisions(beyond_reference=True)] == proven
    assert [gain.metric for gain in findings.proven_decisions(beyond_reference=False)] == ["f1"]


def test_open_gains_are_those_that_neither_interval_excludes():
    stated = [("A", "f1", 0.3, 0.2, 0.4, SURE), ("B", "roc_auc", 0.0, -0.1, 0.1, 0.9)]
    findings = make_findings(stated, [("A", "f1", -0.1, -0.2, 0.01, UNSURE)])
    assert [(gain.sampler, gain.metric) for gain in findings.open_gains()] == [("B", "roc_auc")]
    findings = make_findings(stated, [("A", "f1", 0.0, -0.2, 0.2, UNSURE)])
    assert [gain.baseline for gain in findings.open_gains()] == ["none", "threshold tuning"]


def test_class_weights_stand_in_for_a_threshold():
    stated = [("A", "f1", 0.3, 0.2, 0.4, SURE)]
    findings = make_findings(stated, tuned=("class weights",))
    assert findings.reference("f1") == "class weights"
    assert make_findings(stated, tuned=()).reference("f1") is None


def test_no_interval_proves_nothing_and_leaves_all_open():
    stated = [("A", "roc_auc", 0.3, np.nan, np.nan, np.nan)]
    findings = make_findings(stated)
    assert findings.proven_rankings() == []
    assert [gain.sampler for gain in findings.open_gains()] == ["A"]
