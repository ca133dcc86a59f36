"""Draws from the prior, and the rules of a model: real rows are checked, drawn rows keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vaesynth.drawing import PriorDraw, RowSource, keep_rules
from vaesynth.estimators._checks import count_threads, seed_rounds
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.nn import Rows
from vaesynth.tabular import Table, TableRules, read_rules


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
