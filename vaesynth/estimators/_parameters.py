"""Constraints of the parameters of the estimators, in scikit-learn's own form."""

from __future__ import annotations

import numbers
from typing import Any

import torch

from vaesynth._sklearn import Interval, StrOptions
from vaesynth.estimators._networks import DECODERS
from vaesynth.nn import ACTIVATIONS, LIKELIHOODS
from vaesynth.priors import PRIORS
from vaesynth.training import PrivacyBudget

# Constraints of parameters that clients of a model also have, under the same names.
MODEL_CONSTRAINTS: dict[str, list[Any]] = {
    "latent_dim": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "hidden_layer_sizes": ["array-like", StrOptions({"auto"})],
    "decoder": [StrOptions({"auto", *DECODERS})],
    "beta": [Interval(numbers.Real, 0, None, closed="left")],
    "kl_warm_up": [Interval(numbers.Real, 0, 1, closed="both")],
    "learning_rate_init": [Interval(numbers.Real, 0, None, closed="neither")],
    "weight_decay": [Interval(numbers.Real, 0, None, closed="left")],
    "max_iter": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "batch_size": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(numbers.Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(numbers.Integral, 1, None, closed="left")],
    "tol": [Interval(numbers.Real, 0, None, closed="left")],
    "categorical_features": ["array-like", StrOptions({"auto"}), None],
    "numeric_encoding": [StrOptions({"auto", "gaussianize", "standardize", "asinh", "bins"})],
    "device": [str, torch.device],
    "mixed_precision": ["boolean"],
    "n_jobs": [Interval(numbers.Integral, 1, None, closed="left"), None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

VAE_CONSTRAINTS: dict[str, list[Any]] = {
    **MODEL_CONSTRAINTS,
    "beta": [*MODEL_CONSTRAINTS["beta"], StrOptions({"auto"})],
    "learning_rate_init": [*MODEL_CONSTRAINTS["learning_rate_init"], StrOptions({"auto"})],
    "weight_decay": [*MODEL_CONSTRAINTS["weight_decay"], StrOptions({"auto"})],
    "n_iter_no_change": [*MODEL_CONSTRAINTS["n_iter_no_change"], StrOptions({"auto"})],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "network": [StrOptions({"auto", "dense", "conv", "spatial"})],
    "likelihood": [StrOptions({"auto", *LIKELIHOODS})],
    "prior": [StrOptions({"auto", *PRIORS})],
    "prior_n_components": [Interval(numbers.Integral, 1, None, closed="left")],
    "free_bits": [Interval(numbers.Real, 0, None, closed="left")],
    "kl_n_cycles": [Interval(numbers.Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"one_cycle", "constant"})],
    "constraints": [str, callable, "array-like"],
    "warm_start": ["boolean"],
    "privacy": [PrivacyBudget, None],
}
