"""What every Gaussian variational autoencoder shares: encode the rows, train, use what was learned."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from vaesynth._sklearn import Interval, StrOptions
from vaesynth._threads import single_thread
from vaesynth._validation import make_torch_generator
from vaesynth._warnings import PosteriorCollapseWarning
from vaesynth.drawing import PriorDraw, RowSource, Strategy
from vaesynth.estimators import _defaults as defaults
from vaesynth.estimators._chunks import map_chunks, move
from vaesynth.estimators._exactness import exact_module, exact_rows
from vaesynth.estimators._fitting import next_seed, resolve
from vaesynth.estimators._flow_training import train_flow
from vaesynth.estimators._gaussian_networks import DECODERS, LIKELIHOODS, PRIORS, choose_sizes
from vaesynth.estimators._private_fit import PrivateFit
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.estimators._row_estimator import check_n_samples
from vaesynth.estimators._row_noise import draw_row_noise
from vaesynth.estimators._stream_estimator import StreamEstimator
from vaesynth.models import measure_latent_use
from vaesynth.nn import ACTIVATIONS, Corruption, Rows
from vaesynth.priors import FlowPrior
from vaesynth.streaming import StreamSample
from vaesynth.training import (
    PrivacyBudget,
    PrivacySpent,
    TrainingData,
    TrainingPlan,
    balanced_probabilities,
    draw_epoch,
    train,
)

# Rows enough for moments of a few dozen latents and columns in every class.
SETTLING_ROWS = 20_000
# Images whose features are all kept at once.
SETTLING_IMAGES = 1_000

MakeCorruption = Callable[[TableCodec | ImageCodec, Rows], Corruption]

MODEL_CONSTRAINTS: dict[str, list] = {
    "latent_dim": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "hidden_layer_sizes": ["array-like", StrOptions({"auto"})],
    "decoder": [StrOptions({"auto", *DECODERS})],
    "beta": [Interval(numbers.Real, 0, None, closed="left")],
    "kl_warm_up": [Interval(numbers.Real, 0, 1, closed="both")],
    "learning_rate_init": [Interval(numbers.Real, 0, None, closed="neither")],
    "weight_decay": [Interval(numbers.Real, 0, None, closed="left")],
    "max_iter": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "batch_size": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(numbers.Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(numbers.Integral, 1, None, closed="left")],
    "tol": [Interval(numbers.Real, 0, None, closed="left")],
    "categorical_features": ["array-like", StrOptions({"auto"}), None],
    "numeric_encoding": [StrOptions({"auto", "standardize", "asinh", "bins"})],
    "device": [str, torch.device],
    "mixed_precision": ["boolean"],
    "n_jobs": [Interval(numbers.Integral, 1, None, closed="left"), None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


class BaseVAE(StreamEstimator):
    """Base of the Gaussian variational autoencoders for tables and images.

    Subclasses validate their input and call :meth:`_fit_model`; class codes are all zero where there are no classes.
    """

    _parameter_constraints: ClassVar[dict] = {
        **MODEL_CONSTRAINTS,
        "beta": [*MODEL_CONSTRAINTS["beta"], StrOptions({"auto"})],
        "learning_rate_init": [*MODEL_CONSTRAINTS["learning_rate_init"], StrOptions({"auto"})],
        "weight_decay": [*MODEL_CONSTRAINTS["weight_decay"], StrOptions({"auto"})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "network": [StrOptions({"auto", "dense", "conv", "spatial"})],
        "likelihood": [StrOptions({"auto", *LIKELIHOODS})],
        "prior": [StrOptions({"auto", *PRIORS})],
        "prior_n_components": [Interval(numbers.Integral, 1, None, closed="left")],
        "free_bits": [Interval(numbers.Real, 0, None, closed="left")],
        "kl_n_cycles": [Interval(numbers.Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"one_cycle", "constant"})],
        "warm_start": ["boolean"],
        "privacy": [PrivacyBudget, None],
    }
    privacy_spent_: PrivacySpent | None
    kl_per_latent_: np.ndarray | None
    active_units_: int | None
    _automatic_beta: ClassVar[float] = 1.0
    _automatic_prior: ClassVar[str] = "standard_normal"
    _automatic_decoder: ClassVar[str] = "independent"

    def __init__(
        self,
        *,
        latent_dim: int | str = "auto",
        hidden_layer_sizes: Sequence[int] | str = "auto",
        decoder: str = "auto",
        activation: str = "silu",
        network: str = "auto",
        likelihood: str = "auto",
        prior: str = "auto",
        prior_n_components: int = 50,
        beta: float | str = "auto",
        free_bits: float = 0.0,
        kl_warm_up: float = 0.3,
        kl_n_cycles: int = 1,
        learning_rate: str = "one_cycle",
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
        warm_start: bool = False,
        privacy: PrivacyBudget | None = None,
        device: Any = "auto",
        mixed_precision: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.decoder = decoder
        self.activation = activation
        self.network = network
        self.likelihood = likelihood
        self.prior = prior
        self.prior_n_components = prior_n_components
        self.beta = beta
        self.free_bits = free_bits
        self.kl_warm_up = kl_warm_up
        self.kl_n_cycles = kl_n_cycles
        self.learning_rate = learning_rate
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
        self.warm_start = warm_start
        self.privacy = privacy
        self.device = device
        self.mixed_precision = mixed_precision
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _fit_model(
        self,
        X: Any,
        codes: np.ndarray,
        n_classes: int,
        weight: np.ndarray,
        make_corruption: MakeCorruption | None = None,
        sample: StreamSample | None = None,
    ) -> None:
        """Encode the rows, build the module and train it, or train on where the last fit stopped.

        Parameters
        ----------
        X : table of shape (n_rows, n_features), or images
            Rows to learn from.
        codes : ndarray of int64, shape (n_rows,)
            Class codes in [0, n_classes).
        n_classes : int
            Number of classes.
        weight : ndarray of shape (n_rows,)
            Weight of each row within its class.
        make_corruption : callable, optional
            Makes noise for what the encoder reads in training, from the codec and the encoded rows.
        sample : StreamSample, optional
            What is known of the stream of which `X` is in memory.
        """
        private = None
        if self.privacy is not None and make_corruption is not None:
            raise ValueError(
                "`privacy` must be None where noise is to be learned, got a PrivacyBudget"
            )
        if self.privacy is not None:
            private = PrivateFit.plan(self, X, weight, self._automatic_prior)
        if self.warm_start and hasattr(self, "module_"):
            rows = move(self._codec.encode(X), self.device_)
            generator = make_torch_generator(next_seed(self._seeds))
        else:
            rows, generator = self._start(X, n_classes, sample)
            if private is None:
                y = torch.from_numpy(codes).to(self.device_)
                self.module_.prior.start(rows, y, generator)
        if make_corruption is not None:
            self.module_.corruption = make_corruption(self._codec, rows)
        try:
            self._train(rows, codes, weight, generator, private)
        finally:
            self.module_.corruption = None

    def _start(
        self, X: Any, n_classes: int, sample: StreamSample | None
    ) -> tuple[Rows, torch.Generator]:
        """Make everything that a first fit needs, the untrained module among it."""
        codec, rows = self._read(X, sample)
        generator = self._build_module(codec, rows.n_rows, n_classes)
        return move(rows, self.device_), generator

    def _build_module(
        self, codec: TableCodec | ImageCodec, n_rows: int, n_classes: int
    ) -> torch.Generator:
        """Build the module for what the codec reads, and give the source of all later draws."""
        decoder = "autoregressive" if self._links_cells() else "independent"
        sizes = choose_sizes(self, codec, n_rows, n_classes, self._automatic_prior, decoder)
        module, generator = self._begin(codec, partial(sizes.build, codec))
        self.module_, self._sizes = module.to(self.device_), sizes
        self.latent_dim_ = sizes.latent_dim
        return generator

    def _links_cells(self) -> bool:
        automatic = "independent" if self.privacy is not None else self._automatic_decoder
        return resolve(self.decoder, automatic) == "autoregressive"

    def _rebuild_modules(self) -> None:
        """Build the module as the fit did, for weights that are read from a file."""
        self.module_ = self._sizes.build(self._codec, torch.Generator()).to(self.device_)

    def _plan(self, n_rows: int) -> TrainingPlan:
        weight_decay = defaults.WEIGHT_DECAY
        if isinstance(self._codec, ImageCodec):
            n_steps, batch_size = defaults.IMAGE_STEPS, self.batch_size
            if self._sizes.network == "spatial":
                n_steps = defaults.SPATIAL_STEPS
                batch_size = resolve(batch_size, min(defaults.SPATIAL_BATCH, max(16, n_rows // 8)))
            schedule = defaults.choose_image_schedule(n_rows, self.max_iter, batch_size, n_steps)
            learning_rate = defaults.IMAGE_LEARNING_RATE[self._sizes.network]
        elif self._sizes.decoder == "autoregressive":
            schedule = defaults.choose_linked_schedule(n_rows, self.max_iter, self.batch_size)
            learning_rate = defaults.LINKED_LEARNING_RATE
            weight_decay = defaults.choose_linked_weight_decay(n_rows)
        else:
            schedule = defaults.choose_schedule(n_rows, self.max_iter, self.batch_size)
            learning_rate = defaults.LEARNING_RATE
        return TrainingPlan(
            max_iter=schedule.max_iter,
            n_steps_per_epoch=schedule.n_steps_per_epoch,
            batch_size=schedule.batch_size,
            learning_rate=resolve(self.learning_rate_init, learning_rate),
            is_one_cycle=self.learning_rate == "one_cycle",
            weight_decay=resolve(self.weight_decay, weight_decay),
            beta=resolve(self.beta, self._automatic_beta),
            kl_warm_up=self.kl_warm_up,
            kl_n_cycles=self.kl_n_cycles,
            class_balance=self._class_balance(),
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            verbose=bool(self.verbose),
            n_shards=schedule.n_shards,
            n_threads=self._n_threads(),
            mixed_precision=self.mixed_precision,
        )

    def _class_balance(self) -> float:
        """How far batches go from the classes' own shares (0) to equal ones (1)."""
        is_linked = self._sizes.decoder == "autoregressive"
        return defaults.LINKED_CLASS_BALANCE if is_linked else 1.0

    def _train(
        self,
        rows: Rows,
        codes: np.ndarray,
        weight: np.ndarray,
        generator: torch.Generator,
        private: PrivateFit | None,
    ) -> None:
        kept, held_out = self._split(codes, generator)
        data = self._training_data(rows, codes, weight, kept)
        checked = self._training_data(rows, codes, weight, held_out) if len(held_out) else None
        plan = self._plan(len(codes))
        if private is None:
            self.history_ = train(self.module_, data, plan, generator, checked)
            self._settle(data, generator)
        else:
            # What has been trained on noisy gradients is not settled: that would look at the rows again.
            self.history_ = train(self.module_, data, private.apply(plan), private.make_generator())
            self.kl_per_latent_ = self.active_units_ = None
        self.privacy_spent_ = None if private is None else private.spent
        self._remember_history()

    def _remember_history(self) -> None:
        self.loss_curve_ = self.history_.terms.get("loss", [])
        self.n_iter_ = self.history_.n_iter

    def _settle(self, data: TrainingData, generator: torch.Generator) -> None:
        """Finish prior and scales on the training rows, or on as many draws of them as decide it."""
        probabilities = balanced_probabilities(data.y.cpu(), data.weight, self._class_balance())
        everything = torch.arange(len(probabilities))
        most = SETTLING_IMAGES if self._sizes.network == "spatial" else SETTLING_ROWS
        if len(everything) > most:
            everything = draw_epoch(probabilities, most, generator)
            probabilities = torch.ones(most)
        index = everything.to(self.device_)
        rows, y = data.rows.take(index), data.y[index]
        self._settle_on(TrainingData(rows, y, probabilities), generator)

    def _settle_on(self, data: TrainingData, generator: torch.Generator) -> None:
        """Finish prior and scales on rows that weigh as in the batches."""
        rows, y, weight = data.rows, data.y, data.weight.to(self.device_, torch.float32)
        with single_thread():
            use = measure_latent_use(self.module_, rows, y, weight)
            self.module_.settle(rows, y, weight, generator)
        prior = self.module_.prior
        if isinstance(prior, FlowPrior):
            train_flow(prior, self.module_, data, generator)
        self.kl_per_latent_ = use.kl.double().cpu().numpy()
        self.active_units_ = use.n_active

    def _warn_of_collapse(self) -> None:
        # Cells that are linked by the decoder tell rows apart without any latent.
        collapsed = self.active_units_ == 0 and self._sizes.decoder == "independent"
        if collapsed and self.kl_per_latent_ is not None:
            warnings.warn(
                f"posterior collapse: none of the {self.latent_dim_} latents tells rows apart (KL "
                f"{self.kl_per_latent_.sum():.2g} nats a row), so that all are encoded and decoded alike; lower "
                "`beta`, set `free_bits` or train longer",
                PosteriorCollapseWarning,
                stacklevel=3,
            )

    def _n_threads(self) -> int:
        """Threads to use: `n_jobs`, or as many as torch is set to use."""
        return torch.get_num_threads() if self.n_jobs is None else self.n_jobs

    def _training_data(
        self, rows: Rows, codes: np.ndarray, weight: np.ndarray, index: np.ndarray
    ) -> TrainingData:
        y = torch.from_numpy(codes[index]).to(self.device_)
        if len(index) < len(codes):
            rows = rows.take(torch.from_numpy(index).to(self.device_))
        return TrainingData(rows, y, torch.from_numpy(weight[index]))

    def _split(
        self, codes: np.ndarray, generator: torch.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions to learn from and, with early stopping, a share of each class of ten rows or more to hold out."""
        everything = np.arange(len(codes))
        if not self._holds_rows_out(len(codes)):
            return everything, everything[:0]
        order = torch.randperm(len(codes), generator=generator).numpy()
        held = []
        for label in range(int(codes.max()) + 1):
            members = order[codes[order] == label]
            if len(members) >= 10:
                held.append(members[: int(len(members) * self.validation_fraction)])
        held_out = np.sort(np.concatenate(held)) if held else everything[:0]
        return np.setdiff1d(everything, held_out), held_out

    def _holds_rows_out(self, n_rows: int) -> bool:
        suits = defaults.choose_early_stopping(n_rows, self._sizes.decoder)
        return resolve(self.early_stopping, self.privacy is None and suits)

    def draw(
        self,
        source: RowSource,
        strategy: Strategy,
        label: int,
        n_samples: int,
        random_state: Any = None,
    ) -> tuple[Any, np.ndarray | None]:
        """Draw rows of one class by any strategy.

        Parameters
        ----------
        source : RowSource
            Where rows are drawn from.
        strategy : Strategy
            How latent points are drawn.
        label : int
            Class code; 0 where there are no classes.
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            As in :meth:`sample`.

        Returns
        -------
        table of shape (n_samples, n_features), or images
            In the container and types of the fitted.
        parents : ndarray of int, shape (n_samples, n_parents), or None
            Positions of the real rows that each row starts from, where the strategy has them.

        Raises
        ------
        ValueError
            If `n_samples` is not positive, or the strategy needs real rows that the source lacks.
        """
        n_samples = check_n_samples(n_samples)
        for_rows, for_cells = self._draw_seeds(random_state)
        drawn = source.draw(label, n_samples, strategy, for_rows)
        return self._codec.decode(drawn.rows, for_cells), drawn.parents

    def _prior_source(self) -> tuple[RowSource, PriorDraw]:
        """Draws from the prior: rows of a table from p(x | z), images as its mean."""
        likeliest = isinstance(self._codec, ImageCodec)
        return RowSource(self.module_, n_jobs=self._n_threads()), PriorDraw(likeliest)

    def _means(self, rows: Rows, codes: Tensor) -> Tensor:
        """Posterior means given class codes, shape (n_rows, latent_dim), double precision for tables."""
        module = exact_module(self.module_, self._codec)

        def encode(part: Rows, y: Tensor) -> Tensor:
            return module.encode(part, y)[0]

        return map_chunks(encode, exact_rows(rows, self._codec), self.device_, codes)

    def _decode(self, Z: Any, codes: Tensor) -> Any:
        """Likeliest rows at latent points given class codes, in the fitted container."""
        module = exact_module(self.module_, self._codec)
        points = torch.from_numpy(Z).to(next(module.parameters()).dtype)

        def decode(part: Tensor, y: Tensor) -> Rows:
            return module.head.mode(module.decode(part, y))

        return self._codec.decode(map_chunks(decode, points, self.device_, codes), 0)

    def _check_points(self, Z: Any) -> np.ndarray:
        points = np.array(Z, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != self.latent_dim_:
            raise ValueError(
                f"latent points must have shape (n_samples, {self.latent_dim_}), got {points.shape}"
            )
        if len(points) == 0 or not np.isfinite(points).all():
            raise ValueError(
                "latent points must be finite and at least one, got NaN, infinity or none"
            )
        return points

    def _bounds(self, rows: Rows, codes: Tensor, n_draws: int) -> np.ndarray:
        """Bounds on the log-density of encoded rows given class codes, in nats, shape (n_rows,)."""
        module = exact_module(self.module_, self._codec)
        return self._with_noise(module.bound, rows, codes, n_draws)

    def _with_noise(
        self, function: Callable[..., Tensor], rows: Rows, codes: Tensor, n_draws: int
    ) -> np.ndarray:
        """Apply a function of rows, class codes and the rows' own noise."""

        def apply(part: Rows, y: Tensor) -> Tensor:
            return function(part, y, draw_row_noise(part, n_draws, self.latent_dim_))

        values = map_chunks(apply, exact_rows(rows, self._codec), self.device_, codes)
        return values.double().numpy()

    def _own_units(self, X: Any) -> np.ndarray | float:
        """Nats from the log-density of encoded rows to that of the rows as given, shape (n_rows,)."""
        return self._codec.log_abs_det(X) if self.module_.head.is_density else 0.0

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim_


def no_classes(n_rows: int) -> Tensor:
    """Class codes of rows that have no classes."""
    return torch.zeros(n_rows, dtype=torch.int64)
