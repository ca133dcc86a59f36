"""The outlier detector: how likely a VAE of normal rows finds a row, why, and at what rate of false alarms."""

from __future__ import annotations

import numbers
from typing import Any, ClassVar, NamedTuple, Self

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
from vaesynth.applications._outliers._conformal import conformal_p_values, threshold_at_rate
from vaesynth.applications._outliers._kernel_density import NearestKernelDensity
from vaesynth.estimators import CLIENT_CONSTRAINTS, VAE, adapt_model, read_known, remember_features
from vaesynth.saving import Savable
from vaesynth.tabular import accept_any_table

METHODS = ("density", "bound", "neighbors", "reconstruction", "regret")
# Numbers far off would otherwise outvote all other columns; a number with two values says more than a category.
RECIPE = {"numeric_encoding": "asinh", "categorical_features": None}


class _Reading(NamedTuple):
    """Rows as the model has read them, and where their cells have contents that it has not learned."""

    rows: Any
    is_unknown: np.ndarray


class VAEOutlierDetector(Savable, OutlierMixin, BaseEstimator):
    r"""Find rows of a table, or images, that are not like those a variational autoencoder has learned.

    A `VAE` learns normal rows. It splits a row x into its reconstruction :math:`\hat x` and the residual
    :math:`x - \hat x`. The score of a row is in nats, and higher for a more normal row. By default it is the
    log-density of the pair :math:`(\hat x, x - \hat x)` under kernels around the pairs of the learned rows, in the
    manner of the Exemplar VAE.
    A row then scores high if a learned row has about the same reconstruction and about the same residual, even where
    the model reconstructs both badly. The other scores ask the model alone.

    Some of the rows given to :meth:`fit` are not learned from. Their scores tell how normal rows score that the model
    has not seen: with them `predict` keeps a stated rate of false alarms, and :meth:`p_values` returns conformal
    p-values, whatever the data and however good the model.

    Parameters
    ----------
    model : VAE or None, default=None
        The model that learns the rows; a copy of it is fitted. None is ``VAE()``. What is "auto" in the model is chosen
        here: ``numeric_encoding="asinh"`` and ``categorical_features=None``, which reads as numbers all columns that
        can be. For "neighbors" and "density" its decoder must be independent.
    method : {"neighbors", "density", "bound", "reconstruction", "regret"}, default="neighbors"
        What a score is. "neighbors" is the density around the learned rows; "bound" the importance-weighted bound on
        :math:`\log p(x)`; "density" the mean of both. "reconstruction" is the log-likelihood of the cells given the
        latents. "regret" is minus what the bound gains when the posterior is fitted to the one row.
    contamination : "auto" or float, default="auto"
        Share of outliers among the rows given to `fit`. "auto" says that all are normal; the threshold then follows
        from `false_alarm_rate`. With a float this share of the given rows lies below the threshold.
    false_alarm_rate : float, default=0.05
        Share of normal rows that may be taken for outliers, with ``contamination="auto"``.
    calibration_fraction : float, default=0.2
        Share of the given rows that are held out, for thresholds and p-values; 0 holds out none.
    n_importance_samples : int, default=16
        Posterior draws for the bound of a row. They depend on the row alone.
    n_jobs : int or None, default=None
        Threads; None leaves their number to `model`. Nothing depends on it.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are held out, and the fit of the model; None leaves both to the `random_state` of `model`.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    model_ : VAE
        The fitted model.
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
    Densities are those of normalised numbers, so that scores do not depend on units of measurement.

    A category that no learned row had, a number where all learned rows had the same other one, or a missing cell in a
    column that had none, is scored by the rule of succession: it takes :math:`\log(n + 2)` nats, for n learned rows.

    A row that equals a learned one is scored as if that one had not been learned. An outlier among the rows given to
    `fit` (``contamination`` as a float) is then not normal because of itself.

    The network and the width of the kernels come from the learned rows alone. The held-out rows have kernels as well;
    the score of a held-out row is taken without its own kernel. Exchangeability would ask that the score of a held-out
    row counts the kernel of the new row too, which could only raise it and lower the p-value of the new row. The
    p-values therefore err to the safe side.

    References
    ----------
    Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016; Norouzi, Fleet, Norouzi, "Exemplar
    VAE", NeurIPS 2020; Xiao, Yan, Amit, "Likelihood Regret", NeurIPS 2020; Bates et al., "Testing for Outliers with
    Conformal p-values", Annals of Statistics 2023.

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
        """Fit the model to normal rows and set the threshold.

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
            If no latent tells rows apart.
        """
        n_rows = num_samples(X)
        (X,) = indexable(X)
        model = adapt_model(self, VAE() if self.model is None else self.model, RECIPE)
        order = self._draw_order(model, n_rows)
        n_held_out = int(self.calibration_fraction * n_rows)
        held_out, learned = np.sort(order[:n_held_out]), np.sort(order[n_held_out:])
        X_learned = safe_indexing(X, learned) if n_held_out else X
        self.model_ = model.fit(X_learned)
        names = getattr(self.model_, "feature_names_in_", None)
        remember_features(self, self.model_.n_features_in_, names)
        self._log_unknown = -np.log(len(learned) + 2)
        parts = [self._read(X_learned)]
        if n_held_out:
            parts.append(self._read(safe_indexing(X, held_out)))
        self._density = self._fit_density(*parts)
        own = len(learned) + np.arange(n_held_out) if n_held_out else np.arange(n_rows)
        usual = self._score_parts(parts[-1], own)
        self._usual_parts = usual.mean(axis=0)
        self.calibration_scores_ = usual.sum(axis=1)[:n_held_out]
        self.offset_ = self._choose_offset(parts)
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the score of each row: nats, higher for a more normal row.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self._score_parts(self._read(self._check(X))).sum(axis=1)

    def decision_function(self, X: Any) -> np.ndarray:
        """Return how far each score lies above the threshold, in nats; negative for outliers.

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
            Nats; the columns with the most negative entries are why a row is strange.

        Raises
        ------
        ValueError
            If `method` is "regret", which has no parts.
        """
        self._check(X)
        if self.method == "regret":
            raise ValueError(
                "`method` must be one that columns add up to, 'density', 'bound', 'neighbors' or 'reconstruction', "
                "got 'regret'"
            )
        unnamed = np.array([f"x{column}" for column in range(self.n_features_in_)])
        names = [*getattr(self, "feature_names_in_", unnamed), "(rest)"]
        parts = self._score_parts(self._read(X))
        return pd.DataFrame(parts - self._usual_parts, columns=names)

    def _draw_order(self, model: VAE, n_rows: int) -> np.ndarray:
        """Draw the order of the rows, the held-out ones first, and seed the model where it has no seed of its own."""
        has_own_seed = self.random_state is None and model.random_state is not None
        of_order, of_model = np.random.SeedSequence(draw_seed(model.random_state)).spawn(2)
        if not has_own_seed:
            model.set_params(random_state=int(of_model.generate_state(1)[0]))
        return np.random.default_rng(of_order).permutation(n_rows)

    def _read(self, X: Any) -> _Reading:
        return _Reading(*read_known(self.model_, X))

    def _fit_density(
        self, learned: _Reading, held_out: _Reading | None = None
    ) -> NearestKernelDensity | None:
        if self.method not in ("density", "neighbors"):
            return None
        others = None if held_out is None else self._coordinates(held_out)
        # A row has more coordinates than numbers: a reconstruction and a residual of each, and one for each level of a
        # category.
        n_dimensions = max(1, len(np.unique(self.model_.residual_columns())))
        return NearestKernelDensity(self._coordinates(learned), n_dimensions, others)

    def _coordinates(self, reading: _Reading) -> np.ndarray:
        return np.hstack(self.model_.split_residuals(reading.rows))

    def _choose_offset(self, parts: list[_Reading]) -> float:
        if isinstance(self.contamination, str):
            return threshold_at_rate(self.calibration_scores_, self.false_alarm_rate)
        scores = np.concatenate([self._score_parts(part).sum(axis=1) for part in parts])
        return float(np.percentile(scores, 100.0 * self.contamination))

    def _score_parts(self, reading: _Reading, own: np.ndarray | None = None) -> np.ndarray:
        """Return what each column and, last, no column alone adds to scores, shape (n_samples, n_features_in_ + 1).

        `own` has the positions of the rows among those with a kernel, which is then left out.
        """
        if self.method == "regret":
            parts = np.zeros((len(reading.is_unknown), self.n_features_in_ + 1))
            parts[:, -1] = -self.model_.likelihood_regret(reading.rows)
        elif self.method == "neighbors":
            parts = self._neighbor_parts(reading, own)
        elif self.method == "density":
            parts = (self._bound_parts(reading) + self._neighbor_parts(reading, own)) / 2
        else:
            parts = self._bound_parts(reading)
            if self.method == "reconstruction":
                parts[:, -1] = 0.0
        parts[:, :-1] += self._log_unknown * reading.is_unknown
        return parts

    def _bound_parts(self, reading: _Reading) -> np.ndarray:
        return self.model_.score_columns(
            reading.rows,
            n_importance_samples=self.n_importance_samples,
            units="encoded",
        )

    def _neighbor_parts(self, reading: _Reading, own: np.ndarray | None) -> np.ndarray:
        if self._density is None:
            raise ValueError(
                f"`method` must be the one of fit to be {self.method!r}, which needs learned rows: that fit kept none"
            )
        coordinates = self._coordinates(reading)
        by_coordinate = self._density.log_density_parts(coordinates, own)
        parts = np.zeros((len(coordinates), self.n_features_in_ + 1))
        columns = np.tile(self.model_.residual_columns(), 2)
        np.add.at(parts.T, columns, by_coordinate[:, :-1].T)
        parts[:, -1] = by_coordinate[:, -1]
        return parts

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
