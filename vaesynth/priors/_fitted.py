"""What the priors have in common that are fitted once the networks are trained."""

from __future__ import annotations

from torch import Tensor

from vaesynth.nn import normal_kl_divergence
from vaesynth.priors._contract import LatentPrior


class FittedPrior(LatentPrior):
    """A prior that is fitted once the networks are trained, under the standard normal in its place.

    In training mode the KL divergence is that from the standard normal, also when a fitted model is trained on.
    """

    def kl_divergence(self, mean: Tensor, log_var: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """KL(N(mean, exp(log_var)) || p(z | y)) in nats: from N(0, I) in training mode."""
        if self.training:
            return normal_kl_divergence(mean, log_var)
        return super().kl_divergence(mean, log_var, y, z)
