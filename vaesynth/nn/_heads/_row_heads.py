"""Output heads: decoder outputs read as distributions over the cells of a row.

A head owns what differs between kinds of cells: the likelihood, a draw, the mean, and the residual by which a real cell
differs from its reconstruction. Code that draws rows calls the head and does not depend on the kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vaesynth.nn._heads._categorical_head import CategoricalHead
from vaesynth.nn._normal import LOG_2PI
from vaesynth.nn._rows import Rows, Span, measure_range, reflect


class GaussianHead(nn.Module):
    """Normal likelihood of the values, with one learned scale per column (the σ of a σ-VAE).

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    min_scale : float, default=0.01
        Floor of the scale, in normalised units: without one the density of a constant grows without bound.

    References
    ----------
    Rybkin, Daniilidis, Levine, "Simple and Effective VAE Training with Calibrated Decoders", ICML 2021.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1, 0, dtype=torch.int64))
    >>> GaussianHead(2).log_prob(torch.zeros(1, 2), rows).shape
    torch.Size([1])
    """

    lower: Tensor
    upper: Tensor

    def __init__(self, n_values: int, min_scale: float = 0.01) -> None:
        super().__init__()
        self.n_values = n_values
        self.min_scale = min_scale
        self.raw_scale = nn.Parameter(torch.zeros(n_values))
        # Before `match` has seen rows, any value may be drawn.
        self.register_buffer("lower", torch.full((n_values,), -torch.inf))
        self.register_buffer("upper", torch.full((n_values,), torch.inf))

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, *others: Any
    ) -> None:
        # Heads that were saved before they kept a range may draw any value.
        for name in ("lower", "upper"):
            state_dict.setdefault(prefix + name, getattr(self, name))
        super()._load_from_state_dict(state_dict, prefix, *others)

    @property
    def scale(self) -> Tensor:
        """Return the standard deviation of each column, shape (n_values,)."""
        return self.raw_scale.exp() + self.min_scale

    def log_prob(self, means: Tensor, rows: Rows) -> Tensor:
        """Return the log-density of the present values in nats, shape (n_rows,)."""
        if not self.n_values:
            return means.sum(1)
        return self.cell_log_prob(means, rows).sum(1)

    def cell_log_prob(self, means: Tensor, rows: Rows) -> Tensor:
        """Return the log-density of each value in nats, 0 where it is absent, shape (n_rows, n_values)."""
        scale = self.scale
        standardized = (rows.values - means) / scale
        density = -0.5 * standardized.square() - scale.log() - 0.5 * LOG_2PI
        return density * rows.present

    def evaluate(self, means: Tensor, rows: Rows) -> tuple[Tensor, Tensor]:
        """Return `log_prob` and the errors in scales that `gradient` needs, without autograd."""
        if not self.n_values:
            return means.sum(1), means
        scale = self.scale
        error = (rows.values - means) / scale
        density = -0.5 * error * error - scale.log() - 0.5 * LOG_2PI
        return (density * rows.present).sum(1), error

    def gradient(
        self, rows: Rows, error: Tensor, of_log_prob: Tensor
    ) -> tuple[Tensor, dict[Tensor, Tensor]]:
        """Return the gradients of the means and of the raw scales, from that of `log_prob`."""
        if not self.n_values:
            return error, {self.raw_scale: torch.zeros_like(self.raw_scale)}
        growth = self.raw_scale.exp()
        scale = growth + self.min_scale
        of_present = of_log_prob[:, None] * rows.present
        of_scale = (of_present * (error * error - 1)).sum(0) * growth / scale
        return of_present * error / scale, {self.raw_scale: of_scale}

    @torch.no_grad()
    def match(self, means: Tensor, rows: Rows, weight: Tensor) -> None:
        """Set each scale to its most likely value, the weighted root mean square of the residuals.

        The head also remembers the range of the values, to which :meth:`sample` keeps.
        """
        lower, upper = measure_range(rows)
        self.lower.copy_(lower)
        self.upper.copy_(upper)
        counted = rows.present * weight[:, None]
        error = (counted * (rows.values - means).square()).sum(0) / counted.sum(0).clamp_min(1e-12)
        self.raw_scale.copy_((error.sqrt() - self.min_scale).clamp_min(1e-6).log())

    def sample(self, means: Tensor, generator: torch.Generator) -> Tensor:
        """Draw values around their means, same shape; those beyond the range of matched rows are mirrored into it."""
        noise = torch.randn(means.shape, generator=generator).to(means.device)
        return reflect(means + noise * self.scale, self.lower, self.upper)


class RowLikelihood(nn.Module):
    """The part that all likelihoods of a row of values and codes share, with any link between its cells.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    state_codes : sequence of int, optional
        For each value the position of the code that says whether the row has it (level 0: it has), or -1 where every
        row has it. By default every row has every value.

    Examples
    --------
    >>> RowLikelihood(2, [3]).levels.n_outputs
    3
    """

    is_density = True
    states: Tensor

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        state_codes: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        states = [-1] * n_values if state_codes is None else list(state_codes)
        self.register_buffer("states", torch.tensor(states, dtype=torch.int64), persistent=False)
        self.n_values = n_values
        self.numbers = GaussianHead(n_values)
        self.levels = CategoricalHead(cardinalities)

    def _assemble(self, values: Tensor, codes: Tensor) -> Rows:
        """Return the rows with their absent values marked, as their state codes say."""
        governed = self.states >= 0
        present = torch.ones_like(values)
        if governed.any():
            present[:, governed] = (codes[:, self.states[governed]] == 0).to(values.dtype)
        return Rows(values * present, present, codes)

    def _put_given(self, drawn: Rows, rows: Rows, given: Tensor) -> Rows:
        """Return drawn rows whose given cells are those of `rows`."""
        of_values, of_codes = given[:, : self.n_values], given[:, self.n_values :]
        return Rows(
            torch.where(of_values, rows.values, drawn.values),
            torch.where(of_values, rows.present, drawn.present),
            torch.where(of_codes, rows.codes, drawn.codes),
        )


class RowHead(RowLikelihood):
    """Joint likelihood of a whole row: normal values and categorical codes, independent given the decoder's outputs.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    state_codes : sequence of int, optional
        As in `RowLikelihood`.

    Attributes
    ----------
    n_outputs : int
        Number of decoder outputs that parametrise the head.

    Examples
    --------
    >>> import torch
    >>> head = RowHead(2, [3])
    >>> head.n_outputs
    5
    >>> head.sample(torch.zeros(4, 5), torch.Generator().manual_seed(0)).codes.shape
    torch.Size([4, 1])
    """

    has_residual = True
    can_carry = True
    knows_gradient = True

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        state_codes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(n_values, cardinalities, state_codes)
        self.n_outputs = n_values + self.levels.n_outputs

    def split(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the outputs into those of the values and those of the codes."""
        if not self.n_values:
            return outputs[:, :0], outputs
        values, logits = outputs.split([self.n_values, self.levels.n_outputs], dim=1)
        return values, logits

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood in nats per row, shape (n_rows,)."""
        means, logits = self.split(outputs)
        return self.numbers.log_prob(means, rows) + self.levels.log_prob(logits, rows)

    def evaluate(self, outputs: Tensor, rows: Rows) -> tuple[Tensor, list[Tensor]]:
        """Return `log_prob` and the values that `gradient` needs, without autograd."""
        means, logits = self.split(outputs)
        places = self.levels.places(rows)
        of_levels, kept = self.levels.scores.evaluate(logits, places)
        of_numbers, error = self.numbers.evaluate(means, rows)
        return of_levels + of_numbers, [places, error, *kept]

    def gradient(
        self, rows: Rows, kept: Sequence[Tensor], of_log_prob: Tensor
    ) -> tuple[Tensor, dict[Tensor, Tensor]]:
        """Return the gradients of the outputs and of each weight, from that of `log_prob`, shape (n_rows,)."""
        places, error, *of_levels = kept
        of_logits = self.levels.scores.gradient(places, of_levels, of_log_prob)
        of_means, gradients = self.numbers.gradient(rows, error, of_log_prob)
        return torch.cat([of_means, of_logits], dim=1) if self.n_values else of_logits, gradients

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood of each cell, values first, in nats; shape (n_rows, n_values + n_codes)."""
        means, logits = self.split(outputs)
        return torch.cat(
            [self.numbers.cell_log_prob(means, rows), self.levels.cell_log_prob(logits, rows)], 1
        )

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the expected cells in the layout of the outputs: means of values, probabilities of levels."""
        means, logits = self.split(outputs)
        return torch.cat([means, self.levels.mean(logits)], dim=1)

    def residual(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the residuals of real rows from their reconstruction: ``value − mean`` and ``one-hot − probability``.

        A value that a row does not have leaves no residual. Shape (n_rows, n_outputs).
        """
        means, probabilities = self.split(self.mean(outputs))
        values = (rows.values - means) * rows.present
        return torch.cat([values, self.levels.observe(rows) - probabilities], dim=1)

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw rows from the likelihood."""
        means, probabilities = self.split(self.mean(outputs))
        values = self.numbers.sample(means, generator)
        return self._assemble(values, self.levels.sample(probabilities, generator))

    def sample_given(
        self, outputs: Tensor, rows: Rows, given: Tensor, generator: torch.Generator
    ) -> tuple[Rows, Tensor]:
        """Draw the cells of rows that are not given, and return the log-likelihood of those that are.

        Parameters
        ----------
        outputs : Tensor of shape (n_rows, n_outputs)
            Outputs of the decoder.
        rows : Rows
            Rows whose given cells count; the others may hold anything.
        given : Tensor of bool, shape (n_rows, n_values + n_codes)
            Which cells are given.
        generator : torch.Generator
            Source of the draws.

        Returns
        -------
        rows : Rows
        log_likelihood : Tensor of shape (n_rows,)
            Nats.
        """
        drawn = self.redraw_given(outputs, rows, given, generator)
        return drawn, (self.cell_log_prob(outputs, drawn) * given).sum(1)

    def redraw_given(
        self, outputs: Tensor, rows: Rows, given: Tensor, generator: torch.Generator
    ) -> Rows:
        """Redraw the cells that are not given: given the outputs, they are independent of the others."""
        return self._put_given(self.sample(outputs, generator), rows, given)

    def span(self, rows: Rows) -> Span:
        """Return the range of the values that the rows have, and their levels."""
        return Span(*measure_range(rows), self.levels.find_levels(rows))

    def sample_at_mean(self, mean: Tensor, generator: torch.Generator, span: Span) -> Rows:
        """Use expected values, draw codes from probabilities, and stay within the span of some rows.

        Parameters
        ----------
        mean : Tensor of shape (n_rows, n_outputs)
            Expected values, and probabilities of levels; negative ones count as next to nothing.
        generator : torch.Generator
            Source of the draws.
        span : Span
            Values beyond its range are mirrored into it; levels that it lacks are not drawn.
        """
        values, probabilities = self.split(mean)
        allowed = probabilities.clamp_min(1e-12) * span.has_level
        return self._assemble(span.reflect(values), self.levels.sample(allowed, generator))

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest row: mean values and likeliest codes."""
        means, logits = self.split(outputs)
        return self._assemble(means, self.levels.mode(logits))

    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Set the scales of the values to the likeliest ones."""
        self.numbers.match(self.split(outputs)[0], rows, weight)
