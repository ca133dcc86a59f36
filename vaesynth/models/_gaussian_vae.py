"""The Gaussian VAE: encoder q(z | x, y), decoder p(x | z, y), prior p(z | y); with one class a plain VAE."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from vaesynth.models._closed_gradient import closed_gradient, has_closed_gradient
from vaesynth.nn import (
    DenseDecoder,
    DenseEncoder,
    RowHead,
    Rows,
    draw_normal,
    normal_log_prob,
    split_moments,
    widen,
)
from vaesynth.priors import ClassGaussian, LatentPrior

# Rows to encode at once, if nothing else limits them.
PART = 1024


def _parts(n_rows: int) -> list[slice]:
    """Cut a number of rows into parts, one at least."""
    return [slice(start, start + PART) for start in range(0, max(1, n_rows), PART)]


class Head(Protocol):
    """Likelihood of rows given a decoder's outputs."""

    n_outputs: int
    # Whether probabilities of numbers are densities, which change with the unit of the numbers.
    is_density: bool
    # Whether rows have an expectation, and so a residual: `mean`, `residual` and `sample_at_mean` of `RowHead`.
    has_residual: bool
    can_carry: bool

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood in nats per row, shape (n_rows,)."""

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood of each cell in nats, values before codes; its sums over a row are `log_prob`."""

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest rows."""

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw rows."""

    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Set the parameters whose most likely value has a closed form."""


class GaussianVAE(nn.Module):
    r"""VAE of rows, or of rows given their class, whose posterior is a diagonal normal.

    Its objective, the negative evidence lower bound with a weighted KL term, is in nats per row

    .. math:: -E_{q(z|x,y)}[\log p(x|z,y)] + \beta \sum_j \max(KL_j, \lambda)

    with λ free bits in each latent, where the mean of :math:`KL_j` over the batch is meant.

    Parameters
    ----------
    encoder : Module
        Rows and class codes to vectors of shape (n_rows, 2 * latent_dim): posterior means and log-variances.
    decoder : Module
        Latent points and class codes to outputs of shape (n_rows, head.n_outputs).
    head : Module
        Outputs to the likelihood of rows.
    prior : Module
        A `LatentPrior`.
    n_classes : int, default=1
        Number of classes; with 1 the model is a plain VAE.
    free_bits : float, default=0.0
        Nats of each latent that cost nothing.

    References
    ----------
    Kingma, Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Sohn, Lee, Yan, "Learning Structured Output
    Representation using Deep Conditional Generative Models", NeurIPS 2015; Kingma et al., "Improved Variational
    Inference with Inverse Autoregressive Flow", NeurIPS 2016 (free bits).

    Examples
    --------
    >>> import torch
    >>> model = GaussianVAE.for_table(2, [3], 2, 2, [16], torch.Generator().manual_seed(0))
    >>> z, y = torch.zeros(4, 2), torch.tensor([0, 0, 1, 1])
    >>> model.decode(z, y).shape
    torch.Size([4, 5])
    """

    prior: LatentPrior

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        head: Any,
        prior: LatentPrior,
        n_classes: int = 1,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.head = head
        self.prior = prior
        self.n_classes = n_classes
        self.free_bits = free_bits
        # Noise on the input of the encoder in training; the decoder's rows have no noise.
        self.corruption: Callable[[Rows, torch.Generator], Rows] | None = None

    @classmethod
    def for_table(
        cls,
        n_values: int,
        cardinalities: Sequence[int],
        n_classes: int,
        latent_dim: int,
        hidden_layer_sizes: Sequence[int],
        generator: torch.Generator,
        state_codes: Sequence[int] | None = None,
    ) -> Self:
        """Make an untrained model of table rows with dense networks and a normal prior for each class.

        Parameters
        ----------
        n_values : int
            Number of normalised numbers in a row.
        cardinalities : sequence of int
            Number of levels of each code.
        n_classes : int
            Number of classes.
        latent_dim : int
            Dimension of the latent space.
        hidden_layer_sizes : sequence of int
            Widths of the encoder's hidden layers; the decoder mirrors them.
        generator : torch.Generator
            Source of the initial weights.
        state_codes : sequence of int, optional
            Which code says whether a row has a value; see `RowHead`.

        Returns
        -------
        GaussianVAE
        """
        widths = list(hidden_layer_sizes)
        head = RowHead(n_values, cardinalities, state_codes)
        encoder = DenseEncoder(
            n_values, cardinalities, n_classes, widths, 2 * latent_dim, generator
        )
        decoder = DenseDecoder(latent_dim, n_classes, widths[::-1], head.n_outputs, generator)
        prior = ClassGaussian(n_classes, latent_dim, generator)
        return cls(encoder, decoder, head, prior, n_classes)

    @property
    def device(self) -> torch.device:
        """Return the device of the weights."""
        return next(self.parameters()).device

    def encode(self, rows: Rows, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and log-variance of q(z | x, y), each of shape (n_rows, latent_dim)."""
        return split_moments(self.encoder(rows, y))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the parameters of p(x | z, y) for the head, shape (n_rows, head.n_outputs)."""
        return widen(self.decoder(z, y))

    def encode_in_parts(self, rows: Rows, y: Tensor) -> tuple[Tensor, Tensor]:
        """Encode a part of the rows at a time, so that intermediate results stay in the processor's cache."""
        parts = [self.encode(rows.take(part), y[part]) for part in _parts(len(y))]
        mean, log_var = zip(*parts, strict=True)
        return torch.cat(mean), torch.cat(log_var)

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Return the negative ELBO with the KL term weighted by `beta`, and its terms, in nats per row.

        With a `corruption` the encoder reads noisy rows and the likelihood is that of the clean ones: the denoising
        criterion of Im, Ahn, Memisevic, Bengio, AAAI 2017.
        """
        mean, log_var = self.encode(self._corrupt(rows, generator), y)
        z = draw_normal(mean, log_var, generator)
        reconstruction = -self.head.log_prob(self.decode(z, y), rows).mean()
        divergence = self.prior.kl_divergence(mean, log_var, y, z)
        kl = divergence.sum(1).mean()
        charged = kl
        if self.free_bits:
            free = self.free_bits * mean.shape[1] / divergence.shape[1]
            charged = divergence.mean(0).clamp_min(free).sum()
        return {
            "loss": reconstruction + beta * charged,
            "reconstruction": reconstruction,
            "kl": kl,
        }

    @property
    def has_gradients(self) -> bool:
        """Return whether `gradients` can be called: it knows the derivatives of all parts of the model."""
        return has_closed_gradient(self)

    def gradients(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float, share: float = 1.0
    ) -> tuple[dict[str, Tensor], dict[Tensor, Tensor]]:
        """Return the terms of :meth:`loss` and its gradient for each parameter, all times `share`, without autograd."""
        read = self._corrupt(rows, generator)
        shape = (len(y), self.prior.n_latents)
        noise = torch.randn(shape, generator=generator).to(rows.values)
        return closed_gradient(self, read, rows, y, noise, beta, share)

    @torch.no_grad()
    def settle(self, rows: Rows, y: Tensor, weight: Tensor, generator: torch.Generator) -> None:
        """Set the prior and the scales of the values to their optimum for the networks as they are.

        Where they have one in closed form a short training run does not reach it.

        Parameters
        ----------
        rows : Rows
            Rows to learn from.
        y : Tensor of shape (n_rows,), int64
            Class codes.
        weight : Tensor of shape (n_rows,)
            Weight of each row, as in the batches.
        generator : torch.Generator
            Source of the latent points at which the values are compared.
        """
        mean, log_var = self.encode_in_parts(self._corrupt(rows, generator), y)
        self.prior.match(mean, log_var, y, weight, generator)
        z = draw_normal(mean, log_var, generator)
        outputs = torch.cat([self.decode(z[part], y[part]) for part in _parts(len(y))])
        self.head.match(outputs, rows, weight)

    def _corrupt(self, rows: Rows, generator: torch.Generator) -> Rows:
        return rows if self.corruption is None else self.corruption(rows, generator)

    def bound(self, rows: Rows, y: Tensor, noise: Tensor) -> Tensor:
        """Return a lower bound on log p(x | y) from given standard normal noise, in nats, shape (n_rows,).

        One draw gives an unbiased estimate of the ELBO, with the KL term in closed form where the prior has one;
        more give the tighter bound of importance weighting.

        Parameters
        ----------
        rows : Rows
            Rows to score.
        y : Tensor of shape (n_rows,), int64
            Class codes.
        noise : Tensor of shape (n_draws, n_rows, latent_dim)
            Noise of the posterior draws.

        References
        ----------
        Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016.
        """
        return self.bound_of(self.encode(rows, y), rows, y, noise)

    def bound_of(
        self, moments: tuple[Tensor, Tensor], rows: Rows, y: Tensor, noise: Tensor
    ) -> Tensor:
        """Return :meth:`bound` under a posterior of given means and log-variances in place of the encoder's."""
        mean, log_var = moments
        draws = mean + noise * (0.5 * log_var).exp()
        if len(draws) == 1:
            kl = self.prior.kl_divergence(mean, log_var, y, draws[0]).sum(1)
            bound: Tensor = self.head.log_prob(self.decode(draws[0], y), rows) - kl
            return bound
        log_weights = []
        for z, eps in zip(draws, noise, strict=True):
            posterior = (normal_log_prob(eps) - 0.5 * log_var).sum(1)
            likelihood = self.head.log_prob(self.decode(z, y), rows)
            log_weights.append(likelihood + self.prior.log_prob(z, y) - posterior)
        return torch.logsumexp(torch.stack(log_weights), 0) - math.log(len(draws))

    def bound_by_cell(self, rows: Rows, y: Tensor, noise: Tensor) -> Tensor:
        """Split :meth:`bound` into the term of each cell and, last, of the latents; a row's terms sum to the bound.

        A cell adds its log-likelihood, a mean over the draws by their importance. Shape (n_rows, n_cells + 1).
        """
        mean, log_var = self.encode(rows, y)
        cells, log_weights = [], []
        for eps in noise:
            z = mean + eps * (0.5 * log_var).exp()
            cells.append(self.head.cell_log_prob(self.decode(z, y), rows))
            posterior = (normal_log_prob(eps) - 0.5 * log_var).sum(1)
            log_weights.append(cells[-1].sum(1) + self.prior.log_prob(z, y) - posterior)
        importance = torch.softmax(torch.stack(log_weights), 0)
        of_cells = (importance[:, :, None] * torch.stack(cells)).sum(0)
        bound = self.bound_of((mean, log_var), rows, y, noise)
        return torch.cat([of_cells, (bound - of_cells.sum(1))[:, None]], dim=1)

    def bound_at_mean(self, rows: Rows, y: Tensor, beta: float = 1.0) -> Tensor:
        """Return a deterministic surrogate of the ELBO, with z at the posterior mean; nats, shape (n_rows,)."""
        mean, log_var = self.encode(rows, y)
        kl = self.prior.kl_divergence(mean, log_var, y, mean).sum(1)
        bound: Tensor = self.head.log_prob(self.decode(mean, y), rows) - beta * kl
        return bound

    def class_log_posterior(self, rows: Rows, beta: float = 1.0) -> Tensor:
        """Return log p(y | x) under equally likely classes and the bound at the mean, shape (n_rows, n_classes)."""
        labels = torch.arange(self.n_classes, device=rows.values.device)
        bounds = [self.bound_at_mean(rows, label.expand(rows.n_rows), beta) for label in labels]
        return torch.log_softmax(torch.stack(bounds, dim=1), dim=1)
