"""Short sequences of codes to bits and back, under a `SequencePrior`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth.applications._compression._fixed_point import FixedPointNetwork, exact_products
from vaesynth.applications._compression._level_coder import Exponentials, ans_coder
from vaesynth.models import SequencePrior, sequence_inputs

GROUP = 512
# No code is impossible.
_FLOOR = 2.0**-16


class SequenceCoder:
    """Codes sequences position by position, each for many rows at once.

    Parameters
    ----------
    prior : SequencePrior
        A trained prior, which is rounded to whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> coder = SequenceCoder(SequencePrior(5, 3, 8, torch.Generator().manual_seed(0)))
    >>> codes = np.array([[0, 4, 2], [1, 1, 3]])
    >>> (coder.decode(coder.encode(codes), 2) == codes).all()
    np.True_
    """

    def __init__(self, prior: SequencePrior) -> None:
        self.n_codes, self.n_positions = prior.n_codes, prior.n_positions
        ones = np.ones(self.n_positions * (self.n_codes + 1))
        self.network = FixedPointNetwork.of(prior.network, ones, ones)
        self.exponentials = Exponentials(24)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides how a sequence is coded."""
        return [*self.network.arrays(), self.exponentials.table.numpy()]

    def encode(self, codes: np.ndarray) -> bytes:
        """Return the bits of sequences of shape (n_rows, n_positions)."""
        stack, model = _stack_and_model()
        with exact_products():
            for group in torch.from_numpy(codes).split(GROUP):
                for position in range(self.n_positions - 1, -1, -1):
                    symbols = group[:, position].int().numpy()
                    stack.encode_reverse(symbols, model, self._shares(group, position))
        return stack.get_compressed().astype("<u4").tobytes()

    def decode(self, payload: bytes, n_rows: int) -> np.ndarray:
        """Return the sequences of shape (n_rows, n_positions) from their bits."""
        stack, model = _stack_and_model(np.frombuffer(payload, "<u4").astype(np.uint32))
        codes = torch.zeros(n_rows, self.n_positions, dtype=torch.int64)
        with exact_products():
            for start in reversed(range(0, n_rows, GROUP)):
                group = codes[start : start + GROUP]
                for position in range(self.n_positions):
                    symbols = stack.decode(model, self._shares(group, position))
                    group[:, position] = torch.from_numpy(symbols).long()
        return codes.numpy()

    def _shares(self, codes: Tensor, position: int) -> np.ndarray:
        """Return the probabilities of the codes at a position, shape (n_rows, n_codes), up to a factor."""
        logits = self.network(sequence_inputs(codes, position, self.n_codes).t())
        shares = self.exponentials(logits - logits.amax(0)).add_(_FLOOR)
        return shares.t().contiguous().numpy()


def _stack_and_model(*words: np.ndarray) -> tuple[Any, Any]:
    model = import_optional("constriction", "compress").stream.model
    return ans_coder(*words), model.Categorical(perfect=False)
