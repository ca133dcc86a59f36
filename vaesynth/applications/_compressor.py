"""The compressor as an estimator: images to bytes and back, with a chosen loss or none."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth._threads import single_thread
from vaesynth._validation import draw_seed, make_torch_generator, resolve_device
from vaesynth.applications._bits_back import BitsBackCoder
from vaesynth.applications._grid_coder import GridCoder
from vaesynth.applications._stream import StreamError, digest, read_stream, write_stream
from vaesynth.estimators import MODEL_CONSTRAINTS, ImageCodec, is_image_array
from vaesynth.models import CodeSizes, ContextSizes, ContextVAE, RateDistortionVAE
from vaesynth.nn import Rows
from vaesynth.saving import Savable
from vaesynth.training import TrainingData, TrainingPlan, train

# Steps of training where `max_iter` is "auto".
N_STEPS = 4000
MAX_LEVELS = 256
_CHUNK = 512


class VQVAECompressor(Savable, BaseEstimator):
    r"""Images to bytes and back: lossy through quantised codes, or without loss by bits-back coding.

    The lossy mode learns a VQ-VAE whose codes are whole numbers on a grid, and trains their rate under the learned
    prior together with the distortion, for several weights at once: a fitted compressor has a quality to choose from
    for each. The lossless mode learns a VAE of the pixels' levels that also reads the pixels coded before, and codes an
    image at the price of its evidence bound. Both write the stream with the entropy coder of constriction.

    Every network that an entropy coder asks is rounded to whole numbers after training. Its sums are exact, so that a
    stream can be read in another process, with another number of threads, and on another machine.

    Parameters
    ----------
    lossless : bool, default=False
        Whether ``decompress`` must give back the very images. They are then whole numbers of at most 256 levels: of
        the range that is fitted, for bytes up to the next power of two.
    distortion_weights : sequence of float, default=(6, 12, 24, 48, 96, 192, 384)
        Weights of the squared error of pixels between 0 and 1, in nats, in rising order: one quality for each. Of no
        effect without loss.
    n_latents : int, default=32
        Dimension of the latent space of the lossless mode.
    hidden_size : int or "auto", default="auto"
        Channels of the lossy autoencoder, "auto" takes 64; width of the lossless one, "auto" takes 128.
    learning_rate_init : float, default=3e-3
        Peak of the one-cycle learning rate of AdamW.
    weight_decay : float, default=1e-5
        Decoupled weight decay of AdamW.
    max_iter : int or "auto", default="auto"
        Epochs. "auto" takes as many as make 4,000 steps.
    batch_size : int or "auto", default="auto"
        Images in a step. "auto" takes 64, and fewer of less than 512 images.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU. Coding is done on the CPU.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness of the fit; coding has none.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    n_qualities_ : int
        Number of qualities, the best one last; 1 without loss.
    fingerprint_ : str
        What the streams of this model are known by.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch, in nats per row.
    n_iter_ : int
        Epochs run.

    See Also
    --------
    vaesynth.VQVAE : The codes themselves, of images and tables.

    References
    ----------
    Townsend, Bird, Barber, "Practical Lossless Compression with Latent Variables Using Bits Back Coding", ICLR 2019.
    Minnen, Ballé, Toderici, "Joint Autoregressive and Hierarchical Priors for Learned Image Compression", NeurIPS 2018.
    Ballé, Johnston, Minnen, "Integer Networks for Data Compression with Latent-Variable Models", ICLR 2019.
    Bamler, "Understanding Entropy Coding With Asymmetric Numeral Systems (ANS): a Statistician's Perspective",
    arXiv:2201.01741, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from vaesynth.applications import VQVAECompressor
    >>> X = load_digits().images.astype(np.uint8)
    >>> compressor = VQVAECompressor(lossless=True, max_iter=3, random_state=0).fit(X)
    >>> stream = compressor.compress(X[:100])
    >>> len(stream) < 100 * 64 and bool((compressor.decompress(stream) == X[:100]).all())
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "lossless": ["boolean"],
        "distortion_weights": ["array-like"],
        "n_latents": [Interval(numbers.Integral, 1, None, closed="left")],
        "hidden_size": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
        **{
            name: MODEL_CONSTRAINTS[name]
            for name in (
                "learning_rate_init",
                "weight_decay",
                "max_iter",
                "batch_size",
                "device",
                "random_state",
                "verbose",
            )
        },
    }

    def __init__(
        self,
        *,
        lossless: bool = False,
        distortion_weights: Sequence[float] = (6, 12, 24, 48, 96, 192, 384),
        n_latents: int = 32,
        hidden_size: int | str = "auto",
        learning_rate_init: float = 3e-3,
        weight_decay: float = 1e-5,
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        device: Any = "auto",
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.lossless = lossless
        self.distortion_weights = distortion_weights
        self.n_latents = n_latents
        self.hidden_size = hidden_size
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn what images like these look like.

        Parameters
        ----------
        X : ndarray of shape (n_samples, height, width) or (n_samples, n_channels, height, width)
            Images: whole numbers, or floats in the lossy mode.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If constriction is not installed.
        ValueError
            If `X` or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.
        """
        import_optional("constriction", "compress")
        weights = _check_weights(self.distortion_weights)
        codec, rows = self._read(_check_images(X))
        self._device = resolve_device(self.device)
        self._codec, self._weights, self._is_lossless = codec, weights, bool(self.lossless)
        generator = make_torch_generator(draw_seed(self.random_state))
        module = self._build(generator).to(self._device)
        self.history_ = self._train(module, rows, generator)
        self._keep(module.cpu())
        self.loss_curve_, self.n_iter_ = self.history_.terms["loss"], self.history_.n_iter
        return self

    def compress(self, X: Any, quality: int | None = None) -> bytes:
        """Write images as bytes.

        Parameters
        ----------
        X : ndarray of images like the fitted
            What to compress; several images together share the header.
        quality : int, optional
            From 0 to ``n_qualities_ - 1``, the best; None takes the middle one. A lossless stream has no quality.

        Returns
        -------
        bytes
            Header, coded bits and checksum.

        Raises
        ------
        ValueError
            If images are not like the fitted, or there is no such quality.
        """
        check_is_fitted(self)
        quality = self._check_quality(quality)
        X = _check_images(X)
        rows = self._codec.encode(X)
        about = {"model": self.fingerprint_, "shape": list(X.shape), "dtype": X.dtype.str}
        if self._is_lossless:
            levels = self._to_levels(X)
            about["rows"] = digest(levels.astype(np.uint8).tobytes()).hex()
            return write_stream(about, self._coder.encode(levels))
        codes = self._map(lambda part: self.module_.encode(part, quality), rows.values)
        about["quality"] = quality
        return write_stream(about, self._coder.encode(codes.numpy(), quality))

    def decompress(self, stream: bytes) -> np.ndarray:
        """Read images back.

        Parameters
        ----------
        stream : bytes
            What :meth:`compress` of this model, or of a copy that was saved and loaded, has written.

        Returns
        -------
        ndarray
            Images, in the type of the compressed ones without loss, else in that of the fitted.

        Raises
        ------
        StreamError
            If the bytes are damaged or cut, from elsewhere, of a later format, or of another model. Nothing is decoded
            then.
        """
        check_is_fitted(self)
        about, payload = read_stream(stream, self.fingerprint_)
        n_rows = about["shape"][0]
        if self._is_lossless:
            levels = self._coder.decode(payload, n_rows)
            if digest(levels.astype(np.uint8).tobytes()).hex() != about["rows"]:
                raise StreamError("`stream` must decode to the compressed rows, got others")
            pixels = levels + int(self._codec.lower)
            return pixels.astype(np.dtype(about["dtype"])).reshape(about["shape"])
        quality = about["quality"]
        codes = torch.from_numpy(self._coder.decode(payload, n_rows, quality))
        values = self._map(lambda part: self.module_.decode(part, quality), codes)
        return self._codec.decode(_to_rows(values), 0)

    @property
    def fingerprint_(self) -> str:
        """What the streams of this model are known by, 32 digits."""
        check_is_fitted(self)
        arrays = self._coder.arrays()
        if not self._is_lossless:
            arrays += [tensor.numpy() for tensor in self.module_.state_dict().values()]
        codec = self._codec
        about = (self._is_lossless, codec.shape, codec.dtype.str, codec.lower, codec.scale)
        return digest(repr(about).encode(), *(array.tobytes() for array in arrays)).hex()

    @property
    def n_qualities_(self) -> int:
        """Number of qualities."""
        check_is_fitted(self)
        return 1 if self._is_lossless else len(self._weights)

    def _read(self, X: np.ndarray) -> tuple[ImageCodec, Rows]:
        """Learn shape, type and range of the images."""
        codec = ImageCodec(type(self).__name__)
        rows = codec.fit(X)
        if not self.lossless:
            return codec, rows
        _check_levels(codec)
        if X.dtype == np.uint8:
            # As many bits as are in use: levels that never come would only make the range coarse.
            codec.lower, codec.scale = 0.0, float(2 ** int(X.max()).bit_length() - 1) or 1.0
        return codec, codec.encode(X)

    def _build(self, generator: torch.Generator) -> Any:
        """Make the untrained model."""
        shape = self._codec.channels_first
        if self._is_lossless:
            width = 128 if self.hidden_size == "auto" else int(self.hidden_size)
            sizes = ContextSizes(n_latents=self.n_latents, width=width)
            return ContextVAE(shape, _check_levels(self._codec), sizes, generator)
        width = 64 if self.hidden_size == "auto" else int(self.hidden_size)
        patch_size = 4 if min(shape[1:]) >= 16 else min(2, *shape[1:])
        return RateDistortionVAE(
            shape, self._weights, CodeSizes(width=width, patch_size=patch_size), generator
        )

    def _train(self, module: Any, rows: Rows, generator: torch.Generator) -> Any:
        n_rows = rows.n_rows
        size = min(64, max(16, n_rows // 8)) if self.batch_size == "auto" else int(self.batch_size)
        n_steps = -(-n_rows // size)
        epochs = -(-N_STEPS // n_steps) if self.max_iter == "auto" else int(self.max_iter)
        plan = TrainingPlan(
            max_iter=epochs,
            n_steps_per_epoch=n_steps,
            batch_size=size,
            learning_rate=self.learning_rate_init,
            weight_decay=self.weight_decay,
            verbose=bool(self.verbose),
        )
        moved = Rows(*(tensor.to(self._device) for tensor in rows))
        y = torch.zeros(n_rows, dtype=torch.int64, device=self._device)
        return train(module, TrainingData(moved, y, torch.ones(n_rows)), plan, generator)

    def _keep(self, module: Any) -> None:
        """Keep of a trained model what coding needs."""
        if self._is_lossless:
            self._coder: Any = BitsBackCoder(module)
            # That of an earlier fit with loss.
            self.__dict__.pop("module_", None)
            return
        self.module_ = module
        self._coder = GridCoder(module)

    def _rebuild_modules(self) -> None:
        """Build the network as the fit did, for weights that are read from a file."""
        self.module_ = self._build(torch.Generator())

    def _check_quality(self, quality: Any) -> int:
        if self._is_lossless:
            if quality is not None:
                raise ValueError(f"`quality` must be None without loss, got {quality!r}")
            return 0
        if quality is None:
            return self.n_qualities_ // 2
        if isinstance(quality, numbers.Integral) and 0 <= int(quality) < self.n_qualities_:
            return int(quality)
        raise ValueError(
            f"`quality` must be an integer from 0 to {self.n_qualities_ - 1}, got {quality!r}"
        )

    def _to_levels(self, X: np.ndarray) -> np.ndarray:
        levels = X.reshape(len(X), -1).astype(np.int64) - int(self._codec.lower)
        n_levels = _check_levels(self._codec)
        if X.dtype.kind not in "bui" or levels.min() < 0 or levels.max() >= n_levels:
            low = int(self._codec.lower)
            raise ValueError(
                f"lossless images must be whole numbers from {low} to {low + n_levels - 1}, got "
                f"{X.dtype} from {X.min()} to {X.max()}"
            )
        return levels

    @staticmethod
    @torch.no_grad()
    def _map(function: Any, data: Tensor) -> Tensor:
        """Apply a function to a few rows at a time, on one thread: the last digits are then always the same."""
        with single_thread():
            return torch.cat([function(part) for part in data.split(_CHUNK)])


def _to_rows(values: Tensor) -> Rows:
    codes = torch.zeros((len(values), 0), dtype=torch.int64)
    return Rows(values, torch.ones(1, 1).expand(values.shape), codes)


def _check_images(X: Any) -> np.ndarray:
    if not is_image_array(X):
        found = f"an array of shape {X.shape}" if isinstance(X, np.ndarray) else type(X).__name__
        raise ValueError(
            "`X` must be an array of images of shape (n_samples, height, width) or "
            f"(n_samples, n_channels, height, width), got {found}"
        )
    return X


def _check_weights(weights: Any) -> tuple[float, ...]:
    values = np.asarray(weights, dtype=float).ravel()
    if not len(values) or not (values > 0).all() or not (np.diff(values) > 0).all():
        raise ValueError(
            f"`distortion_weights` must be positive numbers in rising order, got {weights!r}"
        )
    return tuple(values.tolist())


def _check_levels(codec: ImageCodec) -> int:
    """Give the number of levels of whole-number images, where they are few."""
    n_levels = int(codec.scale) + 1
    if codec.dtype.kind not in "bui" or n_levels > MAX_LEVELS:
        found = codec.dtype if codec.dtype.kind not in "bui" else f"a range of {n_levels}"
        raise ValueError(
            f"lossless images must be whole numbers of at most {MAX_LEVELS} levels, got {found}"
        )
    return n_levels
