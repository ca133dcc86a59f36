"""One worker of a fit on Ray: it trains with the others and keeps the state of each epoch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth.distributed._ray_table import read_share
from vaesynth.estimators import SharedFit
from vaesynth.nn import Rows
from vaesynth.training import DivergenceError

STATE = "state.pt"
MODEL = "model.safetensors"


class RayTeam:
    """The workers of a run of Ray Train, whose sums go through torch.distributed.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    device : torch.device
        Where the workers add up.
    """

    def __init__(self, n_classes: int, device: torch.device) -> None:
        self._train = import_optional("ray.train", extra="ray")
        context = self._train.get_context()
        self.rank, self.size = context.get_world_rank(), context.get_world_size()
        self.n_classes = n_classes
        self._device = device

    def add(self, tensor: Tensor) -> Tensor:
        """Sum of the tensors of all workers."""
        total = tensor.to(self._device, copy=True)
        if self.size > 1:
            torch.distributed.all_reduce(total)
        return total.to(tensor.device)

    def keep(self, state: dict[str, Any]) -> None:
        """Make a checkpoint of the state."""
        history = state["history"]
        last = {name: values[-1] for name, values in history["terms"].items()}
        figures = {"epoch": history["n_iter"], **last}
        self._report(figures, STATE, lambda path: torch.save(state, path))

    def last_state(self) -> dict[str, Any] | None:
        """Return the state of the last checkpoint."""
        checkpoint = self._train.get_checkpoint()
        if checkpoint is None:
            return None
        with checkpoint.as_directory() as folder:
            return torch.load(Path(folder) / STATE, map_location="cpu", weights_only=True)

    def has_finished(self) -> bool:
        """Tell whether the last checkpoint was that of the end."""
        checkpoint = self._train.get_checkpoint()
        if checkpoint is None:
            return False
        with checkpoint.as_directory() as folder:
            return (Path(folder) / MODEL).exists()

    def finish(self, estimator: Any, n_rows: int) -> None:
        """Make the last checkpoint, which is the fitted estimator."""
        self._report({"n_rows": n_rows}, MODEL, estimator.save)

    def fail(self, error: Exception) -> None:
        """Stop the run without another try, because it would fail in the same way."""
        self._train.report({"divergence": str(error)})

    def _report(self, figures: dict[str, Any], name: str, write: Callable[[Path], None]) -> None:
        # All workers must report. They would write the same file, so only one of them writes it.
        if self.rank:
            self._train.report(figures)
            return
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / name)
            self._train.report(figures, checkpoint=self._train.Checkpoint.from_directory(folder))


def train_worker(config: dict[str, SharedFit]) -> None:
    """Train as one of the workers; the configuration holds the ``shared`` fit."""
    shared = config["shared"]
    train = import_optional("ray.train", extra="ray")
    device = import_optional("ray.train.torch", extra="ray").get_device()
    team = RayTeam(shared.n_classes, device)
    if team.has_finished():
        return
    if shared.estimator.device == "auto":
        shared.estimator.device_ = device
    values, codes, y = read_share(train.get_dataset_shard(str(team.rank)))
    n_rows = int(team.add(torch.tensor([float(len(y))], dtype=torch.float64)))
    if n_rows != shared.n_rows:
        raise RuntimeError(f"the workers must have all {shared.n_rows} rows, got {n_rows}")
    try:
        shared.train(Rows.from_arrays(values, codes), y, team)
    except DivergenceError as error:
        team.fail(error)
    else:
        team.finish(shared.estimator, n_rows)
