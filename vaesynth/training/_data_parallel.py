"""Training of one module by several processes: the rows of a batch that each worker has, and the sums over workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from vaesynth.nn import Rows
from vaesynth.training._batches import class_shares, draw_marks
from vaesynth.training._contract import Trainable, TrainingData
from vaesynth.training._gradients import FlatParameters, MixedPrecision


class Team(Protocol):
    """Processes with the same module and seed, each with its own rows, that take each step together.

    Attributes
    ----------
    rank : int
        Number of this worker, from 0.
    size : int
        Number of workers.
    n_classes : int
        Number of classes; a worker may have rows of some of them only.
    """

    rank: int
    size: int
    n_classes: int

    def add(self, tensor: Tensor) -> Tensor:
        """Sum of the tensors that all workers give here, the same for each of them to the last bit."""

    def keep(self, state: dict[str, Any]) -> None:
        """Save the state after an epoch, the same for all workers, so that a team can restart from it."""

    def last_state(self) -> dict[str, Any] | None:
        """Return the last state that was kept, or None before the first epoch."""


class ClassLayout:
    """Positions of a worker's rows among those of the team, counted class by class and, in a class, worker by worker.

    A draw by these positions selects the same rows for any number of workers.

    Parameters
    ----------
    y : Tensor of shape (n_rows,), int64
        Class codes of the worker's rows, on the CPU.
    team : Team
        The workers.

    Attributes
    ----------
    class_counts : Tensor of int64, shape (n_classes,)
        Rows of each class that the team has.

    Examples
    --------
    >>> import torch
    >>> from types import SimpleNamespace
    >>> alone = SimpleNamespace(rank=0, size=1, n_classes=2, add=lambda tensor: tensor)
    >>> layout = ClassLayout(torch.tensor([1, 0, 1]), alone)
    >>> mine, index = layout.find(torch.tensor([1, 1, 0]), torch.tensor([0, 1, 0]))
    >>> index.tolist()
    [0, 2, 1]
    """

    def __init__(self, y: Tensor, team: Team) -> None:
        n_classes = team.n_classes
        counts = torch.zeros(team.size, n_classes, dtype=torch.float64)
        counts[team.rank] = torch.bincount(y, minlength=n_classes).double()
        counts = team.add(counts).long()
        self.class_counts = counts.sum(0)
        self._first = counts[: team.rank].sum(0)
        self._own = counts[team.rank]
        self._offset = self._own.cumsum(0) - self._own
        self._order = torch.argsort(y, stable=True)

    @property
    def n_rows(self) -> int:
        """Return the number of rows of the whole team."""
        return int(self.class_counts.sum())

    @property
    def n_own(self) -> int:
        """Return the number of rows of the worker."""
        return len(self._order)

    def find(self, labels: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Find those of some rows, given by class and place within it, that the worker has, and their positions.

        Returns
        -------
        mine : Tensor of int64, shape (n_found,)
            Positions in `labels` of the rows found.
        index : Tensor of int64, shape (n_found,)
            Positions of these rows among the worker's own.
        """
        own_places = places - self._first[labels]
        mine = ((own_places >= 0) & (own_places < self._own[labels])).nonzero()[:, 0]
        return mine, self._order[self._offset[labels[mine]] + own_places[mine]]

    def everything(self) -> tuple[Tensor, Tensor]:
        """Return the labels and places of all rows of the team."""
        labels = torch.repeat_interleave(torch.arange(len(self.class_counts)), self.class_counts)
        starts = self.class_counts.cumsum(0) - self.class_counts
        return labels, torch.arange(self.n_rows) - starts[labels]


