"""An autoregressive distribution of grids of codes: the prior that a VQ-VAE samples from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows, embedding_weight, linear


class CodePrior(nn.Module):
    r"""Recurrent network over the codes of a grid, row by row from the top left.

    .. math:: \log p(c | y) = \sum_t \log p(c_t | c_1, …, c_{t-1}, y)

    A gated recurrent unit carries all earlier codes; the codes before, above and above right, which tell most, are
    given to it directly.

    Parameters
    ----------
    n_codes : int
        Size of the alphabet.
    grid : tuple of int
        Height and width of the grid; (1, n_positions) for a plain sequence.
    n_classes : int
        Number of classes; 1 gives an unconditional prior.
    hidden_size : int
        Width of the network.
    generator : torch.Generator
        Source of the initial weights.

    References
    ----------
    van den Oord, Kalchbrenner, Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016.

    Examples
    --------
    >>> import torch
    >>> prior = CodePrior(8, (2, 3), 1, 16, torch.Generator().manual_seed(0))
    >>> codes = prior.sample(torch.zeros(5, dtype=torch.int64), torch.Generator().manual_seed(0))
    >>> codes.shape
    torch.Size([5, 6])
    >>> prior.log_prob(codes, torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5])
    """

    neighbours: Tensor
    offsets: Tensor

    def __init__(
        self,
        n_codes: int,
        grid: tuple[int, int],
        n_classes: int,
        hidden_size: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.n_codes = n_codes
        self.grid = grid
        neighbours = _earlier_neighbours(*grid)
        n_positions, n_neighbours = neighbours.shape
        offsets = torch.arange(n_neighbours) * (n_codes + 1)
        self.register_buffer("neighbours", neighbours, persistent=False)
        self.register_buffer("offsets", offsets, persistent=False)
        # One table of codes, and of "outside the grid", for each place of a neighbour.
        self.code_table = embedding_weight(
            n_neighbours * (n_codes + 1), hidden_size, n_neighbours**-0.5, generator
        )
        self.position_table = embedding_weight(n_positions, hidden_size, 0.1, generator)
        self.class_table = embedding_weight(n_classes, hidden_size, 0.1, generator)
        self.recurrent = _gated_recurrent_unit(hidden_size, generator)
        self.output = linear(hidden_size, n_codes, generator)

    @property
    def n_positions(self) -> int:
        """Number of codes in a grid."""
        return self.grid[0] * self.grid[1]

    def log_probs(self, codes: Tensor, y: Tensor) -> Tensor:
        """Return the log-probabilities of every code at every position given the codes before it.

        Parameters
        ----------
        codes : Tensor of shape (n_rows, n_positions), int64
            Codes, row by row of the grid.
        y : Tensor of shape (n_rows,), int64
            Classes.

        Returns
        -------
        Tensor of shape (n_rows, n_positions, n_codes)
            In nats.
        """
        hidden, _ = self.recurrent(self._inputs(codes, y))
        return torch.log_softmax(self.output(hidden), dim=2)

    def log_prob(self, codes: Tensor, y: Tensor) -> Tensor:
        """Return the log-probability of the codes in nats, shape (n_rows,)."""
        hidden, _ = self.recurrent(self._inputs(codes, y))
        logits = self.output(hidden).flatten(0, 1)
        nats = nn.functional.cross_entropy(logits, codes.flatten(), reduction="none")
        return -nats.view(codes.shape).sum(1)

    @torch.no_grad()
    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a grid of codes for each class in `y`, shape (n_rows, n_positions)."""
        outside = y.new_full((len(y), self.n_positions + 1), self.n_codes)
        codes, state = outside, None
        for position in range(self.n_positions):
            inputs = self._inputs_at(codes[:, self.neighbours[position]], y, position)
            hidden, state = self.recurrent(inputs.unsqueeze(1), state)
            shares = torch.softmax(self.output(hidden[:, 0]), dim=1).cpu()
            drawn = torch.multinomial(shares, 1, generator=generator)
            codes[:, position] = drawn[:, 0].to(codes.device)
        return codes[:, :-1]

    def loss(
        self,
        rows: Rows,
        y: Tensor,
        generator: torch.Generator,
        beta: float,
    ) -> dict[str, Tensor]:
        """Return the mean negative log-probability of the rows' codes, in nats per row."""
        return {"loss": -self.log_prob(rows.codes, y).mean()}

    def _inputs(self, codes: Tensor, y: Tensor) -> Tensor:
        """Return the input of the network at each position, shape (n_rows, n_positions, hidden_size)."""
        framed = nn.functional.pad(codes, (0, 1), value=self.n_codes)
        around = framed[:, self.neighbours].flatten(0, 1)
        told = nn.functional.embedding_bag(around + self.offsets, self.code_table, mode="sum")
        classes = nn.functional.embedding(y, self.class_table)
        return told.view(len(codes), self.n_positions, -1) + self.position_table + classes[:, None]

    def _inputs_at(self, around: Tensor, y: Tensor, position: int) -> Tensor:
        told = nn.functional.embedding_bag(around + self.offsets, self.code_table, mode="sum")
        return told + self.position_table[position] + nn.functional.embedding(y, self.class_table)


def _earlier_neighbours(height: int, width: int) -> Tensor:
    """Return the positions before, above and above right of each position; one past the last where these lie outside.

    For the first position of a row, the position before is the last one of the row above, so that no code is left out.
    A single row has nothing above.

    Examples
    --------
    >>> _earlier_neighbours(2, 2).tolist()
    [[4, 4, 4], [0, 4, 4], [1, 0, 1], [2, 1, 4]]
    """
    places = torch.arange(height * width)
    column = places % width
    before, above, above_right = places - 1, places - width, places - width + 1
    above_right[column == width - 1] = -1
    around = [before, above, above_right] if height > 1 else [before]
    stacked = torch.stack(around, dim=1)
    return torch.where(stacked < 0, height * width, stacked)


def _gated_recurrent_unit(size: int, generator: torch.Generator) -> nn.GRU:
    # Made without content first: torch would draw the weights from its global random state.
    unit = nn.GRU(size, size, batch_first=True, device="meta").to_empty(device="cpu")
    for parameter in unit.parameters():
        nn.init.uniform_(parameter, -(size**-0.5), size**-0.5, generator=generator)
    return unit
