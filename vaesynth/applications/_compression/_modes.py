"""Ways to compress: images without loss, images with loss, tables as the codes of a `VQVAE`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth._threads import single_thread
from vaesynth.applications._compression._bits_back import BitsBackCoder
from vaesynth.applications._compression._file_format import StreamError, read_shape
from vaesynth.applications._compression._grid_coder import GridCoder
from vaesynth.applications._compression._sequence_coder import SequenceCoder
from vaesynth.estimators import VQVAE, ImageCodec, choose_patch_size
from vaesynth.models import CodeSizes, ContextSizes, ContextVAE, RateDistortionVAE, SequencePrior
from vaesynth.nn import Rows

MAX_LEVELS = 256
# Types of images of whole numbers, as a header writes them.
WHOLE_TYPES = frozenset(
    {
        "|b1",
        "|u1",
        "|i1",
        *(f"{order}{kind}{size}" for order in "<>" for kind in "ui" for size in (2, 4, 8)),
    }
)
_CHUNK = 512
# Trains a module on rows and gives the history.
Train = Callable[[Any, Rows], Any]


class _Images:
    """What both ways to compress images share."""

    feature_names = None

    def __init__(self, name: str) -> None:
        self.codec = ImageCodec(name)

    @property
    def n_features(self) -> int:
        """Number of pixels times channels."""
        return self.codec.n_features


class LosslessImages(_Images):
    """Images of whole numbers by bits-back coding.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    n_latents, width : int
        Sizes of the model.
    """

    n_qualities = 1

    def __init__(self, name: str, n_latents: int, width: int) -> None:
        super().__init__(name)
        self.sizes = ContextSizes(n_latents=n_latents, width=width)

    def read(self, X: np.ndarray) -> Rows:
        """Learn shape, type and range of the images."""
        self.codec.fit(X)
        self._count_levels()
        if X.dtype == np.uint8:
            # As many bits as are in use: levels that never come would only make the range coarse.
            self.codec.lower = 0.0
            self.codec.scale = float(2 ** int(X.max()).bit_length() - 1) or 1.0
        return self.codec.encode(X)

    def fit(self, rows: Rows, generator: torch.Generator, train: Train) -> Any:
        """Train the model, and keep of it what coding needs; return the history."""
        shape, n_levels = self.codec.channels_first, self._count_levels()
        model = ContextVAE(shape, n_levels, self.sizes, generator)
        history = train(model, rows)
        self.coder = BitsBackCoder(model)
        return history

    def encode(self, X: np.ndarray, quality: int) -> tuple[dict[str, Any], bytes]:  # noqa: ARG002
        """Return what the reader must know, and the bits."""
        self.codec.encode(X)  # refuses what is not like the fitted
        levels = self._to_levels(X)
        return {"shape": list(X.shape), "dtype": X.dtype.str}, self.coder.encode(levels)

    def decode(self, about: dict[str, Any], payload: bytes) -> np.ndarray:
        """Return images, in the type of the compressed."""
        shape, dtype = read_shape(about, self.codec.shape), about.get("dtype")
        if not isinstance(dtype, str) or dtype not in WHOLE_TYPES:
            raise StreamError(f"`stream` must be of whole numbers, got {ascii(dtype)[:40]}")
        levels = self.coder.decode(payload, shape[0])
        pixels = levels + int(self.codec.lower)
        return pixels.astype(np.dtype(dtype)).reshape(shape)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides what a stream means."""
        return [_describe(self.codec), *self.coder.arrays()]

    def _count_levels(self) -> int:
        n_levels, dtype = int(self.codec.scale) + 1, self.codec.dtype
        if dtype.kind not in "bui" or n_levels > MAX_LEVELS:
            found = dtype if dtype.kind not in "bui" else f"a range of {n_levels}"
            raise ValueError(
                f"lossless images must be whole numbers of at most {MAX_LEVELS} levels, got {found}"
            )
        return n_levels

    def _to_levels(self, X: np.ndarray) -> np.ndarray:
        low, n_levels = int(self.codec.lower), self._count_levels()
        if X.dtype.kind not in "bui" or X.min() < low or X.max() >= low + n_levels:
            raise ValueError(
                f"lossless images must be whole numbers from {low} to {low + n_levels - 1}, got "
                f"{X.dtype} from {X.min()} to {X.max()}"
            )
        return X.reshape(len(X), -1).astype(np.int64) - low


