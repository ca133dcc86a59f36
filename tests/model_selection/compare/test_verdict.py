"""The sentences say what the findings are."""

import pandas as pd

from vaesynth.model_selection._compare._findings import Findings
from vaesynth.model_selection._compare._fold_scores import METRICS
from vaesynth.model_selection._compare._verdict import answer, describe_classifier

COLUMNS = ["classifier", "sampler", "metric", "difference", "lower", "upper", "p_value"]
BASELINES = ["none", "threshold tuning", "threshold tuning, balanced"]
SURE = 0.001


def describe(stated, corrected=(), briers=(), over_samplers=("SMOTE", "mended")):
    """Write the verdict on differences of 0 but for what is stated by baseline, sampler and metric."""
    return describe_classifier("tree", find(stated, corrected, briers, over_samplers))


def find(stated, corrected=(), briers=(), over_samplers=("SMOTE", "mended"), more=()):
    baselines = [*BASELINES, *more]
    tables = {
        baseline: pd.DataFrame(
            [
                ("tree", sampler, metric, *stated.get((baseline, sampler, metric), (0, 0, 0, 1)))
                for sampler in [*over_samplers, *baselines]
                for metric in METRICS
            ],
            columns=COLUMNS,
        )
        for baseline in baselines
    }
    index = pd.MultiIndex.from_product([["tree"], [*baselines, *over_samplers]])
    means = pd.DataFrame(0.1, index=index, columns=list(METRICS))
    for name, brier in dict(briers).items():
        means.loc[("tree", name), "brier"] = brier
    return Findings("tree", tables, means, list(over_samplers), list(corrected), 0.05)


AP = "average_precision"


def test_the_answer_is_about_the_sampler_that_is_asked_for():
    found = find(
        {
            ("none", "SMOTE", AP): (0.05, 0.02, 0.08, SURE),
            ("none", "mended", AP): (-0.05, -0.08, -0.02, SURE),
        }
    )
    assert answer("tree", found, "SMOTE") == (
        "Yes for tree: SMOTE changes average precision by +0.050 (95 % interval +0.020 to +0.080)."
    )
    assert answer("tree", found, "mended") == (
        "No for tree: mended changes average precision by -0.050 (95 % interval -0.080 to -0.020)."
    )
    assert answer("tree", found, "other") == "Nobody can tell for tree: other was not compared."


def test_an_open_answer_says_so():
    found = find({("none", "SMOTE", AP): (0.05, -0.02, 0.12, 0.2)})
    assert answer("tree", found, "SMOTE").startswith("Nobody can tell for tree: SMOTE changes ")
    assert answer("tree", found, "mended").startswith("No for tree: mended changes ")


def test_class_weights_are_named_where_they_do_as_well():
    stated = {
        ("none", "SMOTE", AP): (0.05, 0.02, 0.08, SURE),
        ("none", "class weights", AP): (0.06, 0.03, 0.09, SURE),
        ("class weights", "SMOTE", AP): (-0.01, -0.02, 0.0, 0.05),
    }
    assert answer("tree", find(stated, more=["class weights"]), "SMOTE") == (
        "No for tree: class weights do as well at no cost (average precision +0.060, with SMOTE +0.050)."
    )
    stated["class weights", "SMOTE", AP] = (0.01, -0.01, 0.03, 0.3)
    text = answer("tree", find(stated, more=["class weights"]), "SMOTE")
    assert text.startswith("Yes for tree: SMOTE changes average precision by +0.050 (95 % interval")
    assert text.endswith(", and whether class weights do less cannot be told.")


def test_a_better_ranking():
    text = describe({("none", "SMOTE", "average_precision"): (0.05, 0.02, 0.08, SURE)})
    assert text.startswith(
        "On this table over-sampling helps tree: SMOTE raises average precision by 0.050 (0.020 to 0.080)."
    )


