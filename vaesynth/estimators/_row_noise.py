"""Standard normal noise that depends on a row's contents alone: a score is then the same in any company of rows."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor

from vaesynth.nn import Rows

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def draw_row_noise(rows: Rows, n_draws: int, n_latents: int) -> Tensor:
    """Draw standard normal numbers for each row, from a hash of its cells.

    Parameters
    ----------
    rows : Rows
        Encoded rows.
    n_draws : int
        Draws for each row.
    n_latents : int
        Numbers in a draw.

    Returns
    -------
    Tensor of shape (n_draws, n_rows, n_latents)
        Of the type of the rows' values.

    References
    ----------
    Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.rand(5, 2), torch.ones(5, 2), torch.zeros(5, 0, dtype=torch.int64))
    >>> noise = draw_row_noise(rows, 3, 4)
    >>> noise.shape, bool((noise[:, 1:2] == draw_row_noise(rows.take(slice(1, 2)), 3, 4)).all())
    (torch.Size([3, 5, 4]), True)
    """
    counter = np.arange(1, n_draws * n_latents + 1, dtype=np.uint64)
    bits = _mix(_hash_rows(rows)[:, None] + _GOLDEN * counter)
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    noise = ndtri(uniform).reshape(rows.n_rows, n_draws, n_latents).transpose(1, 0, 2)
    return torch.from_numpy(np.ascontiguousarray(noise)).to(rows.values)


def _hash_rows(rows: Rows) -> np.ndarray:
    """Hash of each row's cells in whole-number arithmetic, shape (n_rows,), uint64."""
    # Through float32, in which rows were encoded, so that a copy in double precision has the same hash.
    values = rows.values.to(torch.float32).cpu().numpy() + np.float32(0)  # -0 becomes 0
    cells = np.concatenate([values.view(np.uint32), rows.codes.cpu().numpy()], axis=1)
    factors = _mix(_GOLDEN * np.arange(1, cells.shape[1] + 1, dtype=np.uint64)) | np.uint64(1)
    return _mix((cells.astype(np.uint64) * factors).sum(axis=1, dtype=np.uint64))


def _mix(bits: np.ndarray) -> np.ndarray:
    """Spread every input bit over all output bits, as SplitMix64 does at its end."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
