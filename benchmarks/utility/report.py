"""The tables of a comparison in Markdown: printed, or written between two marks of a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.shared.classifiers import MAX_ROWS
from benchmarks.utility.comparison import (
    FOUR,
    SHORT,
    breakdown,
    classifier_table,
    four_by_set,
    friedman_table,
    imbalance_groups,
    keep_common_cells,
    mean_ranks,
    paired_test_table,
    paired_tests,
    summary_table,
)

_TITLES = {
    "none": "none",
    "class_weight": "class weights alone",
    "random": "random over-sampling",
    "smote": "SMOTE / SMOTENC",
    "borderline": "BorderlineSMOTE",
    "kmeans": "KMeansSMOTE",
    "adasyn": "ADASYN",
    "gsmote": "Geometric SMOTE",
    "prowsyn": "ProWSyn",
    "polynom-fit": "polynom-fit (star)",
    "polynom-mesh": "polynom-fit (mesh)",
    "smote-ipf": "SMOTE-IPF",
    "lee": "Lee",
    "smobd": "SMOBD",
    "gaussian-copula": "Gaussian copula",
    "judged-smote": "SMOTE, k = 10, with our judge",
    "judged-jitter": "the same with noise",
    "judged-prowsyn": "ProWSyn with our judge",
    "cvae:n_candidates=1": "CVAESampler without a judge",
    "cvae": "**CVAESampler**",
}
_README_ROWS = ("smote", "class_weight", "none")
_BEGIN, _END = "<!-- utility:begin -->", "<!-- utility:end -->"
_RESAMPLING = ["sampler", "set", "seed", "repeat", "fold"]


def plain_report(results: pd.DataFrame, samplers: Sequence[str], reference: str) -> str:
    """Return what one looks at while tuning: means, failures, paired tests."""
    missing = set(samplers) - set(results["sampler"])
    if missing:
        raise SystemExit(f"no results of {sorted(missing)} among the chosen sets")
    common = common_cells(results)
    parts = [coverage(common, results), means(common), failures(common)]
    if len(samplers) > 1:
        parts.append(tests(common, reference))
    if len(samplers) > 2:
        parts.append(friedman_table(common).to_markdown(index=False, floatfmt=".3g"))
    return "\n\n".join(filter(None, parts))


def full_report(
    results: pd.DataFrame, reference: str, parts: pd.Series, figures: dict[str, str]
) -> str:
    """Return the document's tables; `parts` says tune or look by set, `figures` names pictures."""
    fast, slow = split_by_coverage(results)
    common = common_cells(fast)
    families = common.groupby("set")["family"].first()
    ranks, four = mean_ranks(common), four_by_set(common)
    imbalance = imbalance_groups(common)
    sections = [
        f"## All samplers\n\n{coverage(common, fast)}",
        means(common),
        f"## `{reference}` against each\n\n{tests(common, reference)}",
        f"### Where `{reference}` loses\n\n{losses(common, reference)}",
        "## Do they differ?\n\n" + friedman_table(common).to_markdown(index=False, floatfmt=".3g"),
        "Nemenyi's test over sets: a bar joins samplers that it does not tell apart at 0.05.\n\n"
        f"![critical difference diagrams]({figures['ranks']})",
        "## Speed against quality\n\nMedian seconds of one resampling on one shared core, and the "
        f"mean of AP, AUC, F1 and G-mean.\n\n![speed against quality]({figures['speed']})",
        "## Average precision by classifier\n\nEach over the tables that it judges.\n\n"
        + _by_classifier(common),
        "## By imbalance ratio\n\nMean of the four:\n\n" + _table(four, families, imbalance),
        "Mean rank:\n\n" + _table(ranks, families, imbalance, ".2f"),
        "## Tables to choose on and tables to look at once\n\nMean of the four:\n\n"
        + _table(four, families, parts),
        "Mean rank:\n\n" + _table(ranks, families, parts, ".2f"),
        "## By family\n\nMean of the four:\n\n" + _table(four, families, families),
        _slow_section(results, slow),
        "## Failed resamplings\n\n" + (failures(common) or "None."),
    ]
    return "\n\n".join(filter(None, sections))


def readme_table(results: pd.DataFrame, reference: str) -> str:
    """Return a table of a few rows: no resampling, class weights, SMOTE, the best rival and the reference."""
    common = common_cells(split_by_coverage(results)[0])
    table = summary_table(common)
    rank = f"mean rank of {len(table)} ↓"
    known = [name for name in (reference, *_README_ROWS) if name in table.index]
    rivals = table["mean rank"].drop(known)
    table = table.loc[
        list(dict.fromkeys([*known[::-1][:-1], *rivals.nsmallest(1).index, reference]))
    ]
    short = pd.DataFrame({rank: _best_in_bold(table["mean rank"].map("{:.2f}".format), min)})
    for name in ["mean of 4", *[SHORT[metric] for metric in FOUR]]:
        short[f"{name} ↑"] = _best_in_bold(table[name].map("{:.3f}".format), max)
    short["Brier ↓"] = _best_in_bold(table["Brier"].map("{:.3f}".format), min)
    short["seconds"] = table["seconds (median)"].map("{:.2g}".format)
    short.index = [_TITLES.get(name, name) for name in short.index]
    head = (
        f"{common['set'].nunique()} development tables of {common['family'].nunique()} families, "
        f"{common['fold'].nunique()} folds, {common['classifier'].nunique()} classifiers, default "
        "parameters of every sampler; the seconds are the median of one resampling:"
    )
    body = short.to_markdown(disable_numparse=True, stralign="left")
    return f"{head}\n\n{body}\n\n{losses_in_words(common, reference)}"


