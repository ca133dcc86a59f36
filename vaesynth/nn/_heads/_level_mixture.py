"""Distributions of whole numbers of a range, made of algebraic functions alone."""

from __future__ import annotations

import torch
from torch import Tensor

# Share of the uniform distribution: no level is impossible, and it costs 0.0007 bits.
UNIFORM_SHARE = 2.0**-11


class LevelMixture:
    r"""Mixture of Student distributions, cut into the levels 0, 1, …, and perhaps an atom at the first.

    With four degrees of freedom the distribution function needs no transcendental function,

    .. math:: F(t) = \tfrac12 + \tfrac14 u (3 - u^2), \quad u = t / \sqrt{4 + t^2},

    so that an entropy coder gets the same bits from it on every machine. The first and the last level take the tails.

    Parameters
    ----------
    n_levels : int
        Number of levels.
    n_components : int
        Number of Student distributions.
    has_atom : bool, default=False
        Whether level 0, the background of an image, also has its own probability.

    Examples
    --------
    >>> import torch
    >>> mixture = LevelMixture(8, 2, has_atom=True)
    >>> outputs = torch.zeros(8, mixture.n_outputs)
    >>> mixture.log_prob(outputs, torch.arange(8.0)).exp().sum().allclose(torch.tensor(1.0))
    True
    """

    # A scale of the width of the whole range, and one far below a level.
    LOG_SCALES = (-7.0, 0.0)
    LOG_WEIGHTS = (-12.0, 12.0)
    _FIRST_LOG_SCALE = -3.0

    def __init__(self, n_levels: int, n_components: int, has_atom: bool = False) -> None:
        self.n_levels = n_levels
        self.n_components = n_components
        self.has_atom = has_atom
        self.n_weights = n_components + has_atom
        self.n_outputs = self.n_weights + 2 * n_components

    @property
    def first_means(self) -> Tensor:
        """Return the means of the components for outputs of zero, as shares of the range."""
        return (torch.arange(self.n_components) + 0.5) / self.n_components

    def split(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read log-weights, means and log-scales, the latter two in shares of the range, off the outputs."""
        sizes = [self.n_weights, self.n_components, self.n_components]
        weights, means, scales = outputs.split(sizes, dim=-1)
        means = means + self.first_means.to(means)
        scales = (scales + self._FIRST_LOG_SCALE).clamp(*self.LOG_SCALES)
        return weights.clamp(*self.LOG_WEIGHTS), means, scales

    def log_prob(self, outputs: Tensor, levels: Tensor) -> Tensor:
        """Return the log-probability of levels in nats; without an atom, levels need not be integers.

        Parameters
        ----------
        outputs : Tensor of shape (..., n_outputs)
            Outputs of a network.
        levels : Tensor of shape (...,)
            Levels, as floats.
        """
        log_weights, means, log_scales = self.split(outputs)
        weights = log_weights.softmax(dim=-1)
        unit = 1.0 / (self.n_levels - 1)
        centred, pace = levels[..., None] * unit - means, (-log_scales).exp()
        upper = student_cdf((centred + 0.5 * unit) * pace)
        lower = student_cdf((centred - 0.5 * unit) * pace)
        upper = torch.where(levels[..., None] > self.n_levels - 1.5, 1.0, upper)
        lower = torch.where(levels[..., None] < 0.5, 0.0, lower)
        shares = (weights[..., : self.n_components] * (upper - lower)).sum(-1)
        if self.has_atom:
            shares = shares + weights[..., -1] * (levels == 0)
        return ((1 - UNIFORM_SHARE) * shares + UNIFORM_SHARE / self.n_levels).log()


def student_cdf(t: Tensor) -> Tensor:
    """Return the distribution function of Student's distribution with four degrees of freedom.

    Examples
    --------
    >>> import torch
    >>> student_cdf(torch.tensor([0.0, 2.776445]))
    tensor([0.5000, 0.9750])
    """
    u = t * (4 + t * t).rsqrt()
    return 0.5 + 0.25 * u * (3 - u * u)
