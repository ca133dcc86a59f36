"""The untrained VQ-VAE for a table or for images: what its sizes are where ``"auto"`` leaves them open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import torch

from vaesynth.estimators._checks import check_widths, resolve
from vaesynth.estimators._defaults import choose_hidden_layer_sizes, choose_patch_size
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.models import QuantizedVAE
from vaesynth.nn import (
    ConvCodeDecoder,
    ConvCodeEncoder,
    DenseCodeDecoder,
    DenseCodeEncoder,
    FiniteScalarQuantizer,
    PatchGrid,
    PixelGaussianHead,
    Quantizer,
    RowHead,
    VectorQuantizer,
)

Grid = tuple[int, int]


@dataclass(frozen=True)
class QuantizedSizes:
    """Parameters of a VQ-VAE that decide how it is built; see `VQVAE`."""

    n_codes: int | str
    code_dim: int | str
    n_positions: int | str
    patch_size: int | str
    hidden_layer_sizes: Sequence[int] | str
    quantizer: str
    commitment_cost: float
    decay: float
    normalize_codes: bool
    prior_hidden_size: int
    # Sizes that depend on the table or the images.
    n_rows: int

    @classmethod
    def of(cls, estimator: Any, n_rows: int) -> Self:
        """Take the sizes from the parameters of an estimator that is to be fitted to so many rows."""
        names = [field.name for field in fields(cls) if field.name != "n_rows"]
        return cls(**{name: getattr(estimator, name) for name in names}, n_rows=n_rows)

    def build(
        self, codec: TableCodec | ImageCodec, generator: torch.Generator
    ) -> tuple[QuantizedVAE, Grid]:
        """Make an untrained model of what the codec reads, and give the grid of its codes."""
        if isinstance(codec, TableCodec):
            return self._build_for_table(codec, generator)
        return self._build_for_images(codec, generator)

    def _build_for_table(
        self, codec: TableCodec, generator: torch.Generator
    ) -> tuple[QuantizedVAE, Grid]:
        """Make a dense model of a table."""
        n_rows = self.n_rows
        n_values, cardinalities = codec.cells.n_values_, codec.cells.cardinalities_
        widths = check_widths(self.hidden_layer_sizes, choose_hidden_layer_sizes(n_rows))
        n_positions = resolve(self.n_positions, max(1, min(8, n_values + len(cardinalities))))
        quantizer = self._make_quantizer(max(8, min(512, n_rows // 8)))
        head = RowHead(n_values, cardinalities, codec.cells.state_codes_)
        shape = (n_positions, quantizer.code_dim)
        encoder = DenseCodeEncoder(n_values, cardinalities, widths, *shape, generator)
        decoder = DenseCodeDecoder(*shape, widths[::-1], head.n_outputs, generator)
        return QuantizedVAE(encoder, quantizer, decoder, head), (1, n_positions)

    def _build_for_images(
        self, codec: ImageCodec, generator: torch.Generator
    ) -> tuple[QuantizedVAE, Grid]:
        """Make a convolutional model of images."""
        size = resolve(self.patch_size, choose_patch_size(codec.channels_first))
        patches = PatchGrid(codec.channels_first, size)
        width = check_widths(self.hidden_layer_sizes, [64])[0]
        quantizer = self._make_quantizer(512)
        encoder = ConvCodeEncoder(patches, width, quantizer.code_dim, generator)
        decoder = ConvCodeDecoder(patches, width, quantizer.code_dim, generator)
        head = PixelGaussianHead(codec.n_features)
        return QuantizedVAE(encoder, quantizer, decoder, head), patches.grid

    def _make_quantizer(self, n_codes: int) -> Quantizer:
        n_codes = resolve(self.n_codes, n_codes)
        if self.quantizer == "fsq":
            return FiniteScalarQuantizer.of_size(n_codes)
        return VectorQuantizer(
            n_codes,
            resolve(self.code_dim, 4),
            commitment_cost=self.commitment_cost,
            decay=self.decay,
            normalize=self.normalize_codes,
        )
