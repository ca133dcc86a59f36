"""A distribution of short sequences of codes, one after the other: the prior of a table's codes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vaesynth.nn import MLP, Rows


class SequencePrior(nn.Module):
    r"""Dense network from the codes before to the probabilities of the next.

    .. math:: \log p(c) = \sum_t \log p(c_t | c_1, …, c_{t-1})

    It reads the codes before as one-hot vectors and the number of the next, so that it can be rounded to whole numbers.

    Parameters
    ----------
    n_codes : int
        Size of the alphabet.
    n_positions : int
        Length of a sequence.
    width : int
        Width of the hidden layer.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> prior = SequencePrior(5, 3, 8, torch.Generator().manual_seed(0))
    >>> prior.log_prob(torch.tensor([[0, 4, 2]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self, n_codes: int, n_positions: int, width: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.n_codes, self.n_positions = n_codes, n_positions
        n_inputs = n_positions * (n_codes + 1)
        self.network = MLP([n_inputs, width, n_codes], generator, "relu6")

    def log_prob(self, codes: Tensor) -> Tensor:
        """Return the log-probability in nats of each code given those before, shape (n_rows, n_positions)."""
        inputs = torch.stack(
            [sequence_inputs(codes, t, self.n_codes) for t in range(self.n_positions)], dim=1
        )
        logs = self.network(inputs).log_softmax(dim=2)
        return logs.gather(2, codes[..., None])[..., 0]

    def loss(
        self,
        rows: Rows,
        y: Tensor,  # noqa: ARG002
        generator: torch.Generator,  # noqa: ARG002
        beta: float,  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """Return the mean negative log-probability of the rows' codes, in nats per row."""
        return {"loss": -self.log_prob(rows.codes).sum(1).mean()}


def sequence_inputs(codes: Tensor, position: int, n_codes: int) -> Tensor:
    """Tell what comes before a position and which it is, shape (n_rows, n_positions * (n_codes + 1)).

    Examples
    --------
    >>> import torch
    >>> sequence_inputs(torch.tensor([[1, 0]]), 1, n_codes=2).tolist()
    [[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]
    """
    known = nn.functional.one_hot(codes, n_codes).float()
    known[:, position:] = 0
    place = known.new_zeros(codes.shape)
    place[:, position] = 1
    return torch.cat([known.flatten(1), place], dim=1)
