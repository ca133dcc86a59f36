"""Designing rows in the latent space of a model."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import num_samples
from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.applications._design._cell_pool import check_columns, column_names, find_columns
from vaesynth.applications._design._constraints import Constraints
from vaesynth.applications._design._counterfactuals import ClassFlips, CounterfactualSearch
from vaesynth.applications._design._latent_model import LatentModel, is_fitted
from vaesynth.applications._design._optimization import Optimizer, Reach, Search, collect, take_rows
from vaesynth.applications._design._paths import find_direction, interpolate_points, traverse_points
from vaesynth.applications._design._results import Counterfactuals, DesignResult
from vaesynth.estimators import CVAE, VAE, BetaVAE, adapt_model, check_count, remember_features
from vaesynth.tabular import accept_any_table

# Reconstructions of a model with β = 1 are too alike to start from, and linked cells leave the latents little to tell.
RECIPE = {"beta": 0.1, "decoder": "independent"}


class LatentDesigner(BaseEstimator):
    """Rows by design: paths, attributes, optima and counterfactuals in the latent space of a model.

    `fit` encodes real rows, which say where in the latent space rows are to be expected. Designed rows have the
    columns, types and levels of the table that the model was fitted on.

    Rows pass through the latents, so a design is only as good as ``model_.reconstruct``. Where reconstructions are too
    alike, fit a model with a lower `beta`, and always one with ``decoder="independent"``.

    Parameters
    ----------
    model : VAE, BetaVAE, CVAE or None, default=None
        A fitted model of tables or images is used as it is. If the model is not fitted, `fit` fits a copy, in which
        ``beta="auto"`` is 0.1 (but that of a `BetaVAE`) and ``decoder="auto"`` is "independent". None is ``VAE()``, or
        ``CVAE()`` where `fit` is given classes.
    max_reference : int, default=5000
        Largest number of real rows to remember; if there are more, a random sample is remembered.
    n_jobs : int or None, default=None
        Threads where `fit` fits the model; None leaves their number to `model`. Nothing depends on it.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are remembered and, where `fit` fits the model, that fit; None leaves the fit to the
        `random_state` of `model`.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss where `fit` fits the model.

    Attributes
    ----------
    model_ : VAE, BetaVAE or CVAE
        The fitted model.
    reference_ : table of shape (n_reference, n_features), or images
        The remembered rows.
    reference_points_ : ndarray of shape (n_reference, n_latents)
        Their latent points.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    See Also
    --------
    vaesynth.plotting.RowPathDisplay : A path of rows as a picture.
    vaesynth.plotting.RowChangesDisplay : What counterfactuals change.

    Notes
    -----
    As everywhere in scikit-learn, ``sklearn.base.clone`` forgets what a designer and its model have learned, so that a
    clone fits the model again. A model in a ``sklearn.frozen.FrozenEstimator`` stays fitted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from vaesynth.applications import LatentDesigner
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> designer = LatentDesigner(random_state=0).fit(X)
    >>> designer.interpolate(X.iloc[[0]], X.iloc[[100]], n_steps=5).shape
    (5, 4)
    >>> longer = designer.attribute_direction(X, X["petal length (cm)"])
    >>> moved = designer.shift(X.iloc[[0]], longer, [0, 2])["petal length (cm)"]
    >>> bool(moved[1] > moved[0])
    True
    >>> classifier = LogisticRegression(max_iter=1000).fit(X, y)
    >>> found = designer.counterfactuals(X.iloc[[0]], classifier, target=1)
    >>> classifier.predict(found.rows).tolist()
    [1]
    """

    model_: Any
    reference_: Any
    reference_points_: np.ndarray
    n_features_in_: int
    _model: LatentModel
    _reach: Reach

    def __init__(
        self,
        model: Any = None,
        *,
        max_reference: int = 5000,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.model = model
        self.max_reference = max_reference
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model, unless it is fitted, and remember where real rows lie.

        Parameters
        ----------
        X : table or images like those the model was fitted on
            Real rows, at least two.
        y : array-like of shape (n_samples,), optional
            Their classes, for a `CVAE`; ignored where `model` has no classes. Without them a fitted `CVAE` weighs its
            classes by p(y | x).

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If the model cannot design, its latents do not tell the rows apart, or there are fewer than two rows.
        """
        n_rows = num_samples(X)
        most: Any = self.max_reference
        if not isinstance(most, numbers.Integral) or most < 2:
            raise ValueError(f"`max_reference` must be an integer of at least 2, got {most!r}")
        if n_rows < 2:
            raise ValueError(f"`X` must have at least 2 rows, got n_samples={n_rows}")
        fitted, points = self._fit_unless_fitted(X, y)
        model = LatentModel(fitted)
        labels = model.labels(y, n_rows) if model.has_classes else None
        if n_rows > self.max_reference:
            rng = np.random.default_rng(draw_seed(self.random_state))
            kept = np.sort(rng.choice(n_rows, self.max_reference, replace=False))
            X, labels = take_rows(X, kept), None if labels is None else labels[kept]
            points = None if points is None else points[kept]
        points = model.encode(X, labels) if points is None else points
        self._reach = Reach(points)
        self.model_, self._model = fitted, model
        self.reference_, self.reference_points_ = X, points
        names = getattr(fitted, "feature_names_in_", None)
        remember_features(self, fitted.n_features_in_, names)
        return self

    def interpolate(
        self, X_start: Any, X_end: Any, *, n_steps: int = 10, path: str = "linear", y: Any = None
    ) -> Any:
        """Return rows on the way from one row to another.

        Parameters
        ----------
        X_start, X_end : table or images with n_paths rows
            Ends of the paths, row by row. The first and last row of a path are their reconstructions.
        n_steps : int, default=10
            Rows of a path, both ends among them.
        path : {"linear", "spherical"}, default="linear"
            Straight lines through the latent space, or arcs around its origin, which keep to the shell where a
            standard normal prior of many latents has its mass.
        y : label or array-like of shape (n_paths,), optional
            Class of each path, for a `CVAE`; without it each point's likeliest.

        Returns
        -------
        table or images with n_paths * n_steps rows
            All rows of the first path first.
        """
        check_is_fitted(self)
        labels = self._model.labels(y, num_samples(X_start))
        start, end = self._model.encode(X_start, labels), self._model.encode(X_end, labels)
        points = interpolate_points(start, end, n_steps, path)
        return self._model.decode(points, _repeat(labels, n_steps))

    def traverse(
        self, X: Any, latent: int, values: Any = (-3, -2, -1, 0, 1, 2, 3), *, y: Any = None
    ) -> Any:
        """Return rows along one latent, with the others as they are.

        Parameters
        ----------
        X : table or images with n_samples rows
            Where to start.
        latent : int
            Which latent to change; ``model_.kl_per_latent_`` says how much each tells.
        values : array-like of shape (n_values,), default=whole numbers from -3 to 3
            What it is set to.
        y : label or array-like of shape (n_samples,), optional
            Classes of the rows, for a `CVAE`.

        Returns
        -------
        table or images with n_samples * n_values rows
            All values of the first row first.
        """
        check_is_fitted(self)
        labels = self._model.labels(y, num_samples(X))
        points = traverse_points(self._model.encode(X, labels), latent, values)
        return self._model.decode(points, _repeat(labels, len(np.asarray(values))))

    def attribute_direction(
        self, X: Any, y: Any, *, positive: Any = None, method: str = "auto"
    ) -> np.ndarray:
        """Return the direction in which an attribute grows.

        Parameters
        ----------
        X : table or images with n_samples rows
            Rows with and without the attribute.
        y : array-like of shape (n_samples,)
            Labels of the attribute, or numbers.
        positive : label, optional
            The label to go towards, from all others; needed unless there are two, of which it is the last.
        method : {"auto", "mean_difference", "logistic", "regression"}, default="auto"
            "mean_difference" goes from the mean of the other rows to the mean of the rows with the label. "logistic"
            goes at right angles to the plane of a logistic regression, as far as the two means are apart in that
            direction. "regression" goes where the prediction of a ridge regression rises, so far that it rises by 1.
            "auto" is "regression" for numbers of more than two values where `positive` is not given, else
            "mean_difference".

        Returns
        -------
        ndarray of shape (n_latents,)
            For :meth:`shift`, where 1 is one such step.

        References
        ----------
        Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", ICML 2016 (differences of
        means).
        """
        check_is_fitted(self)
        return find_direction(self._model.encode(X), y, positive, method)

    def shift(self, X: Any, direction: Any, amount: Any = 1.0, *, y: Any = None) -> Any:
        """Return rows moved along a direction.

        Parameters
        ----------
        X : table or images with n_samples rows
            Rows to move.
        direction : array-like of shape (n_latents,)
            As :meth:`attribute_direction` gives it.
        amount : float or array-like of shape (n_amounts,), default=1.0
            How far; each row is moved by each amount.
        y : label or array-like of shape (n_samples,), optional
            Classes of the rows, for a `CVAE`.

        Returns
        -------
        table or images with n_samples * n_amounts rows
            All amounts of the first row first.
        """
        check_is_fitted(self)
        labels = self._model.labels(y, num_samples(X))
        points = self._model.encode(X, labels)
        step = np.asarray(direction, dtype=float)
        amounts = np.atleast_1d(np.asarray(amount, dtype=float))
        if step.shape != points.shape[1:] or not np.isfinite(step).all():
            raise ValueError(
                f"`direction` must be {points.shape[1]} finite numbers, got {np.asarray(direction)!r}"
            )
        if amounts.ndim != 1 or not len(amounts) or not np.isfinite(amounts).all():
            raise ValueError(f"`amount` must be one or more finite numbers, got {amount!r}")
        moved = points[:, None, :] + amounts[None, :, None] * step
        return self._model.decode(moved.reshape(-1, len(step)), _repeat(labels, len(amounts)))

    def optimize(
        self,
        objective: Callable[[Any], Any],
        X: Any = None,
        *,
        y: Any = None,
        n_starts: int = 10,
        bounds: Mapping[Any, Any] | None = None,
        constraints: str | Callable[[Any], Any] | Sequence[str | Callable[[Any], Any]] = (),
        fixed: Sequence[Any] = (),
        trust_radius: float | None = 1.0,
        target: float | None = None,
        max_evaluations: int = 3000,
        optimizer: Optimizer | None = None,
        random_state: Any = None,
    ) -> DesignResult:
        """Search for rows that make a function small, within limits.

        The objective may be anything that can be computed from rows: a regressor's prediction, a formula, a simulator.
        Its gradient is not needed. Each start has a search of its own, in the box of the latents that the real rows
        span, and a search never ends with a row that is worse than its start. A row within the limits is better than
        one outside; of two rows within them the one with the lower objective is better, and of two rows outside the
        one that violates them less.

        Parameters
        ----------
        objective : callable
            Takes many rows at once, as ``model_.inverse_transform`` returns them, and returns a float for each; lower
            is better. It is called with rows within the limits only, and once more with the final rows.
        X : table or images with n_starts rows, optional
            Rows to start from; by default `n_starts` draws from the prior.
        y : label or array-like of shape (n_starts,), optional
            Class that the rows of a start have, for a `CVAE`; without it each point's likeliest.
        n_starts : int, default=10
            Starts to draw, where `X` is not given.
        bounds : dict, optional
            For a column either the range of its numbers as a tuple ``(low, high)``, where None leaves one end open, or
            the levels that it may have as a list. Columns of an ndarray are named by their positions.
        constraints : str, callable or sequence of those, default=()
            Rules as `VAE` has them. A text compares columns, as ``"width <= height"``. A callable takes rows and gives
            for each of them either whether it is satisfied, or a float that must not be negative. A float says how far
            off a row is, so that the search finds its way sooner.
        fixed : sequence of columns, default=()
            Columns whose cells stay those of the start.
        trust_radius : float or None, default=1.0
            How far a point may be from the nearest point of a real row. At a distance of 1 or less from the nearest
            other point lie 95 % of the points of real rows. None allows all of the box.
        target : float, optional
            A search ends as soon as it has a row within the limits with at most this value.
        max_evaluations : int, default=3000
            Rows to try from each start, at most.
        optimizer : callable, optional
            By default `scipy.optimize.differential_evolution`, whose first members lie around the start. To use
            another library, give a function of ``(energy, start, box, rng)``: ``energy`` returns a number to minimise
            for each of an array of points of shape (n_points, n_active), ``start`` is the first point, ``box`` the
            lowest and highest value of each latent in use, shape (n_active, 2), and ``rng`` a numpy generator. What
            the function returns is ignored: the best row that it has tried counts.
        random_state : int, RandomState instance or None, default=None
            Decides the starts from the prior and the searches.

        Returns
        -------
        DesignResult

        Raises
        ------
        TypeError, ValueError
            If an argument is refused, or the objective or a constraint returns something else than it must.

        References
        ----------
        Storn, Price, "Differential evolution", Journal of Global Optimization 1997; Deb, "An efficient constraint
        handling method for genetic algorithms", 2000; Gómez-Bombarelli et al., "Automatic chemical design using a
        data-driven continuous representation of molecules", ACS Central Science 2018 (optimisation in latent space).

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth.applications import LatentDesigner
        >>> X = load_iris(as_frame=True).data
        >>> designer = LatentDesigner(random_state=0).fit(X)
        >>> def area(rows):
        ...     return rows["petal length (cm)"] * rows["petal width (cm)"]
        >>> result = designer.optimize(
        ...     lambda rows: abs(area(rows) - 6),
        ...     X.iloc[[0, 50]],
        ...     bounds={"sepal length (cm)": (5.0, 6.5)},
        ...     target=0.1,
        ...     random_state=0,
        ... )
        >>> result.has_reached.tolist()
        [True, True]
        """
        check_is_fitted(self)
        self._check_search(objective, trust_radius, target, max_evaluations, optimizer)
        seeds = np.random.SeedSequence(draw_seed(random_state))
        if X is None:
            X = self._draw_starts(n_starts, y, seeds.spawn(1)[0])
        elif isinstance(X, pd.DataFrame):
            check_columns(self.reference_, X)
        labels = self._model.labels(y, num_samples(X))
        search = Search(
            self._model,
            objective,
            Constraints.read(bounds, constraints, X),
            _positions(fixed, X, "fixed"),
            self._reach,
            trust_radius,
            target,
            int(max_evaluations),
        )
        attempts = [
            search.run(take_rows(X, [i]), None if labels is None else labels[i], optimizer, seed)
            for i, seed in enumerate(seeds.spawn(num_samples(X)))
        ]
        return collect(attempts, X, objective)

    def counterfactuals(
        self,
        X: Any,
        classifier: Any,
        *,
        target: Any = None,
        immutable: Sequence[Any] = (),
        bounds: Mapping[Any, Any] | None = None,
        constraints: str | Callable[[Any], Any] | Sequence[str | Callable[[Any], Any]] = (),
        plausible_share: float = 0.8,
        n_candidates: int = 8,
    ) -> Counterfactuals:
        """Find what would have to be different for a classifier to decide otherwise.

        For each row the search looks up real rows of another class that are near to it, as rows or in the latent space,
        and decodes rows on the way to them. It keeps the nearest that the classifier gives the wanted class, and makes
        them sparse: one by one columns return to the cells of the original row, and numbers move back towards them,
        as long as the class stays changed and the row plausible. The result is the row with the fewest changed
        columns; of several with as few, the nearest.

        Parameters
        ----------
        X : table with n_samples rows
            Rows to change, with the columns and types of the fitted.
        classifier : fitted classifier or callable
            With ``predict`` for tables like `X`, or a function that gives their labels. Where it has ``predict_proba``
            and ``classes_``, columns go back in the order that keeps the wanted class likeliest.
        target : label, optional
            The class that the changed rows must have; by default any class but that of the original row.
        immutable : sequence of columns, default=()
            Columns that must not change.
        bounds, constraints
            What changed rows must keep to, as in :meth:`optimize`.
        plausible_share : float, default=0.8
            A row is plausible if ``model_.score_samples`` finds it no less likely than the row that it replaces, or
            than the least likely of this share of the real rows, taken from the likeliest down. A larger share allows
            odder rows, with fewer changes.
        n_candidates : int, default=8
            Number of candidates to make sparse for each row. More take longer and find sparser changes.

        Returns
        -------
        Counterfactuals

        Raises
        ------
        TypeError, ValueError
            If an argument is refused, or the classifier returns something else than a label for each row.

        References
        ----------
        Wachter, Mittelstadt, Russell, "Counterfactual explanations without opening the black box", Harvard JOLT 2018;
        Laugel et al., "Comparison-based inverse classification for interpretability in machine learning", IPMU 2018
        (giving features back); Pawelczyk, Broelemann, Kasneci, "Learning model-agnostic counterfactual explanations
        for tabular data", WWW 2020 (search in the latent space of a VAE).
        """
        check_is_fitted(self)
        _check_share("plausible_share", plausible_share)
        check_count("n_candidates", n_candidates)
        # Told apart here, so that a wrong type is not found only after the classifier has run.
        check_columns(self.reference_, X)
        flips = ClassFlips(classifier, X, target)
        search = CounterfactualSearch(
            self._model,
            self._reach,
            self.reference_,
            flips,
            Constraints.read(bounds, constraints, X),
            _positions(immutable, X, "immutable"),
            plausible_share,
            n_candidates,
        )
        return search.run(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.three_d_array = True
        return tags

    def _fit_unless_fitted(self, X: Any, y: Any) -> tuple[Any, np.ndarray | None]:
        """Return the fitted model, and the latent points of `X` where the fit gives them."""
        model = self.model
        if model is None:
            model = VAE() if y is None else CVAE()
        if not isinstance(model, VAE | CVAE) or is_fitted(model):
            return model, None
        # A BetaVAE has a β of its own.
        recipe = {"decoder": RECIPE["decoder"]} if isinstance(model, BetaVAE) else RECIPE
        model = adapt_model(self, model, recipe)
        if isinstance(model, CVAE):
            return model.fit(X, y), None
        return model, np.asarray(model.fit_transform(X), dtype=float)

    def _draw_starts(self, n_starts: Any, y: Any, seed: np.random.SeedSequence) -> Any:
        check_count("n_starts", n_starts)
        random_state = np.random.RandomState(np.random.MT19937(seed))
        return self._model.sample(n_starts, y, random_state)

    def _check_search(
        self, objective: Any, radius: Any, target: Any, max_evaluations: Any, optimizer: Any
    ) -> None:
        for name, function in (("objective", objective), ("optimizer", optimizer)):
            if not callable(function) and (name == "objective" or function is not None):
                raise TypeError(f"`{name}` must be callable, got {function!r}")
        if radius is not None and not (isinstance(radius, float | int) and radius > 0):
            raise ValueError(f"`trust_radius` must be above 0 or None, got {radius!r}")
        if target is not None and not (isinstance(target, float | int) and np.isfinite(target)):
            raise ValueError(f"`target` must be a finite number or None, got {target!r}")
        check_count("max_evaluations", max_evaluations)


def _repeat(labels: np.ndarray | None, n_times: int) -> np.ndarray | None:
    return None if labels is None else np.repeat(labels, n_times)


def _positions(columns: Any, X: Any, argument: str) -> np.ndarray:
    """Return the positions of named columns; images have none to name."""
    if not len(columns):
        return np.array([], dtype=int)
    return find_columns(columns, column_names(X), argument)


def _check_share(name: str, value: Any) -> None:
    if not isinstance(value, float | int) or not 0 < value <= 1:
        raise ValueError(f"`{name}` must be above 0 and at most 1, got {value!r}")
