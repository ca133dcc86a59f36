"""An output head whose codes depend on each other: each given those before it, all given the decoder's outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._heads._categorical_head import draw_levels
from vaesynth.nn._heads._row_heads import RowLikelihood
from vaesynth.nn._networks._layers import embedding_weight, linear
from vaesynth.nn._normal import widen
from vaesynth.nn._rows import Rows


class AutoregressiveHead(RowLikelihood):
    r"""Joint likelihood of a whole row, its codes one after the other and its values given all codes.

    .. math:: p(x | h) = \prod_j p(c_j | c_1, …, c_{j-1}, h) \; \prod_k N(v_k | \mu_k(c, h), \sigma_k^2)

    Every code has hidden units of its own; masked weights let them see the decoder's outputs :math:`h` and the
    embeddings of the codes before. What columns say of each other then need not pass through the latents. Rows have
    no expectation in closed form, so that they leave no residual.

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
    offsets: Tensor
    mask: Tensor
    closed: Tensor

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        generator: torch.Generator,
        state_codes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(n_values, cardinalities, state_codes)
        n_codes = len(cardinalities)
        self.n_codes, self.cardinalities = n_codes, tuple(cardinalities)
        self.n_hidden, self.n_embedded = choose_widths(n_codes)
        self.n_outputs = n_codes * self.n_hidden + n_values
        starts = torch.tensor([0, *cardinalities]).cumsum(0)
        self.register_buffer("offsets", starts[:-1], persistent=False)
        self.table = embedding_weight(int(starts[-1]), self.n_embedded, 0.3, generator)
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
        """Draw rows from the likelihood, code after code."""

        def draw(logits: Tensor) -> Tensor:
            return draw_levels(logits.softmax(1), generator)

        means, codes = self._run(outputs, draw)
        return self._assemble(self.numbers.sample(means, generator), codes)

    @torch.no_grad()
    def mode(self, outputs: Tensor) -> Rows:
        """Return a likely row: for each code in turn the likeliest level after those taken, and mean values."""
        return self._assemble(*self._run(outputs, lambda logits: logits.argmax(1)))

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

    def _run(self, outputs: Tensor, choose: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """Return the means of the values, and the codes that `choose` takes from the logits of each in turn."""
        context, values = self._split(outputs)
        context = (context + self.before.bias).view(len(outputs), self.n_codes, self.n_hidden)
        codes = torch.zeros(len(outputs), self.n_codes, dtype=torch.int64, device=outputs.device)
        embedded = outputs.new_zeros(len(outputs), self.n_codes * self.n_embedded)
        for column in range(self.n_codes):
            place = self.places[column]
            units = slice(place * self.n_hidden, (place + 1) * self.n_hidden)
            earlier = slice(0, column * self.n_embedded)
            seen = nn.functional.linear(embedded[:, earlier], self.before.weight[units, earlier])
            hidden = nn.functional.silu(context[:, place] + seen)
            chosen = choose(self._column_logits(column, hidden))
            codes[:, column] = chosen
            own = slice(column * self.n_embedded, (column + 1) * self.n_embedded)
            embedded[:, own] = self.table[chosen + self.offsets[column]]
        return self._means(values, embedded), codes

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


def choose_widths(n_codes: int) -> tuple[int, int]:
    """Return hidden units and embedding size of each code: fewer where many codes let the weights grow as a square.

    Examples
    --------
    >>> choose_widths(14), choose_widths(100)
    ((64, 16), (20, 5))
    """
    return max(16, min(64, 2048 // max(1, n_codes))), max(4, min(16, 512 // max(1, n_codes)))
