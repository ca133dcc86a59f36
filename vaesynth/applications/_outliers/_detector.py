"""The outlier detector: how unlike normal rows a row is, why, and at what rate of false alarms."""

from __future__ import annotations

import numbers
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import indexable
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import (
    Interval,
    StrOptions,
    check_feature_names,
    check_n_features,
    fit_context,
    num_samples,
    safe_indexing,
)
from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.applications._outliers._bound_score import BoundScore
from vaesynth.applications._outliers._conformal import conformal_p_values, threshold_at_rate
from vaesynth.applications._outliers._neighbor_score import NeighborScore, Reading
from vaesynth.estimators import CLIENT_CONSTRAINTS, VAE, adapt_model, remember_features
from vaesynth.saving import Savable
from vaesynth.tabular import accept_any_table

METHODS = ("neighbors", "bound")
# Numbers far off would otherwise outvote all other columns; a number with two values says more than a category.
RECIPE = {"numeric_encoding": "asinh", "categorical_features": None}


class VAEOutlierDetector(Savable, OutlierMixin, BaseEstimator):
    r"""Find rows of a table, or images, that are not like normal ones.

    The detector scores how unlike normal rows other rows are, says how much each column adds to that, and keeps a
    stated rate of false alarms. A score is higher for a more normal row.

    By default a score compares a row with its ten nearest learned rows. It is minus the logarithm of how much farther
    off it lies than usual, with allowance for thin parts of the table: half of that by which its neighbours lie farther
    from theirs. Distances are taken twice, in the columns as they are and in robust, whitened coordinates, and the
    score is the mean of both. No network is trained for it: it finds more than the networks tried. ``method="bound"``
    asks a `VAE` of the learned rows how likely it finds a row.

    Some of the rows given to :meth:`fit` are held out. Their scores tell how normal rows score that were not learned:
    with them `predict` keeps a stated rate of false alarms, and :meth:`p_values` returns conformal p-values, whatever
    the data and however good the score.

    Parameters
    ----------
    model : VAE or None, default=None
        With "bound" the model that learns the rows; a copy of it is fitted. None is ``VAE()``. What is "auto" in the
        model is chosen here: ``numeric_encoding="asinh"`` and ``categorical_features=None``, which reads as numbers
        all columns that can be. With "neighbors" only its `categorical_features` and its `random_state` count.
    method : {"neighbors", "bound"}, default="neighbors"
        What a score is. "neighbors" compares with the nearest learned rows; "bound" is the importance-weighted bound
        on :math:`\log p(x)`, in nats.
    contamination : "auto" or float, default="auto"
        Share of outliers among the rows given to `fit`. "auto" says that all are normal; the threshold then follows
        from `false_alarm_rate`. With a float this share of the given rows lies below the threshold.
    false_alarm_rate : float, default=0.05
        Share of normal rows that may be taken for outliers, with ``contamination="auto"``.
    calibration_fraction : float, default=0.2
        Share of the given rows that are held out, for thresholds and p-values; 0 holds out none.
    n_importance_samples : int, default=16
        With "bound" the posterior draws for a row. They depend on the row alone.
    n_jobs : int or None, default=None
        Threads of the model; None leaves their number to `model`. Nothing depends on it.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are held out, and the fit of the model; None leaves both to the `random_state` of `model`.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss of the model.

    Attributes
    ----------
    model_ : VAE
        The fitted model, with "bound".
    offset_ : float
        Score below which a row is an outlier: ``decision_function = score_samples - offset_``.
    calibration_scores_ : ndarray of shape (n_held_out,)
        Scores of the rows that were held out.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    Warns
    -----
    UserWarning
        If too few rows are held out for `false_alarm_rate`: then none is an outlier.

    See Also
    --------
    sklearn.neighbors.LocalOutlierFactor : Local density in the columns as they are.

    Notes
    -----
    Scores do not depend on units of measurement. A gap lies at the mean of its column and away from all rows without
    one. Two different categories are 1 apart, about as far as two numbers one standard deviation apart.

    A category that no learned row had, a number where all learned rows had the same other one, or a missing cell in a
    column that had none, counts by the rule of succession: it adds :math:`\log(n + 2)` to the distance, for n learned
    rows, or takes as many nats from the bound.

    With ``contamination`` as a float, "neighbors" scores a row that equals a learned one as if that one had not been
    learned. An outlier among the rows given to `fit` is then not normal because of itself.

    Scales, correlations and the network come from the learned rows alone. In tables of up to 10,000 rows "neighbors"
    compares with held-out rows as well, and scores a held-out row without itself; of more learned rows it compares
    with 10,000. Exchangeability would ask that the score of a held-out row counts the new row as a possible neighbour
    too. That could bring it nearer, so that its p-value errs to the safe side, but for neighbours' own distances, of
    which one in n changes.

    References
    ----------
    Ramaswamy, Rastogi, Shim, "Efficient Algorithms for Mining Outliers from Large Data Sets", SIGMOD 2000; Breunig,
    Kriegel, Ng, Sander, "LOF: Identifying Density-Based Local Outliers", SIGMOD 2000; Burda, Grosse, Salakhutdinov,
    "Importance Weighted Autoencoders", ICLR 2016; Bates et al., "Testing for Outliers with Conformal p-values", Annals
    of Statistics 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth.applications import VAEOutlierDetector
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> detector = VAEOutlierDetector(false_alarm_rate=0.1, random_state=0).fit(X[y > 0])
    >>> bool((detector.predict(X[y == 0]) == -1).all())
    True
    >>> detector.feature_contributions(X[y == 0]).shape
    (50, 5)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CLIENT_CONSTRAINTS,
        "method": [StrOptions(set(METHODS))],
        "contamination": [StrOptions({"auto"}), Interval(numbers.Real, 0, 0.5, closed="right")],
        "false_alarm_rate": [Interval(numbers.Real, 0, 1, closed="neither")],
        "calibration_fraction": [Interval(numbers.Real, 0, 1, closed="left")],
        "n_importance_samples": [Interval(numbers.Integral, 1, None, closed="left")],
    }
    model_: VAE
    offset_: float
    calibration_scores_: np.ndarray
    _score: NeighborScore | BoundScore

    def __init__(
        self,
        model: VAE | None = None,
        *,
        method: str = "neighbors",
        contamination: float | str = "auto",
        false_alarm_rate: float = 0.05,
        calibration_fraction: float = 0.2,
        n_importance_samples: int = 16,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.model = model
        self.method = method
        self.contamination = contamination
        self.false_alarm_rate = false_alarm_rate
        self.calibration_fraction = calibration_fraction
        self.n_importance_samples = n_importance_samples
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn normal rows and set the threshold.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            Whatever `VAE` takes.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `X` or a parameter is refused; nothing is trained then.

        Warns
        -----
        UserWarning
            If too few rows are held out for `false_alarm_rate`.
        PosteriorCollapseWarning
            With "bound", if no latent tells rows apart.
        """
        n_rows = num_samples(X)
        (X,) = indexable(X)
        model = adapt_model(self, VAE() if self.model is None else self.model, RECIPE)
        generator = self._make_generator(model)
        order = generator.permutation(n_rows)
        n_held_out = int(self.calibration_fraction * n_rows)
        held_out, learned = np.sort(order[:n_held_out]), np.sort(order[n_held_out:])
        X_learned = safe_indexing(X, learned) if n_held_out else X
        X_held_out = safe_indexing(X, held_out) if n_held_out else None
        has_outliers = not isinstance(self.contamination, str)
        self.__dict__.pop("model_", None)
        fitted: tuple[NeighborScore | BoundScore, np.ndarray, list[Reading]]
        if self.method == "bound":
            fitted = BoundScore.fit(
                model,
                X_learned,
                X_held_out,
                self.n_importance_samples,
                reads_learned=has_outliers,
            )
            self.model_ = model
        else:
            fitted = NeighborScore.fit(
                model, X_learned, X_held_out, generator, leaves_out_copy=has_outliers
            )
        self._score, usual, readings = fitted
        remember_features(self, self._score.n_features, self._score.feature_names)
        self._usual_parts = usual.mean(axis=0)
        self.calibration_scores_ = usual.sum(axis=1)[:n_held_out]
        self.offset_ = self._choose_offset(readings)
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the score of each row, higher for a more normal one.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        self._check(X)
        return self._score.scores(self._score.read(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return how far each score lies above the threshold; negative for outliers.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """Return -1 for outliers and 1 for normal rows.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to judge.

        Returns
        -------
        ndarray of int, shape (n_samples,)
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: Any) -> np.ndarray:
        """Return the conformal p-value of each row: how rarely a normal row scores so low.

        On average over fits a share of at most α of the normal rows has a p-value of at most α, if they are
        exchangeable with the rows given to `fit`. To judge many rows at once by the rate of false discoveries, give
        the p-values to ``scipy.stats.false_discovery_control``.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to judge.

        Returns
        -------
        ndarray of shape (n_samples,)
            From 1 / (n_held_out + 1) to 1.

        Raises
        ------
        ValueError
            If no rows were held out.
        """
        scores = self.score_samples(X)
        return conformal_p_values(self.calibration_scores_, scores)

    def feature_contributions(self, X: Any) -> pd.DataFrame:
        """Return what each column adds to the score of a row, beyond what it usually adds.

        The entries of a row sum to ``score_samples(X)`` minus the mean score of the held-out rows, or of the learned
        ones where none were held out. The last column, "(rest)", is what no single column adds.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to explain.

        Returns
        -------
        DataFrame of shape (n_samples, n_features_in_ + 1)
            The columns with the most negative entries are why a row is strange.
        """
        self._check(X)
        unnamed = np.array([f"x{column}" for column in range(self.n_features_in_)])
        names = [*getattr(self, "feature_names_in_", unnamed), "(rest)"]
        parts = self._score.parts(self._score.read(X))
        return pd.DataFrame(parts - self._usual_parts, columns=names)

    def _make_generator(self, model: VAE) -> np.random.Generator:
        """Make the source of the order of rows, and seed the model where it has no seed of its own."""
        has_own_seed = self.random_state is None and model.random_state is not None
        of_order, of_model = np.random.SeedSequence(draw_seed(model.random_state)).spawn(2)
        if not has_own_seed:
            model.set_params(random_state=int(of_model.generate_state(1)[0]))
        return np.random.default_rng(of_order)

    def _choose_offset(self, readings: list[Reading]) -> float:
        if isinstance(self.contamination, str):
            return threshold_at_rate(self.calibration_scores_, self.false_alarm_rate)
        scores = np.concatenate([self._score.scores(reading) for reading in readings])
        return float(np.percentile(scores, 100.0 * self.contamination))

    def _check(self, X: Any) -> Any:
        check_is_fitted(self)
        # Images have more dimensions than the number of columns tells; the model checks them.
        if getattr(X, "ndim", 2) == 2:
            check_feature_names(self, X, reset=False)
            check_n_features(self, X, reset=False)
        return X

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.three_d_array = True
        return tags
