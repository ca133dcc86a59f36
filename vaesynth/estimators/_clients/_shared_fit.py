"""A fit by several processes: each has a share of the rows, and the facts that it needs about all rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import clone
from torch import Tensor

from vaesynth.estimators._base import BaseVAE
from vaesynth.estimators._checks import encode_target, label_codes
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._draws import check_real_rows
from vaesynth.estimators._fit import (
    SETTLING_ROWS,
    Fit,
    choose_class_balance,
    choose_plan,
    holds_rows_out,
)
from vaesynth.estimators._row_evaluation import move
from vaesynth.nn import Rows
from vaesynth.training import (
    ClassLayout,
    Team,
    TeamDraws,
    TrainingData,
    balanced_probabilities,
    gather_rows,
)


@dataclass(frozen=True)
class TableFacts:
    """Facts about a whole table that a fit needs before the processes read their shares.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    sample : DataFrame of shape (n_sampled, n_features)
        Rows drawn from it without replacement, or all of them.
    cells : DataFrame of shape (n_cells, n_features)
        Cells that show every level, bound and kind of cell of each column; its rows need not be rows of the table.
    sample_labels : Series of shape (n_sampled,), or None
        Classes of the sample.
    label_counts : Series of int, or None
        Rows of each class of the table, by class.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    >>> TableFacts(3, X, X, None, None).n_rows
    3
    """

    n_rows: int
    sample: Any
    cells: Any
    sample_labels: Any
    label_counts: Any


@dataclass
class SharedFit:
    """An estimator that several processes train together, each with a share of the rows.

    Parameters
    ----------
    estimator : VAE, BetaVAE or CVAE
        With the columns learned, not yet trained.
    state : Tensor
        State of the source of all later draws.
    n_rows : int
        Rows of the whole table.
    n_classes : int
        Number of classes; 1 where there are none.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth import VAE
    >>> X = pd.DataFrame({"a": np.linspace(0, 1, 64)})
    >>> shared = SharedFit.begin(VAE(max_iter=2, random_state=0), TableFacts(64, X, X, None, None))
    >>> alone = SimpleNamespace(
    ...     rank=0,
    ...     size=1,
    ...     n_classes=shared.n_classes,
    ...     add=lambda tensor: tensor,
    ...     keep=lambda state: None,
    ...     last_state=lambda: None,
    ... )
    >>> shared.train(*shared.encode(X, None), alone)
    >>> shared.estimator.n_iter_
    2
    """

    estimator: Any
    state: Tensor
    n_rows: int
    n_classes: int

    @classmethod
    def begin(cls, estimator: BaseVAE, facts: TableFacts) -> Self:
        """Learn the columns and draw the weights, in a copy of the estimator.

        Parameters
        ----------
        estimator : VAE, BetaVAE or CVAE
            Its parameters; it stays as it is.
        facts : TableFacts
            What is known of the table.

        Raises
        ------
        ValueError
            If the table, the target or a parameter is refused.
        """
        ready = clone(estimator)
        ready._validate_params()
        _refuse_what_is_not_shared(ready)
        codes, n_classes = _learn_classes(ready, facts)
        codec = ready._make_table_codec()
        codec.learn(facts.cells)
        rows = codec.fit_cells(codec.read(facts.sample), facts.n_rows)
        fit = ready._start(codec, facts.n_rows, n_classes)
        y = torch.from_numpy(codes).to(ready.device_)
        ready.module_.prior.start(move(rows, ready.device_), y, fit.generator)
        return cls(ready, fit.generator.get_state(), facts.n_rows, n_classes)

    def encode(self, X: Any, y: Any) -> tuple[Rows, np.ndarray]:
        """Encode a part of the table, a frame with its classes (None where there are none), as rows and class codes."""
        check_real_rows(self.estimator, self.estimator._codec, X)
        rows = self.estimator._codec.encode(X)
        if y is None:
            return rows, np.zeros(rows.n_rows, dtype=np.int64)
        return rows, label_codes(self.estimator.classes_, y)

    def train(self, rows: Rows, codes: np.ndarray, team: Team) -> None:
        """Train the estimator in place, with the other processes.

        Parameters
        ----------
        rows : Rows
            The member's rows, at least one.
        codes : ndarray of int64, shape (n_rows,)
            Their class codes.
        team : Team
            The members.

        Raises
        ------
        DivergenceError
            If the loss is no longer finite.
        """
        estimator = self.estimator
        generator = torch.Generator()
        generator.set_state(self.state)
        fit = Fit(estimator.device_, generator)
        module, sizes = estimator.module_.to(fit.device), estimator._sizes
        layout = ClassLayout(torch.from_numpy(codes), team)
        data = fit.put(rows, codes)
        holds_out = holds_rows_out(estimator, sizes, layout.n_rows)
        share = estimator.validation_fraction if holds_out else 0.0
        split = fit.split(data, *_hold_out_share(layout, share, generator))
        # Each member differentiates its part of a batch whole.
        plan = replace(
            choose_plan(estimator, sizes, self.n_rows, estimator._automatic_beta), n_shards=1
        )
        plan = replace(plan, verbose=plan.verbose and team.rank == 0)
        history = fit.train(module, split, plan, team=team)
        balance = choose_class_balance(sizes)
        last = _gather_settling_rows(split.kept, balance, generator, team)
        estimator._remember(history, fit.settle(module, last))


def _learn_classes(estimator: BaseVAE, facts: TableFacts) -> tuple[np.ndarray, int]:
    """Return the codes of the sample's classes and their number; the estimator remembers the classes."""
    if not isinstance(estimator, CVAE):
        return np.zeros(len(facts.sample), dtype=np.int64), 1
    labels = facts.label_counts.index.to_series().infer_objects()
    classes, order = encode_target(labels, labels)
    estimator.classes_ = classes
    estimator.class_count_ = facts.label_counts.to_numpy()[np.argsort(order)]
    return label_codes(classes, facts.sample_labels), len(classes)


