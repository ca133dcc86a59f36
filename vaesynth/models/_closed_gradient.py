"""The loss of a dense model of rows and its gradient, by the chain rule over parts that know their derivatives.

Autograd executes the sixty operations of such a model one by one; in small batches, its overhead takes longer than many
of these operations. Each part has its own derivative, in its methods `evaluate` and `gradient`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vaesynth.nn import Rows, split_moments

# Classes enter as products with indicators, whose cost grows with them.
MAX_CLASSES = 64


def has_closed_gradient(model: Any) -> bool:
    """Tell whether all parts of a model know their derivatives, and numbers are of one precision."""
    parts = (model.encoder, model.decoder, model.head, model.prior)
    return (
        all(getattr(part, "knows_gradient", False) for part in parts)
        and model.prior.n_classes <= MAX_CLASSES
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
    """Return the terms of the loss of a model, and the gradient of the loss with respect to each of its weights.

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
        Weight of these rows; a factor of everything that is returned.

    Returns
    -------
    terms : dict of str to Tensor
        As `GaussianVAE.loss` returns them.
    gradients : dict of Parameter to Tensor
    """
    encoder, decoder, head, prior = model.encoder, model.decoder, model.head, model.prior
    of_class = (y[:, None] == torch.arange(prior.n_classes, device=y.device)).to(noise.dtype)

    moments, encoder_kept = encoder.evaluate(read, of_class)
    mean, log_var = split_moments(moments)
    scale = (0.5 * log_var).exp()
    step = noise * scale
    z = mean + step
    divergence, prior_kept = prior.evaluate(mean, log_var, scale, of_class)
    outputs, decoder_kept = decoder.evaluate(z, of_class)
    log_prob, head_kept = head.evaluate(outputs, rows)
    terms, of_divergence = _terms(log_prob, divergence, beta, model.free_bits, share)

    of_log_prob = torch.full_like(log_prob, -share / len(log_prob))
    of_outputs, of_head = head.gradient(rows, head_kept, of_log_prob)
    of_z, of_decoder = decoder.gradient(z, of_class, decoder_kept, of_outputs)
    of_mean, of_log_var, of_prior = prior.gradient(of_class, prior_kept, of_divergence)
    # The part of a log-variance beyond its limits has no effect, so its gradient is 0.
    is_free = log_var == moments[:, mean.shape[1] :]
    of_log_var = (of_log_var + 0.5 * step * of_z) * is_free
    of_moments = torch.cat([of_z + of_mean, of_log_var], dim=1)
    of_encoder = encoder.gradient(read, of_class, encoder_kept, of_moments)
    return terms, {**of_encoder, **of_prior, **of_decoder, **of_head}


def _terms(
    log_prob: Tensor, divergence: Tensor, beta: float, free_bits: float, share: float
) -> tuple[dict[str, Tensor], Tensor]:
    """Return the terms of the loss, and its gradient with respect to the divergences, shape (latent_dim,)."""
    reconstruction, by_latent = -log_prob.mean(), divergence.mean(0)
    kl = charged = by_latent.sum()
    of_divergence = torch.full_like(by_latent, share * beta / len(log_prob))
    if free_bits:
        charged = by_latent.clamp_min(free_bits).sum()
        of_divergence = of_divergence * (by_latent >= free_bits)
    terms = {"loss": reconstruction + beta * charged, "reconstruction": reconstruction, "kl": kl}
    return {name: share * term for name, term in terms.items()}, of_divergence
