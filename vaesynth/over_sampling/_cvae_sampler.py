"""The over-sampler: a conditional VAE behind imbalanced-learn's interface."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy, check_target_type
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from vaesynth._sklearn import Interval, StrOptions, fit_context
from vaesynth._validation import draw_seed
from vaesynth.drawing import (
    SAMPLING_METHODS,
    ClassSelection,
    JitterDraw,
    Judge,
    ModelJudge,
    PooledJudge,
    PriorDraw,
    Strategy,
)
from vaesynth.estimators import (
    CVAE,
    MODEL_CONSTRAINTS,
    choose_drawing_epochs,
    choose_n_candidates,
    refuse_missing_labels,
    remember_features,
    resolve,
)
from vaesynth.over_sampling._copies import KnownRows, draw_without_copies, warn_of_copies
from vaesynth.over_sampling._result import (
    append_rows,
    repeat_rows,
    stack_parents,
    weigh_resampled,
)
from vaesynth.over_sampling._single_rows import (
    refuse_single_rows,
    single_row_classes,
    warn_of_single_rows,
)
from vaesynth.over_sampling._stream_resampling import StreamResampler
from vaesynth.saving import Savable
from vaesynth.tabular import TableEncoder, accept_any_table

MODEL_PARAMETERS = tuple(MODEL_CONSTRAINTS)
# What the opinions of the forest and of the model count, of those tried in docs/benchmarks/tried.md.
JUDGE_WEIGHTS = (0.8, 0.2)


class CVAESampler(StreamResampler, Savable, BaseOverSampler):
    """Over-sample with a conditional variational autoencoder.

    The model learns, in one network for all classes, an encoder q(z | x, y), a decoder p(x | z, y) and a latent
    distribution p(z | y) for each class. New rows of a class are then drawn in its latent space and decoded into the
    columns, types and categories of the table.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class is to have, in all forms of imbalanced-learn: "auto" and "not majority", "minority",
        "all", "not minority"; a float for the ratio of minority to majority (binary targets); a dict of totals per
        class; a callable that takes `y` and gives such a dict.
    sampling_method : {"auto", "neighbors", "posterior", "prior"}, default="auto"
        How latent points are drawn. "neighbors": between two real rows of the class that are near in latent space,
        with noise of the posterior's scale, and with both rows' residuals (what the reconstruction misses) carried
        over. "posterior": around one real row. "prior": from p(z | y), without any real row. "auto" is "neighbors".
    k_neighbors : int, default=10
        Neighbours in latent space to choose the second row from, for "neighbors".
    noise_scale : float, default=1.0
        Factor of the posterior's standard deviation in the latent noise, for "neighbors" and "posterior".
    n_candidates : int or "auto", default="auto"
        Candidates for each new row, of which one is kept; 1 keeps all. "auto" draws 16, 4 from 5,000 rows
        on and 1 from 20,000. Not used by "prior".
    selection_judge : {"both", "forest", "model"}, default="both"
        Who says how probable its class is for a candidate, at the real shares of the classes: a random forest on
        the encoded rows, which knows rules and combinations of categories; the model itself by its bounds; or both,
        the forest's opinion counting four times the model's.
    selection_power : float, default=2.5
        A candidate is kept in proportion to this power of that probability. 0 keeps all alike; the larger, the
        farther new rows stay from where other classes prevail, for average precision and F1 at the price of some
        recall of the rare class.
    single_row : {"jitter", "error"}, default="jitter"
        What to do with a class of one row, from which no distribution can be learned: copies with a little noise in
        the numbers and a warning, or an error.
    copies : {"allow", "warn", "refuse"}, default="allow"
        What to do with new rows that equal a real row of any class in every column. All are counted in
        `copy_report_`; "warn" also warns of them, "refuse" draws them again, up to 20 times, and warns where some are
        left, as may be where all columns are categories.
    latent_dim : int or "auto", default="auto"
        Number of latents. "auto" takes one per cell of an encoded row, up to 16, and up to 32 from 5,000 rows on.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the encoder's hidden layers; the decoder mirrors them. "auto" takes (64, 64), and (256, 256)
        from 5,000 rows on.
    decoder : {"auto", "independent", "autoregressive"}, default="auto"
        Whether the cells of a row are independent given the latents, or each depends on those before it as well; see
        `CVAE`. "auto" is "independent" for draws around real rows, whose residuals are carried over, and as in `CVAE`
        for "prior".
    beta : float or "auto", default="auto"
        Weight of the KL term in the objective (the β of a β-VAE). Small values keep detail in the latents. "auto" is
        0.1, and 1 for "prior".
    kl_warm_up : float, default=0.3
        Share of the training steps over which that weight rises from 0.
    learning_rate_init : float or "auto", default="auto"
        Peak of the one-cycle learning rate of AdamW; see `VAE`.
    weight_decay : float or "auto", default="auto"
        Decoupled weight decay of AdamW; see `VAE`.
    max_iter : int or "auto", default="auto"
        Epochs at most; an epoch draws as many rows as the table has. "auto" takes 8 from 5,000 rows on, and fewer
        beyond 370,000; for smaller tables 10 for "neighbors", which asks little of the decoder, and as many as make 150
        steps otherwise.
    batch_size : int or "auto", default="auto"
        Rows in a step, drawn evenly over the classes. "auto" takes 128, and 512 from 5,000 rows on.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out, stop when their loss no longer falls and keep the best weights. "auto" does so from
        5,000 rows on, but for autoregressive decoders.
    validation_fraction : float, default=0.1
        Share of each class of ten rows or more to hold out.
    n_iter_no_change : int, default=5
        Epochs without improvement before training stops.
    tol : float, default=1e-3
        Improvement of the held-out loss that counts, in nats per row.
    categorical_features : "auto" or array-like, default="auto"
        As in imbalanced-learn's SMOTENC: mask, positions or names. "auto" goes by the columns' types; columns that
        cannot be numbers are categories in any case.
    numeric_encoding : {"auto", "standardize", "bins"}, default="auto"
        How the network sees numbers: as standardised values under a normal likelihood with a learned scale, or as
        quantile bins under a categorical likelihood, smooth inside a bin. "auto" takes bins from 5,000 rows on.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU.
    mixed_precision : bool, default=False
        Whether a training step takes its matrix products in bfloat16. Weights, log-likelihoods and all that the fitted
        model computes are in float32.
    n_jobs : int or None, default=None
        Threads; None means as many as torch is set to use. The rows do not depend on their number.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; the global random states of numpy and torch are neither read nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of rows to generate for each class.
    model_ : CVAE
        The fitted model.
    synthetic_mask_ : ndarray of bool, shape (n_samples_new,)
        Which of the returned rows are synthetic.
    parents_ : ndarray of int, shape (n_synthetic, 2) or (n_synthetic, 1), or None
        Positions in `X` of the real rows that each synthetic row starts from, -1 where it has fewer; None where rows
        come from the prior.
    copy_report_ : CopyReport
        How many of the new rows equal a real row, or nearly: `n_synthetic`, `n_exact`, `exact_share`, `near_share` and
        `real_exact_share`, the share of real rows that equal another.
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

    _parameter_constraints: ClassVar[dict] = {
        **BaseOverSampler._parameter_constraints,
        **MODEL_CONSTRAINTS,
        **{
            name: [*MODEL_CONSTRAINTS[name], StrOptions({"auto"})]
            for name in ("beta", "learning_rate_init", "weight_decay")
        },
        "sampling_method": [StrOptions({"auto", *SAMPLING_METHODS})],
        "k_neighbors": [Interval(numbers.Integral, 1, None, closed="left")],
        "noise_scale": [Interval(numbers.Real, 0, None, closed="left")],
        "n_candidates": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "selection_judge": [StrOptions({"both", "forest", "model"})],
        "selection_power": [Interval(numbers.Real, 0, None, closed="left")],
        "single_row": [StrOptions({"jitter", "error"})],
        "copies": [StrOptions({"allow", "warn", "refuse"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        sampling_method: str = "auto",
        k_neighbors: int = 10,
        noise_scale: float = 1.0,
        n_candidates: int | str = "auto",
        selection_judge: str = "both",
        selection_power: float = 2.5,
        single_row: str = "jitter",
        copies: str = "allow",
        latent_dim: int | str = "auto",
        hidden_layer_sizes: Sequence[int] | str = "auto",
        decoder: str = "auto",
        beta: float | str = "auto",
        kl_warm_up: float = 0.3,
        learning_rate_init: float | str = "auto",
        weight_decay: float | str = "auto",
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-3,
        categorical_features: Any = "auto",
        numeric_encoding: str = "auto",
        device: Any = "auto",
        mixed_precision: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.sampling_method = sampling_method
        self.k_neighbors = k_neighbors
        self.noise_scale = noise_scale
        self.n_candidates = n_candidates
        self.selection_judge = selection_judge
        self.selection_power = selection_power
        self.single_row = single_row
        self.copies = copies
        self.latent_dim = latent_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.decoder = decoder
        self.beta = beta
        self.kl_warm_up = kl_warm_up
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.categorical_features = categorical_features
        self.numeric_encoding = numeric_encoding
        self.device = device
        self.mixed_precision = mixed_precision
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

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

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None) -> tuple[Any, Any]:
        """Train on the table and append new rows until the classes are as `sampling_strategy` asks.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            DataFrame, ndarray, list of lists or sparse matrix.
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
        CopyWarning
            If new rows equal real ones, with ``copies="warn"``, or still do with ``copies="refuse"``.
        """
        return self._fit_resample(X, y, sample_weight)

    def _fit_resample(self, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any]:
        labels, encoder = self._check_input(X, y)
        self._warn_of_single_rows(labels, stacklevel=5)
        self.model_ = self._make_model(len(labels)).fit_weighted(X, labels, sample_weight)
        self._source = self.model_.make_source(X, labels, sample_weight)
        self._forest_seed = draw_seed(self.random_state)
        known = KnownRows.of(encoder, X)
        self._refused = known if self.copies == "refuse" else None
        self.history_, self.loss_curve_ = self.model_.history_, self.model_.loss_curve_
        self.n_iter_ = self.model_.n_iter_
        return self._append(X, y, labels, sample_weight, known)

    def _append(
        self, X: Any, y: Any, labels: np.ndarray, sample_weight: Any, known: KnownRows
    ) -> tuple[Any, Any]:
        n_real = len(labels)
        tables, parents, copied = [], [], [np.arange(n_real)]
        for label, n_new in self.sampling_strategy_.items():
            if n_new:
                code = self.model_._label_code(label)
                new, origin = self._draw(code, n_new)
                tables.append(new)
                parents.append(origin)
                copied.append(np.full(n_new, np.flatnonzero(labels == label)[0]))
        self.copy_report_ = known.report(tables)
        if self.copies == "warn":
            warn_of_copies(self.copy_report_)
        self.synthetic_mask_ = np.arange(sum(map(len, copied))) >= n_real
        self.parents_ = stack_parents(parents)
        self.sample_weight_ = weigh_resampled(sample_weight, copied, labels)
        return append_rows(X, tables), repeat_rows(y, np.concatenate(copied))

    def sample(self, n_samples: int, y: Any, random_state: Any = None) -> Any:
        """Draw more rows of a class without training again.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        y : label
            The class, as in the target of `fit_resample`.
        random_state : int, RandomState instance or None, default=None
            None goes on in the stream of the fit: every call gives other rows.

        Returns
        -------
        table of shape (n_samples, n_features)
            Only the new rows, in the container and types of the fitted table.

        Raises
        ------
        NotFittedError
            Before :meth:`fit_resample`.
        ValueError
            If `y` is no fitted class or `n_samples` is not positive.
        """
        check_is_fitted(self, "model_")
        return self._draw(self.model_._label_code(y), n_samples, random_state)[0]

    def _draw(
        self, code: int, n_rows: int, random_state: Any = None
    ) -> tuple[Any, np.ndarray | None]:
        """Draw new rows of a class, without copies where they are refused."""
        # A source of its own moves on from draw to draw; the first is that of the seed.
        source = None if random_state is None else check_random_state(random_state)

        def draw(n: int) -> tuple[Any, np.ndarray | None]:
            return self.model_.draw(self._source, self._strategy(code), code, n, source)

        return (
            draw(n_rows)
            if self._refused is None
            else draw_without_copies(draw, n_rows, self._refused)
        )

    def _strategy(self, code: int) -> Strategy:
        if self.model_.class_count_[code] == 1:
            return JitterDraw()
        method = resolve(self.sampling_method, "neighbors")
        around = SAMPLING_METHODS[method](self.k_neighbors, self.noise_scale)
        if isinstance(around, PriorDraw):
            return around
        counts = self.model_.class_count_
        n_candidates = resolve(self.n_candidates, choose_n_candidates(int(counts.sum())))
        if n_candidates == 1:
            return around
        return ClassSelection(around, n_candidates, self._judge(), self.selection_power)

    def _judge(self) -> Judge:
        counts = self.model_.class_count_
        share = tuple((counts / counts.sum()).tolist())
        by_model = ModelJudge(self._chosen_beta(), share)
        if self.selection_judge == "model":
            return by_model
        forest = self._source.grow_forest(self._forest_seed)
        if self.selection_judge == "forest":
            return forest
        return PooledJudge((forest, by_model), JUDGE_WEIGHTS)

    def _make_model(self, n_rows: int) -> CVAE:
        parameters = {name: getattr(self, name) for name in MODEL_PARAMETERS}
        epochs = choose_drawing_epochs(
            n_rows,
            self.batch_size,
            between_neighbors=self.sampling_method in ("auto", "neighbors"),
        )
        parameters["max_iter"] = resolve(self.max_iter, epochs)
        parameters["decoder"] = self._chosen_decoder()
        parameters["beta"] = self._chosen_beta()
        return CVAE(**parameters)

    def _chosen_decoder(self) -> str:
        """Draws around real rows carry over residuals, which only independent cells leave."""
        return resolve(self.decoder, "auto" if self.sampling_method == "prior" else "independent")

    def _chosen_beta(self) -> float:
        """Draws from the prior need latents that keep to it; those around real rows need detail in the latents."""
        return resolve(self.beta, 0.1 if self._chosen_decoder() == "independent" else 1.0)

    def _check_input(self, X: Any, y: Any) -> tuple[np.ndarray, TableEncoder]:
        """Labels of the rows and the encoder of the table, once these and the strategy are found fit."""
        encoder = TableEncoder(categorical_features=self.categorical_features)
        encoder._estimator_name = type(self).__name__
        encoder.fit(X)
        remember_features(self, encoder.n_features_in_, getattr(encoder, "feature_names_in_", None))
        labels = self._check_target(X, y)
        self._check_strategy(labels)
        return labels, encoder

    def _check_target(self, X: Any, y: Any) -> np.ndarray:
        if y is None:
            raise ValueError(
                "requires y to be passed, but the target y is None: over-sampling must know the classes"
            )
        target = np.asarray(y) if isinstance(y, (list, tuple)) else y
        refuse_missing_labels(target)
        check_classification_targets(target)
        labels = np.asarray(check_target_type(target))
        check_consistent_length(X, labels)
        return labels

    def _check_strategy(self, labels: np.ndarray) -> None:
        self.sampling_strategy_ = check_sampling_strategy(
            self.sampling_strategy, labels, self._sampling_type
        )
        self._check_single_rows(labels)

    def _check_single_rows(self, labels: np.ndarray) -> None:
        if self.single_row == "error":
            refuse_single_rows(single_row_classes(labels, self.sampling_strategy_))

    def _warn_of_single_rows(self, labels: np.ndarray, stacklevel: int) -> None:
        warn_of_single_rows(single_row_classes(labels, self.sampling_strategy_), stacklevel)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.target_tags.required = True
        return tags
