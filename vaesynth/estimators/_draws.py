"""Draws of a model: from its prior, under rules that rows keep, and given some cells of each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from vaesynth.drawing import GivenCells, PriorDraw, RowSource, draw_given, keep_rules
from vaesynth.estimators._checks import count_threads, seed_rounds
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.estimators._row_evaluation import move
from vaesynth.nn import Rows
from vaesynth.tabular import PartialTable, Table, TableRules, read_partial, read_rules


def prior_source(model: Any) -> tuple[RowSource, PriorDraw]:
    """Return draws from the prior of a fitted model: rows of a table from p(x | z), images as its mean."""
    likeliest = isinstance(model._codec, ImageCodec)
    return RowSource(model.module_, n_jobs=count_threads(model.n_jobs)), PriorDraw(likeliest)


def rules_of(model: Any, codec: TableCodec | ImageCodec, further: Any = None) -> TableRules | None:
    """Return the rules that rows must keep: those of the model and further ones, or None where there are none.

    Parameters
    ----------
    model : VAE or CVAE
        Its parameter `constraints` is read.
    codec : TableCodec or ImageCodec
        What has learned the columns.
    further : str, callable or sequence of those, optional
        Rules for one draw.

    Raises
    ------
    TypeError, ValueError
        If one is no rule, or not of the columns.
    """
    rules = read_rules(model.constraints)
    if further is not None:
        rules = (*rules, *read_rules(further))
    if not rules:
        return None
    if isinstance(codec, ImageCodec):
        raise ValueError("`constraints` must be empty for images, which have no columns")
    return TableRules.of(codec.tables, rules)


def check_real_rows(model: Any, codec: TableCodec | ImageCodec, X: Any) -> None:
    """Raise where rows to learn from, a table or its content, break a rule of the model.

    Raises
    ------
    ValueError
        If they do; it names the rule, how many rows break it and the first of them.
    """
    rules = rules_of(model, codec)
    if rules is not None:
        content: Any = codec.read(X)
        rules.check(content)


def decode_kept(
    model: Any,
    draw: Callable[[np.ndarray, np.random.SeedSequence], Rows],
    n_rows: int,
    random_state: Sequence[np.random.SeedSequence],
    constraints: Any,
) -> Any:
    """Draw rows that keep all rules, and return them in the fitted container.

    Parameters
    ----------
    model : VAE or CVAE
        The fitted model.
    draw : callable
        Takes the positions of the rows to draw and a seed.
    n_rows : int
        Number of rows.
    random_state : sequence of two SeedSequence
        Seeds of rows and of what their cells leave open.
    constraints : object
        Rules beside those of the model, or None.

    Raises
    ------
    ValueError
        If too few of the drawn rows keep the rules.
    """
    codec, rounds = model._codec, seed_rounds(random_state)
    rules = rules_of(model, codec, constraints)
    if rules is None:
        for_rows, for_cells = next(rounds)
        return codec.decode(draw(np.arange(n_rows), for_rows), for_cells)

    def draw_table(positions: np.ndarray) -> tuple[Table, None]:
        for_rows, for_cells = next(rounds)
        return codec.to_table(draw(positions, for_rows), for_cells), None

    return codec.write(keep_rules(draw_table, n_rows, rules)[0])


@dataclass(frozen=True)
class Completion:
    """Draw whole rows from a fitted model and rows of which some cells are given.

    Parameters
    ----------
    estimator : VAE or CVAE
        The fitted model of a table.
    codec : TableCodec
        What encodes its rows.
    partial : PartialTable
        What is given.
    owners : ndarray of int, shape (n_rows,)
        The partial row of each row to draw.
    rules : TableRules or None
        What the rows must keep.
    """

    estimator: Any
    codec: TableCodec
    partial: PartialTable
    owners: np.ndarray
    rules: TableRules | None

    @classmethod
    def read(cls, estimator: Any, given: Any, n_samples: int, constraints: Any = None) -> Self:
        """Return the draws, `n_samples` of each given row, in the order of those rows.

        Raises
        ------
        ValueError
            If the model is one of images, or what is given is refused; see :func:`read_partial`. Also if it breaks a
            rule, or is what a rule computes from other cells.
        """
        codec = estimator._codec
        if isinstance(codec, ImageCodec):
            raise ValueError("`given` must be None for a model of images, which have no columns")
        partial = read_partial(codec.tables, given)
        rules = rules_of(estimator, codec, constraints)
        if rules is not None:
            rules.check_given(partial)
        owners = np.repeat(np.arange(len(partial)), n_samples)
        return cls(estimator, codec, partial, owners, rules)

    def draw(self, codes: np.ndarray | None, random_state: Any) -> tuple[Any, np.ndarray]:
        """Draw all rows.

        Parameters
        ----------
        codes : ndarray of int64, shape (n_rows,), or None
            Class codes; None draws classes given the cells.
        random_state : int, RandomState instance or None
            As in ``sample``.

        Returns
        -------
        X : table
            In the fitted container.
        codes : ndarray of int64, shape (n_rows,)
            Class codes.
        """
        rounds = seed_rounds(self.estimator._draw_seeds(random_state))
        of_rows = codes

        def draw(positions: np.ndarray) -> tuple[Table, None]:
            nonlocal of_rows
            of_positions = None if of_rows is None else of_rows[positions]
            table, drawn = self._draw_at(positions, of_positions, *next(rounds))
            # The first draw is one of all rows; what is drawn again keeps its class.
            of_rows = drawn if of_rows is None else of_rows
            return table, None

        table, _ = keep_rules(draw, len(self.owners), self.rules)
        return self.codec.write(table), np.asarray(of_rows)

    def _draw_at(
        self,
        positions: np.ndarray,
        codes: np.ndarray | None,
        for_rows: np.random.SeedSequence,
        for_cells: np.random.SeedSequence,
    ) -> tuple[Table, np.ndarray]:
        """Draw the rows at some positions.

        Parameters
        ----------
        positions : ndarray of int, shape (n_rows,)
            Positions in `owners`; one may stand there several times.
        codes : ndarray of int64, shape (n_rows,), or None
            Class codes; None draws classes given the cells.
        for_rows, for_cells : SeedSequence
            Seeds of latents and codes, and of what cells leave open.

        Returns
        -------
        table : Table
            The content of the rows, with what is given as it was given.
        codes : ndarray of int64, shape (n_rows,)
            Class codes.
        """
        owners = self.owners[positions]
        shares = self._log_shares()
        n_classes = len(shares)
        keys = owners * n_classes + (0 if codes is None else codes)
        groups, group_of_row, counts = np.unique(keys, return_inverse=True, return_counts=True)
        of_group = np.tile(shares, (len(groups), 1))
        if codes is not None:
            of_group = np.where(np.arange(n_classes) == groups[:, None] % n_classes, 0.0, -np.inf)
        given = self._encode(groups // n_classes, of_group)
        module, n_jobs = self.estimator.module_, count_threads(self.estimator.n_jobs)
        rows, drawn_codes = draw_given(module, given, counts, for_rows, n_jobs)
        # Draws come group by group.
        place = np.argsort(np.argsort(group_of_row, kind="stable"))
        table = self.codec.to_table(rows.take(torch.from_numpy(place)), for_cells)
        return self.partial.write_into(table, owners), drawn_codes[place]

    def _log_shares(self) -> np.ndarray:
        """Return the logarithms of the shares of the classes, of one where there are none."""
        counts = getattr(self.estimator, "class_count_", np.ones(1))
        shares: np.ndarray = np.log(counts / counts.sum())
        return shares

    def _encode(self, owners: np.ndarray, log_shares: np.ndarray) -> GivenCells:
        device = self.estimator.device_
        rows = move(self.codec.to_rows(self.partial.table.take(owners)), device)
        of_cells = self.partial.is_given[owners][:, self.codec.cells.cell_columns_]
        is_given = torch.from_numpy(of_cells).to(device)
        return GivenCells(rows, is_given, torch.from_numpy(log_shares).float().to(device))
