"""One fit: where it computes and what it draws from, which rows it holds out, how it trains and what it finishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from vaesynth._validation import make_torch_generator
from vaesynth.estimators._fit._settling import settle
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.estimators._row_evaluation import forget_exact, move
from vaesynth.models import LatentUse
from vaesynth.nn import Rows
from vaesynth.training import History, Team, TrainingData, TrainingPlan, train


class GivenRows(NamedTuple):
    """Input of a fit: encoded rows and their codec, class codes in [0, n_classes), and weights."""

    codec: TableCodec | ImageCodec
    rows: Rows
    codes: np.ndarray
    n_classes: int
    weight: np.ndarray


class Split(NamedTuple):
    """Training rows, and held-out rows for early stopping, or None if no row is held out."""

    kept: TrainingData
    held_out: TrainingData | None


@dataclass(frozen=True)
class Fit:
    """One fit of an estimator, from encoded rows to a trained network.

    An estimator begins a fit, builds its network from the fit's source of randomness, puts the rows on the device,
    holds some of them out and trains by a plan. All draws come from one generator in this order, so that a seed decides
    the fit.

    Parameters
    ----------
    device : torch.device
        Where the network is trained.
    generator : torch.Generator
        The source of the weights and of every draw of the training.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.estimators import Fit, hold_out
    >>> from vaesynth.models import GaussianVAE
    >>> from vaesynth.nn import Rows
    >>> from vaesynth.training import TrainingPlan
    >>> fit = Fit.begin(torch.device("cpu"), seed=0)
    >>> model = GaussianVAE.for_table(2, [], 1, 1, [8], fit.generator)
    >>> data = fit.put(Rows.from_arrays(np.random.default_rng(0).normal(size=(40, 2)), np.zeros((40, 0))))
    >>> kept, held_out = hold_out(40, 0.1, fit.generator)
    >>> plan = TrainingPlan(max_iter=3, n_steps_per_epoch=2, batch_size=16)
    >>> fit.train(model, fit.split(data, kept, held_out), plan).n_iter
    3
    """

    device: torch.device
    generator: torch.Generator

    @classmethod
    def begin(cls, device: torch.device, seed: int) -> Self:
        """Begin a fit that draws from a new generator of this seed."""
        return cls(device, make_torch_generator(seed))

    def put(self, rows: Rows, codes: Any = None, weight: Any = None) -> TrainingData:
        """Put rows on the device.

        Parameters
        ----------
        rows : Rows
            Encoded rows.
        codes : ndarray of int64, shape (n_rows,), optional
            Class codes, all 0 where there are no classes.
        weight : ndarray of shape (n_rows,), optional
            Weight of each row within its class, 1 by default.
        """
        y = (
            torch.zeros(rows.n_rows, dtype=torch.int64)
            if codes is None
            else torch.from_numpy(codes)
        )
        weights = torch.ones(rows.n_rows) if weight is None else torch.from_numpy(weight)
        return TrainingData(move(rows, self.device), y.to(self.device), weights)

    def split(self, data: TrainingData, kept: Tensor, held_out: Tensor | None) -> Split:
        """Take the rows to learn from and those that are held out, at the given positions and in their order."""
        checked = None if held_out is None else _take(data, held_out)
        is_whole = torch.equal(kept, torch.arange(len(data.y)))
        return Split(data if is_whole else _take(data, kept), checked)

    def train(
        self,
        module: Any,
        split: Split,
        plan: TrainingPlan,
        generator: torch.Generator | None = None,
        team: Team | None = None,
    ) -> History:
        """Train a network in place.

        Parameters
        ----------
        module : Trainable
            The network; it is on the device.
        split : Split
            Rows to learn from and to stop by.
        plan : TrainingPlan
            Steps, rates and stopping rule.
        generator : torch.Generator, optional
            Another source of draws than the fit's own.
        team : Team, optional
            Other processes that train the same network.

        Raises
        ------
        DivergenceError
            If the loss is no longer finite.
        """
        forget_exact(module)
        source = self.generator if generator is None else generator
        return train(module, split.kept, plan, source, split.held_out, team)

    def settle(self, module: Any, data: TrainingData) -> LatentUse:
        """Fit the prior and the scales of a trained Gaussian VAE to rows with the weights of the batches."""
        forget_exact(module)
        return settle(module, data, self.generator)


def hold_out(n_rows: int, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """Draw positions of rows to hold out.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    share : float
        Share of them to hold out; 0 for none.
    generator : torch.Generator
        Source of the draw, which moves on in any case.

    Returns
    -------
    kept, held_out : Tensor of int64
        Positions, in random order; None where no row is held out.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.estimators import hold_out
    >>> kept, held_out = hold_out(20, 0.1, torch.Generator().manual_seed(0))
    >>> len(kept), len(held_out)
    (18, 2)
    """
    order = torch.randperm(n_rows, generator=generator)
    n_held = int(n_rows * share)
    return order[n_held:], order[:n_held] if n_held else None


def hold_out_by_class(
    codes: np.ndarray, share: float, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """Draw positions of rows to hold out, the same share of each class of ten rows or more.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_rows,)
        Class codes.
    share : float
        Share of each class; 0 for none, and then nothing is drawn.
    generator : torch.Generator
        Source of the draw.

    Returns
    -------
    kept, held_out : Tensor of int64
        Positions, ascending; None where no row is held out.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> kept, held_out = hold_out_by_class(np.arange(100) % 2, 0.1, torch.Generator().manual_seed(0))
    >>> (held_out % 2).bincount()
    tensor([5, 5])
    """
    everything = np.arange(len(codes))
    held: list[np.ndarray] = []
    if share:
        order = torch.randperm(len(codes), generator=generator).numpy()
        for label in range(int(codes.max()) + 1):
            members = order[codes[order] == label]
            if len(members) >= 10:
                held.append(members[: int(len(members) * share)])
    held_out = np.sort(np.concatenate(held)) if held else everything[:0]
    kept = torch.from_numpy(np.setdiff1d(everything, held_out))
    return kept, torch.from_numpy(held_out) if len(held_out) else None


def _take(data: TrainingData, index: Tensor) -> TrainingData:
    here = index.to(data.y.device)
    return TrainingData(data.rows.take(here), data.y[here], data.weight[index])
