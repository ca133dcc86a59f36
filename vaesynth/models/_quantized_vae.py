"""The VQ-VAE: an encoder to a grid of codes, and a decoder from it."""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from vaesynth.nn import MLP, Quantizer, Rows, full_precision, widen


class Head(Protocol):
    """Likelihood of rows given a decoder's outputs."""

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-likelihood in nats per row, shape (n_rows,)."""

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest rows."""

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw rows."""


class QuantizedVAE(nn.Module):
    r"""VQ-VAE of rows: the objective is, in nats per row,

    .. math:: -\log p(x | c(x)) + β \, \|z(x) - e_{c(x)}\|^2

    with the second term from the quantizer, where it has one.

    Parameters
    ----------
    encoder : Module
        Rows to vectors of shape (n_rows, n_positions, code_dim).
    quantizer : Quantizer
        Vectors to codes.
    decoder : Module
        Vectors of codes to outputs of shape (n_rows, n_outputs).
    head : Module
        Outputs to the likelihood of rows.

    References
    ----------
    van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import DenseCodeDecoder, DenseCodeEncoder, FiniteScalarQuantizer, RowHead, Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = QuantizedVAE(
    ...     DenseCodeEncoder(2, [], [8], 3, 2, generator),
    ...     FiniteScalarQuantizer([3, 3]),
    ...     DenseCodeDecoder(3, 2, [8], 2, generator),
    ...     RowHead(2, []),
    ... )
    >>> rows = Rows(torch.zeros(5, 2), torch.ones(5, 2), torch.zeros(5, 0, dtype=torch.int64))
    >>> codes = model.encode(rows)
    >>> codes.shape, model.decode(codes).shape
    (torch.Size([5, 3]), torch.Size([5, 2]))
    """  # noqa: D400

    def __init__(
        self, encoder: nn.Module, quantizer: Quantizer, decoder: nn.Module, head: nn.Module
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.quantizer = quantizer
        self.decoder = decoder
        self.head = head

    def encode(self, rows: Rows) -> Tensor:
        """Return the codes of the rows, shape (n_rows, n_positions), int64."""
        with torch.no_grad():
            return self.quantizer.quantize(self.encoder(rows))[1]

    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes to outputs for the head, shape (n_rows, n_outputs)."""
        outputs: Tensor = self.decoder(self.quantizer.lookup(codes))
        return outputs

    def log_prob(self, rows: Rows, codes: Tensor) -> Tensor:
        """Return the log-likelihood of the rows given codes, in nats per row, shape (n_rows,)."""
        head = cast(Head, self.head)
        return head.log_prob(self.decode(codes), rows)

    def loss(
        self,
        rows: Rows,
        y: Tensor,  # noqa: ARG002
        generator: torch.Generator,
        beta: float,  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """Return the terms of the objective in nats per row; in training the quantizer follows the encoder."""
        head = cast(Head, self.head)
        vectors = widen(self.encoder(rows))
        with full_precision(vectors):
            z_q, _, terms = self.quantizer.quantize(vectors, generator)
        reconstruction = -head.log_prob(widen(self.decoder(z_q)), rows).mean()
        loss = sum(terms.values(), reconstruction)
        return {"loss": loss, "reconstruction": reconstruction, **terms}


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
    """Encode the codes before a position and the position itself, shape (n_rows, n_positions * (n_codes + 1)).

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
