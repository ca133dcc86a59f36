"""The model of an over-sampler: what is left open in the one that is given, and parameters that belong to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.base import clone

from vaesynth.estimators import CVAE, choose_drawing_epochs, resolve

# Of parameters that both have, those of the sampler count where they are given.
SHARED = ("n_jobs", "random_state", "verbose")


def refuse_moved(names: Iterable[str], *, is_set: bool = False) -> None:
    """Raise where a parameter is one of the model.

    Parameters
    ----------
    names : iterable of str
        Parameters that are given to a sampler.
    is_set : bool, default=False
        Whether they are set on a sampler that is there.

    Raises
    ------
    TypeError
        If one of them is a parameter of `CVAE` alone.

    Examples
    --------
    >>> refuse_moved(["latent_dim"])
    Traceback (most recent call last):
    ...
    TypeError: `latent_dim` is a parameter of the model: CVAESampler(model=CVAE(latent_dim=...))
    """
    moved = set(CVAE().get_params(deep=False)).difference(SHARED)
    for name in names:
        if name in moved:
            way = (
                f"set_params(model__{name}=...)"
                if is_set
                else f"CVAESampler(model=CVAE({name}=...))"
            )
            raise TypeError(f"`{name}` is a parameter of the model: {way}")


def check_model(model: CVAE | None) -> None:
    """Raise where a model is to be fitted in a way that over-sampling does not have.

    Raises
    ------
    ValueError
        If it has a privacy budget, as the real rows come back, or is to go on from an earlier fit.
    """
    if model is None:
        return
    if model.privacy is not None:
        raise ValueError(
            "`privacy` of the model must be None, as the real rows come back, got a PrivacyBudget: draw new rows alone "
            "by `CVAE.sample`"
        )
    if model.warm_start:
        raise ValueError(
            "`warm_start` of the model must be False, as each fit of a sampler begins anew, got True"
        )


def make_model(sampler: Any, n_rows: int) -> CVAE:
    """Return the model that a sampler fits to a table of so many rows.

    A parameter of `sampler.model` that is not "auto" stays as it is. What is "auto" there is chosen for draws around
    real rows, whose residuals are carried over: only independent cells leave residuals, latents need detail more than a
    likeness to the prior, and few epochs do. Draws from the prior take the model's own choices, and fewer epochs.
    """
    model = CVAE() if sampler.model is None else clone(sampler.model)
    from_prior = sampler.sampling_method == "prior"
    decoder = resolve(model.decoder, "auto" if from_prior else "independent")
    between_neighbors = sampler.sampling_method in ("auto", "neighbors")
    epochs = choose_drawing_epochs(n_rows, model.batch_size, between_neighbors=between_neighbors)
    return model.set_params(
        decoder=decoder,
        beta=resolve(model.beta, 0.1 if decoder == "independent" else 1.0),
        max_iter=resolve(model.max_iter, epochs),
        n_jobs=model.n_jobs if sampler.n_jobs is None else sampler.n_jobs,
        random_state=choose_random_state(sampler),
        verbose=sampler.verbose or model.verbose,
    )


def choose_random_state(sampler: Any) -> Any:
    """Return the source of randomness of a sampler: its own, else that of its model."""
    if sampler.random_state is None and sampler.model is not None:
        return sampler.model.random_state
    return sampler.random_state
