"""The pictures of a report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vaesynth.metrics import column_shape_scores, pair_trend_scores
from vaesynth.plotting import (
    CalibrationCurvesDisplay,
    ColumnDistributionsDisplay,
    LatentMapDisplay,
    PairDifferencesDisplay,
    ResamplerComparisonDisplay,
)
from vaesynth.report._comparison import Comparison
from vaesynth.report._pictures import Canvas, Picture
from vaesynth.report._sections import name_metric
from vaesynth.report._synthesis import Synthesis

MAX_COLUMNS = 40
MAX_POINTS = 1_500
NONE = "none"


def draw_differences(differences: pd.DataFrame) -> list[Picture]:
    """Draw the gain of every competitor over no resampling, a picture for each metric."""
    return [
        _draw_metric(differences, metric)
        for metric in dict.fromkeys(differences["metric"])
        if differences.loc[differences["metric"] == metric, "difference"].notna().any()
    ]


def _draw_metric(differences: pd.DataFrame, metric: str) -> Picture:
    shown = differences[differences["metric"] == metric]
    n_lines = shown["sampler"].nunique() * (0.5 + 0.5 * shown["classifier"].nunique())
    canvas = Canvas(4.4, 1.4 + 0.3 * n_lines)
    with canvas as figure:
        display = ResamplerComparisonDisplay.from_differences(
            differences, metric, ax=figure.subplots(), markersize=4, capsize=2
        )
        display.ax_.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small"
        )
        display.ax_.locator_params(axis="x", nbins=4)
        display.ax_.set_xlabel("gain (right of 0 is better)")
        for text in (*display.ax_.get_yticklabels(), *display.ax_.get_legend().get_texts()):
            text.set_parse_math(False)
    best = shown.nlargest(1, "difference").iloc[0]
    name = name_metric(metric)
    return canvas.picture(
        f"Differences from no resampling in {name} with their intervals; the largest is "
        f"{best['difference']:+.3f} for {best['classifier']} with {best['sampler']}.",
        f"Gain in {name}",
    )


def draw_calibration(
    comparison: Comparison, label: Any, competitors: dict[str, str]
) -> list[Picture]:
    """Draw the calibration of the rarest class's probabilities, a picture for each classifier that has some.

    Parameters
    ----------
    comparison : Comparison
        What was compared.
    label : Any
        The class.
    competitors : dict of str to str
        Names of competitors, by the labels of their curves.
    """
    position = np.asarray(comparison.classes_).tolist().index(label)
    pictures = []
    for classifier in comparison.classifiers:
        predictions = {}
        for called, sampler in competitors.items():
            found = _probabilities(comparison, classifier, sampler)
            if found is not None:
                predictions[called] = (np.asarray(found[0]) == label, found[1][:, position])
        if predictions:
            pictures.append(_draw_curves(classifier, predictions))
    return pictures


def _probabilities(comparison: Comparison, classifier: str, sampler: str) -> Any:
    try:
        return comparison.probabilities(classifier, sampler)
    except ValueError:  # a classifier without probabilities, or a competitor that does not suit it
        return None


def _draw_curves(classifier: str, predictions: dict[str, Any]) -> Picture:
    canvas = Canvas(3.9, 3.9)
    with canvas as figure:
        display = CalibrationCurvesDisplay.from_predictions(predictions, ax=figure.subplots())
        display.ax_.set_title(classifier, parse_math=False)
        for text in display.ax_.get_legend().get_texts():
            text.set_parse_math(False)
    told = ", ".join(
        f"{float(np.mean(probability)):.1%} with {name}"
        for name, (_, probability) in predictions.items()
    )
    share = float(np.mean(next(iter(predictions.values()))[0]))
    summary = f"the class has {share:.1%} of the rows; the mean probability is {told}."
    return canvas.picture(
        f"Calibration curves of {classifier}: {summary}", f"{classifier}: {summary}"
    )


def draw_columns(synthesis: Synthesis) -> tuple[list[Picture], str]:
    """Draw the distribution of each column, the least similar first, and give the mean similarity."""
    real, synthetic = synthesis.learned, synthesis.synthetic
    scores = column_shape_scores(real, synthetic)
    among_real = column_shape_scores(real, synthesis.held_out)
    names = list(scores.sort_values(kind="stable").index)
    shown = names[:MAX_COLUMNS]
    told = (
        f"Mean likeness to the synthetic rows: {scores.mean():.3f}; to the real rows that were held out: "
        f"{among_real.mean():.3f}. The second is what chance leaves of a perfect model."
    )
    if len(shown) < len(names):
        told += (
            f" {len(names) - len(shown)} more columns, all more alike than these, are not shown."
        )
    return [_draw_column(name, real, synthetic, scores[name]) for name in shown], told


def _draw_column(name: str, real: pd.DataFrame, synthetic: pd.DataFrame, score: float) -> Picture:
    likeness = "nothing to compare" if np.isnan(score) else f"likeness {score:.2f}"
    missing = [float(table[name].isna().mean()) for table in (real, synthetic)]
    if any(missing):
        likeness += f", missing {missing[0]:.0%} / {missing[1]:.0%}"
    canvas = Canvas(2.6, 2.0)
    with canvas as figure:
        ColumnDistributionsDisplay(real[[name]], synthetic[[name]], {name: ""}).plot(
            figure=figure, n_cols=1, legend=False
        )
    return canvas.picture(
        f"Distribution of {name} in real and synthetic rows; {likeness}.", f"{name} ({likeness})"
    )


def draw_pairs(synthesis: Synthesis) -> Picture | None:
    """Draw the difference of each pair of columns; None where there is no pair to compare."""
    display = PairDifferencesDisplay(synthesis.learned, synthesis.synthetic)
    differences, names = display.differences, display.names
    if not np.isfinite(differences).any():
        return None
    pairs = [
        (names[i], names[j], float(differences[i, j]))
        for i, j in zip(*np.triu_indices(len(names), 1), strict=True)
        if np.isfinite(differences[i, j])
    ]
    worst = sorted(pairs, key=lambda pair: -pair[2])[:3]
    among_real = 1 - pair_trend_scores(synthesis.learned, synthesis.held_out).to_numpy(dtype=float)
    side = min(9.0, 3.2 + 0.19 * len(names))
    canvas = Canvas(side + 0.6, side)
    with canvas as figure:
        display.plot(ax=figure.subplots())
    told = "; ".join(f"{a} and {b} {difference:.2f}" for a, b, difference in worst)
    return canvas.picture(
        f"Differences of the dependence of each pair of columns; the largest: {told}.",
        f"White is the same dependence in both tables, grey nothing to compare. On average "
        f"{np.nanmean(differences):.3f} to the synthetic rows, {np.nanmean(among_real):.3f} to the real rows that were "
        f"held out. Largest: {told}.",
    )


def draw_latents(synthesis: Synthesis, seed: int) -> Picture | None:
    """Draw real rows of every class, and the synthetic ones, in two latents."""
    model = synthesis.sampler.model_
    if model.latent_dim_ < 2:
        return None
    rng = np.random.default_rng(seed)
    kept = rng.permutation(len(synthesis.y))[:MAX_POINTS]
    of_class = np.full(len(synthesis.synthetic), synthesis.label, dtype=synthesis.y.dtype)
    new = rng.permutation(len(of_class))[: max(1, MAX_POINTS // 3)]
    real = np.asarray(model.transform(synthesis.X.iloc[kept], synthesis.y[kept]))
    synthetic = np.asarray(model.transform(synthesis.synthetic.iloc[new], of_class[new]))
    pair = _choose_latents(real)
    labels = [f"real: {label}" for label in synthesis.y[kept]]
    labels += [f"synthetic: {synthesis.label}"] * len(new)
    canvas = Canvas(5.6, 4.6)
    with canvas as figure:
        display = LatentMapDisplay(np.vstack([real, synthetic])[:, pair], labels, pair.tolist())
        display.plot(ax=figure.subplots(), s=7)
        for text in display.ax_.get_legend().get_texts():
            text.set_parse_math(False)
    return canvas.picture(
        f"Scatter plot of {len(kept)} real and {len(new)} synthetic rows in two latents of the model.",
        f"{len(kept):,} real rows and {len(new):,} synthetic ones in the two latents that tell most apart. Synthetic "
        "points should lie where real points of their class do: clumps apart from them are inventions, and bare "
        "regions are rows that the model does not make.",
    )


def _choose_latents(points: np.ndarray) -> np.ndarray:
    """Choose the latent that varies most, and the one that varies most independently of it."""
    variances = points.var(axis=0)
    first = int(variances.argmax())
    centred = points - points.mean(axis=0)
    shared = (centred * centred[:, [first]]).mean(axis=0) ** 2 / max(variances[first], 1e-12)
    left = variances - shared
    left[first] = -1
    return np.sort([first, int(left.argmax())])
