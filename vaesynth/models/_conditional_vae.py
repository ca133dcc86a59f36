"""The conditional Gaussian VAE: encoder q(z | x, y), decoder p(x | z, y), prior p(z | y)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn import MLP, RowEmbedding, RowHead, Rows, embedding_weight, linear
from vaesynth.priors import ClassGaussian

# Wide enough for any posterior that helps, tight enough that exp() neither over- nor underflows in float32.
LOG_VAR_BOUND = 12.0


class ConditionalVAE(nn.Module):
    """Gaussian VAE of table rows given their class.

    Parameters
    ----------
    n_values : int
        Number of normalised numbers in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    n_classes : int
        Number of classes; with 1 the model is a plain VAE.
    latent_dim : int
        Dimension of the latent space.
    hidden_layer_sizes : sequence of int
        Widths of the encoder's hidden layers; the decoder mirrors them.
    generator : torch.Generator
        Source of the initial weights.
    state_codes : sequence of int, optional
        Which code says whether a row has a value; see `RowHead`.

    References
    ----------
    Kingma, Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Sohn, Lee, Yan, "Learning Structured Output
    Representation using Deep Conditional Generative Models", NeurIPS 2015.

    Examples
    --------
    >>> import torch
    >>> model = ConditionalVAE(2, [3], 2, 2, [16], torch.Generator().manual_seed(0))
    >>> z, y = torch.zeros(4, 2), torch.tensor([0, 0, 1, 1])
    >>> model.decode(z, y).shape
    torch.Size([4, 5])
    """

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        n_classes: int,
        latent_dim: int,
        hidden_layer_sizes: Sequence[int],
        generator: torch.Generator,
        state_codes: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        widths = list(hidden_layer_sizes)
        self.n_classes = n_classes
        self.latent_dim = latent_dim
        self.head = RowHead(n_values, cardinalities, state_codes)
        self.embed = RowEmbedding(n_values, cardinalities, widths[0], generator)
        self.encoder_class = embedding_weight(n_classes, widths[0], 0.5, generator)
        self.encoder = MLP([*widths, 2 * latent_dim], generator)
        self.decoder_input = linear(latent_dim, widths[-1], generator)
        self.decoder_class = embedding_weight(n_classes, widths[-1], 0.5, generator)
        self.decoder = MLP([*widths[::-1], self.head.n_outputs], generator)
        self.prior = ClassGaussian(n_classes, latent_dim, generator)

    def encode(self, rows: Rows, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x, y), each of shape (n_rows, latent_dim)."""
        hidden = nn.functional.silu(
            self.embed(rows) + nn.functional.embedding(y, self.encoder_class)
        )
        mean, log_var = self.encoder(hidden).chunk(2, dim=1)
        return mean, log_var.clamp(-LOG_VAR_BOUND, LOG_VAR_BOUND)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Parameters of p(x | z, y) for the head, shape (n_rows, head.n_outputs)."""
        hidden = nn.functional.silu(
            self.decoder_input(z) + nn.functional.embedding(y, self.decoder_class)
        )
        return self.decoder(hidden)

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Negative ELBO with the KL term weighted by `beta`, and its terms, in nats per row."""
        mean, log_var = self.encode(rows, y)
        noise = torch.randn(mean.shape, generator=generator).to(mean.device)
        outputs = self.decode(mean + noise * (0.5 * log_var).exp(), y)
        reconstruction = -self.head.log_prob(outputs, rows).mean()
        kl = self.prior.kl_divergence(mean, log_var, y).sum(1).mean()
        return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}

    @torch.no_grad()
    def settle(self, rows: Rows, y: Tensor, weight: Tensor, generator: torch.Generator) -> None:
        """Set the prior and the scales of the values to their optimum for the networks as they are.

        Both have one in closed form, which a short training run does not reach.

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
        mean, log_var = self.encode(rows, y)
        self.prior.match(mean, log_var, y, weight)
        noise = torch.randn(mean.shape, generator=generator).to(mean.device)
        means, _ = self.head.split(self.decode(mean + noise * (0.5 * log_var).exp(), y))
        self.head.numbers.match(means, rows, weight)

    def bound_at_mean(self, rows: Rows, y: Tensor, beta: float = 1.0) -> Tensor:
        """Deterministic surrogate of the ELBO, with z at the posterior mean; nats, shape (n_rows,)."""
        mean, log_var = self.encode(rows, y)
        kl = self.prior.kl_divergence(mean, log_var, y).sum(1)
        return self.head.log_prob(self.decode(mean, y), rows) - beta * kl

    def class_log_posterior(self, rows: Rows, beta: float = 1.0) -> Tensor:
        """Log p(y | x) under equally likely classes and the bound at the mean, shape (n_rows, n_classes)."""
        labels = torch.arange(self.n_classes, device=rows.values.device)
        bounds = [self.bound_at_mean(rows, label.expand(rows.n_rows), beta) for label in labels]
        return torch.log_softmax(torch.stack(bounds, dim=1), dim=1)
