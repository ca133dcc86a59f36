"""Do relations among columns survive? New rows of ours and of SMOTENC beside real ones, on tables with five of them.

Run as ``python -m benchmarks.relations 1000 6000``; prints Markdown.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from imblearn.over_sampling import SMOTENC  # noqa: E402

from vaesynth import CVAESampler  # noqa: E402

QUANTILES = (0.5, 0.9, 0.99)
# Digits to which rows of SMOTENC are rounded; ours have them by themselves.
DIGITS = {"months": 0, "monthly": 2, "total": 2, "start": 0, "end": 0, "days": 0}
DAY_ZERO = pd.Timestamp("2015-01-01")


def make_table(n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return numbers and a category, of which a tenth are rare, with five relations among the numbers."""
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) >= n_rows - n_rows // 10
    shift = y * rng.random(n_rows)
    months = rng.integers(1, 73, n_rows) - 20 * (y & (rng.random(n_rows) < 0.5))
    months = np.maximum(months, 1).astype(float)
    monthly = (18 + 100 * rng.beta(2, 2 + shift)).round(2)
    first, second = rng.gamma(2, 20 + 10 * shift), rng.uniform(0, 100, n_rows)
    width, height = rng.uniform(10, 20 + 20 * shift), rng.uniform(5, 9, n_rows)
    start = rng.integers(0, 2000, n_rows).astype(float)
    days = np.ceil(rng.exponential(60 + 60 * shift))
    low = rng.normal(100, 15, n_rows)
    X = pd.DataFrame(
        {
            "months": months,
            "monthly": monthly,
            "total": (months * monthly * rng.normal(1, 0.02, n_rows)).round(2),
            "first": first,
            "second": second,
            "sum": first + second,
            "width": width,
            "height": height,
            "ratio": width / height,
            "start": start,
            "end": start + days,
            "days": days,
            "low": low,
            "high": low + rng.exponential(10 + 10 * shift),
            "kind": rng.choice(list("abc"), n_rows),
        }
    )
    return X, y


def measure_errors(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return by how much each relation is missed in each row, as a share of its size."""
    days = rows["end"] - rows["start"]
    return {
        "product": (rows["total"] - rows["months"] * rows["monthly"]).abs() / rows["total"].abs(),
        "sum": (rows["sum"] - rows["first"] - rows["second"]).abs() / rows["sum"].mean(),
        "ratio": (rows["ratio"] - rows["width"] / rows["height"]).abs() / rows["ratio"].mean(),
        "date difference": (rows["days"] - days).abs() / rows["days"].mean(),
        "order": (rows["low"] - rows["high"]).clip(lower=0) / rows["high"].mean(),
    }


def resample_both(n_rows: int, **options: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return new rows of the sampler, which reads the days as dates, and of SMOTENC, rounded as the columns are."""
    X, y = make_table(n_rows)
    dated = X.copy()
    for name in ("start", "end"):
        dated[name] = DAY_ZERO + pd.to_timedelta(X[name], "D")
    ours = CVAESampler(**options, random_state=0).fit_resample(dated, y)[0][n_rows:].copy()
    for name in ("start", "end"):
        ours[name] = (ours[name] - DAY_ZERO) / pd.Timedelta("1D")
    theirs = SMOTENC(categorical_features=["kind"], random_state=0).fit_resample(X, y)[0]
    return ours, theirs[n_rows:].round(DIGITS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_rows", nargs="+", type=int)
    header = [
        "rows",
        "relation",
        *(f"{name}, {q}" for name in ("CVAE", "SMOTENC", "real") for q in QUANTILES),
    ]
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for n_rows in parser.parse_args().n_rows:
        X, y = make_table(n_rows)
        errors = [measure_errors(rows) for rows in (*resample_both(n_rows), X[y])]
        for name in errors[0]:
            cells = [f"{np.quantile(of[name], q):.3g}" for of in errors for q in QUANTILES]
            print(f"| {n_rows:,} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
