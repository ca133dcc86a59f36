"""The main job on real data: ``python -m vaesynth.demo`` over-samples handwritten eights.

The data ship with scikit-learn: 1,797 scanned digits of 8 × 8 pixels, of which 174 are an eight.
The table says what over-sampling does to three classifiers with scikit-learn's default settings,
and the picture what the synthetic rows look like. Nothing here was tuned to the outcome.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vaesynth._optional import import_optional

CLASSIFIERS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "5 nearest neighbours": KNeighborsClassifier(),
    "random forest": RandomForestClassifier(random_state=0),
}
METRICS = ("average precision", "F1", "Brier score")
N_FOLDS = 5
READING = """
Average precision and F1: higher is better. Brier score: the mean squared error of the
probabilities, lower is better. Over-sampling tells the classifier that eights are as common as
all other digits together, so its probabilities can get worse while its ranking improves."""


def load_eights() -> tuple[pd.DataFrame, pd.Series]:
    """Load the digits, labelled "eight" or "other".

    Returns
    -------
    X : DataFrame of shape (1797, 64)
        Grey values of the pixels, integers from 0 to 16.

    y : Series of shape (1797,)
        The labels.
    """
    X, digit = load_digits(return_X_y=True, as_frame=True)
    return X.astype("int64"), digit.eq(8).map({True: "eight", False: "other"}).rename("label")


def score(classifier: Any, X: pd.DataFrame, y: pd.Series) -> dict[str, float]:
    """Score a fitted classifier on real rows, with "eight" as the class to find."""
    is_eight = y == "eight"
    probability = classifier.predict_proba(X)[:, list(classifier.classes_).index("eight")]
    figures = (
        average_precision_score(is_eight, probability),
        f1_score(is_eight, classifier.predict(X) == "eight"),
        brier_score_loss(is_eight, probability),
    )
    return dict(zip(METRICS, figures, strict=True))


def scores_by_fold(
    X: pd.DataFrame,
    y: pd.Series,
    samplers: Mapping[str, Any],
    classifiers: Mapping[str, Any],
    n_folds: int,
) -> Iterator[dict[str, Any]]:
    """Fit every classifier after every sampler; only training folds are resampled."""
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    for train, test in folds.split(X, y):
        for sampler_name, sampler in samplers.items():
            rows, labels = X.iloc[train], y.iloc[train]
            if sampler is not None:
                rows, labels = clone(sampler).fit_resample(rows, labels)
            for name, classifier in classifiers.items():
                fitted = clone(classifier).fit(rows, labels)
                yield {
                    "classifier": name,
                    "over-sampling": sampler_name,
                    **score(fitted, X.iloc[test], y.iloc[test]),
                }


def compare(
    X: pd.DataFrame,
    y: pd.Series,
    samplers: Mapping[str, Any],
    classifiers: Mapping[str, Any] = CLASSIFIERS,
    n_folds: int = N_FOLDS,
) -> pd.DataFrame:
    """Compare samplers by stratified cross-validation on the same folds.

    Parameters
    ----------
    X : DataFrame of shape (n_samples, n_features)
        The table.

    y : Series of shape (n_samples,)
        Labels, "eight" or "other".

    samplers : mapping of str to sampler or None
        What to compare; None leaves the rows as they are.

    classifiers : mapping of str to classifier
        What to fit on the resampled rows.

    n_folds : int, default=5
        Number of folds.

    Returns
    -------
    table : DataFrame of shape (n_classifiers * n_samplers, 3)
        Mean of each metric over the test folds, indexed by classifier and over-sampling.
    """
    scores = pd.DataFrame(scores_by_fold(X, y, samplers, classifiers, n_folds))
    pairs = pd.MultiIndex.from_product(
        [classifiers, samplers], names=["classifier", "over-sampling"]
    )
    return scores.groupby(pairs.names).mean().loc[pairs]


def describe_rows(X: pd.DataFrame, y: pd.Series, X_new: pd.DataFrame, y_new: pd.Series) -> str:
    """Say how many rows there were and are, and whether the columns kept their types."""
    counts = pd.DataFrame({"before": y.value_counts(), "after": y_new.value_counts()})
    kept = "kept" if X.dtypes.equals(X_new.dtypes) else "CHANGED"
    synthetic = X_new.iloc[len(X) :]
    real = set(X.itertuples(index=False, name=None))
    copies = sum(row in real for row in synthetic.itertuples(index=False, name=None))
    return (
        f"{counts.to_string()}\n"
        f"column types {kept}: {X.shape[1]} of {X_new.dtypes.iloc[0]}, "
        f"new values from {synthetic.to_numpy().min()} to {synthetic.to_numpy().max()}\n"
        f"{copies} of {len(synthetic)} new rows are copies of a real one"
    )


def draw_digits(real: pd.DataFrame, synthetic: pd.DataFrame, path: Path) -> None:
    """Save a picture of real rows above synthetic ones.

    Parameters
    ----------
    real, synthetic : DataFrame of shape (n_columns, 64)
        Rows to draw as 8 × 8 pixels.

    path : Path
        Where to save it; its folder is made.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message names the extra that brings it.
    """
    figure = import_optional("matplotlib.figure", extra="plot").Figure(
        (8, 2.5), layout="constrained"
    )
    panels: Sequence[Any] = figure.subfigures(2, 1)
    titles = ("Real eights", "Synthetic eights, drawn by CVAESampler")
    for panel, rows, title in zip(panels, (real, synthetic), titles, strict=True):
        panel.suptitle(title, fontsize=11)
        for axes, row in zip(panel.subplots(1, len(rows)), rows.to_numpy(), strict=True):
            axes.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
            axes.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def save_picture(X: pd.DataFrame, y: pd.Series, synthetic: pd.DataFrame, path: Path) -> str:
    """Draw ten real and ten synthetic eights, picked at random, and say where they are."""
    real = X[y == "eight"].sample(10, random_state=0)
    try:
        draw_digits(real, synthetic.sample(10, random_state=0), path)
    except ImportError as error:
        return f"no picture: {error}"
    return f"picture saved as {path}"


def show_rows(X: pd.DataFrame, y: pd.Series, sampler: Any, picture: Path) -> None:
    """Resample the whole table once, and print and draw what came out."""
    start = perf_counter()
    X_new, y_new = sampler.fit_resample(X, y)
    print(f"CVAESampler().fit_resample(X, y) took {perf_counter() - start:.1f} s\n")
    print(describe_rows(X, y, X_new, y_new))
    print(save_picture(X, y, X_new[sampler.synthetic_mask_], picture), flush=True)


def show_scores(X: pd.DataFrame, y: pd.Series, samplers: Mapping[str, Any]) -> None:
    """Print what the samplers do to the classifiers."""
    start = perf_counter()
    table = compare(X, y, samplers)
    print(f"\nMeans over {N_FOLDS} folds of real rows, {perf_counter() - start:.0f} s:\n")
    print(table.to_string(float_format="{:.3f}".format))
    print(READING)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demonstration and print what it made.

    Parameters
    ----------
    arguments : sequence of str, default=None
        The command line without the name of the program; None means that of the process.
    """
    from vaesynth.over_sampling import CVAESampler

    parser = argparse.ArgumentParser("python -m vaesynth.demo")
    parser.add_argument("--picture", type=Path, default=Path("demo/digits.png"), metavar="FILE")
    picture = parser.parse_args(arguments).picture
    X, y = load_eights()
    sampler = CVAESampler(random_state=0)
    show_rows(X, y, sampler, picture)
    show_scores(X, y, {"none": None, "SMOTE": SMOTE(random_state=0), "CVAESampler": sampler})


if __name__ == "__main__":
    main()
