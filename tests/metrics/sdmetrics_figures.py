"""Tables and what SDMetrics makes of them.

SDMetrics asks for pandas below 3, so that the suite cannot install it everywhere. Run in an environment that has it,
this file writes the tables and its figures beside itself; the tests compare with these, and with SDMetrics itself where
it is installed.
"""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

RECORD = Path(__file__).with_name("sdmetrics_figures.json")


def make_tables():
    """Make pairs of a real and a synthetic table, by name."""
    return {
        "mixed": (make_mixed(90, 0), make_mixed(70, 1)),
        "shifted": (make_mixed(60, 2), make_mixed(80, 3, shift=2.5, novel=True)),
        "numbers": (make_numbers(80, 4), make_numbers(50, 5)),
        "categories": (make_categories(70, 6), make_categories(90, 7)),
        "copied": (make_categories(60, 8), make_categories(60, 8).iloc[:40]),
    }


def make_mixed(n_rows, seed, shift=0.0, novel=False):
    rng = np.random.default_rng(seed)
    size = rng.normal(shift, 1 + shift, n_rows).round(4)
    frame = pd.DataFrame(
        {
            "size": np.where(rng.random(n_rows) < 0.15, np.nan, size),
            "count": rng.poisson(3, n_rows) + (size > 0),
            "city": rng.choice(["Rome", "Oslo", "Bern", "Łódź" if novel else "Rome"], n_rows),
            "flag": rng.random(n_rows) < 0.3 + 0.4 * (size > 0),
            "day": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 90, n_rows), "D"),
            "same": 7.0,
        }
    )
    frame.loc[rng.random(n_rows) < 0.2, "city"] = None
    frame.loc[rng.random(n_rows) < 0.2, "day"] = pd.NaT
    return frame


def make_numbers(n_rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)).round(3), columns=list("abc"))
    frame["d"] = frame["a"] * 1e6 + rng.normal(size=n_rows).round(3)
    frame["e"] = np.where(rng.random(n_rows) < 0.5, 0.0, rng.exponential(9, n_rows).round(2))
    return frame.mask(rng.random(frame.shape) < 0.1)


def make_categories(n_rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {name: rng.choice(list("uvwxyz")[: 2 + j], n_rows) for j, name in enumerate("klmn")}
    )
    return frame.astype(object).mask(rng.random(frame.shape) < 0.15, None)


def figures(real, synthetic):
    """Figures of SDMetrics for columns, pairs and copies; None where it has none."""
    numbers = [name for name in real if not is_category(real[name])]
    real, synthetic = times_as_numbers(real), times_as_numbers(synthetic)
    return {
        "shapes": {name: shape(real[name], synthetic[name], name in numbers) for name in real},
        "pairs": [
            [*pair, trend(real[list(pair)], synthetic[list(pair)], numbers)]
            for pair in combinations(real, 2)
        ],
        "copied": copied_share(real, synthetic, numbers),
    }


def shape(real, synthetic, is_number):
    from sdmetrics.single_column import KSComplement, TVComplement

    metric = KSComplement if is_number else TVComplement
    return plain(metric.compute(real, synthetic))


def trend(real, synthetic, numbers):
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
    from sdmetrics.errors import ConstantInputError

    held = [name for name in real if name in numbers]
    try:
        if len(held) == 2:
            return plain(CorrelationSimilarity.compute(real, synthetic))
        return plain(
            ContingencySimilarity.compute(real, synthetic, continuous_column_names=held or None)
        )
    except ConstantInputError:
        return None


def copied_share(real, synthetic, numbers):
    from sdmetrics.single_table import NewRowSynthesis

    kinds = {name: "numerical" if name in numbers else "categorical" for name in real}
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    # It quotes the strings of object columns only.
    strings = {name: object for name in real if name not in numbers}
    new = NewRowSynthesis.compute(
        real.astype(strings),
        synthetic.astype(strings),
        metadata,
        numerical_match_tolerance=1e-12,
    )
    return 1 - plain(new)


def is_category(column):
    return (
        not pd.api.types.is_numeric_dtype(column) and not is_time(column)
    ) or column.dtype == bool


def is_time(column):
    return pd.api.types.is_datetime64_any_dtype(column)


def times_as_numbers(frame):
    days = {
        name: (column - pd.Timestamp("2020-01-01")) / pd.Timedelta("1D")
        for name, column in frame.items()
        if is_time(column)
    }
    return frame.assign(**days)


def plain(value):
    return None if np.isnan(value) else float(value)


def pack(frame):
    """Put a table into what JSON holds."""
    return {
        name: {
            "dtype": str(column.dtype),
            "cells": [None if pd.isna(cell) else pack_cell(cell) for cell in column],
        }
        for name, column in frame.items()
    }


def pack_cell(cell):
    return (
        cell.isoformat()
        if isinstance(cell, pd.Timestamp)
        else getattr(cell, "item", lambda: cell)()
    )


def unpack(packed):
    """Read a packed table."""
    return pd.DataFrame(
        {
            name: pd.Series(
                column["cells"], dtype="datetime64[ns]" if "datetime" in column["dtype"] else None
            )
            for name, column in packed.items()
        }
    )


def record():
    """Write tables and figures."""
    records = {
        name: {
            "real": pack(real),
            "synthetic": pack(synthetic),
            "figures": figures(real, synthetic),
        }
        for name, (real, synthetic) in make_tables().items()
    }
    RECORD.write_text(json.dumps(records, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
