"""The loss of a dense model of rows and its gradient in closed form.

Autograd takes the sixty operations of such a model one by one, and in small batches the way to them takes longer than
many of them do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

from vaesynth.nn import (
    LOG_2PI,
    DenseDecoder,
    DenseEncoder,
    RowHead,
    Rows,
    split_moments,
    sum_levels,
)
from vaesynth.priors import ClassGaussian

# Classes enter as products with indicators, whose cost grows with them.
MAX_CLASSES = 64


class _Batch(NamedTuple):
    """What a step depends on beside the weights."""

    read: Rows
    rows: Rows
    # Indicators of the classes, and noise of the posterior draw.
    of_class: Tensor
    noise: Tensor
    # Positions of the codes that are read in their table, and of those that are scored among the outputs.
    levels: Tensor
    places: Tensor


class _Weights(NamedTuple):
    """Weights of a model, or by the same names their gradients; None where the model has no such weight."""

    values: Tensor | None
    bias: Tensor | None
    table: Tensor | None
    encoder_shift: Tensor | None
    encoder: Sequence[Tensor]
    latents: Tensor
    latent_bias: Tensor
    decoder_shift: Tensor | None
    decoder: Sequence[Tensor]
    raw_scale: Tensor
    prior_mean: Tensor
    prior_log_var: Tensor

    @classmethod
    def of(cls, model: Any) -> Self:
        """Weights of a model as they are."""
        encoder, decoder = model.encoder, model.decoder
        dense = encoder.embed.dense
        return cls(
            None if dense is None else dense.weight,
            None if dense is None else dense.bias,
            encoder.embed.table,
            encoder.shift.weight,
            _layers(encoder.network),
            decoder.input.weight,
            decoder.input.bias,
            decoder.shift.weight,
            _layers(decoder.network),
            model.head.numbers.raw_scale,
            model.prior.mean,
            model.prior.log_var,
        )

    def flatten(self) -> list[Any]:
        """All in one row."""
        return [
            weight
            for part in self
            for weight in (part if isinstance(part, (list, tuple)) else (part,))
        ]


def _layers(network: nn.Sequential) -> list[Tensor]:
    """Weight and bias of each layer in turn."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return [weight for layer in layers for weight in (layer.weight, layer.bias)]


def has_closed_gradient(model: Any) -> bool:
    """Whether `closed_gradient` knows all parts of a model, and numbers are of one precision."""
    encoder, decoder = model.encoder, model.decoder
    return (
        type(encoder) is DenseEncoder
        and type(decoder) is DenseDecoder
        and type(model.head) is RowHead
        and type(model.prior) is ClassGaussian
        and isinstance(encoder.activation, nn.SiLU)
        and isinstance(decoder.activation, nn.SiLU)
        and len(model.prior.mean) <= MAX_CLASSES
        and not torch.is_autocast_enabled(model.device.type)
    )


