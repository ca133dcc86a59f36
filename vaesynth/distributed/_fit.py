"""Training of an estimator by several workers of a Ray cluster."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from vaesynth._optional import import_optional
from vaesynth._validation import draw_seed
from vaesynth.distributed._ray_table import ROWS_PER_WORKER, RayTable
from vaesynth.distributed._worker import MODEL, train_worker
from vaesynth.estimators import CVAE, VAE, BetaVAE, SharedFit, warn_of_collapse
from vaesynth.saving import load
from vaesynth.training import DivergenceError

Model = TypeVar("Model", VAE, BetaVAE, CVAE)


def fit_on_ray(
    estimator: Model,
    data: Any,
    *,
    storage_path: str | os.PathLike[str],
    target: str | None = None,
    n_workers: int = 2,
    use_gpu: bool = False,
    resources_per_worker: Mapping[str, float] | None = None,
    max_failures: int = 3,
) -> Model:
    """Fit an estimator to a table on Ray, with the rows shared out among workers.

    Columns are learned in one pass: levels, bounds and numbers of rows from all rows, quantiles from a sample of
    100,000 of them. The workers then train one model: each holds its share of the encoded rows in memory, takes the
    rows of each batch that are in its share, and adds its gradient to those of the others. The rows of a batch are
    drawn with the same seed and are the same for any number of workers. Only the noise of the latents and the order of
    sums depend on that number.

    After each epoch, the weights and the states of the optimiser and of the random numbers are saved. If a worker is
    lost, all workers restart from there, and reach exactly the weights that they would have reached without the loss.

    Without a running Ray, one starts on this machine; ``ray.init(address=...)`` before the call joins a cluster.

    Parameters
    ----------
    estimator : VAE, BetaVAE or CVAE
        Its parameters; it stays as it is. `privacy` and `warm_start` are not for a shared fit.
    data : str, path-like or ray.data.Dataset
        A Parquet file or a folder of them that all machines can read, or any data set of Ray's.
    storage_path : str or path-like
        Folder for the checkpoints, on one machine any, on several one that all share, such as ``"s3://..."``.
    target : str, optional
        Name of the column of classes, for a `CVAE`.
    n_workers : int, default=2
        Number of workers, each with 100 rows at least.
    use_gpu : bool, default=False
        Whether each worker gets its own GPU.
    resources_per_worker : mapping of str to float, optional
        What each worker takes of the cluster, as in Ray's ``ScalingConfig``; by default a CPU, or a GPU.
    max_failures : int, default=3
        Number of lost workers after which the fit restarts; one more ends it.

    Returns
    -------
    VAE, BetaVAE or CVAE
        A fitted copy, in no way different from one that was fitted by `fit`.

    Raises
    ------
    ImportError
        If Ray is not installed.
    TypeError
        If the estimator or the data is of another kind.
    ValueError
        If the table, the target or a parameter is refused; nothing is trained then.
    DivergenceError
        If the loss is no longer finite.

    References
    ----------
    Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020; Moritz et al.,
    "Ray: A Distributed Framework for Emerging AI Applications", OSDI 2018.

    Examples
    --------
    >>> from vaesynth import CVAE
    >>> from vaesynth.distributed import fit_on_ray
    >>> cvae = fit_on_ray(  # doctest: +SKIP
    ...     CVAE(random_state=0), "table/", target="fraud", n_workers=2, storage_path="runs"
    ... )
    >>> cvae.save("cvae.safetensors")  # doctest: +SKIP
    """
    _check_arguments(estimator, n_workers, max_failures)
    if isinstance(estimator, CVAE) != (target is not None):
        raise ValueError(
            "`target` must be given for a CVAE and for no other, "
            f"got {target!r} for a {type(estimator).__name__}"
        )
    table = RayTable(data, target)
    if table.n_rows < n_workers * ROWS_PER_WORKER:
        raise ValueError(
            f"each worker must have {ROWS_PER_WORKER} rows or more, got {table.n_rows} rows for {n_workers}"
        )
    seed = draw_seed(estimator.random_state)
    facts = table.learn_facts(seed, estimator.categorical_features)
    shared = SharedFit.begin(estimator, facts)
    shares = table.encode(shared, n_workers)
    trainer = _make_trainer(
        shared, shares, storage_path, use_gpu, resources_per_worker, max_failures
    )
    fitted = _read_result(trainer.fit())
    warn_of_collapse(fitted)
    return fitted


def _check_arguments(estimator: Any, n_workers: Any, max_failures: Any) -> None:
    if not isinstance(estimator, (VAE, CVAE)):
        raise TypeError(
            f"`estimator` must be a VAE, BetaVAE or CVAE, got {type(estimator).__name__}"
        )
    for name, value, least in (("n_workers", n_workers, 1), ("max_failures", max_failures, 0)):
        if not isinstance(value, numbers.Integral) or value < least:
            raise ValueError(f"`{name}` must be an integer of at least {least}, got {value!r}")


def _make_trainer(
    shared: SharedFit,
    shares: list[Any],
    storage_path: str | os.PathLike[str],
    use_gpu: bool,
    resources_per_worker: Mapping[str, float] | None,
    max_failures: int,
) -> Any:
    train = import_optional("ray.train", extra="ray")
    path = os.fspath(storage_path)
    return import_optional("ray.train.torch", extra="ray").TorchTrainer(
        train_worker,
        train_loop_config={"shared": shared},
        datasets={str(rank): share for rank, share in enumerate(shares)},
        # Each worker takes the share of its rank: Ray's own way of splitting leaves rows out to make shares equal.
        dataset_config=train.DataConfig(datasets_to_split=[]),
        scaling_config=train.ScalingConfig(
            num_workers=len(shares),
            use_gpu=use_gpu,
            resources_per_worker=None if resources_per_worker is None else {**resources_per_worker},
        ),
        run_config=train.RunConfig(
            storage_path=path if "://" in path else os.path.abspath(path),
            failure_config=train.FailureConfig(max_failures=max_failures),
            checkpoint_config=train.CheckpointConfig(num_to_keep=2),
        ),
    )


def _read_result(result: Any) -> Any:
    if "divergence" in (result.metrics or {}):
        raise DivergenceError(result.metrics["divergence"])
    with result.checkpoint.as_directory() as folder:
        return load(Path(folder) / MODEL)
