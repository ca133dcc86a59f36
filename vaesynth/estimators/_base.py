"""What every variational autoencoder for tables shares: encode the table, train, keep what was learned."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from vaesynth._threads import single_thread
from vaesynth._validation import draw_seed, make_torch_generator, resolve_device
from vaesynth.estimators import _defaults as defaults
from vaesynth.estimators._chunks import move
from vaesynth.estimators._fitting import next_seed, remember_features, resolve
from vaesynth.estimators._row_codecs import TableCodec
from vaesynth.models import ConditionalVAE
from vaesynth.nn import Rows
from vaesynth.training import (
    TrainingData,
    TrainingPlan,
    balanced_probabilities,
    draw_epoch,
    train,
)

# Rows enough for moments of a few dozen latents and columns in every class.
SETTLING_ROWS = 20_000

MODEL_CONSTRAINTS: dict[str, list] = {
    "latent_dim": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "hidden_layer_sizes": ["array-like", StrOptions({"auto"})],
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
    "numeric_encoding": [StrOptions({"auto", "standardize", "bins"})],
    "device": [str, torch.device],
    "n_jobs": [Interval(numbers.Integral, 1, None, closed="left"), None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


class BaseVAE(BaseEstimator):
    """Base of the variational autoencoders for tables.

    Subclasses validate their input and call :meth:`_fit_model`.
    """

    _parameter_constraints: ClassVar[dict] = MODEL_CONSTRAINTS

    def __init__(
        self,
        *,
        latent_dim: int | str = "auto",
        hidden_layer_sizes: Sequence[int] | str = "auto",
        beta: float = 0.1,
        kl_warm_up: float = 0.3,
        learning_rate_init: float = 2e-3,
        weight_decay: float = 1e-4,
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-3,
        categorical_features: Any = "auto",
        numeric_encoding: str = "auto",
        device: Any = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_layer_sizes = hidden_layer_sizes
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _fit_model(self, X: Any, codes: np.ndarray, n_classes: int, weight: np.ndarray) -> None:
        """Encode the table, build the module and train it.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Rows to learn from.
        codes : ndarray of int64, shape (n_rows,)
            Class codes in [0, n_classes).
        n_classes : int
            Number of classes.
        weight : ndarray of shape (n_rows,)
            Weight of each row within its class.
        """
        self._seeds = np.random.SeedSequence(draw_seed(self.random_state))
        self.device_ = resolve_device(self.device)
        widths = self._check_hidden_layer_sizes(len(codes))
        self._codec = TableCodec(
            self.categorical_features, self.numeric_encoding, type(self).__name__
        )
        rows = move(self._codec.fit(X), self.device_)
        remember_features(self, self._codec.n_features, self._codec.feature_names)
        generator = make_torch_generator(next_seed(self._seeds))
        cells = self._codec.cells
        n_cells = cells.n_values_ + len(cells.cardinalities_)
        self.module_ = ConditionalVAE(
            cells.n_values_,
            cells.cardinalities_,
            n_classes,
            resolve(self.latent_dim, defaults.choose_latent_dim(n_cells, len(codes))),
            widths,
            generator,
            cells.state_codes_,
        ).to(self.device_)
        self._train(rows, codes, weight, generator)

    def _check_hidden_layer_sizes(self, n_rows: int) -> list[int]:
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, str):
            return list(defaults.choose_hidden_layer_sizes(n_rows))
        widths = list(np.atleast_1d(np.asarray(sizes)))
        if not widths or any(width != int(width) or width < 1 for width in widths):
            raise ValueError(
                f"`hidden_layer_sizes` must be at least one integer of at least 1, got {sizes!r}"
            )
        return [int(width) for width in widths]

    def _train(
        self, rows: Rows, codes: np.ndarray, weight: np.ndarray, generator: torch.Generator
    ) -> None:
        schedule = defaults.choose_schedule(len(codes), self.max_iter, self.batch_size)
        plan = TrainingPlan(
            max_iter=schedule.max_iter,
            n_steps_per_epoch=schedule.n_steps_per_epoch,
            batch_size=schedule.batch_size,
            learning_rate=self.learning_rate_init,
            weight_decay=self.weight_decay,
            beta=self.beta,
            kl_warm_up=self.kl_warm_up,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            verbose=bool(self.verbose),
            n_shards=schedule.n_shards,
            n_threads=self._n_threads(),
        )
        kept, held_out = self._split(codes, generator)
        data = self._training_data(rows, codes, weight, kept)
        checked = self._training_data(rows, codes, weight, held_out) if len(held_out) else None
        self.history_ = train(self.module_, data, plan, generator, checked)
        self._settle(data, generator)
        self.loss_curve_ = self.history_.terms["loss"]
        self.n_iter_ = self.history_.n_iter

    def _settle(self, data: TrainingData, generator: torch.Generator) -> None:
        """Finish prior and scales on the training rows, or on as many draws of them as decide it."""
        probabilities = balanced_probabilities(data.y.cpu(), data.weight)
        everything = torch.arange(len(probabilities))
        if len(everything) > SETTLING_ROWS:
            everything = draw_epoch(probabilities, SETTLING_ROWS, generator)
            probabilities = torch.ones(SETTLING_ROWS)
        index = everything.to(self.device_)
        weight = probabilities.to(self.device_, torch.float32)
        with single_thread():
            self.module_.settle(data.rows.take(index), data.y[index], weight, generator)

    def _n_threads(self) -> int:
        """Threads to use: `n_jobs`, or as many as torch is set to use."""
        return torch.get_num_threads() if self.n_jobs is None else self.n_jobs

    def _training_data(
        self, rows: Rows, codes: np.ndarray, weight: np.ndarray, index: np.ndarray
    ) -> TrainingData:
        position = torch.from_numpy(index).to(self.device_)
        y = torch.from_numpy(codes[index]).to(self.device_)
        return TrainingData(rows.take(position), y, torch.from_numpy(weight[index]))

    def _split(
        self, codes: np.ndarray, generator: torch.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions to learn from and, with early stopping, a share of each class of ten rows or more to hold out."""
        everything = np.arange(len(codes))
        stop = resolve(self.early_stopping, defaults.choose_early_stopping(len(codes)))
        if not stop:
            return everything, everything[:0]
        order = torch.randperm(len(codes), generator=generator).numpy()
        held = []
        for label in range(int(codes.max()) + 1):
            members = order[codes[order] == label]
            if len(members) >= 10:
                held.append(members[: int(len(members) * self.validation_fraction)])
        held_out = np.sort(np.concatenate(held)) if held else everything[:0]
        return np.setdiff1d(everything, held_out), held_out
