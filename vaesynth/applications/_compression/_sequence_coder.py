"""Short sequences of codes to bits and back, under a `SequencePrior`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth.applications._compression._checked_groups import (
    checksum,
    group_sizes,
    join_words,
    open_stack,
    pop_groups,
    split_words,
)
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
        stack, model, checks = ans_coder(), _model(), []
        with exact_products():
            for group in torch.from_numpy(codes).split(GROUP):
                for position in range(self.n_positions - 1, -1, -1):
                    symbols = group[:, position].int().numpy()
                    stack.encode_reverse(symbols, model, self._shares(group, position))
                checks.append(checksum(group.numpy()))
        return join_words(checks, stack.get_compressed())

    def decode(self, payload: bytes, n_rows: int) -> np.ndarray:
        """Return the sequences of shape (n_rows, n_positions) from their bits.

        Raises
        ------
        StreamError
            If the bits are of other sequences than were compressed.
        """
        checks, words = split_words(payload, -(-n_rows // GROUP))
        stack, model = open_stack(words), _model()

        def pop(size: int) -> np.ndarray:
            group = torch.zeros(size, self.n_positions, dtype=torch.int64)
            for position in range(self.n_positions):
                symbols = stack.decode(model, self._shares(group, position))
                group[:, position] = torch.from_numpy(symbols).long()
            return group.numpy()

        with exact_products():
            return pop_groups(group_sizes(n_rows, GROUP), checks, pop)

    def _shares(self, codes: Tensor, position: int) -> np.ndarray:
        """Return the probabilities of the codes at a position, shape (n_rows, n_codes), up to a factor."""
        logits = self.network(sequence_inputs(codes, position, self.n_codes).t())
        shares = self.exponentials(logits - logits.amax(0)).add_(_FLOOR)
        return shares.t().contiguous().numpy()


def _model() -> Any:
    return import_optional("constriction", "compress").stream.model.Categorical(perfect=False)
