"""Base of the Gaussian variational autoencoders: parameters, fit, and the methods of a fitted model."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.estimators._checks import (
    check_count,
    check_n_samples,
    next_draw_seed,
    next_seed,
    resolve,
)
from vaesynth.estimators._draws import check_real_rows
from vaesynth.estimators._fit import (
    Fit,
    GivenRows,
    PrivateFit,
    choose_class_balance,
    choose_plan,
    draw_settling_rows,
    hold_out_by_class,
    holds_rows_out,
    warn_of_collapse,
)
from vaesynth.estimators._networks import GaussianSizes, choose_sizes
from vaesynth.estimators._parameters import VAE_CONSTRAINTS
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.estimators._row_estimator import RowEstimator
from vaesynth.estimators._row_evaluation import RowEvaluation
from vaesynth.estimators._streams import (
    CHUNK_ROWS,
    MAX_ROWS_IN_MEMORY,
    as_arrow_with,
    draw_units,
    read_stream,
)
from vaesynth.models import LatentUse
from vaesynth.nn import Corruption, Rows
from vaesynth.streaming import StreamSample, rechunk, write_parquet
from vaesynth.training import History, PrivacyBudget, PrivacySpent, TrainingData

MakeCorruption = Callable[[TableCodec | ImageCodec, Rows], Corruption]


class BaseVAE(RowEstimator):
    """Base of the Gaussian variational autoencoders for tables and images.

    Subclasses validate their input and call :meth:`_fit_rows`; class codes are all zero where there are no classes.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = VAE_CONSTRAINTS
    _sizes: GaussianSizes
    privacy_spent_: PrivacySpent | None
    kl_per_latent_: np.ndarray | None
    active_units_: int | None
    # Whether rows have a class.
    _has_classes: ClassVar[bool] = False
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
        n_iter_no_change: int | str = "auto",
        tol: float = 1e-3,
        categorical_features: Any = "auto",
        numeric_encoding: str = "auto",
        constraints: Any = (),
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
        self.constraints = constraints
        self.warm_start = warm_start
        self.privacy = privacy
        self.device = device
        self.mixed_precision = mixed_precision
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    def fit_stream(
        self,
        source: Any,
        target: str | None = None,
        *,
        max_rows_in_memory: int = MAX_ROWS_IN_MEMORY,
    ) -> Self:
        """Fit the model to a table that may be larger than memory, in one pass over its rows.

        Every row is read. Classes, categories, the smallest and the largest number, digits and missing cells of each
        column are counted over the whole stream. At most `max_rows_in_memory` rows are kept: equally many of each
        class, drawn at random, and all rows of a class that has fewer, so that a rare class is not lost. The network is
        trained on the kept rows, with the schedule for a table of their number. Quantile bins, scales and medians come
        from a random sample of the whole stream among the kept rows. If all rows fit, the result is the same as that of
        :meth:`fit`.

        Parameters
        ----------
        source : path, pyarrow dataset, frame, callable or iterable of frames
            A Parquet file or a folder of such files; a ``pyarrow.dataset.Dataset``; pandas or pyarrow frames, from an
            iterable or from a callable that gives a fresh one. The method takes one pass, so an iterator works too.
        target : str, optional
            Column of the classes. An estimator without classes leaves it out.
        max_rows_in_memory : int, default=100_000
            Largest number of rows to keep. During reading, up to a quarter more and a block of 65,536 rows are in
            memory.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a frame, the target or a parameter is refused; nothing is trained then.
        TypeError
            If the source is no stream of frames.
        ImportError
            If files are to be read and pyarrow is not installed (extra ``stream``).
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        PosteriorCollapseWarning
            If no latent tells rows (of a class) apart.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> frame = load_iris(as_frame=True).frame
        >>> def read():  # a fresh iterator of frames for each pass
        ...     return (frame[start : start + 40] for start in range(0, 150, 40))
        >>> cvae = CVAE(random_state=0).fit_stream(read, "target", max_rows_in_memory=90)
        >>> cvae.class_count_.tolist(), cvae.sample(3, y=2).shape
        ([50, 50, 50], (3, 4))
        """
        self._validate_params()
        seed = draw_seed(self.random_state)
        sample = read_stream(
            self, source, target, max_rows_in_memory, seed, has_classes=self._has_classes
        )
        self._fit_sample(sample)
        warn_of_collapse(self)
        return self

    def iter_samples(
        self,
        n_samples: int,
        y: Any = None,
        *,
        chunk_size: int = CHUNK_ROWS,
        random_state: Any = None,
    ) -> Iterator[Any]:
        """Draw new rows a chunk at a time; the rows do not depend on the size of the chunks.

        Parameters
        ----------
        n_samples : int
            Number of rows in all.
        y : label or array-like of shape (n_samples,), optional
            As in :meth:`sample` of an estimator with classes.
        chunk_size : int, default=65_536
            Rows of each chunk but the last.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. It gives other rows than :meth:`sample`, from the same distribution. None goes on in the
            stream of the fit.

        Returns
        -------
        iterator of tables of shape (chunk_size, n_features), or images
            In the container and types of the fitted.

        Raises
        ------
        ValueError
            If `y` or a number is refused.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> cvae = CVAE(random_state=0).fit(X, y)
        >>> [len(chunk) for chunk in cvae.iter_samples(10, y=1, chunk_size=4)]
        [4, 4, 2]
        """
        units = self._draw_labelled(n_samples, y, random_state)
        return rechunk((rows for rows, _ in units), check_count("chunk_size", chunk_size))

    def sample_to_parquet(
        self,
        path: str | os.PathLike[str],
        n_samples: int,
        y: Any = None,
        *,
        target: str | None = None,
        chunk_size: int = CHUNK_ROWS,
        random_state: Any = None,
        overwrite: bool = False,
    ) -> int:
        """Draw new rows into a Parquet file, with no more than a chunk of them in memory.

        Parameters
        ----------
        path : str or path-like
            The file; it is written whole or not at all.
        n_samples, y, random_state
            As in :meth:`iter_samples`.
        target : str, optional
            Name of a last column with the class of each row.
        chunk_size : int, default=65_536
            Rows of each row group. The rows do not depend on it.
        overwrite : bool, default=False
            Whether a file that is there may be replaced.

        Returns
        -------
        int
            Number of rows written.

        Raises
        ------
        FileExistsError
            If there is a file and `overwrite` is False.
        ValueError
            If `y`, `target` or a number is refused.
        ImportError
            If pyarrow is not installed (extra ``stream``).

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> cvae = CVAE(random_state=0).fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "new.parquet"
        ...     _ = cvae.sample_to_parquet(path, 100, y=1, target="species")
        ...     pd.read_parquet(path).shape
        (100, 5)
        """
        units = self._draw_labelled(n_samples, y, random_state)
        tables = (as_arrow_with(rows, labels, target) for rows, labels in units)
        chunks = rechunk(tables, check_count("chunk_size", chunk_size))
        return write_parquet(chunks, path, overwrite=overwrite)

    def _draw_labelled(
        self, n_samples: int, y: Any, random_state: Any
    ) -> Iterator[tuple[Any, np.ndarray | None]]:
        """Return units of new rows and their labels; raise at once if they cannot be drawn."""
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        self._check_labels(y, n_samples)
        seed = next_draw_seed(self, random_state)

        def draw(rows: slice, source: np.random.RandomState) -> tuple[Any, np.ndarray | None]:
            return self._draw_unit(rows, y, source)

        return draw_units(draw, n_samples, seed)

    @abstractmethod
    def _fit_sample(self, sample: StreamSample) -> None:
        """Train on the rows of a stream that are kept."""

    @abstractmethod
    def _check_labels(self, y: Any, n_samples: int) -> None:
        """Raise if rows of these labels cannot be drawn."""

    @abstractmethod
    def _draw_unit(
        self, rows: slice, y: Any, random_state: np.random.RandomState
    ) -> tuple[Any, np.ndarray | None]:
        """Draw the rows at these positions, and return them with their labels."""

    def _read(
        self, X: Any, sample: StreamSample | None = None
    ) -> tuple[TableCodec | ImageCodec, Rows]:
        known = (self._codec, self._codec.encode(X)) if self._goes_on else None
        codec, rows = known or super()._read(X, sample)
        check_real_rows(self, codec, X)
        return codec, rows

    @property
    def _goes_on(self) -> bool:
        """Return whether a fit trains on where the last one stopped."""
        return self.warm_start and hasattr(self, "module_")

    def _fit_rows(self, given: GivenRows, make_corruption: MakeCorruption | None = None) -> None:
        """Train on encoded rows, in a new network or where the last fit stopped.

        `make_corruption` makes noise for what the encoder reads in training, from the codec and the encoded rows.
        """
        corrupts = make_corruption is not None
        private = PrivateFit.plan(self, given, self._automatic_prior, corrupts=corrupts)
        goes_on = self._goes_on
        if goes_on:
            fit = Fit.begin(self.device_, next_seed(self._seeds))
        else:
            fit = self._start(given.codec, given.rows.n_rows, given.n_classes)
        data = fit.put(given.rows, given.codes, given.weight)
        if not goes_on and private is None:
            self.module_.prior.start(data.rows, data.y, fit.generator)
        if make_corruption is not None:
            self.module_.corruption = make_corruption(given.codec, data.rows)
        try:
            self._train(fit, data, given.codes, private)
        finally:
            self.module_.corruption = None

    def _start(self, codec: TableCodec | ImageCodec, n_rows: int, n_classes: int) -> Fit:
        """Build the network for the rows of the codec, and start its fit."""
        decoder = "autoregressive" if self._links_cells() else "independent"
        sizes = choose_sizes(self, codec, n_rows, n_classes, self._automatic_prior, decoder)
        module, fit = self._begin(codec, partial(sizes.build, codec))
        self.module_, self._sizes = module.to(self.device_), sizes
        self.latent_dim_ = sizes.latent_dim
        return fit

    def _links_cells(self) -> bool:
        automatic = "independent" if self.privacy is not None else self._automatic_decoder
        return resolve(self.decoder, automatic) == "autoregressive"

    def _rebuild_modules(self) -> None:
        """Build the module as the fit did, for weights that are read from a file."""
        self.module_ = self._sizes.build(self._codec, torch.Generator()).to(self.device_)

    def _train(
        self, fit: Fit, data: TrainingData, codes: np.ndarray, private: PrivateFit | None
    ) -> None:
        n_rows = len(codes)
        share = self.validation_fraction if holds_rows_out(self, self._sizes, n_rows) else 0.0
        split = fit.split(data, *hold_out_by_class(codes, share, fit.generator))
        plan = choose_plan(self, self._sizes, n_rows, self._automatic_beta)
        if private is None:
            history = fit.train(self.module_, split, plan)
            balance = choose_class_balance(self._sizes)
            last = draw_settling_rows(split.kept, balance, self._sizes.network, fit.generator)
            self._remember(history, fit.settle(self.module_, last))
        else:
            # A private model is not settled, because settling would read the rows without noise.
            history = fit.train(self.module_, split, private.apply(plan), private.make_generator())
            self._remember(history, None, private.spent)

    def _remember(
        self, history: History, use: LatentUse | None, spent: PrivacySpent | None = None
    ) -> None:
        """Keep what a fit has found."""
        self.history_, self.privacy_spent_ = history, spent
        self.loss_curve_, self.n_iter_ = history.terms.get("loss", []), history.n_iter
        self.kl_per_latent_ = None if use is None else use.kl.double().cpu().numpy()
        self.active_units_ = None if use is None else use.n_active

    @property
    def _evaluation(self) -> RowEvaluation:
        """Apply the trained network to rows."""
        return RowEvaluation(self.module_, self._codec, self.device_)

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim_
