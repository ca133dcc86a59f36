"""Compare rows drawn given one cell with real rows that have it, column by column.

Run as ``python -m benchmarks.conditions --data ../shared/data --sets adult``; prints Markdown and writes
``results/conditions.json``. What is in that file already is not computed again.

Half of a table is learned from. For a condition, one content of one column, rows are drawn given it, as many as the
learned half has. Their other columns are compared with rows of the other half that meet the condition: total variation
of each column, numbers in tenths, mean over columns. The figure beside it is that of the learned half's own rows.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth import CVAE

COMMON, RARE = 0.05, (0.0007, 0.0014)
FEWEST_ROWS = 8


def choose_conditions(learned: pd.DataFrame, other: pd.DataFrame) -> dict[str, list[tuple]]:
    """Return columns and contents: common ones, the two most frequent of each column, and rare ones."""
    chosen: dict[str, list[tuple]] = {"common": [], "rare": []}
    for name in learned:
        shares = learned[name].value_counts(normalize=True)
        common = shares[(shares >= COMMON) & (shares < 0.95)].index[:2]
        chosen["common"] += [(name, content) for content in common]
        rare = shares[(shares >= RARE[0]) & (shares <= RARE[1])].index
        enough = [content for content in rare if (other[name] == content).sum() >= FEWEST_ROWS]
        chosen["rare"] += [(name, content) for content in enough[:2]]
    return chosen


def total_variation(left: pd.DataFrame, right: pd.DataFrame, edges: dict[str, np.ndarray]) -> float:
    """Return the mean total variation of the columns."""
    distances = []
    for name in left:
        if name in edges:
            codes = [
                np.searchsorted(edges[name], part[name].to_numpy(float)) for part in (left, right)
            ]
            shares = [pd.Series(part).value_counts(normalize=True) for part in codes]
        else:
            shares = [
                part[name].astype(object).value_counts(normalize=True) for part in (left, right)
            ]
        distances.append(0.5 * shares[0].sub(shares[1], fill_value=0).abs().sum())
    return float(np.mean(distances))


def measure(folder: Path, name: str, decoder: str, max_rows: int) -> list[dict]:
    """Fit the model to half of a table, and compare draws given each condition."""
    data = load_dataset(folder, name)
    X, y = data.table.reset_index(drop=True), data.target.to_numpy()
    order = np.random.default_rng(0).permutation(len(X))[:max_rows]
    half = len(order) // 2
    learned, other = X.iloc[order[:half]], X.iloc[order[half:]]
    edges = {
        column: np.unique(learned[column].quantile(np.arange(0.1, 1, 0.1)))
        for column in learned.select_dtypes("number")
    }
    cvae = CVAE(decoder=decoder, random_state=0, n_jobs=1).fit(learned, y[order[:half]])
    rows = []
    for kind, conditions in choose_conditions(learned, other).items():
        for column, content in conditions:
            met, expected = learned[learned[column] == content], other[other[column] == content]
            start = time.perf_counter()
            drawn = cvae.sample(len(met), given={column: content}, random_state=0)
            seconds = time.perf_counter() - start
            rest = [other_name for other_name in X if other_name != column]
            row = {
                "set": name,
                "decoder": decoder,
                "kind": kind,
                "column": column,
                "content": str(content),
                "n_rows": len(met),
                "drawn": total_variation(drawn[rest], expected[rest], edges),
                "held_out": total_variation(met[rest], expected[rest], edges),
                "seconds": seconds,
            }
            print(row, flush=True)
            rows.append(row)
    return rows


def summarize(rows: list[dict]) -> str:
    """Return the means as a table in Markdown."""
    frame = pd.DataFrame(rows)
    lines = [
        "| set | decoder | conditions | number | rows each | drawn | real | ratio | s for 1,000 rows |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (name, decoder, kind), part in frame.groupby(["set", "decoder", "kind"], sort=False):
        drawn, real = part["drawn"].mean(), part["held_out"].mean()
        seconds = 1000 * part["seconds"].sum() / part["n_rows"].sum()
        lines.append(
            f"| {name} | {decoder} | {kind} | {len(part)} | {part['n_rows'].median():.0f} | {drawn:.4f} | "
            f"{real:.4f} | {drawn / real:.2f} | {seconds:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["adult"])
    parser.add_argument("--decoders", nargs="+", default=["autoregressive"])
    parser.add_argument("--max-rows", type=int, default=40_000)
    parser.add_argument("--results", type=Path, default=RESULTS / "conditions.json")
    arguments = parser.parse_args()
    known = json.loads(arguments.results.read_text()) if arguments.results.exists() else {}
    rows = known.get("rows", [])
    there = {(row["set"], row["decoder"]) for row in rows}
    for name in arguments.sets:
        for decoder in arguments.decoders:
            if (name, decoder) not in there:
                rows += measure(arguments.data, name, decoder, arguments.max_rows)
                write_json(arguments.results, {"environment": describe_environment(), "rows": rows})
    print(summarize(rows))


if __name__ == "__main__":
    main()
