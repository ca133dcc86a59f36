"""The Markdown tables of fidelity: a table per set, and who is ahead of whom on how many sets."""

from __future__ import annotations

import pandas as pd

from benchmarks.fidelity.columns import COLUMNS, write_figure
from benchmarks.fidelity.generators import REAL

_ORDER = ("real", "cvae", "tvae", "ctgan", "gaussian-copula", "smotenc", "forest")


def make_report(parts: pd.DataFrame, reference: str) -> str:
    """Return every table, means over seeds."""
    parts = parts.assign(cap=parts["max_rows"].fillna(0).astype(int))
    failed = parts[parts["error"].notna()]
    done = parts[parts["error"].isna()]
    sections = [_ahead_section(done, reference)]
    for (name, cap), own in sorted(
        done.groupby(["set", "cap"]), key=lambda item: (item[0][0] != "adult", item[0])
    ):
        sections.append(_set_section(name, cap, own))
    if len(failed):
        lines = [f"- {row.generator} on {row.set}: {row.error}" for row in failed.itertuples()]
        sections.append("## What failed\n\n" + "\n".join(lines))
    sections.append(_environment_section(parts))
    return "\n\n".join(sections)


def _set_section(name: str, cap: int, own: pd.DataFrame) -> str:
    first = own.iloc[0]
    seeds = sorted(own["seed"].unique().tolist())
    capped = f", capped at {cap:,}" if cap else ""
    on_all_held_out = own[own["generator"] != REAL] if (own["generator"] != REAL).any() else own
    text = (
        f"{first['n_train']:,} rows to learn from{capped}, {first['n_held_out']:,} held out, "
        f"{first['n_columns']} columns with the target, {first['n_categories']} of them categories; "
        f"LightGBM trained on the real rows reaches {on_all_held_out['trtr'].mean():.3f}; "
        f"seeds {', '.join(map(str, seeds))}, one split each."
    )
    means = own.groupby("generator")[list(COLUMNS)].mean()
    runs = own["generator"].value_counts()
    names = sorted(means.index, key=_place)
    rows = [
        [
            f"`{generator}`",
            str(runs[generator]),
            *(write_figure(key, means.loc[generator, key]) for key in COLUMNS),
        ]
        for generator in names
    ]
    titles = ["generator", "runs", *(column.title for column in COLUMNS.values())]
    return f"## {name}{f', {cap:,} rows' if cap else ''}\n\n{text}\n\n{write_table(titles, rows)}"


def _ahead_section(done: pd.DataFrame, reference: str) -> str:
    """Count the sets on which the reference is ahead of each rival, at equal caps and seeds."""
    compared = [name for name, column in COLUMNS.items() if column.badness is not None]
    cells = done.set_index(["set", "cap", "seed", "generator"])[compared].apply(
        lambda figures: figures.map(COLUMNS[figures.name].badness)
    )
    cells = cells.groupby(["set", "cap", "generator"]).mean().unstack("generator")
    rivals = sorted(set(done["generator"]) - {reference, REAL}, key=_place)
    rows = []
    for rival in rivals:
        row = [f"`{rival}`"]
        if cells["c2st"].reindex(columns=[reference, rival]).dropna().empty:
            continue
        for name in compared:
            pair = cells[name].reindex(columns=[reference, rival]).dropna()
            ahead = int((pair[reference] < pair[rival]).sum())
            row.append(f"{ahead} of {len(pair)}")
        rows.append(row)
    titles = [f"`{reference}` ahead of", *(COLUMNS[name].title for name in compared)]
    return f"## On how many tables\n\n{write_table(titles, rows)}"


def _environment_section(parts: pd.DataFrame) -> str:
    environments = parts["environment"].tolist()
    versions = {
        f"{name} {version}"
        for environment in environments
        for name, version in environment["packages"].items()
        if version and name != "vaesynth"
    }
    machines = {f"{item['processor']} ({item['n_processors']} cores)" for item in environments}
    commits = {str(item["commit"]) for item in environments}
    return (
        f"## Where\n\nPython {', '.join({item['python'] for item in environments})}; "
        f"{', '.join(sorted(versions, key=str.lower))}. {'; '.join(sorted(machines))}; threads: "
        f"{', '.join(map(str, sorted(parts['n_threads'].unique())))}. "
        f"Commits {', '.join(sorted(commits))}."
    )


def _place(generator: str) -> tuple[int, str]:
    base = generator.partition(":")[0].partition("@")[0]
    return (_ORDER.index(base) if base in _ORDER else len(_ORDER)), generator


def write_table(titles: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
