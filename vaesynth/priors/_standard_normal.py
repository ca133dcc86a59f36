"""stub"""

import torch
from torch import nn


class StandardNormal(nn.Module):
    def __init__(self, n_latents):
        super().__init__()
        self.n_latents = n_latents
        self.register_buffer("zero", torch.zeros(1), persistent=False)

    def kl_divergence(self, mean, log_var, y, z=None):
        return 0.5 * (log_var.exp() + mean.square() - 1 - log_var)

    def log_prob(self, z, y):
        return -0.5 * (z.square() + 1.8378770664093453).sum(1)

    def sample(self, y, generator):
        return torch.randn((len(y), self.n_latents), generator=generator).to(self.zero)

    def match(self, *args): ...
