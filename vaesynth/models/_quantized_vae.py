"""The VQ-VAE: an encoder to a grid of codes, and a decoder from it."""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from vaesynth.nn import Quantizer, Rows, full_precision, widen


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