def test_a_better_decision_than_both():
    stated = {
        ("none", "SMOTE", "f1"): (0.3, 0.2, 0.4, SURE),
        ("threshold tuning", "SMOTE", "f1"): (0.1, 0.05, 0.15, SURE),
        ("none", "threshold tuning", "f1"): (0.2, 0.1, 0.3, SURE),
    }
    assert describe(stated) == (
        "On this table over-sampling helps tree: SMOTE raises F1 by 0.300 (0.200 to 0.400), "
        "threshold tuning by 0.200, a difference of +0.100 (+0.050 to +0.150)."
    )


def test_a_threshold_that_does_as_well():
    stated = {
        ("none", "SMOTE", "f1"): (0.3, 0.2, 0.4, SURE),
        ("threshold tuning", "SMOTE", "f1"): (0.0, -0.01, 0.01, 1.0),
        ("none", "threshold tuning", "f1"): (0.3, 0.2, 0.4, SURE),
    }
    text = describe(stated)
    assert text.startswith(
        "On this table over-sampling does not help tree: SMOTE raises F1 by 0.300"
    )
    assert "but threshold tuning by 0.300, a difference of +0.000 (-0.010 to +0.010)" in text


def test_doubt_about_the_rest():
    stated = {
        ("none", "SMOTE", "f1"): (0.3, 0.2, 0.4, SURE),
        ("threshold tuning", "SMOTE", "f1"): (0.05, -0.1, 0.2, 0.5),
        ("none", "threshold tuning", "f1"): (0.25, 0.2, 0.3, SURE),
    }
    text = describe(stated)
    assert "no proven gain for tree over a moved threshold" in text
    assert "SMOTE changes F1 by +0.050 (-0.100 to +0.200) against threshold tuning" in text
    assert "may be chance" not in text


def test_an_interval_without_zero_that_proves_nothing():
    """Two differences with p = .04: by Holm's correction neither is proven."""
    beyond = (0.07, 0.01, 0.13, 0.04)
    stated = {
        ("none", "SMOTE", "f1"): (0.3, 0.2, 0.4, SURE),
        ("threshold tuning", "SMOTE", "f1"): beyond,
        ("threshold tuning, balanced", "SMOTE", "g_mean"): beyond,
        ("none", "SMOTE", "g_mean"): (0.3, 0.2, 0.4, SURE),
        ("none", "threshold tuning", "f1"): (0.23, 0.2, 0.3, SURE),
        ("none", "threshold tuning, balanced", "g_mean"): (0.23, 0.2, 0.3, SURE),
    }
    text = describe(stated)
    assert "no proven gain for tree over a moved threshold" in text
    assert "a difference of +0.070 (+0.010 to +0.130), which may be chance among" in text


def test_doubt_about_everything():
    text = describe({("none", "SMOTE", "roc_auc"): (0.01, -0.1, 0.12, 0.9)})
    assert text.startswith("On this table one cannot tell whether over-sampling helps tree")
    assert "SMOTE changes ROC AUC by +0.010 (-0.100 to +0.120)" in text


def test_nothing_gained_and_something_lost():
    text = describe({
        ("none", "SMOTE", "roc_auc"): (-0.05, -0.08, -0.02, SURE),
        ("none", "threshold tuning", "f1"): (0.06, 0.02, 0.1, 0.01),
    })  # fmt: skip
    assert text.startswith("On this table over-sampling does not help tree")
    assert "SMOTE lowers ROC AUC by 0.050 (0.020 to 0.080)." in text
    assert "Threshold tuning alone gains 0.060 (0.020 to 0.100) F1." in text


def test_worse_probabilities_and_their_repair():
    stated = {("none", "SMOTE", "brier"): (-0.1, -0.12, -0.08, SURE)}
    briers = {"SMOTE": 0.2, "mended": 0.101}
    text = describe(stated, briers=briers)
    assert (
        'Brier score is 0.2000 with SMOTE against 0.1000 without over-sampling; calibrate="prior"'
        in text
    )
    text = describe(stated, corrected=["mended"], briers=briers)
    assert 'with calibrate="prior" it is 0.1010 (mended).' in text


def test_no_over_sampler():
    assert describe({}, over_samplers=()).startswith("No over-sampler was compared for tree.")
