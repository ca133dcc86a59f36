"""The compressor as an estimator: images or tables to bytes and back, with a chosen loss or none."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vaesynth._optional import import_optional
from vaesynth._sklearn import Interval, StrOptions, fit_context
from vaesynth._validation import draw_seed, resolve_device
from vaesynth._whole_fit import whole_fit
from vaesynth.applications._compression._file_format import digest, read_stream, write_stream
from vaesynth.applications._compression._modes import LosslessImages, LossyImages, LossyTables
from vaesynth.estimators import (
    MODEL_CONSTRAINTS,
    VQVAE,
    Fit,
    Split,
    is_image_array,
    remember_features,
    resolve,
)
from vaesynth.nn import Rows
from vaesynth.saving import Savable
from vaesynth.tabular import accept_any_table
from vaesynth.training import History, TrainingPlan

# Steps of training where `max_iter` is "auto".
N_STEPS = 4000
Mode = LosslessImages | LossyImages | LossyTables


class VQVAECompressor(Savable, BaseEstimator):
    r"""Compress rows to bytes and back: lossy through quantised codes, or without loss by bits-back coding.

    The lossy mode for images learns a VQ-VAE whose codes are whole numbers on a grid. It trains the rate of the codes
    under a learned prior together with the distortion, for several weights at once: a fitted compressor offers a
    quality for each weight. For tables the lossy mode compresses the codes of a `VQVAE`. The lossless mode learns a VAE
    of the levels of pixels that also reads the pixels coded before, and codes an image at the price of its evidence
    bound. Both modes write the stream with the entropy coder of constriction.

    All networks that an entropy coder asks are rounded to whole numbers after training. Their sums are exact, so that
    a stream can be read in another process, with another number of threads, and on another machine.

    Parameters
    ----------
    lossless : bool, default=False
        Whether ``decompress`` must return exactly the images that were compressed. Images must then be whole numbers
        of at most 256 levels, in the range that is fitted, which for bytes goes up to the next power of two.
    distortion_weights : sequence of float, default=(6, 12, 24, 48, 96, 192, 384)
        Weights of the squared error of pixels between 0 and 1, in nats, in rising order: one quality for each. They
        have no effect in the lossless mode and on tables.
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
        Rows in a step. "auto" takes 64; of fewer than 512 rows an eighth, but at least 16.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU. Coding is done on the CPU.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness of the fit; coding has none.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    n_qualities_ : int
        Number of qualities, the best one last; 1 in the lossless mode and for tables.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.
    fingerprint_ : str
        Identity of the model, which its streams carry.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch, in nats per row.
    n_iter_ : int
        Epochs run.

    See Also
    --------
    vaesynth.VQVAE : Codes of images and tables, and new rows from them.

    Notes
    -----
    Parameters of the networks are the compressor's own. Only tables are compressed through a `VQVAE`; the networks for
    images are built for an entropy coder, and share no parameter with it but those of training.

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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
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

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Fit the model to rows like those to compress.

        Parameters
        ----------
        X : ndarray of images, or table of shape (n_samples, n_features)
            Images of shape (n_samples, height, width) or (n_samples, n_channels, height, width): whole numbers, or
            floats in the lossy mode. Or, in the lossy mode, any table that `VQVAE` takes.
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
        device, mode = resolve_device(self.device), self._make_mode(X)
        rows = mode.read(X)
        fit = Fit.begin(device, draw_seed(self.random_state))

        def run(module: Any, rows: Rows) -> History:
            split = Split(fit.put(rows), None)
            history = fit.train(module.to(device), split, self._plan(rows.n_rows))
            module.cpu()
            return history

        self.history_ = mode.fit(rows, fit.generator, run)
        self._mode: Mode = mode
        remember_features(self, mode.n_features, mode.feature_names)
        self.n_qualities_ = mode.n_qualities
        self.loss_curve_, self.n_iter_ = self.history_.terms["loss"], self.history_.n_iter
        return self

    def compress(self, X: Any, quality: int | None = None) -> bytes:
        """Write rows as bytes.

        Parameters
        ----------
        X : images or table like the fitted
            Rows to compress; the more at once, the less the header weighs.
        quality : int, optional
            From 0 to ``n_qualities_ - 1``, the best; None takes the middle one.

        Returns
        -------
        bytes
            Header, coded bits and checksum.

        Raises
        ------
        ValueError
            If rows are not like the fitted, or there is no such quality.
        """
        check_is_fitted(self)
        about, payload = self._mode.encode(self._check_rows(X), self._check_quality(quality))
        return write_stream({"model": self.fingerprint_, **about}, payload)

    def decompress(self, stream: bytes) -> np.ndarray:
        """Read rows back.

        Parameters
        ----------
        stream : bytes
            Bytes that :meth:`compress` of this model has written, or of a copy that was saved and loaded.

        Returns
        -------
        images or table
            Images in the type of the compressed ones without loss; else in the container and type of the fitted.

        Raises
        ------
        StreamError
            If the bytes are damaged, cut, of another origin, of a later format or of another model. Nothing is
            decoded then.
        """
        check_is_fitted(self)
        return self._mode.decode(*read_stream(stream, self.fingerprint_))

    @property
    def fingerprint_(self) -> str:
        """Return the identity of the model, which its streams carry: 32 hexadecimal digits."""
        check_is_fitted(self)
        kind = type(self._mode).__name__.encode()
        return digest(kind, *(array.tobytes() for array in self._mode.arrays())).hex()

    def _make_mode(self, X: Any) -> Mode:
        """Choose how to compress rows like these."""
        name, weights = type(self).__name__, _check_weights(self.distortion_weights)
        if is_image_array(X):
            if self.lossless:
                return LosslessImages(name, self.n_latents, resolve(self.hidden_size, 128))
            return LossyImages(name, weights, resolve(self.hidden_size, 64))
        if self.lossless:
            found = f"an array of shape {X.shape}" if hasattr(X, "shape") else type(X).__name__
            raise ValueError(
                "`X` must be an array of images of shape (n_samples, height, width) or "
                f"(n_samples, n_channels, height, width) without loss, got {found}"
            )
        shared = ("max_iter", "batch_size", "device", "random_state", "verbose")
        # Its own prior is not asked.
        return LossyTables(VQVAE(prior_max_iter=1, **{key: getattr(self, key) for key in shared}))

    def _plan(self, n_rows: int) -> TrainingPlan:
        size = resolve(self.batch_size, min(64, max(16, n_rows // 8)))
        n_steps = -(-n_rows // size)
        return TrainingPlan(
            max_iter=resolve(self.max_iter, -(-N_STEPS // n_steps)),
            n_steps_per_epoch=n_steps,
            batch_size=size,
            learning_rate=self.learning_rate_init,
            weight_decay=self.weight_decay,
            verbose=bool(self.verbose),
        )

    def _check_rows(self, X: Any) -> Any:
        if not isinstance(self._mode, LossyTables) and not is_image_array(X):
            found = f"an array of shape {X.shape}" if hasattr(X, "shape") else type(X).__name__
            raise ValueError(f"`X` must be an array of images like the fitted, got {found}")
        return X

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.two_d_array = not self.lossless
        tags.input_tags.three_d_array = True
        return tags

    def _check_quality(self, quality: Any) -> int:
        if quality is None:
            return self.n_qualities_ // 2
        if isinstance(quality, numbers.Integral) and 0 <= int(quality) < self.n_qualities_:
            return int(quality)
        raise ValueError(
            f"`quality` must be an integer from 0 to {self.n_qualities_ - 1}, got {quality!r}"
        )


def _check_weights(weights: Any) -> tuple[float, ...]:
    values = np.asarray(weights, dtype=float).ravel()
    if not len(values) or not (values > 0).all() or not (np.diff(values) > 0).all():
        raise ValueError(
            f"`distortion_weights` must be positive numbers in rising order, got {weights!r}"
        )
    return tuple(values.tolist())
