"""Preparation of the model that a user passes to a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from vaesynth.estimators._checks import resolve
from vaesynth.estimators._parameters import MODEL_CONSTRAINTS
from vaesynth.estimators._vae import VAE

CLIENT_CONSTRAINTS: dict[str, list[Any]] = {
    "model": [VAE, None],
    **{name: MODEL_CONSTRAINTS[name] for name in ("n_jobs", "random_state", "verbose")},
}


def adapt_model(client: Any, model: Any, recipe: Mapping[str, Any]) -> Any:
    """Return an unfitted copy of a model in which a recipe decides what is "auto".

    Parameters
    ----------
    client : estimator
        What fits the model. Its `n_jobs`, `random_state` and `verbose` count where they are given, else the model's.
    model : VAE or CVAE
        The model; it stays as it is.
    recipe : mapping of str to object
        Values of parameters that are "auto" in the model.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from vaesynth import VAE
    >>> client = SimpleNamespace(n_jobs=None, random_state=0, verbose=False)
    >>> adapt_model(client, VAE(latent_dim=8), {"latent_dim": 3, "beta": 2.0})
    VAE(beta=2.0, latent_dim=8, random_state=0)
    """
    copy = clone(model)
    chosen = {name: resolve(getattr(copy, name), value) for name, value in recipe.items()}
    for name in ("n_jobs", "random_state"):
        if getattr(client, name) is not None:
            chosen[name] = getattr(client, name)
    return copy.set_params(**chosen, verbose=client.verbose or copy.verbose)
