"""Texts and tables of the sections of a report."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.metrics import (
    closest_record_share,
    copy_shares,
    detection_score,
    membership_inference_auc,
    nearest_real_rows,
    singling_out_rate,
)
from vaesynth.over_sampling import CVAESampler
from vaesynth.report._comparison import Comparison
from vaesynth.report._synthesis import Synthesis

N_SHOWN = 6
N_FOLDS = 3
METRIC_NAMES = {
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "g_mean": "G-mean",
    "brier": "Brier score",
    "log_loss": "log-loss",
}
LESS_IS_BETTER = ("brier", "log_loss")
# Above these, in per cent and ROC AUC, rows give away more than chance does in small classes.
_USUAL_NEAR, _USUAL_ATTACK = 10.0, 0.55
PACKAGES = ("vaesynth", "torch", "scikit-learn", "imbalanced-learn", "pandas", "numpy")


@dataclass(frozen=True)
class Figure:
    """A number that says something about privacy or likeness.

    Parameters
    ----------
    name, value, ideal, meaning : str
        Name, value, value if nothing leaks, and how to read it.
    """

    name: str
    value: str
    ideal: str
    meaning: str


@dataclass(frozen=True)
class Cell:
    """A cell of a synthetic row, and of the real row that is nearest to it."""

    text: str
    differs: bool = False


def find_sampler(
    comparison: Comparison, sampler_name: str | None
) -> tuple[str | None, CVAESampler]:
    """Find the CVAESampler whose rows the report examines, and its name among the competitors.

    Raises
    ------
    ValueError
        If `sampler_name` is given and is no competitor with a CVAESampler.
    """
    found = {
        name: sampler
        for name, competitor in comparison.samplers.items()
        if isinstance(sampler := getattr(competitor, "sampler", competitor), CVAESampler)
    }
    if sampler_name is not None and sampler_name not in found:
        raise ValueError(
            f"`sampler_name` must name a competitor with a CVAESampler {list(found)}, got {sampler_name!r}"
        )
    plain = [name for name in found if not _is_corrected(comparison.samplers[name])]
    name = sampler_name or next(iter([*plain, *found]), None)
    return name, CVAESampler() if name is None else found[name]


def choose_curves(comparison: Comparison, sampler_name: str | None) -> dict[str, str]:
    """Choose the competitors whose calibration is compared: before, after over-sampling, and after correction."""
    curves = {"no resampling": "none"} if "none" in comparison.samplers else {}
    if sampler_name is not None:
        curves[f"over-sampling ({sampler_name})"] = sampler_name
    corrected = [name for name, how in comparison.samplers.items() if _is_corrected(how)]
    if corrected and corrected[0] != sampler_name:
        curves["over-sampling, prior corrected"] = corrected[0]
    return curves


def _is_corrected(competitor: Any) -> bool:
    return getattr(competitor, "calibrate", None) == "prior"


def tabulate_utility(comparison: Comparison) -> tuple[list[str], list[list[Any]]]:
    """Return the means of all metrics with the interval of the difference to no resampling.

    Returns
    -------
    metrics : list of str
    rows : list of list
        Classifier, sampler, a triple (mean, difference with its interval, kind) for each metric, seconds of a fit. Kind
        is "better" or "worse" where the interval leaves out 0, "best" for the best mean of the classifier.
    """
    means = comparison.summary()
    metrics = [name for name in means.columns if name != "fit_seconds"]
    indexed = comparison.differences().set_index(["classifier", "sampler", "metric"])
    differences = indexed.to_dict("index")
    rows = []
    for classifier, sampler in means.index:
        cells = []
        for metric in metrics:
            against = differences.get((classifier, sampler, metric))
            cells.append(_utility_cell(means.loc[(classifier, sampler), metric], against))
        rows.append(
            [classifier, sampler, cells, f"{means.loc[(classifier, sampler), 'fit_seconds']:.2g}"]
        )
    headings = [
        name_metric(metric) + (" (less is better)" if metric in LESS_IS_BETTER else "")
        for metric in metrics
    ]
    return headings, rows


def name_metric(metric: str) -> str:
    """Return the name of a metric as it is written in a sentence.

    Examples
    --------
    >>> name_metric("roc_auc"), name_metric("balanced_accuracy")
    ('ROC AUC', 'balanced accuracy')
    """
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def _utility_cell(mean: float, against: dict[Any, Any] | None) -> tuple[str, str, str]:
    if np.isnan(mean):
        return "–", "", ""
    if against is None or np.isnan(against["difference"]):
        return f"{mean:.3f}", "", ""
    interval = f"{against['difference']:+.3f} [{against['lower']:+.3f}, {against['upper']:+.3f}]"
    kind = "better" if against["lower"] > 0 else "worse" if against["upper"] < 0 else ""
    return f"{mean:.3f}", interval, kind


def pair_with_real(synthesis: Synthesis) -> tuple[list[str], list[tuple[list[Cell], list[Cell]]]]:
    """Return the first synthetic rows, each with the nearest row that was learned from.

    Returns
    -------
    names : list of str
    pairs : list of (list of Cell, list of Cell)
        Synthetic row and real row.
    """
    rows = synthesis.synthetic.iloc[:N_SHOWN]
    nearest = synthesis.learned.iloc[nearest_real_rows(synthesis.learned, rows)]
    pairs = []
    for position in range(len(rows)):
        new, old = (_write_row(table.iloc[[position]]) for table in (rows, nearest))
        differs = [a != b for a, b in zip(new, old, strict=True)]
        pairs.append(
            (
                [Cell(text, changed) for text, changed in zip(new, differs, strict=True)],
                [Cell(text, changed) for text, changed in zip(old, differs, strict=True)],
            )
        )
    return list(map(str, rows.columns)), pairs


def _write_row(row: pd.DataFrame) -> list[str]:
    return [_write_cell(row[name].iloc[0]) for name in row]


def _write_cell(cell: Any) -> str:
    if pd.isna(cell):
        return "missing"
    if isinstance(cell, float | np.floating):
        return f"{cell:.6g}"
    if isinstance(cell, pd.Timestamp) and cell == cell.normalize():
        return f"{cell:%Y-%m-%d}"
    return str(cell)


def measure_privacy(synthesis: Synthesis, seed: int) -> list[Figure]:
    """Measure how much synthetic rows reveal of the training rows, and how well a classifier tells them apart."""
    return [
        *_count_copies(synthesis),
        *_attack(synthesis, seed),
        *_tell_apart(synthesis, seed),
    ]


def sum_up_privacy(figures: list[Figure]) -> str:
    """Return the sentence on privacy that stands beside the verdict, from what was measured.

    Examples
    --------
    >>> figures = [Figure("Near copies", "48.00%", "about 5 %", ""), Figure("Membership attack", "0.670", "0.5", "")]
    >>> print(sum_up_privacy(figures).split(". ")[1])
    Share them only where you may share the real rows; `CVAE.sample` draws rows that start from no real one.
    """
    found = {figure.name: figure.value for figure in figures}
    near, attack = found["Near copies"], found["Membership attack"]
    told = (
        f"{near} of the synthetic rows are near copies of real ones, and an attacker who guesses which real rows were "
        f"learned from has a ROC AUC of {attack} (0.5 is chance)."
    )
    if float(near.rstrip("%")) > _USUAL_NEAR or float(attack) > _USUAL_ATTACK:
        return (
            f"{told} Share them only where you may share the real rows; `CVAE.sample` draws rows that start from no "
            "real one."
        )
    return f"{told} A stronger attack may find more."


def _count_copies(synthesis: Synthesis) -> list[Figure]:
    copies = copy_shares(synthesis.learned, synthesis.synthetic)
    return [
        Figure(
            "Exact copies",
            f"{copies.exact:.2%}",
            f"{copies.real_exact:.2%}",
            "Synthetic rows that equal a real row in every cell. To compare: real rows that equal another real row.",
        ),
        Figure(
            "Near copies",
            f"{copies.near:.2%}",
            "about 5 %",
            "Synthetic rows that equal no real row, but are closer to one than 95 % of real rows are to any other.",
        ),
    ]


def _attack(synthesis: Synthesis, seed: int) -> list[Figure]:
    tables = (synthesis.learned, synthesis.held_out, synthesis.synthetic)
    closest = closest_record_share(*tables, random_state=seed)
    attack = membership_inference_auc(*tables)
    singled = singling_out_rate(*tables, random_state=seed)
    return [
        Figure(
            "Closest to a training row",
            f"{closest:.3f}",
            "0.5",
            "Share of synthetic rows that are closer to a training row than to a held-out row; 1 if rows are copied. "
            "Alone it can mislead, so look at the attacks too. Drawing between real rows raises it.",
        ),
        Figure(
            "Membership attack",
            f"{attack:.3f}",
            "0.5",
            "ROC AUC of an attacker who guesses from the synthetic rows whether a real row is a training row; 1 if the "
            "attacker is always right. A stronger attack may find more.",
        ),
        Figure(
            "Singling out",
            f"{singled.risk:+.3f}",
            "0",
            f"How much more often a guess from synthetic rows fits exactly one training row ({singled.rate:.1%}) than "
            f"exactly one held-out row ({singled.baseline:.1%}), as a share of the largest possible difference; "
            f"{singled.n_predicates} guesses.",
        ),
    ]


def _tell_apart(synthesis: Synthesis, seed: int) -> list[Figure]:
    learned, new = synthesis.learned, synthesis.synthetic
    if min(len(learned), len(new)) < N_FOLDS:
        return []
    told = detection_score(learned, new, cv=N_FOLDS, random_state=seed)
    return [
        Figure(
            "Told apart",
            f"{told:.3f}",
            "0.5",
            "A measure of likeness, not of privacy: ROC AUC of gradient boosting that tells synthetic from real rows; "
            "1 if it is always right.",
        )
    ]


def list_facts(comparison: Comparison, y: np.ndarray, n_columns: int) -> list[tuple[str, str]]:
    """List the table, the folds, the seed, and the versions."""
    folds = comparison.to_frame()[["repeat", "fold"]].drop_duplicates()
    classes, counts = np.unique(y, return_counts=True)
    shares = ", ".join(f"{label}: {n:,}" for label, n in zip(classes, counts, strict=True))
    facts = [
        ("Table", f"{len(y):,} rows, {n_columns} columns"),
        ("Classes", shares),
        ("Folds", f"{len(folds)} ({folds['repeat'].nunique()} times {folds['fold'].nunique()})"),
        ("Seed", str(comparison.random_state)),
        ("Python", platform.python_version()),
    ]
    return facts + [(package, version(package)) for package in PACKAGES]


def list_parameters(comparison: Comparison, sampler: CVAESampler) -> list[tuple[str, str]]:
    """List what was compared, as it prints itself, and every parameter of the sampler."""
    parts = [(f"classifier {name}", _one_line(c)) for name, c in comparison.classifiers.items()]
    parts += [(f"resampler {name}", _one_line(how)) for name, how in comparison.samplers.items()]
    given = sampler.get_params(deep=False)
    return parts + [(f"CVAESampler {name}", repr(value)) for name, value in sorted(given.items())]


def _one_line(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    # The address of a function is not a parameter, and changes from run to run.
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))
