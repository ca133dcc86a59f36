"""The interface of all priors of latent points, and the parts that they share."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows, normal_kl_divergence, normal_log_prob


class LatentPrior(nn.Module, metaclass=ABCMeta):
    """Distribution p(z | y) of latent points given the class code.

    Its state holds everything that it learns; its parameters determine the shapes of the state.

    Parameters
    ----------
    n_classes : int
        Number of classes; 1 gives an unconditional prior.
    n_latents : int
        Dimension of the latent space.

    Examples
    --------
    Every prior has these methods:

    >>> import torch
    >>> from vaesynth.priors import StandardNormal
    >>> prior = StandardNormal(1, 2)
    >>> y = torch.zeros(3, dtype=torch.int64)
    >>> z = prior.sample(y, torch.Generator().manual_seed(0))
    >>> prior.log_prob(z, y).shape
    torch.Size([3])
    """

    # Whether the KL divergence of a normal is known for each latent.
    has_closed_form: ClassVar[bool] = False

    anchor: Tensor

    def __init__(self, n_classes: int, n_latents: int) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.n_latents = n_latents
        # Says where the prior is and in which precision, for priors without parameters too.
        self.register_buffer("anchor", torch.zeros(()), persistent=False)

    @abstractmethod
    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density of latent points in nats, shape (n_rows,)."""

    @abstractmethod
    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""

    def kl_divergence(self, mean: Tensor, log_var: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Return KL(N(mean, exp(log_var)) || p(z | y)) in nats.

        Parameters
        ----------
        mean, log_var : Tensor of shape (n_rows, n_latents)
            Posteriors of the rows.
        y : Tensor of shape (n_rows,), int64
            Class codes.
        z : Tensor of shape (n_rows, n_latents)
            A draw from each posterior, for priors without a closed form.

        Returns
        -------
        Tensor of shape (n_rows, n_latents) or (n_rows, 1)
            In closed form per latent where `has_closed_form`, else an unbiased estimate from the draw.
        """
        posterior = normal_log_prob(z, mean, log_var).sum(1)
        return (posterior - self.log_prob(z, y))[:, None]

    def start(self, rows: Rows, y: Tensor, generator: torch.Generator) -> None:
        """Take a first guess from the training rows, before training."""

    def match(
        self,
        mean: Tensor,
        log_var: Tensor,
        y: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Fit the prior to the posteriors of the training rows, after training.

        Parameters
        ----------
        mean, log_var : Tensor of shape (n_rows, n_latents)
            Posteriors of the rows.
        y : Tensor of shape (n_rows,), int64
            Class codes; a class without weight keeps what it has.
        weight : Tensor of shape (n_rows,)
            Weight of each row within its class.
        generator : torch.Generator
            Source of draws from the posteriors.
        """

    def draw_noise(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw standard normal noise for each class code in `y`, shape (n_rows, n_latents)."""
        return torch.randn((len(y), self.n_latents), generator=generator).to(self.anchor)


class FittedPrior(LatentPrior):
    """A prior that is fitted once the networks are trained, under the standard normal in its place.

    In training mode, the KL divergence is that from the standard normal, also if a fitted model is trained further.
    """

    def kl_divergence(self, mean: Tensor, log_var: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Return KL(N(mean, exp(log_var)) || p(z | y)) in nats: from N(0, I) in training mode."""
        if self.training:
            return normal_kl_divergence(mean, log_var)
        return super().kl_divergence(mean, log_var, y, z)


def choose_components(log_weights: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a component for each class code in `y`, shape (n_rows,), from log-weights (n_classes, n_components).

    Examples
    --------
    >>> import torch
    >>> log_weights = torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]])
    >>> choose_components(log_weights, torch.tensor([1, 0, 1]), torch.Generator()).tolist()
    [1, 0, 1]
    """
    shares = log_weights.exp().cpu()[y.cpu()]
    drawn = torch.multinomial(shares, 1, replacement=True, generator=generator)
    return drawn.squeeze(1).to(y.device)
