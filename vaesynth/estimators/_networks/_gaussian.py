"""The untrained Gaussian VAE for a table or for images: what its sizes are where ``"auto"`` leaves them open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from vaesynth.estimators import _defaults as defaults
from vaesynth.estimators._checks import check_widths, resolve
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.models import GaussianVAE
from vaesynth.nn import (
    LIKELIHOODS,
    AutoregressiveHead,
    ConvDecoder,
    ConvEncoder,
    DenseDecoder,
    DenseEncoder,
    PatchGrid,
    RowHead,
    SpatialDecoder,
    SpatialEncoder,
)
from vaesynth.priors import PRIORS, PriorFacts

DECODERS = ("independent", "autoregressive")


@dataclass(frozen=True)
class GaussianSizes:
    """Everything that determines how a Gaussian VAE is built, except the columns or the shape of its input."""

    n_classes: int
    latent_dim: int
    hidden_layer_sizes: tuple[int, ...]
    activation: str
    network: str
    likelihood: str
    prior: str
    prior_n_components: int
    free_bits: float
    decoder: str = "independent"

    def build(self, codec: TableCodec | ImageCodec, generator: torch.Generator) -> GaussianVAE:
        """Make an untrained model of what the codec reads."""
        head = self._make_head(codec, generator)
        encoder, decoder = self._make_networks(codec, head.n_outputs, generator)
        sizes = (self.n_classes, self.latent_dim, self.prior_n_components)
        prior = PRIORS[self.prior](PriorFacts(*sizes, encoder, *_count_cells(codec), generator))
        return GaussianVAE(encoder, decoder, head, prior, self.n_classes, self.free_bits)

    def _make_head(self, codec: TableCodec | ImageCodec, generator: torch.Generator) -> Any:
        if isinstance(codec, TableCodec):
            cells = codec.cells
            n_values, cardinalities = cells.n_values_, cells.cardinalities_
            if self.decoder == "autoregressive":
                order = (cells.state_codes_, cells.n_ascending_)
                return AutoregressiveHead(n_values, cardinalities, generator, *order)
            return RowHead(n_values, cardinalities, cells.state_codes_)
        # Latents on a grid can hand pixels through, as long as no sigmoid bends them.
        is_bounded = self.network != "spatial"
        return LIKELIHOODS[self.likelihood](codec.n_features, codec.n_levels or 0, is_bounded)

    def _make_networks(
        self, codec: TableCodec | ImageCodec, n_outputs: int, generator: torch.Generator
    ) -> tuple[nn.Module, nn.Module]:
        widths, n_moments = self.hidden_layer_sizes, 2 * self.latent_dim
        last = (generator, self.activation)
        if self.network == "spatial" and isinstance(codec, ImageCodec):
            return self._make_spatial_networks(codec.channels_first, last)
        if self.network == "conv" and isinstance(codec, ImageCodec):
            shape = codec.channels_first
            patches = PatchGrid(shape, defaults.choose_patch_size(shape))
            start = (patches, widths[0], self.n_classes)
            encoder = ConvEncoder(*start, n_moments, *last)
            return encoder, ConvDecoder(*start, self.latent_dim, *last)
        n_values = _count_cells(codec)[0]
        cardinalities = codec.cells.cardinalities_ if isinstance(codec, TableCodec) else ()
        return (
            DenseEncoder(n_values, cardinalities, self.n_classes, widths, n_moments, *last),
            DenseDecoder(self.latent_dim, self.n_classes, widths[::-1], n_outputs, *last),
        )

    def _make_spatial_networks(
        self, shape: tuple[int, int, int], last: tuple[torch.Generator, str]
    ) -> tuple[nn.Module, nn.Module]:
        patches = PatchGrid(shape, defaults.choose_patch_size(shape))
        n_channels = self.latent_dim // (patches.grid[0] * patches.grid[1])
        start = (patches, self.hidden_layer_sizes[0], self.n_classes)
        n_blocks = defaults.SPATIAL_BLOCKS
        encoder = SpatialEncoder(*start, 2 * n_channels, n_blocks, *last)
        return encoder, SpatialDecoder(*start, n_channels, n_blocks, *last)


def _count_cells(codec: TableCodec | ImageCodec) -> tuple[int, int]:
    """Return the number of numbers and codes in an encoded row."""
    if isinstance(codec, ImageCodec):
        return codec.n_features, 0
    return codec.cells.n_values_, len(codec.cells.cardinalities_)


def choose_sizes(
    estimator: Any,
    codec: TableCodec | ImageCodec,
    n_rows: int,
    n_classes: int,
    automatic_prior: str,
    automatic_decoder: str,
) -> GaussianSizes:
    """Take the sizes from the parameters of an estimator, and find those that are ``"auto"``.

    Raises
    ------
    ValueError
        If the parameters do not suit each other or what the codec reads.
    """
    if isinstance(codec, ImageCodec):
        network = resolve(estimator.network, "dense")
        likelihood = _choose_likelihood(estimator.likelihood, codec)
        widths = check_widths(estimator.hidden_layer_sizes, defaults.IMAGE_WIDTHS[network])
        if network != "dense" and len(widths) > 1:
            raise ValueError(
                "`hidden_layer_sizes` of convolutional networks must be one number of channels, "
                f"got {estimator.hidden_layer_sizes!r}"
            )
        latent_dim, prior = defaults.IMAGE_LATENT_DIM, defaults.IMAGE_PRIOR
        if network == "spatial":
            latent_dim, prior = defaults.SPATIAL_LATENT_DIM, "standard_normal"
        decoder = _refuse_dependent_pixels(estimator.decoder)
    else:
        network, likelihood, prior = "dense", "cells", automatic_prior
        _refuse_image_parameters(estimator)
        widths = check_widths(
            estimator.hidden_layer_sizes, defaults.choose_hidden_layer_sizes(n_rows)
        )
        n_cells = sum(_count_cells(codec))
        decoder = resolve(estimator.decoder, automatic_decoder)
        if estimator.decoder == "auto" and not defaults.suits_autoregression(n_rows, n_cells):
            decoder = "independent"
        latent_dim = defaults.choose_latent_dim(n_cells, n_rows, decoder)
    latent_dim = int(resolve(estimator.latent_dim, latent_dim))
    if network == "spatial" and isinstance(codec, ImageCodec):
        latent_dim *= defaults.count_positions(codec.channels_first)
    return GaussianSizes(
        n_classes=n_classes,
        latent_dim=latent_dim,
        hidden_layer_sizes=widths,
        activation=estimator.activation,
        network=network,
        likelihood=likelihood,
        prior=resolve(estimator.prior, prior),
        prior_n_components=int(estimator.prior_n_components),
        free_bits=float(estimator.free_bits),
        decoder=decoder,
    )


def _choose_likelihood(likelihood: str, codec: ImageCodec) -> str:
    if likelihood == "discretized_logistic" and codec.n_levels is None:
        raise ValueError(
            "`likelihood='discretized_logistic'` must have images of whole numbers, "
            f"got images of type {codec.dtype}"
        )
    return resolve(likelihood, "bernoulli" if codec.n_levels == 2 else "gaussian")


def _refuse_dependent_pixels(decoder: str) -> str:
    if decoder == "autoregressive":
        raise ValueError(
            "`decoder` must be 'auto' or 'independent' for images, got 'autoregressive'"
        )
    return "independent"


def _refuse_image_parameters(estimator: Any) -> None:
    """Raise an error if a table is fitted with parameters that only images have."""
    if estimator.likelihood != "auto":
        raise ValueError(
            "`likelihood` must be 'auto' for a table, whose columns have one by their kind, "
            f"got {estimator.likelihood!r}"
        )
    if estimator.network in ("conv", "spatial"):
        raise ValueError(
            f"`network` must be 'auto' or 'dense' for a table, got {estimator.network!r}, which is for images"
        )
