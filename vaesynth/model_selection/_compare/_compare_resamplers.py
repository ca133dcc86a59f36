"""Compare resamplers by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils import column_or_1d
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length

from vaesynth._labels import read_labels
from vaesynth._progress import progress_bar
from vaesynth._validation import draw_seed
from vaesynth._warnings import hear_warnings, pass_on_warnings
from vaesynth.model_selection._compare._comparison import ResamplerComparison
from vaesynth.model_selection._compare._competitors import Competitor, resolve_competitors
from vaesynth.model_selection._compare._fold_task import Result, Task, run_task
from vaesynth.model_selection._compare._folds import (
    SEED_BOUND,
    group_by_sampler,
    make_folds,
    order_classes,
)
from vaesynth.model_selection._options import require_classifier


def compare_resamplers(
    classifiers: Any,
    X: Any,
    y: Any,
    *,
    samplers: Any = None,
    cv: Any = 5,
    n_repeats: int = 1,
    n_jobs: int | None = None,
    random_state: Any = None,
    verbose: bool = False,
    confidence: float = 0.95,
) -> ResamplerComparison:
    """Compare ways to meet imbalance by cross-validation, and say which of them helps.

    Every competitor is fitted on the same training rows and judged on the same held-out rows, all of
    which are real. A sampler gets the training rows as they are, and every classifier is fitted on
    the rows that the sampler returns; they are resampled once for all classifiers. A classifier that
    does not take such rows goes into a pipeline: ``make_pipeline(preprocess, LogisticRegression())``.

    Parameters
    ----------
    classifiers : classifier object, list of them or dict of str to classifier object
        Unfitted classifiers. Without a dict, a classifier is named after its class, and a pipeline after the
        class of its last step.
    X : table of shape (n_samples, n_features)
        Real rows, in any form that samplers and classifiers take.
    y : array-like of shape (n_samples,)
        Labels of two or more classes.
    samplers : dict, list of str or None, default=None
        The competitors. None means all defaults: "none" (no resampling), "threshold tuning" (no
        resampling, with the threshold tuned for F1), "threshold tuning, balanced" (the same for
        balanced accuracy), "class weights", "random" (copies of rows), "SMOTE" (SMOTENC or SMOTEN where
        there are categories; it standardises numbers and replaces missing ones by the median, for new
        rows only), "CVAE", and "CVAE, prior corrected" (the same rows, with ``calibrate="prior"``). A
        list names some of these. A dict maps names to competitors: a sampler with `fit_resample`, a
        `ResampledClassifier` whose parameters are used with every classifier, "passthrough", or the
        name of a default. The first three are always compared, because the verdict needs them.
    cv : int, cross-validation splitter or iterable, default=5
        Folds. A number means stratified folds of shuffled rows.
    n_repeats : int, default=1
        Number of times that new folds are drawn.
    n_jobs : int or None, default=None
        Number of processes. The scores do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness: of the folds, and of every classifier and sampler whose own
        `random_state` is None. All of these get the same seed in one fold.
    verbose : bool, default=False
        Whether to show a progress bar.
    confidence : float, default=0.95
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    comparison : ResamplerComparison
        Scores, intervals, verdict and plots.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range, a class is too small for the folds, or a classifier is a regressor
        or the like. These errors come before any training.

    See Also
    --------
    ResampledClassifier : Fits a sampler and a classifier as one estimator.

    Notes
    -----
    Each fold has these metrics. All lie between 0 and 1, except log_loss, which has no upper bound:

    - ranking: ``average_precision`` and ``roc_auc``;
    - decision, of the labels that `predict` returns: ``f1``, ``g_mean`` (the geometric mean of the
      recalls of all classes) and ``balanced_accuracy`` (their arithmetic mean);
    - calibration: ``brier`` (half the squared distance between probabilities and truth, which is the
      usual score for two classes) and ``log_loss`` in nats. Less is better.

    With two classes, average_precision, roc_auc and f1 score the rarer class. With more classes they
    are means over classes, each against the rest.

    A competitor is left out where it does not suit a classifier: class weights need `class_weight` or
    `sample_weight`, and a tuned threshold needs two classes and `predict_proba`. A classifier without
    `predict_proba` is ranked by its `decision_function` and has no metrics of calibration.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from vaesynth import compare_resamplers
    >>> X, y = make_classification(1000, n_features=5, weights=[0.9], random_state=0)
    >>> comparison = compare_resamplers(
    ...     LogisticRegression(), X, y, samplers=["SMOTE"], random_state=0
    ... )
    >>> comparison.summary()[["average_precision", "brier"]].round(2)
                                                   average_precision  brier
    classifier         sampler
    LogisticRegression none                                     0.92   0.02
                       threshold tuning                         0.92   0.02
                       threshold tuning, balanced               0.92   0.02
                       SMOTE                                    0.92   0.03
    >>> print(comparison.verdict())
    No for LogisticRegression: SMOTE changes average precision by -0.0... (95 % interval -0.0... to +0.0...).
    On this table over-sampling does not help LogisticRegression: the intervals leave no room for a
    gain of more than 0.02 in ranking, or over a moved threshold in decisions. Threshold tuning
    alone changes F1 by +0.0... (-0.0... to +0...).

    Look at more with ``comparison.to_frame()``, ``comparison.differences()``,
    ``comparison.plot("f1")`` and ``comparison.to_html("report.html")``.
    """
    labels = _check_target(X, y)
    _check_numbers(n_repeats, confidence)
    named = _name_classifiers(classifiers)
    competitors = resolve_competitors(samplers)
    seed = draw_seed(random_state) % SEED_BOUND
    folds = make_folds(X, labels, cv, n_repeats, seed)
    classes = order_classes(labels)
    _warn_of_columns(competitors, X, labels)
    tasks = [
        Task(fold, group, classes) for fold in folds for group in group_by_sampler(competitors)
    ]
    done = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(hear_warnings)(run_task, task, named, X, labels) for task in tasks
    )
    progress = list(progress_bar(done, total=len(tasks), unit="task", verbose=bool(verbose)))
    results = [result for part, _ in progress for result in part]
    # A classifier that does not converge would say so in every fold.
    pass_on_warnings(warning for _, heard in progress for warning in heard)
    return ResamplerComparison(
        X,
        y,
        named,
        {name: competitor.public for name, competitor in competitors.items()},
        scores=_collect_scores(results, named, competitors),
        held_out=_collect_held_out(results),
        classes=np.unique(labels),
        positive_class=classes[1] if len(classes) == 2 else None,
        test_to_train=float(np.mean([len(fold.test) / len(fold.train) for fold in folds])),
        confidence=confidence,
        random_state=random_state,
    )


def _warn_of_columns(competitors: dict[str, Competitor], X: Any, y: np.ndarray) -> None:
    """Warn of columns of the whole table, where a `CVAESampler` is to learn them: in the folds it is silent."""
    # torch loads only where it is needed
    from vaesynth.estimators import warn_of_columns
    from vaesynth.over_sampling import CVAESampler
    from vaesynth.tabular import TableEncoder

    for competitor in competitors.values():
        if isinstance(competitor.sampler, CVAESampler):
            model = competitor.sampler.model
            tables = TableEncoder(
                categorical_features="auto" if model is None else model.categorical_features
            )
            warn_of_columns(tables, tables.fit_transform(X), y)
            break


def _check_target(X: Any, y: Any) -> np.ndarray:
    """Return `y` as a one-dimensional array of labels of two or more classes."""
    check_consistent_length(X, y)
    labels = read_labels(column_or_1d(y, warn=True))
    if len(np.unique(labels)) < 2:
        raise ValueError("`y` must have at least 2 classes, got 1")
    return labels


def _check_numbers(n_repeats: Any, confidence: Any) -> None:
    if not isinstance(n_repeats, Integral) or n_repeats < 1:
        raise ValueError(f"`n_repeats` must be a whole number of at least 1, got {n_repeats!r}")
    if not isinstance(confidence, Real) or not 0 < float(confidence) < 1:
        raise ValueError(f"`confidence` must lie between 0 and 1, got {confidence!r}")


def _name_classifiers(classifiers: Any) -> dict[str, Any]:
    """Return classifiers by name."""
    if isinstance(classifiers, Mapping):
        named = {str(name): classifier for name, classifier in classifiers.items()}
    else:
        several = isinstance(classifiers, (list, tuple))
        named = {}
        for classifier in classifiers if several else [classifiers]:
            last = classifier.steps[-1][1] if isinstance(classifier, Pipeline) else classifier
            base = name = type(last).__name__
            while name in named:
                name = f"{base} {sum(key.startswith(base) for key in named) + 1}"
            named[name] = classifier
    if not named:
        raise ValueError("`classifiers` must hold at least one classifier, got none")
    for classifier in named.values():
        if not (hasattr(classifier, "fit") and hasattr(classifier, "predict")):
            raise TypeError(
                f"a classifier must have `fit` and `predict`, got {classifier!r}; several are given "
                "as a list or a dict"
            )
        require_classifier(classifier)
    return named


def _collect_scores(
    results: list[Result], classifiers: dict[str, Any], competitors: dict[str, Competitor]
) -> pd.DataFrame:
    """Return one row for each result, in the order of classifiers, competitors, repeats and folds."""
    names, kinds = list(classifiers), list(competitors)
    rows = [
        (names.index(result.classifier), kinds.index(result.sampler), result.repeat, result.fold)
        for result in results
    ]
    order = sorted(range(len(results)), key=rows.__getitem__)
    return pd.DataFrame([results[position].record() for position in order])


def _collect_held_out(results: list[Result]) -> dict[tuple[str, str], tuple[np.ndarray, Any]]:
    """Stack labels and probabilities of each classifier and competitor, fold after fold."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda result: (result.repeat, result.fold)):
        found.setdefault((result.classifier, result.sampler), []).append(result)
    stacked = {}
    for key, parts in found.items():
        known = all(part.probabilities is not None for part in parts)
        probabilities = np.concatenate([part.probabilities for part in parts]) if known else None
        stacked[key] = np.concatenate([part.y for part in parts]), probabilities
    return stacked
