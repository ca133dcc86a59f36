"""The over-sampler: a conditional VAE behind imbalanced-learn's interface."""

from __future__ import annotations

import inspect
import numbers
from typing import Any, ClassVar, Self

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length

from vaesynth._labels import read_labels
from vaesynth._sklearn import Interval, StrOptions, fit_context
from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.drawing import SAMPLING_METHODS, Strategy
from vaesynth.estimators import (
    CVAE,
    ClassRows,
    ImageCodec,
    check_count,
    label_code,
    label_codes,
    name_of_target,
    next_draw_seed,
    refuse_missing_labels,
    warn_of_columns,
)
from vaesynth.over_sampling._amounts import plan_rows
from vaesynth.over_sampling._copies import (
    draw_without_copies,
    report_copies,
    stack_tables,
    warn_of_copies,
)
from vaesynth.over_sampling._recipe import (
    check_model,
    choose_combines,
    choose_random_state,
    make_model,
    make_strategy,
    read_features,
    refuse_moved,
    schema_of,
)
from vaesynth.over_sampling._result import (
    append_rows,
    refuse_single_rows,
    repeat_rows,
    single_row_classes,
    stack_parents,
    warn_of_single_rows,
    weigh_resampled,
)
from vaesynth.over_sampling._shares import report_shares
from vaesynth.over_sampling._stream_resampling import StreamResampler
from vaesynth.saving import Savable
from vaesynth.tabular import Table, TableEncoder, TableSchema, accept_any_table