def _refuse_what_is_not_shared(estimator: BaseVAE) -> None:
    if estimator.privacy is not None:
        raise ValueError("a fit by several processes must go without `privacy`, got a budget")
    if estimator.warm_start:
        raise ValueError("a fit by several processes must go without `warm_start`, got True")


def _hold_out_share(
    layout: ClassLayout, share: float, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """Return the positions of the member's rows to learn from, and of those to hold out; None where no member does.

    The rows of all members are drawn by the class, so that every member draws the same ones.
    """
    own = np.arange(layout.n_own)
    labels, places = [], []
    for label, count in enumerate(layout.class_counts.tolist() if share else []):
        if count >= 10:
            order = torch.randperm(count, generator=generator)
            places.append(order[: int(count * share)])
            labels.append(torch.full_like(places[-1], label))
    if not sum(len(part) for part in places):
        return torch.from_numpy(own), None
    held = np.sort(layout.find(torch.cat(labels), torch.cat(places))[1].numpy())
    return torch.from_numpy(np.setdiff1d(own, held)), torch.from_numpy(held)


def _gather_settling_rows(
    data: TrainingData, balance: float, generator: torch.Generator, team: Team
) -> TrainingData:
    """Return the rows of all members with their weights: all rows, or as many draws as the prior is fitted to."""
    layout = ClassLayout(data.y.cpu(), team)
    if layout.n_rows > SETTLING_ROWS:
        labels, places = TeamDraws(layout, balance).draw(SETTLING_ROWS, generator)
        weight = torch.ones(SETTLING_ROWS)
    else:
        labels, places = layout.everything()
        weight = balanced_probabilities(labels, torch.ones(len(labels)), balance)
    rows = gather_rows(data, labels, places, layout, team)
    return TrainingData(rows, labels.to(data.y.device), weight)
