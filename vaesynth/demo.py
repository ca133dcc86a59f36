"""The main job on a mixed table: ``python -m vaesynth.demo`` over-samples employees who left.

The table comes with the package: 1,470 employees, of whom 237 left. The demonstration shows real rows and new ones,
and then says for three classifiers whether over-sampling helps on this table. Nothing here was tuned to the outcome.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

COMPETITORS = ("none", "class weights", "SMOTE", "CVAE")
SHOWN_COLUMNS = ("age", "department", "education", "overtime", "monthly_income", "years_at_company")
SHOWN_METRICS = ("average_precision", "f1", "brier")
READING = """
Average precision and F1: higher is better. Brier score: the mean squared error of the probabilities, lower is better.
Over-sampling tells a classifier that leaving is as common as staying, so that its probabilities may get worse while
it finds more of those who leave."""


def make_classifiers() -> dict[str, Any]:
    """Make three classifiers that read a mixed table, with scikit-learn's default settings."""
    classifiers = {
        "logistic regression": LogisticRegression(max_iter=1000),
        "5 nearest neighbours": KNeighborsClassifier(),
        "random forest": RandomForestClassifier(random_state=0),
    }
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
    )
    return {name: make_pipeline(columns, classifier) for name, classifier in classifiers.items()}


def show_rows(X: pd.DataFrame, y: pd.Series, sampler: Any, picture: Path) -> None:
    """Resample the table once, and print and draw what came out."""
    start = perf_counter()
    X_new, y_new = sampler.fit_resample(X, y)
    print(f"CVAESampler().fit_resample(X, y) took {perf_counter() - start:.1f} s\n")
    print(describe_rows(X, y, X_new, y_new, sampler))
    print(save_picture(X[y == "yes"], X_new[sampler.synthetic_mask_], picture), flush=True)


def describe_rows(
    X: pd.DataFrame, y: pd.Series, X_new: pd.DataFrame, y_new: pd.Series, sampler: Any
) -> str:
    """Say how many rows there were and are, and show real rows of the rare class above new ones."""
    counts = pd.DataFrame({"before": y.value_counts(), "after": y_new.value_counts()})
    columns = list(SHOWN_COLUMNS)
    shown = pd.concat(
        {
            "real": X.loc[y == "yes", columns].head(4),
            "new": X_new.loc[sampler.synthetic_mask_, columns].head(4),
        }
    )
    kept = "kept" if X.dtypes.equals(X_new.dtypes) else "CHANGED"
    report = sampler.copy_report_
    return (
        f"{counts.to_string()}\n\n"
        f"Rows of those who left, {len(columns)} of {X.shape[1]} columns:\n{shown.to_string()}\n\n"
        f"column types {kept}; {report.n_exact} of {report.n_synthetic} new rows are copies of a real one"
    )


def save_picture(real: pd.DataFrame, new: pd.DataFrame, path: Path) -> str:
    """Draw the distributions of some columns in real and new rows, and say where the picture is."""
    from vaesynth.plotting import ColumnDistributionsDisplay

    columns = list(SHOWN_COLUMNS)
    try:
        display = ColumnDistributionsDisplay(real[columns], new[columns]).plot()
    except ImportError as error:
        return f"no picture: {error}"
    path.parent.mkdir(parents=True, exist_ok=True)
    display.figure_.savefig(path, dpi=120)
    return f"picture of real and new columns saved as {path}"


def show_comparison(X: pd.DataFrame, y: pd.Series) -> None:
    """Print what over-sampling does to the classifiers on held-out real rows."""
    from vaesynth import compare_resamplers

    start = perf_counter()
    comparison = compare_resamplers(
        make_classifiers(), X, y, samplers=list(COMPETITORS), random_state=0
    )
    table = comparison.summary()[list(SHOWN_METRICS)]
    table = table[table.index.get_level_values("sampler").isin(COMPETITORS)]
    print(f"\nMeans over 5 folds of real rows, {perf_counter() - start:.0f} s:\n")
    print(table.to_string(float_format="{:.3f}".format))
    print(f"{READING}\n\n{comparison.verdict()}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demonstration and print what it made.

    Parameters
    ----------
    arguments : sequence of str, default=None
        The command line without the name of the program; None means that of the process.
    """
    from vaesynth import CVAESampler
    from vaesynth.datasets import load_attrition

    parser = argparse.ArgumentParser("python -m vaesynth.demo")
    parser.add_argument("--picture", type=Path, default=Path("demo/attrition.png"), metavar="FILE")
    picture = parser.parse_args(arguments).picture
    X, y = load_attrition(return_X_y=True)
    show_rows(X, y, CVAESampler(random_state=0), picture)
    show_comparison(X, y)


if __name__ == "__main__":
    main()
