"""An output head whose codes depend on each other: each given those before it, all given the decoder's outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._heads._categorical_head import draw_levels, draw_levels_evenly
from vaesynth.nn._heads._row_heads import RowLikelihood
from vaesynth.nn._networks._layers import embedding_weight, linear
from vaesynth.nn._normal import widen
from vaesynth.nn._rows import Rows

_SCALE = 0.3
# Fewer levels have rows enough to learn each by itself.
_LEAST_ASCENDING = 8


class AutoregressiveHead(RowLikelihood):
    r"""Joint likelihood of a whole row, its codes one after the other and its values given all codes.

    .. math:: p(x | h) = \prod_j p(c_j | c_1, …, c_{j-1}, h) \; \prod_k N(v_k | \mu_k(c, h), \sigma_k^2)

    Every code has its own hidden units; masked weights let them see the decoder's outputs :math:`h` and the embeddings
    of the codes before. Dependence between columns then need not pass through the latents. Rows have no expectation in
    closed form, so there are no residuals.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    generator : torch.Generator
        Source of the initial weights.
    state_codes : sequence of int, optional
        As in `RowHead`.
    n_ascending : sequence of int, optional
        How many of the first levels of each code are in an order, as bins of numbers are. Their embeddings start as
        smooth functions of the place in it, so that what is learned of a bin holds for its neighbours. None without
        any.

    Attributes
    ----------
    n_outputs : int
        Number of decoder outputs that parametrise the head.

    References
    ----------
    Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", ICML 2015; Gulrajani et al., "PixelVAE: A
    Latent Variable Model for Natural Images", ICLR 2017 (an autoregressive decoder of a VAE).

    Examples
    --------
    >>> import torch
    >>> head = AutoregressiveHead(0, [3, 2], torch.Generator().manual_seed(0))
    >>> outputs = torch.zeros(4, head.n_outputs)
    >>> head.sample(outputs, torch.Generator().manual_seed(0)).codes.shape
    torch.Size([4, 2])
    """

    has_residual = False
    can_carry = False
    offsets: Tensor
    mask: Tensor
    closed: Tensor

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        generator: torch.Generator,
        state_codes: Sequence[int] | None = None,
        n_ascending: Sequence[int] | None = None,
    ) -> None:
        super().__init__(n_values, cardinalities, state_codes)
        n_codes = len(cardinalities)
        self.n_codes, self.cardinalities = n_codes, tuple(cardinalities)
        self.n_hidden, self.n_embedded = choose_widths(n_codes)
        self.n_outputs = n_codes * self.n_hidden + n_values
        starts = torch.tensor([0, *cardinalities]).cumsum(0)
        self.register_buffer("offsets", starts[:-1], persistent=False)
        self.table = embedding_weight(int(starts[-1]), self.n_embedded, _SCALE, generator)
        ascending = [0] * n_codes if n_ascending is None else n_ascending
        for start, n_levels in zip(starts[:-1].tolist(), ascending, strict=True):
            if n_levels >= _LEAST_ASCENDING:
                smooth = embed_smoothly(n_levels, self.n_embedded)
                self.table.data[start : start + n_levels] = _SCALE * smooth
        self.before = linear(n_codes * self.n_embedded, n_codes * self.n_hidden, generator)
        # Hidden units lie in the order of the blocks, so that those of a block are one piece.
        earlier = torch.ones(n_codes, n_codes).tril(-1)[self.levels.order]
        mask = torch.kron(earlier, torch.ones(self.n_hidden, self.n_embedded))
        self.register_buffer("mask", mask, persistent=False)
        self.register_buffer("closed", self.levels.closed, persistent=False)
        self.places = torch.argsort(self.levels.order).tolist()
        self.to_values = (
            linear(n_codes * self.n_embedded, n_values, generator) if n_values else None
        )
        bound = self.n_hidden**-0.5
        self.to_logits = nn.ParameterList(
            nn.Parameter(
                torch.empty(len(block.columns), self.n_hidden, block.width).uniform_(
                    -bound, bound, generator=generator
                )
            )
            for block in self.levels.blocks
        )
        self.bias = nn.Parameter(torch.zeros(self.levels.n_outputs))

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood in nats per row, shape (n_rows,)."""
        means, nats = self._describe(outputs, rows)
        total = self.numbers.log_prob(means, rows)
        for block in nats:
            total = total - block.sum(0)
        return total

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return each cell's log-likelihood given those before it, values first; shape (n_rows, n_values + n_codes)."""
        means, nats = self._describe(outputs, rows)
        codes = torch.cat(nats)[self.places].T if nats else means.new_zeros(len(means), 0)
        return torch.cat([self.numbers.cell_log_prob(means, rows), -codes], 1)

    @torch.no_grad()
    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw rows from the likelihood, code after code, the levels of each evenly over the rows."""

        def draw(column: int, logits: Tensor) -> Tensor:  # noqa: ARG001
            return draw_levels_evenly(logits.softmax(1), generator)

        means, codes = self._run(outputs, draw)
        return self._assemble(self.numbers.sample(means, generator), codes)

    @torch.no_grad()
    def sample_given(
        self, outputs: Tensor, rows: Rows, given: Tensor, generator: torch.Generator
    ) -> tuple[Rows, Tensor]:
        """Draw the cells of rows that are not given, and return the log-likelihood of those that are.

        Codes are drawn one after the other, given the codes before them. The likelihood of a given cell depends on the
        cells drawn before it; weighted with this likelihood, the rows are draws given all these cells.

        Parameters and results are those of `RowHead.sample_given`.
        """
        is_given = given[:, self.n_values :]
        total = outputs.new_zeros(len(outputs))

        def draw(column: int, logits: Tensor) -> Tensor:
            nonlocal total
            drawn = draw_levels(logits.softmax(1), generator)
            if not is_given[:, column].any():
                return drawn
            chosen = torch.where(is_given[:, column], rows.codes[:, column], drawn)
            nats = torch.log_softmax(logits, 1).gather(1, chosen[:, None])[:, 0]
            total = total + nats * is_given[:, column]
            return chosen

        means, codes = self._run(outputs, draw)
        drawn = self._assemble(self.numbers.sample(means, generator), codes)
        drawn = self._put_given(drawn, rows, given)
        of_values = self.numbers.cell_log_prob(means, drawn) * given[:, : self.n_values]
        return drawn, total + of_values.sum(1)

    @torch.no_grad()
    def redraw_given(
        self, outputs: Tensor, rows: Rows, given: Tensor, generator: torch.Generator
    ) -> Rows:
        """Move the cells that are not given: a Markov step that keeps their distribution given the others.

        A code before a given cell is proposed from its distribution given the codes before it, and accepted with the
        probability that the cells after it imply (Metropolis within Gibbs). The cells after the last given one are
        drawn again.

        Parameters
        ----------
        outputs, given, generator
            As in `RowHead.sample_given`.
        rows : Rows
            Rows as they are now.

        Returns
        -------
        Rows
        """
        is_given = given[:, self.n_values :]
        places = torch.arange(self.n_codes, device=outputs.device)
        last = torch.where(is_given, places, -1).amax(1) if self.n_codes else given.sum(1)
        # Values depend on all codes, so no code is drawn freely if a value is given.
        last = torch.where(given[:, : self.n_values].any(1), self.n_codes, last)
        context = (self._split(outputs)[0] + self.before.bias).view(
            len(outputs), self.n_codes, self.n_hidden
        )
        likelihood = self._likelihoods(outputs, rows, given)
        for column in range(min(int(last.max()), self.n_codes)):
            free = ~is_given[:, column] & (column < last)
            if not free.any():
                continue
            logits = self._see(column, context, self._embed(rows.codes))
            codes = rows.codes.clone()
            codes[:, column] = draw_levels(logits.softmax(1), generator)
            proposed = rows._replace(codes=codes)
            new = self._likelihoods(outputs, proposed, given)
            gain = (new - likelihood)[:, column + 1 :].sum(1)
            chance = torch.rand(gain.shape, generator=generator).to(gain)
            taken = (free & (chance.log() < gain))[:, None]
            rows = rows._replace(codes=torch.where(taken, codes, rows.codes))
            likelihood = torch.where(taken, new, likelihood)
        stays = places <= last[:, None]

        def draw(column: int, logits: Tensor) -> Tensor:
            drawn = draw_levels(logits.softmax(1), generator)
            return torch.where(stays[:, column], rows.codes[:, column], drawn)

        means, codes = self._run(outputs, draw)
        drawn = self._assemble(self.numbers.sample(means, generator), codes)
        return self._put_given(drawn, rows, given)

    @torch.no_grad()
    def mode(self, outputs: Tensor) -> Rows:
        """Return a likely row: for each code in turn the likeliest level after those taken, and mean values."""
        return self._assemble(*self._run(outputs, lambda _, logits: logits.argmax(1)))

    @torch.no_grad()
    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Set the scales of the values to the likeliest ones."""
        means = self._means(self._split(outputs)[1], self._embed(rows.codes))
        self.numbers.match(means, rows, weight)

    def _describe(self, outputs: Tensor, rows: Rows) -> tuple[Tensor, list[Tensor]]:
        """Return the means of the values and the nats of the codes of given rows."""
        context, values = self._split(outputs)
        embedded = self._embed(rows.codes)
        tables = self._tables(self._hidden(context, embedded))
        return self._means(values, embedded), self._nats(tables, rows.codes)

    def _split(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the outputs into those of the hidden units and those of the values."""
        context, values = outputs.split([self.n_codes * self.n_hidden, self.n_values], dim=1)
        return context, values

    def _embed(self, codes: Tensor) -> Tensor:
        return nn.functional.embedding(codes + self.offsets, self.table).flatten(1)

    def _hidden(self, context: Tensor, embedded: Tensor) -> Tensor:
        """Return the hidden units of every code in the order of the blocks, shape (n_codes, n_rows, n_hidden)."""
        weight = self.before.weight * self.mask
        units = nn.functional.linear(embedded, weight, self.before.bias).add_(context)
        shape = (len(units), self.n_codes, self.n_hidden)
        return nn.functional.silu(units).view(shape).transpose(0, 1)

    def _tables(self, hidden: Tensor) -> list[Tensor]:
        """Return the logits of each block, shape (n_columns_of_block, n_rows, width), -inf for padding."""
        blocks = self.levels.blocks
        biases = (self.bias + self.closed).split([block.stop - block.start for block in blocks])
        parts = hidden.split([len(block.columns) for block in blocks])
        return [
            torch.baddbmm(bias.view(len(part), 1, -1), part, weight)
            for bias, part, weight in zip(biases, parts, self.to_logits, strict=True)
        ]

    def _nats(self, tables: list[Tensor], codes: Tensor) -> list[Tensor]:
        """Return the negative log-probability of the codes of each block, shape (n_columns_of_block, n_rows)."""
        parts = codes.T.index_select(0, self.levels.order).split([len(table) for table in tables])
        return [
            nn.functional.nll_loss(
                torch.log_softmax(widen(table), dim=2).flatten(0, 1),
                levels.flatten(),
                reduction="none",
            ).view(levels.shape)
            for table, levels in zip(tables, parts, strict=True)
        ]

    def _means(self, values: Tensor, embedded: Tensor) -> Tensor:
        return values if self.to_values is None else values + self.to_values(embedded)

    def _likelihoods(self, outputs: Tensor, rows: Rows, given: Tensor) -> Tensor:
        """Return the log-likelihood of each code after those before it and, last, that of the given values."""
        means, nats = self._describe(outputs, rows)
        of_values = self.numbers.cell_log_prob(means, rows) * given[:, : self.n_values]
        codes = torch.cat(nats)[self.places].T if nats else means.new_zeros(len(means), 0)
        return torch.cat([-codes, of_values.sum(1, keepdim=True)], 1)

    def _run(
        self, outputs: Tensor, choose: Callable[[int, Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return the means of the values, and the codes that `choose` takes from the logits of each column in turn."""
        context, values = self._split(outputs)
        context = (context + self.before.bias).view(len(outputs), self.n_codes, self.n_hidden)
        codes = torch.zeros(len(outputs), self.n_codes, dtype=torch.int64, device=outputs.device)
        embedded = outputs.new_zeros(len(outputs), self.n_codes * self.n_embedded)
        for column in range(self.n_codes):
            chosen = choose(column, self._see(column, context, embedded))
            codes[:, column] = chosen
            own = slice(column * self.n_embedded, (column + 1) * self.n_embedded)
            embedded[:, own] = self.table[chosen + self.offsets[column]]
        return self._means(values, embedded), codes

    def _see(self, column: int, context: Tensor, embedded: Tensor) -> Tensor:
        """Return the logits of a code, which sees the embeddings of those before it."""
        place = self.places[column]
        units = slice(place * self.n_hidden, (place + 1) * self.n_hidden)
        earlier = slice(0, column * self.n_embedded)
        seen = nn.functional.linear(embedded[:, earlier], self.before.weight[units, earlier])
        return self._column_logits(column, nn.functional.silu(context[:, place] + seen))

    def _column_logits(self, column: int, hidden: Tensor) -> Tensor:
        """Return the logits of the levels of one code, shape (n_rows, cardinality)."""
        matrix: Tensor = next(
            weight[block.columns.index(column)]
            for block, weight in zip(self.levels.blocks, self.to_logits, strict=True)
            if column in block.columns
        )
        start = int(self.levels.starts[column])
        n_levels = self.cardinalities[column]
        return hidden @ matrix[:, :n_levels] + self.bias[start : start + n_levels]


def embed_smoothly(n_levels: int, width: int) -> Tensor:
    """Return embeddings of levels in an order, of mean square 1: waves of their place, the shorter the weaker.

    Examples
    --------
    >>> places = embed_smoothly(50, 16)
    >>> near, far = (places[0] - places[1]).norm(), (places[0] - places[25]).norm()
    >>> places.shape, bool(near < far)
    (torch.Size([50, 16]), True)
    """
    places = (torch.arange(n_levels) + 0.5) / n_levels
    frequencies = torch.arange(1, width + 1)
    waves = torch.cos(math.pi * places[:, None] * frequencies) / frequencies.sqrt()
    return waves / waves.square().mean().sqrt()


def choose_widths(n_codes: int) -> tuple[int, int]:
    """Return the hidden units and embedding size of each code: fewer for many codes, as weights grow as a square.

    Examples
    --------
    >>> choose_widths(14), choose_widths(100)
    ((64, 16), (20, 5))
    """
    return max(16, min(64, 2048 // max(1, n_codes))), max(4, min(16, 512 // max(1, n_codes)))