@dataclass(frozen=True)
class TeamDraws:
    """Draws batches of the team, and gives of each the rows that are the worker's.

    Parameters
    ----------
    layout : ClassLayout
        Positions of the worker's rows.
    class_balance : float
        As in `TrainingPlan`.

    Examples
    --------
    >>> import torch
    >>> from types import SimpleNamespace
    >>> alone = SimpleNamespace(rank=0, size=1, n_classes=2, add=lambda tensor: tensor)
    >>> draws = TeamDraws(ClassLayout(torch.tensor([1, 0, 1]), alone), class_balance=0.0)
    >>> (batch,) = draws.epoch(1, 3, torch.Generator().manual_seed(0))
    >>> sorted(batch.tolist())
    [0, 1, 2]
    """

    layout: ClassLayout
    class_balance: float

    @property
    def n_rows(self) -> int:
        """Return the number of rows of the whole team."""
        return self.layout.n_rows

    def draw(self, n_draws: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return labels and places of drawn rows, the same for every worker whose generator is in the same state."""
        counts = self.layout.class_counts
        shares = class_shares(counts.double(), self.class_balance)
        ends = shares.cumsum(0)
        marks = draw_marks(n_draws, generator) * ends[-1]
        labels = torch.searchsorted(ends, marks, right=True)
        labels = labels.clamp_max(int(counts.nonzero().max()))
        within = (marks - (ends - shares)[labels]) / shares[labels]
        places = (within * counts[labels]).long().clamp_min(0)
        return labels, torch.minimum(places, counts[labels] - 1)

    def epoch(
        self, n_batches: int, batch_size: int, generator: torch.Generator
    ) -> Iterator[Tensor]:
        """Return the positions of the worker's rows in each batch; a batch may have none of them."""
        labels, places = self.draw(n_batches * batch_size, generator)
        mine, index = self.layout.find(labels, places)
        counts = torch.bincount(mine // batch_size, minlength=n_batches)
        yield from index.split(counts.tolist())


@dataclass(frozen=True)
class TeamGradients:
    """Differentiates the worker's part of a batch and adds up with the others.

    Parameters
    ----------
    module : Trainable or MixedPrecision
        Module to differentiate.
    data : TrainingData
        Rows of the worker.
    noise : torch.Generator
        The worker's own source of noise.
    team : Team
        The workers.
    batch_size : int
        Rows in a batch of the whole team.
    """

    module: Trainable | MixedPrecision
    data: TrainingData
    noise: torch.Generator
    team: Team
    batch_size: int

    def start_epoch(self, generator: torch.Generator) -> None:
        """Begin a stream of noise that only the team's generator and the worker's rank decide."""
        seed = int(torch.randint(2**62, (1,), generator=generator))
        state = np.random.SeedSequence([seed, self.team.rank]).generate_state(1, np.uint64)[0]
        self.noise.manual_seed(int(state >> np.uint64(1)))

    def accumulate(
        self, parameters: FlatParameters, index: Tensor, beta: float
    ) -> dict[str, Tensor]:
        """Set the gradient of the vector for the team's batch; the rows at `index` are those of the worker."""
        share = len(index) / self.batch_size
        # A worker without a row in the batch still takes part in the sum, with one row of weight 0.
        index = index if len(index) else index.new_zeros(1)
        rows, y = self.data.rows.take(index), self.data.y[index]
        terms = self.module.loss(rows, y, self.noise, beta)
        gradient = parameters.gradient(terms["loss"] * share)
        values = torch.stack([term.detach() * share for term in terms.values()])
        total = self.team.add(torch.cat([gradient, values.to(gradient)]))
        parameters.vector.grad = total[: len(gradient)].contiguous()
        return dict(zip(terms, total[len(gradient) :], strict=True))


def gather_rows(
    data: TrainingData, labels: Tensor, places: Tensor, layout: ClassLayout, team: Team
) -> Rows:
    """Collect rows of the team, given by class and place, at every worker.

    Parameters
    ----------
    data : TrainingData
        The worker's rows.
    labels, places : Tensor of int64, shape (n_wanted,)
        Which rows.
    layout : ClassLayout
        Positions of the worker's rows.
    team : Team
        The workers.

    Returns
    -------
    Rows
        `n_wanted` rows, on the device of the worker's.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from types import SimpleNamespace
    >>> alone = SimpleNamespace(rank=0, size=1, n_classes=2, add=lambda tensor: tensor)
    >>> y = torch.tensor([1, 0, 1])
    >>> rows = Rows.from_arrays(np.zeros((3, 0)), np.array([[7], [8], [9]]))
    >>> layout = ClassLayout(y, alone)
    >>> data = TrainingData(rows, y, torch.ones(3))
    >>> gather_rows(data, *layout.everything(), layout, alone).codes[:, 0].tolist()
    [8, 7, 9]
    """
    mine, index = layout.find(labels, places)
    device = data.y.device
    part = data.rows.take(index.to(device))
    widths = [part.values.shape[1], part.present.shape[1], part.codes.shape[1]]
    # Codes are exact as doubles.
    together = torch.zeros(len(labels), sum(widths), dtype=torch.float64, device=device)
    together[mine.to(device)] = torch.cat([cells.double() for cells in part], dim=1)
    values, present, codes = team.add(together).split(widths, dim=1)
    return Rows(values.to(part.values), present.to(part.present), codes.long())
