"""Write a comparison as one HTML file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vaesynth._optional import import_optional
from vaesynth._validation import draw_seed
from vaesynth._whole_file import refuse_overwriting, whole_file
from vaesynth.report import _figures as figures
from vaesynth.report import _sections as sections
from vaesynth.report._comparison import Comparison
from vaesynth.report._synthesis import FEWEST_ROWS, Synthesis, as_frame, find_rarest, synthesise

TEMPLATE = Path(__file__).parent / "_page.html.jinja"
SEED_BOUND = 2**32
TITLE = "Does over-sampling help here?"


def write_report(
    comparison: Comparison,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    sampler_name: str | None = None,
    max_rows: int = 20_000,
    notes: Sequence[str] = (),
    force: bool = False,
) -> None:
    """Write what a comparison found as one HTML file.

    The file contains everything that it shows: it has no script, and loads no font or picture. The verdict comes first,
    and with it how many synthetic rows are near copies and what an attacker finds.
    For the sections on synthetic rows, a `CVAESampler` is fitted once, on half of the rows, and its rows are compared
    with both halves.

    Parameters
    ----------
    comparison : Comparison
        What :func:`vaesynth.compare_resamplers` returns, or anything of that form.
    path : str or path-like
        Where to write; the file is there whole or not at all.
    title : str, optional
        Heading of the page.
    sampler_name : str, optional
        The competitor whose rows are looked at, one with a `CVAESampler`; by default the first of those.
    max_rows : int, default=20,000
        Most rows that the sampler is fitted on and compared with; from a larger table, a stratified sample is drawn,
        and the report says so.
    notes : sequence of str, default=()
        Sentences to put below the verdict, such as what was left out of the table.
    force : bool, default=False
        Whether a file that is there is replaced.

    Raises
    ------
    FileExistsError
        If there is a file and `force` is False; before anything is fitted.
    ValueError
        If `max_rows` is less than 8, or `sampler_name` is no competitor with a `CVAESampler`.
    ImportError
        If jinja2 or matplotlib is missing; the message names the extra.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from vaesynth.model_selection import compare_resamplers
    >>> from vaesynth.report import write_report
    >>> X, y = make_classification(200, weights=[0.8], random_state=0)
    >>> comparison = compare_resamplers(LogisticRegression(), X, y, samplers=["CVAE"], cv=2, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(comparison, Path(folder) / "report.html")
    ...     "<h2>Verdict</h2>" in (Path(folder) / "report.html").read_text(encoding="utf-8")
    True
    """
    jinja2 = import_optional("jinja2", "report")
    import_optional("matplotlib", "report")
    refuse_overwriting(path, force)
    if max_rows < 8:
        raise ValueError(f"`max_rows` must be at least 8, got {max_rows}")
    content = _collect(comparison, title or TITLE, sampler_name, max_rows, notes)
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = template.from_string(TEMPLATE.read_text(encoding="utf-8")).render(content)
    with whole_file(path, overwrite=force) as unfinished:
        unfinished.write_text(page, encoding="utf-8")


def _collect(
    comparison: Comparison,
    title: str,
    sampler_name: str | None,
    max_rows: int,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return everything that the page shows, by the names that the template has for it."""
    X, y = as_frame(comparison.X), np.asarray(comparison.y)
    name, sampler = sections.find_sampler(comparison, sampler_name)
    label, n_rarest = find_rarest(y)
    metrics, utility = sections.tabulate_utility(comparison)
    curves = sections.choose_curves(comparison, name)
    seed = draw_seed(comparison.random_state) % SEED_BOUND
    of_rows = _collect_rows(X, y, sampler, seed, max_rows)
    verdict = [line for line in comparison.verdict().splitlines() if line.strip()]
    if "privacy" in of_rows:
        verdict.append(sections.sum_up_privacy(of_rows["privacy"]))
    return {
        "title": title,
        "notes": list(notes),
        "verdict": verdict,
        "metrics": metrics,
        "utility": utility,
        "differences": figures.draw_differences(comparison.differences()),
        "label": label,
        "n_rarest": n_rarest,
        "n_rows": len(y),
        "curves": list(curves),
        "calibration": figures.draw_calibration(comparison, label, curves),
        "facts": sections.list_facts(comparison, y, X.shape[1]),
        "parameters": sections.list_parameters(comparison, sampler),
        **of_rows,
    }


def _collect_rows(X: Any, y: np.ndarray, sampler: Any, seed: int, max_rows: int) -> dict[str, Any]:
    """Return what the page shows of synthetic rows, or why it shows none."""
    label, n_rarest = find_rarest(y)
    if n_rarest < FEWEST_ROWS:
        return {"no_rows": f"class {label} has {n_rarest} rows, and {FEWEST_ROWS} are needed"}
    synthesis = synthesise(X, y, sampler, seed, max_rows)
    columns, likeness = figures.draw_columns(synthesis)
    names, compared = sections.pair_with_real(synthesis)
    return {
        "halves": _describe_halves(synthesis),
        "columns": columns,
        "likeness": likeness,
        "pairs": figures.draw_pairs(synthesis),
        "latents": figures.draw_latents(synthesis, seed),
        "names": names,
        "compared": compared,
        "privacy": sections.measure_privacy(synthesis, seed),
    }


def _describe_halves(synthesis: Synthesis) -> str:
    told = (
        f"The sampler was fitted on {len(synthesis.y):,} rows, {len(synthesis.learned):,} of them of class "
        f"{synthesis.label}; {len(synthesis.held_out):,} rows of that class were held out, and "
        f"{len(synthesis.synthetic):,} synthetic ones drawn."
    )
    if synthesis.n_left_out:
        told += f" {synthesis.n_left_out:,} rows of the table were left out here to save time."
    return told
