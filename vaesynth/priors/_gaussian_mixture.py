"""A mixture of normals that is fitted to the aggregate posterior of each class."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from torch import Tensor

from vaesynth.nn import draw_normal, normal_log_prob
from vaesynth.priors._contract import FittedPrior, choose_components

# Fewer rows for each dimension do not tell the shape of a component.
ROWS_PER_DIMENSION = 10
# Draws from the aggregate posterior of a class that is small: more rows than it has, from more than their means.
LEAST_DRAWS = 2_000


class GaussianMixturePrior(FittedPrior):
    """Mixture of normals with full covariances for each class, fitted to draws from the posteriors of its rows.

    The networks are trained under the standard normal; :meth:`match` then fits the prior to the encoded rows.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_latents : int
        Dimension of the latent space.
    n_components : int
        Components of a class at most; a class has no more than one for ten rows a latent.

    References
    ----------
    Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020 (ex-post density estimation).

    Examples
    --------
    >>> import torch
    >>> prior = GaussianMixturePrior(1, 2, 5)
    >>> generator = torch.Generator().manual_seed(0)
    >>> mean = torch.tensor([[-4.0, 0.0], [4.0, 0.0]]).repeat(100, 1)
    >>> y = torch.zeros(200, dtype=torch.int64)
    >>> prior.match(mean, torch.full_like(mean, -2.0), y, torch.ones(200), generator)
    >>> float(prior.sample(y, generator)[:, 0].abs().mean().round())
    4.0
    """

    log_weights: Tensor
    means: Tensor
    scale_trils: Tensor

    def __init__(self, n_classes: int, n_latents: int, n_components: int) -> None:
        super().__init__(n_classes, n_latents)
        self.n_components = n_components
        shape = (n_classes, n_components)
        log_weights = torch.full(shape, -torch.inf)
        log_weights[:, 0] = 0.0
        self.register_buffer("log_weights", log_weights)
        self.register_buffer("means", torch.zeros(*shape, n_latents))
        self.register_buffer("scale_trils", torch.eye(n_latents).repeat(*shape, 1, 1))

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density of latent points in nats, shape (n_rows,)."""
        result = z.new_empty(len(z))
        for label in y.unique().tolist():
            members = y == label
            result[members] = self._class_log_prob(z[members], label)
        return result

    def _class_log_prob(self, z: Tensor, label: int) -> Tensor:
        used = self.log_weights[label] > -torch.inf
        scale_tril = self.scale_trils[label, used]
        distance = (z - self.means[label, used][:, None]).mT  # (n_components, n_latents, n_rows)
        standardized = torch.linalg.solve_triangular(scale_tril, distance, upper=False)
        log_det = scale_tril.diagonal(dim1=1, dim2=2).log().sum(1)
        log_density = normal_log_prob(standardized).sum(1).mT - log_det
        return torch.logsumexp(log_density + self.log_weights[label, used], dim=1)

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        component = choose_components(self.log_weights, y, generator)
        noise = self.draw_noise(y, generator)
        spread = (self.scale_trils[y, component] @ noise[:, :, None]).squeeze(2)
        return self.means[y, component] + spread

    @torch.no_grad()
    def match(
        self,
        mean: Tensor,
        log_var: Tensor,
        y: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Fit the mixture of each class to draws from the posteriors of its rows; see `LatentPrior.match`."""
        for label in range(self.n_classes):
            members = torch.nonzero((y == label) & (weight > 0)).squeeze(1)
            if len(members):
                n_allowed = len(members) // (ROWS_PER_DIMENSION * self.n_latents)
                n_components = max(1, min(self.n_components, n_allowed))
                chosen = torch.multinomial(
                    weight[members].cpu(),
                    max(len(members), LEAST_DRAWS),
                    replacement=True,
                    generator=generator,
                )
                index = members[chosen.to(members.device)]
                points = draw_normal(mean[index], log_var[index], generator)
                seed = int(torch.randint(2**31, (1,), generator=generator))
                self._take(label, _fit_mixture(points.double().cpu().numpy(), n_components, seed))

    def _take(self, label: int, mixture: GaussianMixture) -> None:
        n_components = len(mixture.weights_)
        self.log_weights[label] = -torch.inf
        self.log_weights[label, :n_components] = torch.from_numpy(np.log(mixture.weights_)).to(
            self.log_weights
        )
        self.means[label, :n_components] = torch.from_numpy(mixture.means_).to(self.means)
        trils = np.linalg.cholesky(mixture.covariances_)
        self.scale_trils[label, :n_components] = torch.from_numpy(trils).to(self.scale_trils)


def _fit_mixture(points: np.ndarray, n_components: int, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(n_components, reg_covar=1e-4, tol=1e-2, random_state=seed)
    # Points are numpy's whatever a user has told scikit-learn of arrays; for others it has no such start.
    with warnings.catch_warnings(), config_context(array_api_dispatch=False):
        # A mixture that could still gain a little is a density all the same.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(points)