class LossyImages(_Images):
    """Images by grids of whole numbers, at several qualities.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    weights : sequence of float
        Weights of the squared error, one for each quality.
    width : int
        Channels of the model.
    """

    def __init__(self, name: str, weights: Sequence[float], width: int) -> None:
        super().__init__(name)
        self.weights, self.width = tuple(weights), width

    @property
    def n_qualities(self) -> int:
        """Return the number of qualities."""
        return len(self.weights)

    def read(self, X: np.ndarray) -> Rows:
        """Learn shape, type and range of the images."""
        return self.codec.fit(X)

    def fit(self, rows: Rows, generator: torch.Generator, train: Train) -> Any:
        """Train the model and round its prior, and return the history."""
        self.module = self._build(generator)
        history = train(self.module, rows)
        self.coder = GridCoder(self.module)
        return history

    def encode(self, X: np.ndarray, quality: int) -> tuple[dict[str, Any], bytes]:
        """Return what the reader must know, and the bits."""
        values = self.codec.encode(X).values
        codes = _map(lambda part: self.module.encode(part, quality), values)
        about = {"shape": list(X.shape), "dtype": self.codec.dtype.str, "quality": quality}
        return about, self.coder.encode(codes.numpy(), quality)

    def decode(self, about: dict[str, Any], payload: bytes) -> np.ndarray:
        """Return images, in the type of the fitted."""
        quality, shape = about.get("quality"), read_shape(about, self.codec.shape)
        if type(quality) is not int or not 0 <= quality < self.n_qualities:
            raise StreamError(
                f"`stream` must be of a quality from 0 to {self.n_qualities - 1}, got {ascii(quality)[:40]}"
            )
        codes = torch.from_numpy(self.coder.decode(payload, shape[0], quality))
        values = _map(lambda part: self.module.decode(part, quality), codes)
        no_codes = torch.zeros((len(values), 0), dtype=torch.int64)
        return self.codec.decode(Rows(values, torch.ones(1, 1).expand(values.shape), no_codes), 0)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides what a stream means."""
        weights = [tensor.numpy() for tensor in self.module.state_dict().values()]
        return [_describe(self.codec), *self.coder.arrays(), *weights]

    def _build(self, generator: torch.Generator) -> RateDistortionVAE:
        shape = self.codec.channels_first
        sizes = CodeSizes(width=self.width, patch_size=choose_patch_size(shape))
        return RateDistortionVAE(shape, self.weights, sizes, generator)

    def _rebuild_modules(self) -> None:
        """Build the network as the fit did, for weights that are read from a file."""
        self.module = self._build(torch.Generator())


class LossyTables:
    """Tables by the codes of a `VQVAE`.

    Parameters
    ----------
    vqvae : VQVAE
        Unfitted.
    """

    n_qualities = 1
    _WIDTH = 64

    def __init__(self, vqvae: VQVAE) -> None:
        self.vqvae = vqvae

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.vqvae.n_features_in_

    @property
    def feature_names(self) -> np.ndarray | None:
        """Names of the columns, or None where they are not all strings."""
        return getattr(self.vqvae, "feature_names_in_", None)

    def read(self, X: Any) -> Rows:
        """Learn the codes of the table, and return them."""
        codes = torch.from_numpy(
            np.asarray(self.vqvae.set_output(transform="default").fit_transform(X))
        )
        empty = torch.zeros(len(codes), 0)
        return Rows(empty, empty, codes)

    def fit(self, rows: Rows, generator: torch.Generator, train: Train) -> Any:
        """Train a prior of the codes that can be rounded; return the history of the VQ-VAE."""
        prior = SequencePrior(self.vqvae.n_codes_, rows.codes.shape[1], self._WIDTH, generator)
        train(prior, rows)
        self.coder = SequenceCoder(prior)
        return self.vqvae.history_

    def encode(self, X: Any, quality: int) -> tuple[dict[str, Any], bytes]:  # noqa: ARG002
        """Return what the reader must know, and the bits."""
        codes = self.vqvae.transform(X)
        return {"shape": [len(codes)]}, self.coder.encode(codes)

    def decode(self, about: dict[str, Any], payload: bytes) -> Any:
        """Return the likeliest rows, in the container of the fitted."""
        (n_rows,) = read_shape(about, ())
        return self.vqvae.inverse_transform(self.coder.decode(payload, n_rows))

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides what a stream means."""
        weights = self.vqvae.module_.state_dict().values()
        return [*self.coder.arrays(), *(tensor.cpu().numpy() for tensor in weights)]


@torch.no_grad()
def _map(function: Callable[[Tensor], Tensor], data: Tensor) -> Tensor:
    """Apply a function to a few rows at a time, on one thread: the last digits are then always the same."""
    with single_thread():
        return torch.cat([function(part) for part in data.split(_CHUNK)])


def _describe(codec: ImageCodec) -> np.ndarray:
    about = (codec.shape, codec.dtype.str, codec.lower, codec.scale)
    return np.frombuffer(repr(about).encode(), np.uint8)
