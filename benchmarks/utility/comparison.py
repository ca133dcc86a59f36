"""From rows of scores to means, ranks, paired tests and breakdowns.

Sets of one family share rows, so means and ranks are taken per family before they are averaged, and
the tests are given twice: over sets, as is usual, and over families, which are independent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scikit_posthocs import posthoc_nemenyi_friedman
from scipy.stats import friedmanchisquare, rankdata, wilcoxon

from benchmarks.shared.metrics import METRICS, RANKED_METRICS

SHORT = {
    "average_precision": "AP",
    "roc_auc": "AUC",
    "f1": "F1",
    "g_mean": "G-mean",
    "balanced_accuracy": "bal. acc.",
    "brier": "Brier",
    "log_loss": "log loss",
}
# The four that a reader knows; balanced accuracy says nearly what the G-mean says.
FOUR = ["average_precision", "roc_auc", "f1", "g_mean"]
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
            "mean of 4": mean_by_family(by_set, families).mean()[FOUR].mean(),
            **mean_by_family(by_set, families).mean().rename(SHORT),
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
                "metric": SHORT[metric],
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
        rows.append({"metric": SHORT[metric], "sets": len(by_set), "Friedman p": p_value})
    return pd.DataFrame(rows)


def scores_by_set(results: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric's mean over classifiers and folds, a row per set and a column per sampler."""
    return results.groupby(["set", "sampler"])[metric].mean().unstack().dropna().round(10)


def nemenyi(results: pd.DataFrame, metric: str) -> tuple[pd.Series, pd.DataFrame]:
    """Return each sampler's mean rank over sets and Nemenyi's p of every pair."""
    by_set = scores_by_set(results, metric)
    ranks = by_set.rank(axis=1, ascending=False).mean()
    p_values = posthoc_nemenyi_friedman(by_set.to_numpy())
    return ranks, pd.DataFrame(p_values.to_numpy(), index=by_set.columns, columns=by_set.columns)


def four_by_set(results: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of AP, AUC, F1 and G-mean, a row per set and a column per sampler."""
    return results.groupby(["set", "sampler"])[FOUR].mean().mean(axis=1).unstack()


def breakdown(by_set: pd.DataFrame, families: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Average figures per set over the families of each group of sets (a series by set)."""
    of_set = groups.reindex(by_set.index)
    keys = [of_set.rename(groups.name), families.reindex(by_set.index)]
    table = by_set.groupby(keys, observed=True).mean().groupby(level=0, observed=True).mean()
    table.insert(0, "sets", of_set.value_counts().reindex(table.index))
    return table


def classifier_table(results: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric per sampler and classifier, averaged over sets, then over families."""
    by_set = results.groupby(["family", "set", "sampler", "classifier"])[metric].mean()
    by_family = by_set.groupby(["family", "sampler", "classifier"]).mean()
    return by_family.groupby(["sampler", "classifier"]).mean().unstack()


def imbalance_groups(results: pd.DataFrame) -> pd.Series:
    """Return for each set the class of its imbalance ratio (largest class to smallest)."""
    ratios = results.groupby("set")["imbalance_ratio"].first()
    labels = ["below 3", "3 to 10", "10 to 30", "30 and more"]
    groups = pd.cut(ratios, [0, 3, 10, 30, np.inf], right=False, labels=labels)
    return groups.rename("imbalance ratio")
