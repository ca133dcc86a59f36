"""The model that a user gives, made ready for what an application does with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sklearn.base import BaseEstimator, clone

from vaesynth.estimators import MODEL_CONSTRAINTS, VAE

Model = TypeVar("Model")

CLIENT_CONSTRAINTS: dict[str, list[Any]] = {
    "model": [VAE, None],
    **{name: MODEL_CONSTRAINTS[name] for name in ("n_jobs", "random_state", "verbose")},
}


class ModelClient(BaseEstimator):
    """An estimator that fits a copy of the `model` that it is given.

    Its own `n_jobs`, `random_state` and `verbose` count where they are given, else those of the model.
    """

    n_jobs: int | None
    random_state: Any
    verbose: bool | int

    def _adapt(self, model: Model, recipe: Mapping[str, Any]) -> Model:
        """Return an unfitted copy of a model in which a recipe decides what is "auto"."""
        copy: Any = clone(model)
        chosen = {name: value for name, value in recipe.items() if _is_automatic(copy, name)}
        if self.n_jobs is not None:
            chosen["n_jobs"] = self.n_jobs
        if self.random_state is not None:
            chosen["random_state"] = self.random_state
        return copy.set_params(**chosen, verbose=self.verbose or copy.verbose)


def _is_automatic(model: Any, name: str) -> bool:
    value = getattr(model, name)
    return isinstance(value, str) and value == "auto"
