"""The priors by the names that an estimator has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn

from vaesynth.priors._contract import LatentPrior
from vaesynth.priors._flow import FlowPrior
from vaesynth.priors._gaussian_mixture import GaussianMixturePrior
from vaesynth.priors._gaussians import ClassGaussian, StandardNormal
from vaesynth.priors._vamp import VampPrior


class PriorFacts(NamedTuple):
    """What a prior can be made from.

    Attributes
    ----------
    n_classes : int
        Number of classes; with 1 there are none.
    n_latents : int
        Number of latents.
    n_components : int
        Components of a mixture.
    encoder : Module
        The encoder of the model.
    n_values, n_codes : int
        Numbers and codes of an encoded row.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> facts = PriorFacts(1, 2, 4, torch.nn.Identity(), 3, 0, torch.Generator())
    >>> PRIORS["gaussian_mixture"](facts).n_components
    4
    """

    n_classes: int
    n_latents: int
    n_components: int
    encoder: nn.Module
    n_values: int
    n_codes: int
    generator: torch.Generator


PRIORS: Mapping[str, Callable[[PriorFacts], LatentPrior]] = {
    "standard_normal": lambda facts: StandardNormal(facts.n_classes, facts.n_latents),
    "class_gaussian": lambda facts: ClassGaussian(
        facts.n_classes, facts.n_latents, facts.generator
    ),
    "gaussian_mixture": lambda facts: GaussianMixturePrior(
        facts.n_classes, facts.n_latents, facts.n_components
    ),
    "vamp": lambda facts: VampPrior(
        facts.n_classes,
        facts.n_latents,
        facts.n_components,
        facts.encoder,
        facts.n_values,
        facts.n_codes,
    ),
    "flow": lambda facts: FlowPrior(facts.n_classes, facts.n_latents, facts.generator),
}
