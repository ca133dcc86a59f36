"""The outlier detector: how likely a VAE of normal rows finds a row, why, and at what rate of false alarms."""

from __future__ import annotations

import numbers
import warnings
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OutlierMixin, clone
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
from vaesynth.applications._outliers._conformal import conformal_p_values, threshold_at_rate
from vaesynth.applications._outliers._kernel_density import LearnedRows
from vaesynth.estimators import VAE, remember_features
from vaesynth.saving import Savable
from vaesynth.tabular import accept_any_table

METHODS = ("density", "bound", "neighbors", "reconstruction", "regret")


class VAEOutlierDetector(Savable, OutlierMixin, BaseEstimator):
    r"""Find rows of a table, or images, that are not like those a variational autoencoder has learned.

    A `VAE` learns normal rows. It takes a row x apart into its reconstruction :math:`\hat x` and the residual
    :math:`x - \hat x`. By default the score of a row is its log-density among the learned rows so taken apart, in nats
    and higher for a more normal row: kernels around them, in the manner of the Exemplar VAE, whose width is the
    likeliest when each learned row is left out. A row is normal if there was one like it, of which the model misses
    the like. The other scores ask the model alone.

    Some of the rows given to :meth:`fit` are not learned from. With their scores `predict` keeps a stated rate of
    false alarms, and :meth:`p_values` gives conformal p-values, whatever the data and however good the model.

    Parameters
    ----------
    method : {"neighbors", "density", "bound", "reconstruction", "regret"}, default="neighbors"
        What a score is. "neighbors" is the density around the learned rows; "bound" the importance-weighted bound on
        :math:`\log p(x)`; "density" the mean of both. "reconstruction" is the log-likelihood of the cells given the
        latents. "regret" is the negative of what the bound gains when the posterior is fitted to the one row.
    contamination : "auto" or float, default="auto"
        Share of outliers among the rows given to `fit`. "auto" is for normal rows only: the threshold is then that
        of `false_alarm_rate`. A float puts the threshold where this share of the given rows lies below it.
    false_alarm_rate : float, default=0.05
        Share of normal rows that may be taken for outliers, with ``contamination="auto"``.
    calibration_fraction : float, default=0.2
        Share of the given rows that are held out, for thresholds and p-values; 0 holds out none.
    n_importance_samples : int, default=16
        Posterior draws for a row's bound. They depend on the row alone.
    model : VAE or None, default=None
        What learns the rows; a clone is fitted. None is ``VAE(numeric_encoding="asinh", categorical_features=None)``:
        whatever can be numbers is read as such. For "neighbors" and "density" its decoder must be independent.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are held out and, where `model` has no `random_state`, its fit.

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

    A row that equals a learned one is scored as if that one had not been learned. Rows given to `fit` may then
    contain outliers (``contamination`` as a float), which do not vouch for themselves.

    The network and the width of the kernels come from the learned rows alone. There are kernels around the held-out
    rows as well: for its own score a held-out row is left out and then treated as any new row, so that it lacks the
    kernel of the new row alone. With that its score could only be higher, and the p-value of the new row lower: the
    p-values err to the safe side.

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

    _parameter_constraints: ClassVar[dict] = {
        "method": [StrOptions(set(METHODS))],
        "contamination": [StrOptions({"auto"}), Interval(numbers.Real, 0, 0.5, closed="right")],
        "false_alarm_rate": [Interval(numbers.Real, 0, 1, closed="neither")],
        "calibration_fraction": [Interval(numbers.Real, 0, 1, closed="left")],
        "n_importance_samples": [Interval(numbers.Integral, 1, None, closed="left")],
        "model": [VAE, None],
        "random_state": ["random_state"],
    }
    model_: VAE
    offset_: float
    calibration_scores_: np.ndarray

    def __init__(
        self,
        *,
        method: str = "neighbors",
        contamination: float | str = "auto",
        false_alarm_rate: float = 0.05,
        calibration_fraction: float = 0.2,
        n_importance_samples: int = 16,
        model: VAE | None = None,
        random_state: Any = None,
    ) -> None:
        self.method = method
        self.contamination = contamination
        self.false_alarm_rate = false_alarm_rate
        self.calibration_fraction = calibration_fraction
        self.n_importance_samples = n_importance_samples
        self.model = model
        self.random_state = random_state

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
            If no latent tells rows apart.
        """
        n_rows = num_samples(X)
        (X,) = indexable(X)
        split_seed, model_seed = np.random.SeedSequence(draw_seed(self.random_state)).spawn(2)
        order = np.random.default_rng(split_seed).permutation(n_rows)
        n_held_out = int(self.calibration_fraction * n_rows)
        held_out, learned = np.sort(order[:n_held_out]), np.sort(order[n_held_out:])
        X_learned = safe_indexing(X, learned) if n_held_out else X
        self.model_ = self._make_model(model_seed).fit(X_learned)
        names = getattr(self.model_, "feature_names_in_", None)
        remember_features(self, self.model_.n_features_in_, names)
        self._log_unknown = -np.log(len(learned) + 2)
        X_held_out = safe_indexing(X, held_out) if n_held_out else None
        self._learned = self._learn_density(X_learned, X_held_out)
        own = len(learned) + np.arange(n_held_out) if n_held_out else np.arange(len(learned))
        parts = self._parts(X_held_out if n_held_out else X_learned, own)
        self._usual_parts = parts.mean(axis=0)
        self.calibration_scores_ = parts.sum(axis=1)[:n_held_out]
        self.offset_ = self._choose_offset(X)
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Give the score of each row: nats, higher for a more normal row.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        self._check(X)
        return self._parts(X).sum(axis=1)

    def decision_function(self, X: Any) -> np.ndarray:
        """Give how far each score lies above the threshold, in nats; negative for outliers.

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
        """Tell outliers (-1) from normal rows (1).

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
        """Give the conformal p-value of each row: how rarely a normal row scores so low.

        Of normal rows, exchangeable with those given to `fit`, a share of at most α has a p-value of at most α, on the
        average over fits. Among many rows ``scipy.stats.false_discovery_control`` finds outliers at a rate of false
        discoveries.

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
        if not len(self.calibration_scores_):
            raise ValueError(
                "`calibration_fraction` must hold out a row for p-values, got "
                f"{self.calibration_fraction}, which held out none"
            )
        return conformal_p_values(self.calibration_scores_, scores)

    def feature_contributions(self, X: Any) -> pd.DataFrame:
        """Explain scores: what each column adds to the score of a row, beyond what it usually adds.

        The sums over a row are ``score_samples(X)`` less the mean score of the held-out rows, or of the learned ones
        where none were held out. The last column, "(rest)", is what no single column adds.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to explain.

        Returns
        -------
        DataFrame of shape (n_samples, n_features_in_ + 1)
            Nats; the most negative entries of a row are why it is strange.

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
        return pd.DataFrame(self._parts(X) - self._usual_parts, columns=names)

    def _make_model(self, seed: np.random.SeedSequence) -> VAE:
        automatic = VAE(numeric_encoding="asinh", categorical_features=None)
        model = automatic if self.model is None else clone(self.model)
        if model.random_state is None:
            model.set_params(random_state=int(seed.generate_state(1)[0]))
        return model

    def _learn_density(self, X: Any, X_held_out: Any) -> LearnedRows | None:
        if self.method not in ("density", "neighbors"):
            return None
        others = None if X_held_out is None else self._coordinates(X_held_out)
        # Reconstruction and residual are twice as many numbers as a row has, and levels of a category more than one.
        n_dimensions = max(1, len(np.unique(self.model_.residual_columns())))
        return LearnedRows(self._coordinates(X), n_dimensions, others)

    def _coordinates(self, X: Any) -> np.ndarray:
        return np.hstack(self.model_.split_residuals(X, handle_unknown="typical"))

    def _choose_offset(self, X: Any) -> float:
        if not isinstance(self.contamination, str):
            return float(np.percentile(self._parts(X).sum(axis=1), 100.0 * self.contamination))
        offset = threshold_at_rate(self.calibration_scores_, self.false_alarm_rate)
        if np.isinf(offset):
            warnings.warn(
                f"at a false alarm rate of {self.false_alarm_rate} no row can be an outlier with "
                f"{len(self.calibration_scores_)} held-out rows: give `fit` more rows, or raise "
                "`false_alarm_rate` or `calibration_fraction`",
                UserWarning,
                stacklevel=3,
            )
        return offset

    def _parts(self, X: Any, own: np.ndarray | None = None) -> np.ndarray:
        """Cut scores into what columns and, last, none alone adds, in nats; shape (n_samples, n_features_in_ + 1)."""
        unknown = self.model_.unknown_cells(X)
        if self.method == "regret":
            parts = np.zeros((len(unknown), self.n_features_in_ + 1))
            parts[:, -1] = -self.model_.likelihood_regret(X, handle_unknown="typical")
        elif self.method == "neighbors":
            parts = self._neighbor_parts(X, own)
        elif self.method == "density":
            parts = (self._bound_parts(X) + self._neighbor_parts(X, own)) / 2
        else:
            parts = self._bound_parts(X)
            if self.method == "reconstruction":
                parts[:, -1] = 0.0
        parts[:, :-1] += self._log_unknown * unknown
        return parts

    def _bound_parts(self, X: Any) -> np.ndarray:
        return self.model_.score_columns(
            X,
            n_importance_samples=self.n_importance_samples,
            units="encoded",
            handle_unknown="typical",
        )

    def _neighbor_parts(self, X: Any, own: np.ndarray | None) -> np.ndarray:
        if self._learned is None:
            raise ValueError(
                f"`method` must stay what it was in fit to be {self.method!r}: that fit kept no learned rows"
            )
        coordinates = self._coordinates(X)
        by_coordinate = self._learned.log_density_parts(coordinates, own)
        parts = np.zeros((len(coordinates), self.n_features_in_ + 1))
        columns = np.tile(self.model_.residual_columns(), 2)
        np.add.at(parts.T, columns, by_coordinate[:, :-1].T)
        parts[:, -1] = by_coordinate[:, -1]
        return parts

    def _check(self, X: Any) -> None:
        check_is_fitted(self)
        # Images have more dimensions than the number of columns tells; the model checks them.
        if getattr(X, "ndim", 2) == 2:
            check_feature_names(self, X, reset=False)
            check_n_features(self, X, reset=False)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.three_d_array = True
        return tags