def write_block(path: Path, text: str) -> None:
    """Replace what lies between the two marks of a document."""
    document = path.read_text(encoding="utf-8")
    if document.count(_BEGIN) != 1 or document.count(_END) != 1:
        raise SystemExit(f"{path} needs one line {_BEGIN} and one line {_END}")
    before, rest = document.split(_BEGIN)
    path.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{rest.split(_END)[1]}")


def split_by_coverage(results: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the samplers that were run on most sets from those run on a stated few."""
    n_sets = results.groupby("sampler")["set"].nunique()
    is_fast = results["sampler"].map(n_sets >= n_sets.max() / 2)
    return results[is_fast], results[~is_fast]


def common_cells(results: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that every sampler has; there must be some."""
    common = keep_common_cells(results)
    if common.empty:
        raise SystemExit("no set has results of every sampler: name fewer with --samplers")
    return common


def coverage(common: pd.DataFrame, results: pd.DataFrame) -> str:
    """Say what was averaged."""
    n_sets, n_families = common["set"].nunique(), common["family"].nunique()
    text = f"{n_sets} sets of {n_families} families, classifiers "
    text += ", ".join(common["classifier"].unique()) + "."
    for name, limit in MAX_ROWS.items():
        if name in set(common["classifier"]):
            n_judged = common.loc[common["classifier"] == name, "set"].nunique()
            text += f" {name} judges the {n_judged} tables of fewer than {limit:,} rows."
    if n_sets < results["set"].nunique():
        text += f" {results['set'].nunique() - n_sets} further sets lack some sampler: left out."
    return text


def means(common: pd.DataFrame) -> str:
    """Return the main table."""
    return (
        "Means over families; rank over set × classifier × metric (1 is best); the four are AP, AUC, "
        "F1 and G-mean.\n\n" + summary_table(common).to_markdown(floatfmt=".4g")
    )


def tests(common: pd.DataFrame, reference: str) -> str:
    """Return the paired tests of a reference sampler against each other one."""
    return (
        f"`{reference}` against each: mean difference over families, sets larger:smaller, Wilcoxon "
        "signed-rank p over sets / over families, Holm-corrected within the metric. (The smaller "
        "Brier score is the better one.)\n\n" + paired_test_table(common, reference).to_markdown()
    )


def losses(common: pd.DataFrame, reference: str) -> str:
    """Return the rivals and metrics in whose mean the reference is behind."""
    behind = _behind(common, reference)
    if behind.empty:
        return "In no mean of any metric."
    columns = ["metric", "against", "mean_difference", "n_wins", "n_losses", "p_by_set"]
    names = ["metric", "against", "mean difference", "larger", "smaller", "p by set"]
    table = behind[columns].set_axis(names, axis=1)
    return table.to_markdown(index=False, floatfmt=("", "", "+.4f", "", "", ".2g"))


def losses_in_words(common: pd.DataFrame, reference: str) -> str:
    """Return one sentence that names every metric and rival in which the reference is behind."""
    behind = _behind(common, reference)
    if behind.empty:
        return f"In no mean of any metric is `{reference}` behind."
    n_rivals = common["sampler"].nunique() - 1
    by_metric = [
        f"{metric} to {_in_words(rows['against'], n_rivals)}"
        for metric, rows in behind.groupby("metric", sort=False)
    ]
    return f"Where {_TITLES.get(reference, reference)} loses in the mean: {'; '.join(by_metric)}."


def _in_words(names: pd.Series, n_rivals: int) -> str:
    if len(names) == n_rivals:
        return "every other"
    return ", ".join(_TITLES.get(name, name) for name in names)


def failures(common: pd.DataFrame) -> str:
    """Return the samplers and sets where resampling failed, or nothing."""
    failed = common[common["error"].notna()].drop_duplicates(_RESAMPLING)
    if failed.empty:
        return ""
    counts = failed.groupby(["sampler", "set"])["error"].agg(["size", "first"]).reset_index()
    counts["first"] = counts["first"].str.replace("\n", " ").str.replace("|", "/").str[:90]
    counts = counts.rename(columns={"size": "folds", "first": "first error"})
    return "Scored on the original rows:\n\n" + counts.to_markdown(index=False)


def _best_in_bold(figures: pd.Series, best) -> pd.Series:
    numbers = figures.astype(float)
    is_best = numbers == best(numbers)
    return figures.mask(is_best, "**" + figures + "**")


def _behind(common: pd.DataFrame, reference: str) -> pd.DataFrame:
    results = paired_tests(common, reference)
    less_is_better = results["metric"] == SHORT["brier"]
    is_behind = (results["mean_difference"] < 0) != less_is_better
    return results[is_behind & results["mean_difference"].abs().gt(1e-10)]


def _by_classifier(common: pd.DataFrame) -> str:
    table = classifier_table(common, "average_precision")
    table.insert(0, "all", table.mean(axis=1))
    return table.sort_values("all", ascending=False).to_markdown(floatfmt=".4f")


def _table(by_set: pd.DataFrame, families: pd.Series, groups: pd.Series, form: str = ".3f") -> str:
    """Return a column per sampler, best first; a row per group of sets."""
    table = breakdown(by_set, families.rename("of family"), groups)
    order = table.drop(columns="sets").mean().sort_values(ascending=form == ".2f").index
    return table[["sets", *order]].astype({"sets": object}).to_markdown(floatfmt=form)


def _slow_section(results: pd.DataFrame, slow: pd.DataFrame) -> str:
    if slow.empty:
        return ""
    common = common_cells(results[results["set"].isin(slow["set"].unique())])
    names = ", ".join(sorted(common["set"].unique()))
    return (
        "## Slow rivals, on a few sets\n\nRun on these sets only, for their cost, beside all other "
        f"samplers on the same sets: {names}.\n\n{means(common)}\n\n{failures(common)}"
    ).rstrip()
