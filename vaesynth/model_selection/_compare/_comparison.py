"""The scores of a comparison of resamplers, and what follows from them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.model_selection._compare._competitors import CVAE, NONE
from vaesynth.model_selection._compare._findings import REFERENCES, Findings
from vaesynth.model_selection._compare._fold_scores import CALIBRATION_METRICS, METRICS
from vaesynth.model_selection._compare._statistics import Interval, corrected_interval
from vaesynth.model_selection._compare._verdict import answer, describe_classifier
from vaesynth.plotting import ResamplerComparisonDisplay


class ResamplerComparison:
    """Scores of every classifier under every competitor, fold by fold, and what follows from them.

    :func:`compare_resamplers` makes it.

    Parameters
    ----------
    X : table of shape (n_samples, n_features)
        The real rows.
    y : array-like of shape (n_samples,)
        Their labels.
    classifiers : dict of str to classifier object
        Unfitted.
    samplers : dict of str to object
        What each competitor does: a sampler, a `ResampledClassifier` where it has other options too,
        "passthrough" where nothing is resampled, or "class weights".
    scores : DataFrame
        As :meth:`to_frame` returns it.
    held_out : dict of (str, str) to tuple
        For each classifier and competitor the true labels and the probabilities of all held-out rows.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    positive_class : label or None
        The class that binary metrics are about.
    test_to_train : float
        Rows of a test fold over rows of its training part.
    confidence : float
        Coverage of the intervals.
    random_state : int, RandomState instance or None
        As it was given.

    Attributes
    ----------
    X, y, classifiers, samplers, random_state, confidence
        As given.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    positive_class_ : label or None
        The rarer of two classes; None for more.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from vaesynth.model_selection import compare_resamplers
    >>> X, y = make_classification(400, weights=[0.9], random_state=0)
    >>> comparison = compare_resamplers(
    ...     LogisticRegression(), X, y, samplers=["class weights"], random_state=0
    ... )
    >>> comparison.to_frame().shape
    (20, 12)
    >>> gains = comparison.differences().set_index(["sampler", "metric"])
    >>> bool(gains.loc[("class weights", "brier"), "difference"] < 0)
    True
    >>> y_true, probabilities = comparison.probabilities("LogisticRegression", "none")
    >>> probabilities.shape
    (400, 2)
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        classifiers: dict[str, Any],
        samplers: dict[str, Any],
        *,
        scores: pd.DataFrame,
        held_out: dict[tuple[str, str], tuple[np.ndarray, np.ndarray | None]],
        classes: np.ndarray,
        positive_class: Any,
        test_to_train: float,
        confidence: float,
        random_state: Any,
    ) -> None:
        self.X, self.y = X, y
        self.classifiers, self.samplers = classifiers, samplers
        self.classes_, self.positive_class_ = classes, positive_class
        self.confidence, self.random_state = confidence, random_state
        self._scores, self._held_out = scores, held_out
        self._test_to_train = test_to_train

    def __repr__(self) -> str:
        n_folds = len(self._scores[["repeat", "fold"]].drop_duplicates())
        return (
            f"<{type(self).__name__}: classifiers {list(self.classifiers)}, "
            f"samplers {list(self.samplers)}, {n_folds} folds>"
        )

    def _repr_html_(self) -> str:
        """Return the verdict above the table of means, for notebooks."""
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.verdict().splitlines())
        return lines + self.summary().to_html(float_format="{:.3f}".format)

    def to_frame(self) -> pd.DataFrame:
        """Return the scores of every fold.

        Returns
        -------
        scores : DataFrame
            Columns classifier, sampler, repeat and fold (counted from 0), a column for each metric,
            and fit_seconds: the wall time of the fit, resampling included.
        """
        return self._scores.copy()

    def summary(self) -> pd.DataFrame:
        """Return the mean over folds.

        Returns
        -------
        means : DataFrame
            A row for each classifier and sampler (a MultiIndex), a column for each metric and
            fit_seconds.
        """
        grouped = self._scores.groupby(["classifier", "sampler"], sort=False)
        return grouped[[*METRICS, "fit_seconds"]].mean()

    def differences(self, baseline: str = NONE) -> pd.DataFrame:
        """Compare every competitor with one of them, fold by fold.

        Parameters
        ----------
        baseline : str, default="none"
            The competitor to compare with.

        Returns
        -------
        differences : DataFrame
            Columns classifier, sampler, metric, difference, lower, upper, p_value. A positive
            difference means *better than the baseline* for every metric: for brier and log_loss,
            of which less is better, it is baseline minus competitor. lower and upper bound the mean
            difference at the comparison's `confidence`; p_value is two-sided. Neither is corrected
            for the number of comparisons; :meth:`verdict` does that.

        Raises
        ------
        ValueError
            If there is no such competitor.

        References
        ----------
        Nadeau, Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003): the
        corrected resampled t-test, since training parts of different folds share rows.
        """
        if baseline not in self.samplers:
            raise ValueError(
                f"`baseline` must be one of the samplers {list(self.samplers)}, got {baseline!r}"
            )
        rows = []
        for (classifier, sampler), own in self._by_competitor():
            base = self._folds(classifier, baseline)
            if sampler == baseline or base is None:
                continue
            for metric in METRICS:
                interval = self._interval(own[metric], base[metric], metric)
                rows.append((classifier, sampler, metric, *interval))
        columns = ["classifier", "sampler", "metric", *Interval._fields]
        return pd.DataFrame(rows, columns=columns)

    def verdict(self, sampler: str | None = None) -> str:
        """Say in words whether over-sampling helps.

        Parameters
        ----------
        sampler : str, optional
            The over-sampler that the first sentence is about. None means "CVAE", or the first one where it was not
            compared.

        Returns
        -------
        text : str
            For each classifier a line with one plain sentence about the sampler, and a line with a paragraph about all
            of them. The sentence begins with "Yes" where the sampler helps, with "No" where it does not or class
            weights, which cost nothing, do as well, and with "Nobody can tell" otherwise. Over-sampling *helps* if an
            over-sampler beats no resampling in a ranking metric (average precision, ROC AUC), or beats both no
            resampling and a tuned threshold in a decision metric. F1 is compared with the threshold tuned for F1,
            G-mean and balanced accuracy with the one tuned for balanced accuracy. The gain must be
            significant at the comparison's `confidence` after Holm's correction for the number of
            over-samplers. Over-sampling *does not help* if the intervals exclude a gain of more than
            0.02 in all of these. Otherwise one *cannot tell*. With more than two classes no threshold
            is tuned, and class weights take its place.

        Raises
        ------
        ValueError
            If `sampler` is none of the over-samplers that were compared.

        References
        ----------
        Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
        Statistics 6 (1979).
        """
        tables = {name: self.differences(name) for name in REFERENCES if name in self.samplers}
        means = self.summary()
        over_samplers = [name for name, sampler in self.samplers.items() if _resamples(sampler)]
        corrected = [
            name for name in over_samplers if getattr(self.samplers[name], "calibrate", None)
        ]
        about = _choose_sampler(over_samplers, sampler)
        kinds, alpha = (over_samplers, corrected), 1 - self.confidence
        lines = []
        for name in self.classifiers:
            findings = Findings(name, tables, means, *kinds, alpha)
            if about is not None:
                lines.append(answer(name, findings, about))
            lines.append(describe_classifier(name, findings))
        return "\n".join(lines)

    def probabilities(self, classifier: str, sampler: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities of held-out rows, for calibration curves.

        Parameters
        ----------
        classifier, sampler : str
            Names of a classifier and a competitor.

        Returns
        -------
        y_true : ndarray of shape (n_repeats * n_samples,)
            Labels of the rows, fold after fold.
        probabilities : ndarray of shape (n_repeats * n_samples, n_classes)
            In the order of `classes_`, each row by a model that was fitted without it.

        Raises
        ------
        ValueError
            If the two were not compared, or the classifier has no `predict_proba`.
        """
        if (classifier, sampler) not in self._held_out:
            raise ValueError(
                f"`classifier` and `sampler` must be one of {list(self._held_out)}, "
                f"got {(classifier, sampler)}"
            )
        y_true, probabilities = self._held_out[classifier, sampler]
        if probabilities is None:
            raise ValueError(
                f"probabilities need a classifier with `predict_proba`, {classifier!r} has none"
            )
        return y_true, probabilities

    def plot(self, metric: str = "average_precision", ax: Any = None) -> ResamplerComparisonDisplay:
        """Draw the differences to no resampling in one metric, with their intervals.

        Parameters
        ----------
        metric : str, default="average_precision"
            A metric of :meth:`to_frame`.
        ax : Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        display : ResamplerComparisonDisplay
            The drawing.
        """
        return ResamplerComparisonDisplay.from_differences(self.differences(), metric, ax=ax)

    def to_html(self, path: str | Path, **options: Any) -> None:
        """Write a report in one file.

        Parameters
        ----------
        path : str or Path
            The file to write.
        **options : dict
            Passed to ``vaesynth.report.write_report``.
        """
        from vaesynth.report import write_report  # what it draws with loads only where it is needed

        write_report(self, path, **options)

    def _by_competitor(self) -> Any:
        return self._scores.groupby(["classifier", "sampler"], sort=False)

    def _folds(self, classifier: str, sampler: str) -> pd.DataFrame | None:
        """Return the folds of one classifier and competitor in order, None where they were not compared."""
        frame = self._scores
        found = frame[(frame["classifier"] == classifier) & (frame["sampler"] == sampler)]
        return found if len(found) else None

    def _interval(self, own: pd.Series, base: pd.Series, metric: str) -> Interval:
        gains = own.to_numpy() - base.to_numpy()
        if metric in CALIBRATION_METRICS:
            gains = -gains
        return corrected_interval(np.asarray(gains), self._test_to_train, self.confidence)


def _resamples(sampler: Any) -> bool:
    """Return whether what stands for a competitor resamples rows."""
    if isinstance(sampler, str):
        return False
    return getattr(sampler, "sampler", None) != "passthrough"


def _choose_sampler(over_samplers: list[str], asked: str | None) -> str | None:
    """Return the over-sampler that a verdict is about, None where none was compared."""
    if asked is not None and asked not in over_samplers:
        raise ValueError(
            f"`sampler` must be one of the over-samplers {over_samplers}, got {asked!r}"
        )
    usual = CVAE if CVAE in over_samplers else next(iter(over_samplers), None)
    return usual if asked is None else asked
