"""What an over-sampler makes of its parameters: the model that it fits, and how it draws from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaesynth.drawing import (
    SAMPLING_METHODS,
    ClassSelection,
    JitterDraw,
    Judge,
    ModelJudge,
    PooledJudge,
    PriorDraw,
    Strategy,
)
from vaesynth.estimators import (
    CVAE,
    ClassRows,
    ImageCodec,
    adapt_model,
    choose_drawing_epochs,
    choose_n_candidates,
    is_image_array,
    remember_features,
    resolve,
)
from vaesynth.tabular import Table, TableEncoder, TableSchema

# If the sampler and the model both have a parameter, that of the sampler is used if it is given.
SHARED = ("n_jobs", "random_state", "verbose")
# What the opinions of the forest and of the model count, of those tried in docs/benchmarks/tried.md.
JUDGE_WEIGHTS = (0.8, 0.2)


def refuse_moved(parameters: Mapping[str, Any], *, is_set: bool = False) -> None:
    """Raise where a parameter is one of the model.

    Parameters
    ----------
    parameters : mapping of str to object
        Parameters that are given to a sampler, by name.
    is_set : bool, default=False
        Whether they are set on a sampler that is there.

    Raises
    ------
    TypeError
        If one of them is a parameter of `CVAE` alone.

    Examples
    --------
    >>> refuse_moved({"latent_dim": 8})
    Traceback (most recent call last):
    ...
    TypeError: `latent_dim` is a parameter of the model: CVAESampler(model=CVAE(latent_dim=8))
    """
    moved = set(CVAE().get_params(deep=False)).difference(SHARED)
    for name, value in parameters.items():
        if name in moved:
            way = (
                f"set_params(model__{name}={value!r})"
                if is_set
                else f"CVAESampler(model=CVAE({name}={value!r}))"
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
            "`warm_start` of the model must be False, because each fit of a sampler starts from new weights, got True"
        )


def make_model(sampler: Any, n_rows: int, *, of_images: bool = False) -> CVAE:
    """Return the model that a sampler fits to a table of so many rows.

    A parameter of `sampler.model` that is not "auto" stays as it is. What is "auto" there is chosen for draws around
    real rows, whose residuals are carried over: only independent cells leave residuals, latents need detail more than a
    likeness to the prior, and few epochs do. Draws from the prior take the model's own choices, and fewer epochs. For
    images all choices are the model's own.
    """
    model = CVAE() if sampler.model is None else sampler.model
    if of_images:
        own: CVAE = adapt_model(sampler, model, {"beta": 1.0})
        return own
    from_prior = sampler.sampling_method == "prior"
    decoder = resolve(model.decoder, "auto" if from_prior else "independent")
    between_neighbors = sampler.sampling_method in ("auto", "neighbors", "combinations")
    recipe = {
        "decoder": decoder,
        "beta": 0.1 if decoder == "independent" else 1.0,
        "max_iter": choose_drawing_epochs(
            n_rows, model.batch_size, between_neighbors=between_neighbors
        ),
    }
    adapted: CVAE = adapt_model(sampler, model, recipe)
    return adapted


def read_features(sampler: Any, X: Any) -> tuple[TableEncoder | ImageCodec, Table]:
    """Read a table or images by what the sampler's model says, and remember the columns.

    Returns
    -------
    reader : TableEncoder or ImageCodec
        What has learned the columns.
    table : Table
        The content; of images their pixels as numbers.

    Raises
    ------
    ValueError
        If an array has more dimensions than images have, or the table is refused.
    """
    if is_image_array(X):
        images = ImageCodec(type(sampler).__name__)
        table = images.learn(X)
        images.to_rows(X)  # refuses what is not finite
        remember_features(sampler, images.n_features, None)
        return images, table
    if getattr(X, "ndim", 2) > 2:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= 4 is required: {type(sampler).__name__} over-samples tables "
            "of shape (n_samples, n_features) and images of shape (n_samples, height, width) or "
            f"(n_samples, n_channels, height, width), got shape {tuple(X.shape)}"
        )
    categorical = "auto" if sampler.model is None else sampler.model.categorical_features
    tables = TableEncoder(categorical_features=categorical)
    tables._estimator_name = type(sampler).__name__
    content = tables.fit_transform(X)
    names = getattr(tables, "feature_names_in_", None)
    remember_features(sampler, tables.n_features_in_, names)
    return tables, content


def schema_of(reader: TableEncoder | ImageCodec) -> TableSchema:
    """Return the columns that have been read; of images the pixels."""
    return reader.schema if isinstance(reader, ImageCodec) else reader.schema_


def choose_random_state(sampler: Any) -> Any:
    """Return the source of randomness of a sampler: its own, else that of its model."""
    if sampler.random_state is None and sampler.model is not None:
        return sampler.model.random_state
    return sampler.random_state


def choose_combines(sampler: Any) -> bool | None:
    """Return whether numbers of new rows are combinations of real rows; None where the table decides."""
    method = sampler.sampling_method
    return None if method == "auto" else method == "combinations"


def make_strategy(sampler: Any, rows: ClassRows, code: int, forest_seed: int) -> Strategy:
    """Return how new rows of the class with this code are drawn."""
    counts = rows.model.class_count_
    if counts[code] == 1:
        return JitterDraw()
    method = resolve(sampler.sampling_method, "neighbors")
    around = SAMPLING_METHODS[method](sampler.k_neighbors, sampler.noise_scale)
    if isinstance(around, PriorDraw):
        return PriorDraw(likeliest=rows.of_images)
    n_automatic = 1 if rows.of_images else choose_n_candidates(int(counts.sum()), rows.n_cells)
    n_candidates = resolve(sampler.n_candidates, n_automatic)
    if n_candidates == 1:
        return around
    judge = _make_judge(rows, forest_seed, asks_model=sampler._judged_by_model)
    return ClassSelection(around, n_candidates, judge, sampler.selection_power, sampler.keep_shares)


def _make_judge(rows: ClassRows, forest_seed: int, *, asks_model: bool) -> Judge:
    forest = rows.source.grow_forest(forest_seed)
    if not asks_model:
        return forest
    counts = rows.model.class_count_
    by_model = ModelJudge(float(rows.model.beta), tuple((counts / counts.sum()).tolist()))
    return PooledJudge((forest, by_model), JUDGE_WEIGHTS)
