"""A sampler and a regressor as one scikit-learn regressor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from vaesynth._sklearn import HasMethods, StrOptions, fit_context
from vaesynth._whole_fit import whole_fit
from vaesynth.metrics import read_numbers
from vaesynth.model_selection._resample_and_fit import combine_tags, copy_column_facts, resample


class ResampledRegressor(RegressorMixin, MetaEstimatorMixin, BaseEstimator):
    """Regressor that resamples the rows it is fitted on, and only those.

    `fit` passes the training rows to `sampler` and fits `regressor` on the rows that the sampler returns. `predict`
    passes its rows to the regressor unchanged. Because it is one estimator, it can be the last step of a plain
    :class:`sklearn.pipeline.Pipeline`, and cross-validation never resamples the rows of a test fold.

    `X` is neither checked nor converted here: the sampler and the regressor get a data frame with missing values or
    categories as it is.

    Parameters
    ----------
    sampler : sampler object, "passthrough" or None, default=None
        An object with `fit_resample` that takes a numeric target. ``"passthrough"`` fits the regressor on the rows as
        they are, which makes "no resampling" one point of a grid search. None means ``CVAERegressionSampler()``.
    regressor : regressor object, default=None
        An object with `fit` and `predict`. None means :class:`sklearn.ensemble.HistGradientBoostingRegressor`.

    Attributes
    ----------
    sampler_ : sampler object or "passthrough"
        The sampler fitted on the training rows.
    regressor_ : regressor object
        The regressor fitted on the resampled rows.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`. Only exists if they are all strings.

    See Also
    --------
    vaesynth.ResampledClassifier : The same for classes.

    Notes
    -----
    More rows in rare ranges make a regressor predict such values more often, also where they are wrong. It trades
    errors on common values for those on rare ones: measure both.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from vaesynth import CVAERegressionSampler, ResampledRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> y = np.exp(X[:, 0])
    >>> resampled = ResampledRegressor(CVAERegressionSampler(random_state=0))
    >>> model = make_pipeline(StandardScaler(), resampled).fit(X, y)
    >>> model.predict(X).shape
    (200,)
    """

    _parameter_constraints = {  # noqa: RUF012
        "sampler": [HasMethods(["fit_resample"]), StrOptions({"passthrough"}), None],
        "regressor": [HasMethods(["fit", "predict"]), None],
    }

    def __init__(self, sampler: Any = None, regressor: Any = None) -> None:
        self.sampler = sampler
        self.regressor = regressor

    @whole_fit
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Resample the rows and fit the regressor on the result.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Training rows, in any form that both the sampler and the regressor take.
        y : array-like of shape (n_samples,)
            Numbers.

        Returns
        -------
        self : ResampledRegressor
            The fitted regressor.

        Raises
        ------
        ValueError
            If `y` is None, not finite, not one-dimensional or not as long as `X`, or if the sampler refuses the rows.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        check_consistent_length(X, y)
        resampled = resample(self._chosen_sampler(), X, read_numbers(y))
        self.sampler_ = resampled.sampler
        self.regressor_ = clone(self._chosen_regressor()).fit(resampled.X, resampled.y)
        copy_column_facts(self, self.regressor_, self.sampler_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict the target of each row.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows. They are not resampled.

        Returns
        -------
        predictions : ndarray of shape (n_samples,)
            Numbers in the units of the target.
        """
        check_is_fitted(self)
        return self.regressor_.predict(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        return combine_tags(tags, self._chosen_regressor(), [self._chosen_sampler()])

    def _chosen_sampler(self) -> Any:
        """Return the sampler to clone, or "passthrough"."""
        if self.sampler is not None:
            return self.sampler
        from vaesynth.over_sampling import CVAERegressionSampler  # torch loads only where needed

        return CVAERegressionSampler()

    def _chosen_regressor(self) -> Any:
        """Return the regressor to clone."""
        return HistGradientBoostingRegressor() if self.regressor is None else self.regressor
