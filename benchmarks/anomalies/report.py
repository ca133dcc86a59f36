"""Tables of what detectors found: means with the losses beside them, false alarms, seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.anomalies.candidates import choose_without_each
from benchmarks.anomalies.detectors import OURS, RATES

BASELINE = "KNN"
CHOSEN = "chosen without the set"
# A set counts as lost where a detector is behind the baseline by more.
MARGIN = 0.02


def print_report(results: pd.DataFrame) -> None:
    """Print all tables that the results have rows for."""
    is_candidate = results.get("is_candidate", pd.Series(False, index=results.index)).eq(True)
    detectors = results[~is_candidate]
    if is_candidate.any():
        chosen = choose_without_each(results[is_candidate])
        counts = chosen["method"].value_counts()
        print("Candidates that are chosen when a set is left out, and for how many sets:\n")
        print(counts.to_markdown(), "\n")
        detectors = pd.concat([detectors, chosen.assign(method=CHOSEN)], ignore_index=True)
    of_sets = detectors.groupby(["method", "set"])[["roc_auc", "average_precision"]].mean()
    print(compare(of_sets, seconds(detectors)).to_markdown(), "\n")
    for metric in of_sets:
        print(metric, "\n")
        print((of_sets[metric].unstack("method") * 100).round(1).to_markdown(), "\n")
    if f"alarms_{RATES[0]}" in detectors:
        print(false_alarms(detectors).to_markdown(index=False), "\n")


def compare(of_sets: pd.DataFrame, seconds: pd.DataFrame) -> pd.DataFrame:
    """Return means over sets, the difference from the baseline on the worst set, and the number of sets lost."""
    rows = {}
    for method, own in of_sets.groupby(level="method"):
        row = (own.mean() * 100).round(1).to_dict()
        if BASELINE in of_sets.index.levels[0]:
            difference = own.droplevel("method") - of_sets.loc[BASELINE]
            for metric, name in (("roc_auc", "ROC AUC"), ("average_precision", "AP")):
                row[f"{name}: sets lost"] = int((difference[metric] < -MARGIN).sum())
                row[f"{name}: sets won"] = int((difference[metric] > MARGIN).sum())
                row[f"{name}: worst"] = round(difference[metric].min() * 100, 1)
        rows[method] = row
    table = pd.DataFrame(rows).T.join(seconds)
    return table.sort_values("roc_auc", ascending=False)


def seconds(detectors: pd.DataFrame) -> pd.DataFrame:
    """Return the mean seconds that a set took, where they were taken."""
    columns = [name for name in ("seconds", "seconds_fit", "seconds_score") if name in detectors]
    return detectors.groupby("method")[columns].mean().round(2)


def false_alarms(detectors: pd.DataFrame) -> pd.DataFrame:
    """Return shares of normal rows that p-values flag, and how often their number is what chance allows.

    Among rows exchangeable with the m held-out ones the number of alarms is beta-binomial: the threshold is itself
    drawn. Its mean is the rate that p-values can have next below the stated one.
    """
    ours = detectors[detectors["method"].isin(OURS) & detectors["n_held_out"].notna()]
    rows = []
    for method, own in ours.groupby("method"):
        for rate in RATES:
            alarms, n_normal = own[f"alarms_{rate}"], own["n_normal"]
            n_below = np.floor(np.round(rate * (own["n_held_out"] + 1), 9))
            possible = n_below > 0
            law = stats.betabinom(
                n_normal[possible],
                n_below[possible],
                own["n_held_out"][possible] + 1 - n_below[possible],
            )
            is_inside = alarms[possible].between(law.ppf(0.025), law.ppf(0.975))
            rows.append(
                {
                    "detector": method,
                    "stated": rate,
                    "possible, mean": (n_below / (own["n_held_out"] + 1)).mean(),
                    "observed, mean": (alarms / n_normal).mean(),
                    "fits": len(own),
                    "of these with a possible alarm": int(possible.sum()),
                    "inside 95 %": int(is_inside.sum()),
                    "above": int((alarms[possible] > law.ppf(0.975)).sum()),
                }
            )
    return pd.DataFrame(rows).round(3)
