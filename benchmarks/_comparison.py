"""From rows of scores to means, ranks and paired tests.

Sets of one family share rows, so means and ranks are taken per family before they are averaged, and
the tests are given twice: over sets, as is usual, and over families, which are independent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from _metrics import METRICS, RANKED_METRICS
from scipy.stats import friedmanchisquare, rankdata, wilcoxon

_SHORT = {
    "average_precision": "AP",
    "roc_auc": "AUC",
    "f1": "F1",
    "g_mean": "G-mean",
    "balanced_accuracy": "bal. acc.",
    "brier": "Brier",
    "log_loss": "log loss",
}
_CELL = ["set", "seed", "repeat", "fold", "classifier"]


def keep_common_cells(results: pd.DataFrame) -> pd.DataFrame:
    """Keep the sets × folds × classifiers that every sampler has."""
    n_samplers = results["sampler"].nunique()
    counts = results.groupby(_CELL)["sampler"].transform("nunique")
    return results[counts == n_samplers]


def mean_by_family(by_set: pd.DataFrame, families: pd.Series) -> pd.DataFrame:
    """Average rows per set (index) within families, given as a series indexed by set."""
    return by_set.groupby(families.reindex(by_set.index)).mean()


def mean_ranks(results: pd.DataFrame) -> pd.DataFrame:
    """Return the rank of each sampler (columns) by set, over classifiers × metrics; 1 is best."""
    means = results.groupby(["set", "classifier", "sampler"])[list(RANKED_METRICS)].mean()
    long = means.stack().unstack("sampler")
    # Rounded, so that equal tables rank equal whatever the order of summation.
    ranks = rankdata(-long.to_numpy().round(10), axis=1)
    return pd.DataFrame(ranks, index=long.index, columns=long.columns).groupby("set").mean()


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Return p-values corrected by Holm's step-down method."""
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def signed_rank_p(differences: np.ndarray) -> float:
    """Return the two-sided Wilcoxon p; 1 where nothing differs."""
    differences = differences[~np.isnan(differences)].round(10)
    return float(wilcoxon(differences).pvalue) if np.any(differences) else 1.0


def summary_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return a row per sampler: family-averaged scores, mean rank, seconds, failures."""
    families = results.groupby("set")["family"].first()
    resamplings = results.drop_duplicates(["sampler", "set", "seed", "repeat", "fold"])
    ranks = mean_by_family(mean_ranks(results), families).mean()
    rows = {}
    for sampler, own in results.groupby("sampler"):
        by_set = own.groupby("set")[list(METRICS)].mean()
        own_resamplings = resamplings[resamplings["sampler"] == sampler]
        failed = own_resamplings[own_resamplings["error"].notna()]
        rows[sampler] = {
            "mean rank": ranks[sampler],
            **mean_by_family(by_set, families).mean().rename(_SHORT),
            "seconds (median)": own_resamplings["seconds"].median(),
            "seconds (sum)": own_resamplings["seconds"].sum(),
            "failed resamplings": len(failed),
            "sets with failures": failed["set"].nunique(),
        }
    return pd.DataFrame(rows).T.sort_values("mean rank")


def paired_tests(results: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Test a reference sampler against each other one, Holm-corrected within each metric."""
    families = results.groupby("set")["family"].first()
    rivals = [name for name in results["sampler"].unique() if name != reference]
    blocks = []
    for metric in [*RANKED_METRICS, "brier"]:
        by_set = results.groupby(["set", "sampler"])[metric].mean().unstack()
        gaps = by_set[[reference]].to_numpy() - by_set[rivals]
        family_gaps = mean_by_family(gaps, families)
        block = pd.DataFrame(
            {
                "metric": _SHORT[metric],
                "against": rivals,
                "mean_difference": family_gaps.mean().to_numpy(),
                "n_wins": (gaps > 1e-10).sum().to_numpy(),
                "n_losses": (gaps < -1e-10).sum().to_numpy(),
                "p_by_set": holm([signed_rank_p(gaps[name].to_numpy()) for name in rivals]),
                "p_by_family": holm(
                    [signed_rank_p(family_gaps[name].to_numpy()) for name in rivals]
                ),
            }
        )
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True)


def paired_test_table(results: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Return a row per rival and a column per metric for reading."""
    tests = paired_tests(results, reference)
    tests["cell"] = [
        f"{row.mean_difference:+.4f} {row.n_wins}:{row.n_losses} "
        f"p={row.p_by_set:.2g}/{row.p_by_family:.2g}"
        for row in tests.itertuples()
    ]
    table = tests.pivot(index="against", columns="metric", values="cell")
    return table[tests["metric"].unique()]


def friedman_table(results: pd.DataFrame) -> pd.DataFrame:
    """Test per metric whether the samplers differ at all; blocks are sets."""
    rows = []
    for metric in [*RANKED_METRICS, "brier"]:
        by_set = results.groupby(["set", "sampler"])[metric].mean().unstack().dropna()
        p_value = friedmanchisquare(*by_set.round(10).to_numpy().T).pvalue
        rows.append({"metric": _SHORT[metric], "sets": len(by_set), "Friedman p": p_value})
    return pd.DataFrame(rows)


def print_report(
    results: pd.DataFrame, samplers: Sequence[str] | None, reference: str | None
) -> None:
    """Print the tables in Markdown."""
    missing = set(samplers or ()) - set(results["sampler"])
    if missing:
        raise SystemExit(f"no results of {sorted(missing)} among the chosen sets")
    n_sets_before = results["set"].nunique()
    common = keep_common_cells(results)
    if common.empty:
        raise SystemExit("no set has results of every sampler: name fewer with --samplers")
    n_sets, n_families = common["set"].nunique(), common["family"].nunique()
    classifiers = ", ".join(common["classifier"].unique())
    print(f"{n_sets} sets of {n_families} families, classifiers {classifiers}.")
    if n_sets < n_sets_before:
        print(f"{n_sets_before - n_sets} further sets lack results of some sampler: left out.")
    print("\nMeans over families; rank over set × classifier × metric (1 is best).\n")
    print(summary_table(common).to_markdown(floatfmt=".4g"))
    _print_failures(common)
    names = list(samplers or common["sampler"].unique())
    if len(names) > 1:
        reference = reference or names[0]
        if reference not in names:
            raise SystemExit(f"--reference {reference} is not among {names}")
        print(f"\n`{reference}` against each: mean difference over families, sets larger:smaller,")
        print("Wilcoxon signed-rank p over sets / over families, Holm-corrected within the metric.")
        print("(The smaller Brier score is the better one.)\n")
        print(paired_test_table(common, reference).to_markdown())
    if len(names) > 2:
        print()
        print(friedman_table(common).to_markdown(index=False, floatfmt=".3g"))


def _print_failures(results: pd.DataFrame) -> None:
    failed = results[results["error"].notna()]
    failed = failed.drop_duplicates(["sampler", "set", "seed", "repeat", "fold"])
    if failed.empty:
        return
    print("\nFailed resamplings (scored on the original rows):\n")
    counts = failed.groupby(["sampler", "set"])["error"].agg(["size", "first"]).reset_index()
    counts["first"] = counts["first"].str.replace("\n", " ").str.replace("|", "/").str[:90]
    counts = counts.rename(columns={"size": "folds", "first": "first error"})
    print(counts.to_markdown(index=False))
