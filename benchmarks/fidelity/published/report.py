"""The published figures with those of `CVAE` among them, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks.fidelity.published.tables import SUITE
from benchmarks.fidelity.report import write_table
from benchmarks.shared.provenance import RESULTS

# The re-run of all rivals by arXiv 2603.23016; from article_material/our_results of github.com/april-tools/tabpc.
PUBLISHED = RESULTS / "fidelity" / "published_rivals.csv"
OURS = "**CVAE**"
# By their names in the file of published figures, in the order of their years.
_RIVALS = {
    "FullyFactorizedPreprocessed": "independent columns",
    "CTGAN": "CTGAN",
    "TVAE": "TVAE",
    "GReaT": "GReaT",
    "STaSy": "STaSy",
    "CoDi": "CoDi",
    "TabDDPM": "TabDDPM",
    "TabSyn": "TabSyn",
    "TabDiff": "TabDiff",
    "TabPC": "TabPC",
}
_COMPARED = ("TabSyn", "TabDiff", "TabPC")


@dataclass(frozen=True)
class Figure:
    """How a figure is called and written; `target` is the best value, and None where nothing is compared."""

    title: str
    form: str
    target: float | None = None
    is_error: bool = False

    def write(self, mean: float, deviation: float) -> str:
        """Write a mean over trainings with its standard deviation."""
        if pd.isna(mean):
            return "–"
        scale, shown = (100, 1 - mean) if self.is_error else (1, mean)
        text = self.form.format(scale * shown)
        return text if pd.isna(deviation) else f"{text} ± {self.form.format(scale * deviation)}"

    def badness(self, mean: float) -> float:
        """Return how far the mean is from the best value."""
        return abs(mean - self.target)


FIGURES = {
    "shape": Figure("shape error, %", "{:.2f}", 1, is_error=True),
    "trend": Figure("trend error, %", "{:.2f}", 1, is_error=True),
    "c2st_xgb": Figure("C2ST, XGBoost", "{:.3f}", 1),
    "c2st_lr": Figure("C2ST, logistic", "{:.3f}", 1),
    "alpha_precision": Figure("α-precision", "{:.3f}", 1),
    "beta_recall": Figure("β-recall", "{:.3f}", 1),
    "mle_auc": Figure("MLE, AUC", "{:.3f}", 1),
    "dcr": Figure("DCR", "{:.3f}", 0.5),
    "training_seconds": Figure("training, s", "{:.0f}"),
    "sampling_seconds": Figure("sampling, s", "{:.1f}"),
}


def make_report(contents: list[dict[str, Any]]) -> str:
    """Return every table, from the files of our trainings."""
    ours = pd.DataFrame(
        [
            {"set": content["set"], "seed": content["seed"]} | content["figures"]
            for content in contents
        ]
    ).reindex(columns=["set", "seed", "real_mle_auc", *FIGURES])
    published = pd.read_csv(PUBLISHED)
    published = published[published["figure"].isin(FIGURES)]
    sections = [_ahead_section(ours, published)]
    for name in SUITE:
        own = ours[ours["set"] == name]
        if len(own):
            sections.append(_set_section(name, own, published[published["dataset"] == name]))
    sections.append(_environment_section(contents))
    return "\n\n".join(sections)


def _set_section(name: str, own: pd.DataFrame, published: pd.DataFrame) -> str:
    cells = published.set_index(["method", "figure"])[["mean", "std"]]
    rows = []
    for method, title in _RIVALS.items():
        pairs = [
            cells.loc[(method, key)] if (method, key) in cells.index else (float("nan"),) * 2
            for key in FIGURES
        ]
        rows.append([title, *(figure.write(*pair) for figure, pair in _zip(pairs))])
    pairs = [(own[key].mean(), own[key].std()) for key in FIGURES]
    rows.append([OURS, *(figure.write(*pair) for figure, pair in _zip(pairs))])
    text = f"Trainings of ours: {_count_trainings(own)}."
    real = own["real_mle_auc"].mean()
    if not pd.isna(real):
        text += f" XGBoost learned from the real training rows reaches {real:.3f} on the test part."
    titles = ["", *(figure.title for figure in FIGURES.values())]
    return f"### {name}\n\n{text}\n\n{write_table(titles, rows)}"


def _count_trainings(own: pd.DataFrame) -> str:
    counts = own[list(FIGURES)].notna().sum()
    usual = int(counts.max())
    fewer = [f"{counts[key]} for {FIGURES[key].title}" for key in counts.index[counts < usual]]
    return ", ".join([str(usual), *fewer])


def _zip(pairs: list[Any]) -> Any:
    return zip(FIGURES.values(), pairs, strict=True)


def _ahead_section(ours: pd.DataFrame, published: pd.DataFrame) -> str:
    """Count the tables on which the mean of our trainings is at least as good as that of a rival."""
    means = ours.groupby("set")[list(FIGURES)].mean()
    theirs = published.set_index(["method", "figure", "dataset"])["mean"]
    compared = {key: figure for key, figure in FIGURES.items() if figure.target is not None}
    rows = []
    for rival in _COMPARED:
        row = [rival]
        for key, figure in compared.items():
            known = means[key].dropna()
            ahead = [
                figure.badness(mean) <= figure.badness(theirs[rival, key, name])
                for name, mean in known.items()
            ]
            row.append(f"{sum(ahead)} of {len(ahead)}")
        rows.append(row)
    titles = ["CVAE at least as good as", *(figure.title for figure in compared.values())]
    return f"### On how many tables\n\n{write_table(titles, rows)}"


def _environment_section(contents: list[dict[str, Any]]) -> str:
    environments = [content["environment"] for content in contents]
    names = ("torch", "scikit-learn", "pandas", "sdmetrics", "xgboost", "xgboost-cpu")
    versions = {
        f"{name} {item['packages'][name]}"
        for item in environments
        for name in names
        if item["packages"][name]
    }
    machines = {f"{item['processor']} ({item['n_processors']} cores)" for item in environments}
    commits = {
        str(measured["commit"]) for content in contents for measured in content["measured"].values()
    }
    return (
        f"Ours with {', '.join(sorted(versions))}, on one thread of {'; '.join(sorted(machines))}, in "
        f"processor seconds. Commits {', '.join(sorted(commits))}."
    )