@torch.no_grad()
def closed_gradient(
    model: Any,
    read: Rows,
    rows: Rows,
    y: Tensor,
    noise: Tensor,
    beta: float,
    share: float = 1.0,
) -> tuple[dict[str, Tensor], dict[Tensor, Tensor]]:
    """Terms of the loss of a model, and the gradient of the loss with respect to each of its weights.

    Parameters
    ----------
    model : GaussianVAE
        One for which `has_closed_gradient` holds.
    read : Rows
        What the encoder reads.
    rows : Rows
        What the head scores.
    y : Tensor of shape (n_rows,), int64
        Class codes.
    noise : Tensor of shape (n_rows, latent_dim)
        Standard normal noise of the posterior draw.
    beta : float
        Weight of the KL term.
    share : float, default=1.0
        What the rows count beside others: a factor of all that is given.

    Returns
    -------
    terms : dict of str to Tensor
        As `GaussianVAE.loss` gives them.
    gradients : dict of Parameter to Tensor
    """
    weights = _Weights.of(model)
    classes = torch.arange(weights.prior_mean.shape[0], device=y.device)
    of_class = (y[:, None] == classes).to(noise.dtype)
    levels, places = read.codes + model.encoder.embed.offsets, model.head.levels.places(rows)
    batch = _Batch(read, rows, of_class, noise, levels, places)

    moments, encoder_kept = _run(_embed(batch, weights), weights.encoder)
    z, divergence, latent_kept = _draw(moments, batch, weights)
    features = torch.addmm(weights.latent_bias, z, weights.latents.t())
    features = _shift(features, batch, weights.decoder_shift)
    outputs, decoder_kept = _run(features, weights.decoder)
    log_prob, head_kept = _score(model, outputs, batch, weights.raw_scale)
    terms, of_latents = _terms(model, log_prob, divergence, beta, share)

    of_outputs, raw_scale = _score_gradient(model, batch, weights.raw_scale, head_kept, share)
    of_features, decoder = _run_gradient(of_outputs, weights.decoder, decoder_kept)
    of_z = of_features @ weights.latents
    of_moments, prior_mean, prior_log_var = _draw_gradient(of_z, of_latents, batch, latent_kept)
    of_embedding, encoder = _run_gradient(of_moments, weights.encoder, encoder_kept)
    values, bias, table, shift = _embed_gradient(of_embedding, batch, weights)
    gradients = _Weights(
        values,
        bias,
        table,
        shift,
        encoder,
        of_features.t() @ z,
        of_features.sum(0),
        _shift_gradient(of_features, batch, weights.decoder_shift),
        decoder,
        raw_scale,
        prior_mean,
        prior_log_var,
    )
    pairs = zip(weights.flatten(), gradients.flatten(), strict=True)
    return terms, {weight: gradient for weight, gradient in pairs if weight is not None}


def _terms(
    model: Any, log_prob: Tensor, divergence: Tensor, beta: float, share: float
) -> tuple[dict[str, Tensor], Tensor]:
    """Terms of the loss, and its gradient with respect to the divergences, shape (latent_dim,)."""
    reconstruction, by_latent = -log_prob.mean(), divergence.mean(0)
    kl = charged = by_latent.sum()
    of_latents = torch.full_like(by_latent, share * beta / log_prob.shape[0])
    if model.free_bits:
        charged = by_latent.clamp_min(model.free_bits).sum()
        of_latents = of_latents * (by_latent >= model.free_bits)
    terms = {"loss": reconstruction + beta * charged, "reconstruction": reconstruction, "kl": kl}
    return {name: share * term for name, term in terms.items()}, of_latents


def _embed(batch: _Batch, weights: _Weights) -> Tensor:
    """Sum of the rows' and the classes' vectors, as `RowEmbedding` and `ClassShift` give it."""
    if weights.table is None:
        features = batch.noise.new_zeros(len(batch.noise), weights.encoder[0].shape[1])
    else:
        features = nn.functional.embedding_bag(batch.levels, weights.table, mode="sum")
    if weights.values is not None and weights.bias is not None:
        features.addmm_(batch.read.values, weights.values.t()).add_(weights.bias)
    return _shift(features, batch, weights.encoder_shift)


def _embed_gradient(
    gradient: Tensor, batch: _Batch, weights: _Weights
) -> tuple[Tensor | None, Tensor | None, Tensor | None, Tensor | None]:
    values = bias = table = None
    if weights.values is not None:
        values, bias = gradient.t() @ batch.read.values, gradient.sum(0)
    if weights.table is not None:
        table = sum_levels(batch.levels, gradient, weights.table.shape[0])
    return values, bias, table, _shift_gradient(gradient, batch, weights.encoder_shift)


def _shift(features: Tensor, batch: _Batch, vectors: Tensor | None) -> Tensor:
    return features if vectors is None else features.addmm_(batch.of_class, vectors)