class CVAESampler(StreamResampler, Savable, BaseOverSampler):
    """Over-sample with a conditional variational autoencoder.

    The model learns, in one network for all classes, an encoder q(z | x, y), a decoder p(x | z, y) and a latent
    distribution p(z | y) for each class. New rows of a class are then drawn in its latent space and decoded into the
    columns, types and categories of the table.

    Parameters
    ----------
    model : CVAE or None, default=None
        The model with the parameters that it is to have, not fitted. It stays as it is: `model_` is a fitted copy. None
        is ``CVAE()``. Its `categorical_features` says which columns are categories. What it leaves "auto" is as in
        `CVAE`, but for three parameters that are chosen for over-sampling. For draws around real rows, `decoder` is
        "independent", which leaves the residuals that are carried over, and `beta` is 0.1, which keeps detail in the
        latents. For tables of fewer than 5,000 rows `max_iter` is 10 for "neighbors", which asks little of the
        decoder, and as many as make 150 steps for "posterior" and "prior". What is "auto" for
        images is as in `CVAE`. `privacy` and `warm_start` are refused.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class is to have, in all forms of imbalanced-learn: "auto" and "not majority", "minority",
        "all", "not minority"; a float for the ratio of minority to majority (binary targets); a dict of totals per
        class; a callable that takes `y` and gives such a dict, as
        :func:`~vaesynth.over_sampling.halfway_totals`, which suits tables of 5,000 rows and more.
    growth : float or "auto", default=1.0
        Every class up to `growth` × the majority: the rows that a name or a ratio as `sampling_strategy` asks for, so
        many times for each class, the largest among them. Classes stay as equal as they were asked for, and new rows of
        all of them are selected alike. "auto" is 4, or less where the rarest class would then have more than 40 times
        its real rows. It gains F1 and G-mean where the rare class is no rarer than one row in ten; what learns from the
        rows takes longer. Totals of a dict or a callable are exact and need a `growth` of 1.
    sampling_method : {"auto", "neighbors", "combinations", "posterior", "prior"}, default="auto"
        How latent points are drawn. "neighbors": between two real rows of the class that are near in latent space,
        with noise of the posterior's scale, and with both rows' residuals (what the reconstruction misses) carried
        over. "combinations": the same, but numbers become the nearest combination of a real row and its neighbours, in
        the units of their columns: sums, differences and orders of columns hold as in real rows, products and ratios
        nearly. "posterior": around one real row. "prior": from p(z | y), without any real row. "auto" is "combinations"
        where a column of numbers follows from others, as a sum or a product does, else "neighbors".
    k_neighbors : int, default=10
        Neighbours in latent space to choose the second row from, for "neighbors".
    noise_scale : float, default=1.0
        Factor of the posterior's standard deviation in the latent noise, for "neighbors" and "posterior".
    n_candidates : int or "auto", default="auto"
        Candidates for each new row, of which one is kept; 1 keeps all. "auto" draws 16, 4 where an encoded row has
        more than 1,000 cells, and 1 from 20,000 rows on and of images. Not used by "prior".
    selection_power : float, default=1.5
        A candidate is kept in proportion to this power of the probability of its class, at the real shares of the
        classes. Two judges estimate it: a random forest on the encoded rows, which knows rules and combinations of
        categories, and the model itself by its bounds; the forest counts four times the model. 0 keeps all
        candidates alike; the larger the power, the farther new rows stay from where other classes prevail, for average
        precision and F1 at the price of some recall of the rare class.
    keep_shares : bool, default=False
        Whether every real row keeps its share of the new rows of its class, as candidates are then compared only with
        those that start from the same row. False serves classifiers best, and exaggerates what tells the classes apart:
        on ten mixed tables the columns of new rows were .086 away from those of their class, on average, and .051 with
        True, where SMOTENC's were .084 (`share_report_`). True is for those who read the new rows as rows of the class.
    single_row : {"jitter", "error"}, default="jitter"
        What to do with a class of one row, from which no distribution can be learned: copies with a little noise in
        the numbers and a warning, or an error.
    copies : {"allow", "warn", "refuse"}, default="warn"
        What to do with new rows that equal a real row of any class in every column. All are counted in
        `copy_report_`. "warn" warns where their share is more than twice the share of real rows that equal another
        real row, and Fisher's exact test of the two shares has a p-value below 0.01: one copy among hundreds of rows is
        no reason. "allow" never warns. "refuse" draws them again, up to 20 times, and warns where some are left, as may
        be where all columns are categories. A stream, whose rows are not all in memory, is not searched for copies.
    n_jobs : int or None, default=None
        Threads; None means the model's, and without those as many as torch is set to use. The rows do not depend on
        their number.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; None means the model's. The global random states of numpy and torch are neither read
        nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss; the model's `verbose` does so too.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of rows to generate for each class.
    model_ : CVAE
        The fitted model.
    target_name_ : str or None
        Name of the target, where it has one.
    synthetic_mask_ : ndarray of bool, shape (n_samples_new,)
        Which of the returned rows are synthetic.
    parents_ : ndarray of int, shape (n_synthetic, 2) or (n_synthetic, 1), or None
        Positions in `X` of the real rows that each synthetic row starts from, -1 where it has fewer; None where rows
        come from the prior.
    copy_report_ : CopyReport
        How many of the new rows equal a real row, or nearly: `n_synthetic`, `n_exact`, `exact_share`, `near_share` and
        `real_exact_share`, the share of real rows that equal another.
    share_report_ : ShareReport
        How far the columns of new rows have moved from those of the real rows of their class: `mean_drift`,
        `largest_drift` and the `column` and class (`label`) that it is of.
    sample_weight_ : ndarray of shape (n_samples_new,) or None
        Weights of the returned rows where `sample_weight` was given: the real rows' own, and for each synthetic row
        the mean of its class.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch, in nats per row.
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    See Also
    --------
    vaesynth.ResampledClassifier : Resampling inside a plain scikit-learn pipeline.

    Notes
    -----
    There is no private form of it, as the real rows come back; `CVAE` has one, and its :meth:`~CVAE.sample` draws new
    rows alone.

    :meth:`fit_resample_stream` over-samples Parquet files and other streams that memory does not hold.

    Real rows come back first and unchanged; only new rows pass through the model. New numbers keep to the observed
    bounds and decimals, new categories to the observed ones, and a column without missing cells gets none.

    References
    ----------
    Sohn, Lee, Yan, "Learning Structured Output Representation using Deep Conditional Generative Models", NeurIPS 2015.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from vaesynth import CVAESampler
    >>> X, y = make_classification(weights=[0.9], flip_y=0, random_state=0)
    >>> X_res, y_res = CVAESampler(random_state=0).fit_resample(X, y)
    >>> Counter(y_res.tolist())
    Counter({0: 91, 1: 91})
    """

    # `fit` only checks, and scikit-learn takes that for fitted; what draws is there after `fit_resample`.
    _learned: ClassVar[str] = "model_"
    _judged_by_model: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOverSampler._parameter_constraints,
        "model": [CVAE, None],
        "sampling_method": [StrOptions({"auto", *SAMPLING_METHODS})],
        "growth": [Interval(numbers.Real, 1, None, closed="left"), StrOptions({"auto"})],
        "k_neighbors": [Interval(numbers.Integral, 1, None, closed="left")],
        "noise_scale": [Interval(numbers.Real, 0, None, closed="left")],
        "n_candidates": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "selection_power": [Interval(numbers.Real, 0, None, closed="left")],
        "keep_shares": ["boolean"],
        "single_row": [StrOptions({"jitter", "error"})],
        "copies": [StrOptions({"allow", "warn", "refuse"})],
        "n_jobs": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __new__(cls, *_: Any, **parameters: Any) -> Self:
        """Refuse parameters that belong to the model."""
        refuse_moved(parameters)
        return super().__new__(cls)

    def __init__(
        self,
        *,
        model: CVAE | None = None,
        sampling_strategy: Any = "auto",
        growth: float | str = 1.0,
        sampling_method: str = "auto",
        k_neighbors: int = 10,
        noise_scale: float = 1.0,
        n_candidates: int | str = "auto",
        selection_power: float = 1.5,
        keep_shares: bool = False,
        single_row: str = "jitter",
        copies: str = "warn",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.model = model
        self.growth = growth
        self.sampling_method = sampling_method
        self.k_neighbors = k_neighbors
        self.noise_scale = noise_scale
        self.n_candidates = n_candidates
        self.selection_power = selection_power
        self.keep_shares = keep_shares
        self.single_row = single_row
        self.copies = copies
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # That of `__new__` says less.
    __signature__ = inspect.Signature(list(inspect.signature(__init__).parameters.values())[1:])

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the sampler, or of its model as ``model__latent_dim``.

        Parameters
        ----------
        **params : dict
            Parameters by name. One of the model makes a ``CVAE()`` where `model` is None.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If a parameter is one of the model and does not say so.
        ValueError
            If there is no such parameter.
        """
        refuse_moved(params, is_set=True)
        if self.model is None and any(name.startswith("model__") for name in params):
            params = {"model": CVAE(), **params}
        return super().set_params(**params)

    @whole_fit
    def fit(self, X: Any, y: Any) -> Self:
        """Check the table and the target; nothing is trained.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Any container that `TableEncoder` takes.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self
        """
        self._validate_params()
        self._check_input(X, y)
        return self

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None) -> tuple[Any, Any]:
        """Train on the table and append new rows until the classes are as `sampling_strategy` asks.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            DataFrame, ndarray, list of lists or sparse matrix; or images of shape (n_samples, height, width) or
            (n_samples, n_channels, height, width), bytes, other numbers or booleans.
        y : array-like of shape (n_samples,)
            Classes; a one-vs-all indicator of shape (n_samples, n_classes) also serves.
        sample_weight : array-like of shape (n_samples,), optional
            Within its class a row is trained on, and chosen as a parent of new rows, in proportion to its weight.
            `sample_weight_` holds the weights of the returned rows.

        Returns
        -------
        X_resampled : same container as `X`
            The real rows, unchanged and first, then the new ones.
        y_resampled : same container as `y`

        Raises
        ------
        ValueError or TypeError
            If the table, the target, the weights or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        SingleRowWarning
            If the new rows of a class are noisy copies of its one row.
        ColumnWarning
            If a column is an identifier: of at least 50 cells, no numbers, more than 95 % differ. Or if one has a
            single value for each class, as the target has.
        CopyWarning
            If new rows equal real ones more than twice as often as real ones equal each other, and not by chance,
            with ``copies="warn"``, or still do with ``copies="refuse"``.
        """
        return self._fit_resample(X, y, sample_weight)

    def _fit_resample(self, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any]:
        reader, table, labels = self._check_input(X, y)
        warn_of_single_rows(single_row_classes(labels, self.sampling_strategy_))
        if isinstance(reader, ImageCodec):
            model = make_model(self, len(labels), of_images=True)
            rows = ClassRows.fit_images(model, reader, table, labels, sample_weight)
        else:
            warn_of_columns(reader, table, labels)
            model = make_model(self, len(labels))
            combines = choose_combines(self)
            rows = ClassRows.fit(model, reader, table, labels, sample_weight, combines=combines)
        self._keep(rows)
        self._refused = table if self.copies == "refuse" else None
        self.target_name_ = name_of_target(y)
        return self._append(X, y, labels, sample_weight, table, schema_of(reader))

    def _append(
        self,
        X: Any,
        y: Any,
        labels: np.ndarray,
        sample_weight: Any,
        table: Table,
        schema: TableSchema,
    ) -> tuple[Any, Any]:
        n_real = len(labels)
        new, parents, copied = {}, [], [np.arange(n_real)]
        for label, n_new in self.sampling_strategy_.items():
            if n_new:
                drawn, origin = self._draw(label_code(self.model_.classes_, label), n_new)
                new[label] = drawn
                parents.append(origin)
                copied.append(np.full(n_new, np.flatnonzero(labels == label)[0]))
        drawn_tables = list(new.values())
        self.copy_report_ = report_copies(table, drawn_tables)
        self.share_report_ = report_shares(schema, table, labels, new)
        if self.copies == "warn":
            warn_of_copies(self.copy_report_, n_real)
        self.synthetic_mask_ = np.arange(sum(map(len, copied))) >= n_real
        self.parents_ = stack_parents(parents)
        self.sample_weight_ = weigh_resampled(sample_weight, copied, labels)
        written = [self._rows.write(stack_tables(drawn_tables))] if new else []
        return append_rows(X, written), repeat_rows(y, np.concatenate(copied))

    def _keep(self, rows: ClassRows) -> None:
        """Remember the fitted model and what draws from it."""
        self._rows, self.model_ = rows, rows.model
        self._forest_seed = draw_seed(choose_random_state(self))
        self.history_, self.loss_curve_ = self.model_.history_, self.model_.loss_curve_
        self.n_iter_ = self.model_.n_iter_

    def sample(
        self,
        n_samples: int = 1,
        y: Any = None,
        random_state: Any = None,
        *,
        return_y: bool = False,
    ) -> Any:
        """Draw more rows without training again.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        y : label or array-like of shape (n_samples,), optional
            A class for all rows, or one for each, as in the target of `fit_resample`. Without it the classes are drawn
            with their shares among the real rows.
        random_state : int, RandomState instance or None, default=None
            None goes on in the stream of the fit: every call gives other rows.
        return_y : bool, default=False
            Whether to return the classes of the rows as well.

        Returns
        -------
        X : table of shape (n_samples, n_features)
            Only the new rows, in the container and types of the fitted table.
        y : ndarray of shape (n_samples,)
            Classes of the rows, in the type of the labels; only with `return_y`.

        Raises
        ------
        NotFittedError
            Before :meth:`fit_resample` or :meth:`fit_stream`.
        ValueError
            If `y` is no fitted class or not as long as `n_samples`, or `n_samples` is not positive.
        """
        if not hasattr(self, "model_"):
            raise NotFittedError(
                "CVAESampler has no model yet, as `fit` only checks: call `fit_resample` or `fit_stream` first"
            )
        # A source of its own moves on from draw to draw; the first is that of the seed.
        source = None if random_state is None else check_random_state(random_state)
        codes = self._choose_codes(check_count("n_samples", n_samples), y, source)
        drawn, order = [], np.argsort(codes, kind="stable")
        for code, count in enumerate(np.bincount(codes).tolist()):
            if count:
                drawn.append(self._draw(code, count, source)[0])
        X = self._rows.write(stack_tables(drawn).take(np.argsort(order)))
        return (X, self.model_.classes_[codes]) if return_y else X

    def _choose_codes(self, n_samples: int, y: Any, source: Any) -> np.ndarray:
        """Return the class codes of rows to draw, shape (n_samples,)."""
        classes, counts = self.model_.classes_, self.model_.class_count_
        if y is None:
            generator = np.random.default_rng(next_draw_seed(self.model_, source))
            return generator.choice(len(classes), size=n_samples, p=counts / counts.sum())
        if np.ndim(y) == 0:
            return np.full(n_samples, label_code(classes, y))
        codes = label_codes(classes, y)
        if codes.shape != (n_samples,):
            raise ValueError(f"`y` must have shape ({n_samples},), got {codes.shape}")
        return codes

    def _draw(
        self, code: int, n_rows: int, random_state: Any = None
    ) -> tuple[Table, np.ndarray | None]:
        """Draw new rows of a class, without copies where they are refused."""
        strategy = self._strategy(code)

        def draw(n: int) -> tuple[Table, np.ndarray | None]:
            return self._rows.draw(code, n, strategy, random_state)

        return (
            draw(n_rows)
            if self._refused is None
            else draw_without_copies(draw, n_rows, self._refused)
        )

    def _strategy(self, code: int) -> Strategy:
        return make_strategy(self, self._rows, code, self._forest_seed)

    def _check_input(self, X: Any, y: Any) -> tuple[TableEncoder | ImageCodec, Table, np.ndarray]:
        """Read the table, once it and the target, the model and the strategy are found fit."""
        check_model(self.model)
        reader, table = read_features(self, X)
        labels = self._check_target(X, y)
        self._check_strategy(labels)
        return reader, table, labels

    def _check_target(self, X: Any, y: Any) -> np.ndarray:
        if y is None:
            raise ValueError(
                "requires y to be passed, but the target y is None: over-sampling must know the classes"
            )
        target = np.asarray(y) if isinstance(y, (list, tuple)) else y
        refuse_missing_labels(target)
        labels = read_labels(y)
        # An indicator of classes, one column each, becomes their positions.
        labels = np.asarray(check_target_type(target)) if labels.ndim > 1 else labels
        check_consistent_length(X, labels)
        return labels

    def _check_strategy(self, labels: np.ndarray) -> None:
        self.sampling_strategy_ = plan_rows(self, labels)
        if self.single_row == "error":
            refuse_single_rows(single_row_classes(labels, self.sampling_strategy_))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.target_tags.required = True
        return tags
