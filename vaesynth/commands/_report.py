"""``vaesynth report``: whether over-sampling helps on a table, as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from vaesynth._validation import draw_seed
from vaesynth.commands._options import (
    TABLE_HELP,
    Force,
    Quiet,
    Seed,
    Target,
    check_outputs,
    shows_progress,
)
from vaesynth.commands._printing import make_console
from vaesynth.commands._tables import (
    Categorical,
    Decimal,
    Encoding,
    Reading,
    Sep,
    TextClass,
    Yes,
    confirm_classes,
    number_of_classes,
)

SEED_BOUND = 2**32
CLASSIFIER_HELP = "boosting, logistic or forest; may be given several times."
MAX_ROWS_HELP = (
    "Compare on at most this many rows; of a larger table a sample is taken, and stated."
)


def report(
    table: Annotated[Path, typer.Argument(help=TABLE_HELP)],
    target: Target,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")],
    classifier: Annotated[list[str], typer.Option(help=CLASSIFIER_HELP)] = ["boosting", "logistic"],  # noqa: B006
    folds: Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="How often the folds are drawn anew.")] = 1,
    max_rows: Annotated[int, typer.Option(min=20, help=MAX_ROWS_HELP)] = 10_000,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    categorical: Categorical = None,
    text_class: TextClass = False,
    seed: Seed = None,
    force: Force = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Find out whether over-sampling helps on a table, and write the answer as one HTML file.

    Classifiers are compared with no resampling, tuned thresholds, class weights, copies, SMOTE and the CVAE.
    """
    if output.suffix.lower() != ".html":
        raise ValueError(f"the name of a report must end in .html, got {str(output)!r}")
    check_outputs([output], force)
    from vaesynth.commands._classifiers import make_classifiers
    from vaesynth.model_selection import compare_resamplers

    seed = draw_seed(None) % SEED_BOUND if seed is None else seed
    reading = Reading(sep, encoding, decimal, categorical or [], text_class)
    _, cells, labels = reading.read_classes(table, target)
    confirm_classes(number_of_classes(labels), target, yes)
    X, y, notes = _sample(cells, labels, max_rows, seed)
    notes.insert(0, f"Table: {table.name}; class: {target}.")
    comparison = compare_resamplers(
        make_classifiers(X, classifier),
        X,
        y,
        cv=folds,
        n_repeats=repeats,
        n_jobs=jobs,
        random_state=seed,
        verbose=shows_progress(quiet),
    )
    comparison.to_html(output, title=title, notes=notes, force=force)
    if not quiet:
        console = make_console()
        console.print(comparison.verdict(), markup=False)
        console.print(f"report: {output}", markup=False)


def _sample(
    cells: Any, labels: pd.Series, max_rows: int, seed: int
) -> tuple[pd.DataFrame, Any, list[str]]:
    """Return rows and classes, of a large table a sample, and what the report has to say of that."""
    from vaesynth.commands._classifiers import make_frame

    X, y = make_frame(cells), _check_labels(labels)
    kept = sample_rows(y, max_rows, seed)
    notes = []
    if len(kept) < len(y):
        notes.append(
            f"The table has {len(y):,} rows. All figures are from a sample of {len(kept):,} of them, in which each "
            "class keeps its share."
        )
    return X.iloc[kept].reset_index(drop=True), y[kept], notes


def sample_rows(y: np.ndarray, n_rows: int, seed: int) -> np.ndarray:
    """Return the positions of a stratified sample, in their order; all where there are no more.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.repeat(["no", "yes"], [90, 10])
    >>> kept = sample_rows(y, 50, seed=0)
    >>> len(kept), int((y[kept] == "yes").sum())
    (50, 5)
    """
    if len(y) <= n_rows:
        return np.arange(len(y))
    rng = np.random.default_rng(seed)
    members = [rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)]
    share = n_rows / len(y)
    return np.sort(np.concatenate([rows[: max(1, round(share * len(rows)))] for rows in members]))


def _check_labels(labels: pd.Series) -> Any:
    missing = labels.isna()
    if missing.any():
        raise ValueError(
            f"every row must have a class, got none in {missing.sum()} rows, the first at {int(missing.argmax())}"
        )
    return labels.to_numpy()
