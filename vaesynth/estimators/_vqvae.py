"""The VQ-VAE as an estimator: rows to grids of codes, and a learned prior over the codes."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from vaesynth._sklearn import Interval, StrOptions, fit_context
from vaesynth._validation import draw_seed, make_torch_generator
from vaesynth._whole_fit import whole_fit
from vaesynth.estimators import _defaults as defaults
from vaesynth.estimators._checks import check_n_samples, next_seed, resolve
from vaesynth.estimators._fit import Fit, hold_out
from vaesynth.estimators._networks import QuantizedSizes
from vaesynth.estimators._parameters import MODEL_CONSTRAINTS
from vaesynth.estimators._row_codecs import ImageCodec
from vaesynth.estimators._row_estimator import RowEstimator
from vaesynth.estimators._row_evaluation import exact_module, exact_rows, map_chunks
from vaesynth.nn import Rows, code_perplexity, code_usage
from vaesynth.priors import CodePrior
from vaesynth.training import TrainingPlan

_AT_LEAST_ONE = Interval(numbers.Integral, 1, None, closed="left")
_SHARED = (
    "hidden_layer_sizes",
    "learning_rate_init",
    "weight_decay",
    "max_iter",
    "batch_size",
    "early_stopping",
    "validation_fraction",
    "n_iter_no_change",
    "tol",
    "categorical_features",
    "numeric_encoding",
    "device",
    "mixed_precision",
    "random_state",
    "verbose",
)


class VQVAE(RowEstimator):
    r"""Vector-quantised autoencoder of tables or images, with a prior over its codes.

    A row becomes a few codes c(x) of a finite alphabet, a decoder gives p(x | c), and an autoregressive network is then
    trained on the codes as their prior p(c), so that new rows can be drawn. The codebook starts at k-means centres,
    follows the encoder by moving averages and restarts codes that fall out of use.

    Parameters
    ----------
    n_codes : int or "auto", default="auto"
        Size of the alphabet. "auto" takes 512 for images, and for tables an eighth of the number of rows, between 8
        and 512. ``quantizer="fsq"`` takes the nearest grid that is not larger.
    code_dim : int or "auto", default="auto"
        Dimension of the codes' vectors. "auto" takes 4; with ``quantizer="fsq"`` the grid decides.
    n_positions : int or "auto", default="auto"
        Codes per row of a table. "auto" takes one per cell of an encoded row, up to 8. Images have one code per patch.
    patch_size : int or "auto", default="auto"
        Side of the patch of an image that becomes one code, in pixels. "auto" takes 4 for images of 16 pixels and more,
        else 2.
    quantizer : {"ema", "fsq"}, default="ema"
        A learned codebook that follows by moving averages, or finite scalar quantisation on a fixed grid.
    commitment_cost : float, default=0.25
        Weight of the squared distance, summed over a row, of the encoder's vectors to their codes.
    decay : float, default=0.99
        Decay of the moving averages of the codebook.
    normalize_codes : bool, default=False
        Whether to put vectors and codes on the unit sphere.
    prior_hidden_size : int, default=128
        Width of the prior over the codes.
    prior_max_iter : int or "auto", default="auto"
        Epochs to train the prior. "auto" takes as many as make 800 steps for images, and `max_iter` for tables.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the encoder's hidden layers; the decoder mirrors them. For images the first is the number of channels.
        "auto" takes (64,) for images, (128, 128) for tables and (256, 256) for tables of 5,000 rows on.
    learning_rate_init : float, default=4e-3
        Peak of the one-cycle learning rate of AdamW.
    weight_decay : float, default=1e-4
        Decoupled weight decay of AdamW.
    max_iter : int or "auto", default="auto"
        Epochs at most. "auto" takes as many as make 1,500 steps for images; tables as in `CVAE`.
    batch_size : int or "auto", default="auto"
        Rows in a step. "auto" is as in `VAE`.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out and keep the weights that are best on them. "auto" does so from 5,000 rows on.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    n_iter_no_change : int, default=5
        Epochs without improvement before training stops.
    tol : float, default=1e-3
        Improvement of the held-out loss that counts, in nats per row.
    categorical_features : "auto" or array-like, default="auto"
        As in `CVAE`; of no effect for images.
    numeric_encoding : {"auto", "gaussianize", "standardize", "asinh", "bins"}, default="auto"
        As in `VAE`; of no effect for images.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU.
    mixed_precision : bool, default=False
        Whether a training step of the model, not of the prior, takes its matrix products in bfloat16. Weights,
        log-likelihoods and all that the fitted model computes are in float32.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; the global random states of numpy and torch are neither read nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    code_grid_ : tuple of int
        Height and width of the grid of codes; (1, n_positions) for tables.
    n_codes_ : int
        Size of the alphabet.
    code_counts_ : ndarray of int, shape (n_codes_,)
        Number of uses of each code for a part of a training row, by the fitted model over one epoch.
    code_usage_ : float
        Share of the codes with a positive count, in [0, 1].
    perplexity_ : float
        Exponential of the entropy of the counts: the number of codes that, used equally often, carry as much
        information.
    history_, prior_history_ : History
        Terms of the objectives of model and prior per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss of the model per epoch, in nats per row.
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    References
    ----------
    van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import VQVAE
    >>> X = load_iris(as_frame=True).data
    >>> vqvae = VQVAE(n_codes=16, random_state=0).fit(X)
    >>> codes = vqvae.transform(X)
    >>> codes.shape, vqvae.inverse_transform(codes).shape, vqvae.sample(3).shape
    ((150, 6), (150, 4), (3, 4))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_codes": [Interval(numbers.Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "code_dim": [_AT_LEAST_ONE, StrOptions({"auto"})],
        "n_positions": [_AT_LEAST_ONE, StrOptions({"auto"})],
        "patch_size": [_AT_LEAST_ONE, StrOptions({"auto"})],
        "quantizer": [StrOptions({"ema", "fsq"})],
        "commitment_cost": [Interval(numbers.Real, 0, None, closed="left")],
        "decay": [Interval(numbers.Real, 0, 1, closed="left")],
        "normalize_codes": ["boolean"],
        "prior_hidden_size": [_AT_LEAST_ONE],
        "prior_max_iter": [_AT_LEAST_ONE, StrOptions({"auto"})],
        **{name: MODEL_CONSTRAINTS[name] for name in _SHARED},
    }

    def __init__(
        self,
        *,
        n_codes: int | str = "auto",
        code_dim: int | str = "auto",
        n_positions: int | str = "auto",
        patch_size: int | str = "auto",
        quantizer: str = "ema",
        commitment_cost: float = 0.25,
        decay: float = 0.99,
        normalize_codes: bool = False,
        prior_hidden_size: int = 128,
        prior_max_iter: int | str = "auto",
        hidden_layer_sizes: Sequence[int] | str = "auto",
        learning_rate_init: float = 4e-3,
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
        mixed_precision: bool = False,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.n_codes = n_codes
        self.code_dim = code_dim
        self.n_positions = n_positions
        self.patch_size = patch_size
        self.quantizer = quantizer
        self.commitment_cost = commitment_cost
        self.decay = decay
        self.normalize_codes = normalize_codes
        self.prior_hidden_size = prior_hidden_size
        self.prior_max_iter = prior_max_iter
        self.hidden_layer_sizes = hidden_layer_sizes
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
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn codes of the rows, then the prior over them.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            Any container that `TableEncoder` takes; or images of shape (n_samples, height, width) or
            (n_samples, n_channels, height, width), whole numbers from 0 to 255 or floats.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `X` or a parameter is refused; nothing is trained then.
        DivergenceError
            If a loss is no longer finite.
        """
        codec, rows = self._read(X)
        sizes = QuantizedSizes.of(self, rows.n_rows)
        built, fit = self._begin(codec, partial(sizes.build, codec))
        module, self.code_grid_ = built
        self.module_, self._sizes = module.to(self.device_), sizes
        self._fit_model(rows, fit)
        return self

    def transform(self, X: Any) -> Any:
        """Return the codes of the rows.

        Parameters
        ----------
        X : table or images like the fitted
            What to encode.

        Returns
        -------
        ndarray of int64, shape (n_samples, n_positions)
            Codes in [0, n_codes_), an image's row by row of its grid `code_grid_`; or a frame, see `set_output`.
        """
        check_is_fitted(self)
        return self._codes(self._codec.encode(X)).numpy()

    def inverse_transform(self, X: Any) -> Any:
        """Return the likeliest rows with the given codes.

        Parameters
        ----------
        X : array-like of int, shape (n_samples, n_positions)
            Codes.

        Returns
        -------
        table or images
            In the container and type of the fitted.

        Raises
        ------
        ValueError
            If the shape or a code does not belong to the fitted model.
        """
        check_is_fitted(self)
        codes = self._check_codes(X)
        module = exact_module(self.module_, self._codec)
        return self._codec.decode(
            map_chunks(lambda part: module.head.mode(module.decode(part)), codes, self.device_), 0
        )

    def reconstruct(self, X: Any) -> Any:
        """Return rows as their codes have them: ``inverse_transform`` of ``transform``."""
        check_is_fitted(self)
        return self.inverse_transform(self._codes(self._codec.encode(X)).numpy())

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draw new rows: codes from the prior, then rows of a table from p(x | c), images as its mean.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.

        Returns
        -------
        table or images
            In the container and type of the fitted.

        Raises
        ------
        ValueError
            If `n_samples` is not positive.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        seed = next_seed(self._seeds) if random_state is None else draw_seed(random_state)
        generator = make_torch_generator(seed)
        y = torch.zeros(n_samples, dtype=torch.int64)
        head: Any = self.module_.head

        def draw(part: Tensor) -> Rows:
            outputs = self.module_.decode(self.prior_.sample(part, generator))
            if isinstance(self._codec, ImageCodec):
                return head.mode(outputs)
            return head.sample(outputs, generator)

        return self._codec.decode(map_chunks(draw, y, self.device_), np.random.SeedSequence(seed))

    def score_samples(self, X: Any) -> np.ndarray:
        """Return a lower bound on the log-density of each row.

        It is log p(x | c(x)) + log p(c(x)), one term of the sum over all codes that makes p(x), in the units of the
        rows as given: densities for numbers and pixels, probabilities for categories.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,)
            Nats per row; higher is likelier.
        """
        check_is_fitted(self)
        content: Any = self._codec.read(X)
        rows = self._codec.to_rows(content)
        module = exact_module(self.module_, self._codec)
        prior = exact_module(self.prior_, self._codec)

        def bound(part: Rows) -> Tensor:
            codes = module.encode(part)
            y = codes.new_zeros(len(codes))
            return module.log_prob(part, codes) + prior.log_prob(codes, y)

        scores = map_chunks(bound, exact_rows(rows, self._codec), self.device_).double().numpy()
        return scores + self._codec.log_abs_det(content)

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """Return the mean of `score_samples`, in nats per row."""
        return float(self.score_samples(X).mean())

    @property
    def _n_features_out(self) -> int:
        return self.code_grid_[0] * self.code_grid_[1]

    def _make_prior(self, generator: torch.Generator) -> CodePrior:
        sizes = (self.n_codes_, self.code_grid_, 1, self._sizes.prior_hidden_size)
        return CodePrior(*sizes, generator).to(self.device_)

    def _rebuild_modules(self) -> None:
        """Build the networks as the fit did, for weights that are read from a file."""
        generator = torch.Generator()
        self.module_ = self._sizes.build(self._codec, generator)[0].to(self.device_)
        self.prior_ = self._make_prior(generator)

    def _fit_model(self, rows: Rows, fit: Fit) -> None:
        """Train the model, take its codes, and train the prior on them."""
        kept, held_out = self._hold_out(rows.n_rows, fit.generator)
        plan = self._plan(len(kept), self.max_iter, 1500)
        plan = replace(plan, mixed_precision=self.mixed_precision)
        self.history_ = fit.train(self.module_, fit.split(fit.put(rows), kept, held_out), plan)
        codes = self._codes(rows)
        self.n_codes_ = self.module_.quantizer.n_codes
        self._count(codes[kept])
        self.prior_ = self._make_prior(fit.generator)
        empty = torch.zeros((len(codes), 0))
        epochs = self.prior_max_iter
        if epochs == "auto" and not isinstance(self._codec, ImageCodec):
            epochs = self.max_iter
        split = fit.split(fit.put(Rows(empty, empty, codes)), kept, held_out)
        self.prior_history_ = fit.train(self.prior_, split, self._plan(len(kept), epochs, 800))
        self.loss_curve_ = self.history_.terms["loss"]
        self.n_iter_ = self.history_.n_iter

    def _hold_out(self, n_rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Draw the positions to learn from and, with early stopping, to hold out."""
        stops = resolve(self.early_stopping, defaults.choose_early_stopping(n_rows))
        share = self.validation_fraction if stops and n_rows >= 10 else 0.0
        kept, held_out = hold_out(n_rows, share, generator)
        return kept.sort().values, None if held_out is None else held_out.sort().values

    def _plan(self, n_rows: int, max_iter: int | str, n_image_steps: int) -> TrainingPlan:
        size = self.batch_size
        if isinstance(self._codec, ImageCodec):
            schedule = defaults.choose_image_schedule(n_rows, max_iter, size, n_image_steps)
        else:
            schedule = defaults.choose_schedule(n_rows, max_iter, size, defaults.FEW_STEPS)
        return TrainingPlan(
            max_iter=schedule.max_iter,
            n_steps_per_epoch=schedule.n_steps_per_epoch,
            batch_size=schedule.batch_size,
            learning_rate=self.learning_rate_init,
            weight_decay=self.weight_decay,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            verbose=bool(self.verbose),
        )

    def _count(self, codes: Tensor) -> None:
        counts = torch.bincount(codes.flatten(), minlength=self.n_codes_)
        self.code_counts_ = counts.numpy()
        self.code_usage_ = code_usage(counts)
        self.perplexity_ = code_perplexity(counts)

    def _codes(self, rows: Rows) -> Tensor:
        return map_chunks(
            exact_module(self.module_, self._codec).encode,
            exact_rows(rows, self._codec),
            self.device_,
        )

    def _check_codes(self, X: Any) -> Tensor:
        codes = np.asarray(X)
        if codes.ndim != 2 or codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"codes must have shape (n_samples, {self._n_features_out}), got {codes.shape}"
            )
        if codes.dtype.kind not in "iu" and not (codes == codes.astype(np.int64)).all():
            raise ValueError("codes must be whole numbers, got fractions")
        if codes.size and not (codes.min() >= 0 and codes.max() < self.n_codes_):
            raise ValueError(
                f"codes must lie between 0 and {self.n_codes_ - 1}, got {codes.min()} to {codes.max()}"
            )
        return torch.from_numpy(codes.astype(np.int64))