def _shift_gradient(gradient: Tensor, batch: _Batch, vectors: Tensor | None) -> Tensor | None:
    return None if vectors is None else batch.of_class.t() @ gradient


def _run(features: Tensor, layers: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Activate and multiply by turns; kept are what goes into each activation and what comes out."""
    kept = []
    for weight, bias in zip(layers[::2], layers[1::2], strict=True):
        activated = nn.functional.silu(features)
        kept += [features, activated]
        features = torch.addmm(bias, activated, weight.t())
    return features, kept


def _run_gradient(
    gradient: Tensor, layers: Sequence[Tensor], kept: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Gradients of the features and of the layers."""
    gradients: list[Tensor] = []
    for number in reversed(range(0, len(layers), 2)):
        features, activated = kept[number : number + 2]
        gradients = [gradient.t() @ activated, gradient.sum(0), *gradients]
        gradient = gradient @ layers[number]
        torch.ops.aten.silu_backward(gradient, features, grad_input=gradient)
    return gradient, gradients


def _draw(
    moments: Tensor, batch: _Batch, weights: _Weights
) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """Latent points, divergences, and what the gradient needs."""
    mean, log_var = split_moments(moments)
    prior_log_var = batch.of_class @ weights.prior_log_var
    scale, precision = (0.5 * log_var).exp(), (-prior_log_var).exp()
    distance = mean - batch.of_class @ weights.prior_mean
    variance = scale * scale * precision
    pull = distance * precision
    spread = variance + distance * pull
    divergence = 0.5 * (prior_log_var - log_var + spread - 1)
    # Nothing depends on what was cut off a log-variance.
    free = log_var == moments[:, mean.shape[1] :]
    noise = batch.noise * scale
    return mean + noise, divergence, (noise, pull, variance, spread, free)


def _draw_gradient(
    of_z: Tensor, of_latents: Tensor, batch: _Batch, kept: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of moments, prior means and prior log-variances."""
    noise, pull, variance, spread, free = kept
    half, pull = 0.5 * of_latents, of_latents * pull
    of_log_var = half * (variance - 1) + 0.5 * noise * of_z
    of_moments = torch.cat([of_z + pull, of_log_var * free], dim=1)
    of_prior = batch.of_class.t() @ torch.cat([-pull, half * (1 - spread)], dim=1)
    prior_mean, prior_log_var = of_prior.chunk(2, dim=1)
    return of_moments, prior_mean, prior_log_var


def _score(
    model: Any, outputs: Tensor, batch: _Batch, raw_scale: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Log-probability of each row, and what the gradient needs: errors of the values in scales, and sums of levels."""
    means, logits = model.head.split(outputs)
    log_prob, kept = model.head.levels.scores.evaluate(logits, batch.places)
    if not raw_scale.numel():
        return log_prob, [means, *kept]
    scale = raw_scale.exp() + model.head.numbers.min_scale
    error = (batch.rows.values - means) / scale
    density = -0.5 * error * error - scale.log() - 0.5 * LOG_2PI
    return log_prob + (density * batch.rows.present).sum(1), [error, *kept]


def _score_gradient(
    model: Any, batch: _Batch, raw_scale: Tensor, kept: Sequence[Tensor], share: float
) -> tuple[Tensor, Tensor]:
    """Gradients of outputs and raw scales: those of the negative mean over the rows."""
    error, *of_levels = kept
    of_row = -share / error.shape[0]
    of_rows = error.new_full(error.shape[:1], of_row)
    of_logits = model.head.levels.scores.gradient(batch.places, of_levels, of_rows)
    if not raw_scale.numel():
        return of_logits, torch.zeros_like(raw_scale)
    growth = raw_scale.exp()
    scale = growth + model.head.numbers.min_scale
    of_present = of_row * batch.rows.present
    of_scale = (of_present * (error * error - 1)).sum(0) * growth / scale
    return torch.cat([of_present * error / scale, of_logits], dim=1), of_scale
