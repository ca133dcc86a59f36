"""Rows with hidden cells: the input of the encoder for them, and the likelihood of single cells."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._heads._categorical_head import CategoricalHead
from vaesynth.nn._normal import LOG_2PI
from vaesynth.nn._rows import Rows

# A value that other cells determine has a narrow normal distribution, but not one of width 0.
_LOG_SCALE_BOUNDS = (-5.0, 3.0)


class CellGroups:
    """Groups of the values and codes of a row that belong to one cell of the table, and are seen or hidden together.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    n_codes : int
        Number of codes.
    state_codes : sequence of int
        For each value the position of the code that says whether the row has it, or -1.

    Examples
    --------
    >>> CellGroups(2, 2, [-1, 0]).n_groups
    3
    """

    def __init__(self, n_values: int, n_codes: int, state_codes: Sequence[int]) -> None:
        alone = [value for value in range(n_values) if state_codes[value] < 0]
        self.n_groups = n_codes + len(alone)
        self.of_codes = torch.arange(n_codes)
        own = {value: n_codes + place for place, value in enumerate(alone)}
        self.of_values = torch.tensor(
            [own.get(value, state_codes[value]) for value in range(n_values)], dtype=torch.int64
        )

    def given(self, rows: Rows) -> Tensor:
        """Say which cells a row has, shape (n_rows, n_groups), boolean."""
        given = torch.zeros(
            (rows.n_rows, self.n_groups), dtype=torch.bool, device=rows.codes.device
        )
        given[:, self.of_values] = rows.present > 0
        given[:, self.of_codes] = rows.codes >= 0
        return given

    def keep(self, rows: Rows, seen: Tensor) -> Rows:
        """Return rows without the cells that are not `seen`: such values are absent, such codes -1."""
        present = rows.present * seen[:, self.of_values]
        codes = torch.where(seen[:, self.of_codes], rows.codes, -1)
        return Rows(rows.values * present, present, codes)

    def put(self, rows: Rows, cells: Rows, chosen: Tensor) -> Rows:
        """Return rows whose `chosen` cells are those of other rows."""
        of_values, of_codes = chosen[:, self.of_values], chosen[:, self.of_codes]
        return Rows(
            torch.where(of_values, cells.values, rows.values),
            torch.where(of_values, cells.present, rows.present),
            torch.where(of_codes, cells.codes, rows.codes),
        )


def flag_unseen(rows: Rows, cardinalities: Sequence[int]) -> Rows:
    """Write rows with unseen cells as rows that an encoder reads: unseen codes get a level, values a code.

    Examples
    --------
    >>> import torch
    >>> rows = Rows(torch.ones(1, 1), torch.zeros(1, 1), torch.tensor([[-1, 2]]))
    >>> flag_unseen(rows, [4, 3]).codes.tolist()
    [[4, 2, 0]]
    """
    unseen = torch.tensor(cardinalities, dtype=torch.int64, device=rows.codes.device)
    codes = torch.where(rows.codes >= 0, rows.codes, unseen)
    flags = (rows.present > 0).to(torch.int64)
    return Rows(rows.values * rows.present, rows.present, torch.cat([codes, flags], dim=1))


def flagged_cardinalities(n_values: int, cardinalities: Sequence[int]) -> list[int]:
    """Return the numbers of levels of the codes of :func:`flag_unseen`.

    Examples
    --------
    >>> flagged_cardinalities(1, [4, 3])
    [5, 4, 2]
    """
    return [cardinality + 1 for cardinality in cardinalities] + [2] * n_values


class CellHead(nn.Module):
    """Likelihoods of single cells: normals whose means and scales are both outputs, and categorical codes.

    A scale that depends on the row says how certain a cell is, given the cells that are seen.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    cardinalities : sequence of int
        Number of levels of each code.

    Attributes
    ----------
    n_outputs : int
        Number of outputs that parametrise the head.

    Examples
    --------
    >>> import torch
    >>> head = CellHead(2, [3])
    >>> head.n_outputs
    7
    """

    def __init__(self, n_values: int, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.n_values = n_values
        self.levels = CategoricalHead(cardinalities)
        self.n_outputs = 2 * n_values + self.levels.n_outputs

    def split(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the means and log-scales of the values, and the logits of the codes."""
        sizes = [self.n_values, self.n_values, self.levels.n_outputs]
        means, log_scales, logits = outputs.split(sizes, dim=1)
        return means, log_scales.clamp(*_LOG_SCALE_BOUNDS), logits

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood in nats of the cells that rows have, shape (n_rows,)."""
        means, log_scales, logits = self.split(outputs)
        standardized = (rows.values - means) * (-log_scales).exp()
        density = -0.5 * standardized.square() - log_scales - 0.5 * LOG_2PI
        total = (density * rows.present).sum(1)
        if self.levels.n_codes:
            has_code = rows.codes >= 0
            levels = rows.codes.clamp_min(0) + self.levels.starts
            picked = self.levels.log_probs(logits).gather(1, levels)
            total = total + (picked * has_code).sum(1)
        return total

    def sample(self, outputs: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw values of shape (n_rows, n_values) and codes of shape (n_rows, n_codes)."""
        means, log_scales, logits = self.split(outputs)
        noise = torch.randn(means.shape, generator=generator, dtype=torch.float64)
        values = means + noise.to(means) * log_scales.exp()
        return values, self.levels.sample(self.levels.mean(logits), generator)
