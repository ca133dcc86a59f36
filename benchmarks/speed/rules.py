"""How many rows a second are drawn under an equality, an order and a function, beside none.

Run as ``python -m benchmarks.speed.rules``; prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import time

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from vaesynth import CVAE  # noqa: E402


def is_short(rows: pd.DataFrame) -> pd.Series:
    """Return which rows last at most 60."""
    return (rows["end"] - rows["start"]) <= 60


RULES = {
    "none": (),
    "equality": ("total == months * monthly",),
    "order": ("start <= end",),
    "function": (is_short,),
    "all three": ("total == months * monthly", "start <= end", is_short),
}


def make_table(n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows that keep all rules, and classes."""
    rng = np.random.default_rng(0)
    months, start = rng.integers(1, 25, n_rows), rng.integers(0, 50, n_rows)
    X = pd.DataFrame({"months": months, "monthly": rng.gamma(9, 3, n_rows).round(2)})
    X = X.assign(start=start, total=(X["months"] * X["monthly"]).round(2))
    X["end"] = start + 20 + rng.integers(0, 41, n_rows)
    return X, np.where(rng.random(n_rows) < 0.2, "b", "a")


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--decoder", default="independent")
    arguments = parser.parse_args()
    X, y = make_table(2000)
    cvae = CVAE(decoder=arguments.decoder, n_jobs=1, random_state=0).fit(X, y)
    free = cvae.sample(arguments.rows, random_state=1)
    print("| rules | accepted | broken | rows a second |\n|---|---|---|---|")
    for name, rules in RULES.items():
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            drawn = cvae.sample(arguments.rows, constraints=rules or None, random_state=0)
            seconds.append(time.perf_counter() - start)
        broken, accepted = count_broken(drawn, rules), accept(free, rules)
        print(f"| {name} | {accepted:.2f} | {broken} | {arguments.rows / min(seconds):,.0f} |")


def accept(free: pd.DataFrame, rules: tuple) -> float:
    """Return the share of free rows that keep the rules which are not solved for."""
    keeps = np.ones(len(free), dtype=bool)
    if "start <= end" in rules:
        keeps &= free["start"] <= free["end"]
    if is_short in rules:
        keeps &= is_short(free)
    return float(keeps.mean())


def count_broken(rows: pd.DataFrame, rules: tuple) -> int:
    """Return how many rows break a rule."""
    broken = np.zeros(len(rows), dtype=bool)
    if "total == months * monthly" in rules:
        broken |= rows["total"] != (rows["months"] * rows["monthly"]).round(2)
    if "start <= end" in rules:
        broken |= rows["start"] > rows["end"]
    if is_short in rules:
        broken |= ~is_short(rows)
    return int(broken.sum())


if __name__ == "__main__":
    main()
