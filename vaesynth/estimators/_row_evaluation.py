"""A trained network applied to any number of rows: a few at a time, each row by itself, in double precision."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor, nn

from vaesynth._threads import single_thread
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.nn import Rows

# Rows at once: more take memory and gain no time.
CHUNK = 1024

# Copying a network takes longer than scoring a few rows with it.
_DOUBLES: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@torch.no_grad()
def map_chunks(
    function: Callable[..., Any],
    data: Rows | Tensor,
    device: torch.device | str,
    *others: Rows | Tensor,
) -> Any:
    """Apply a function to chunks of rows on the device, and put the results together on the CPU.

    Examples
    --------
    >>> import torch
    >>> map_chunks(lambda part: 2 * part, torch.arange(3), "cpu").tolist()
    [0, 2, 4]
    """
    parts = []
    with single_thread():
        for start in range(0, _count(data), CHUNK):
            chunks = [_cut(rows, slice(start, start + CHUNK)) for rows in (data, *others)]
            parts.append(move(function(*(move(chunk, device) for chunk in chunks)), "cpu"))
    return Rows.concatenate(parts) if isinstance(parts[0], Rows) else torch.cat(parts)


def move(data: Any, device: torch.device | str) -> Any:
    """Put rows or a tensor on a device.

    Examples
    --------
    >>> import torch
    >>> move(torch.zeros(2), "cpu").device
    device(type='cpu')
    """
    if isinstance(data, Rows):
        return Rows(*(tensor.to(device) for tensor in data))
    return data.to(device)


@dataclass(frozen=True)
class RowEvaluation:
    """A trained Gaussian VAE applied to encoded rows, in double precision for tables.

    Parameters
    ----------
    network : GaussianVAE
        The network as it was trained.
    codec : TableCodec or ImageCodec
        What has encoded the rows.
    device : torch.device
        Where to compute.
    """

    network: Any
    codec: TableCodec | ImageCodec
    device: torch.device

    @property
    def module(self) -> Any:
        """Return the network in the precision of the evaluation."""
        return exact_module(self.network, self.codec)

    def map(self, function: Callable[..., Any], rows: Rows, codes: Tensor) -> Any:
        """Apply a function of rows and class codes."""
        return map_chunks(function, exact_rows(rows, self.codec), self.device, codes)

    def map_with_noise(
        self, function: Callable[..., Tensor], rows: Rows, codes: Tensor, n_draws: int
    ) -> np.ndarray:
        """Apply a function of rows, class codes and the rows' own noise."""
        n_latents = self.network.prior.n_latents

        def apply(part: Rows, y: Tensor) -> Tensor:
            return function(part, y, draw_row_noise(part, n_draws, n_latents))

        return self.map(apply, rows, codes).double().numpy()

    def means(self, rows: Rows, codes: Tensor) -> Tensor:
        """Return posterior means given class codes, shape (n_rows, latent_dim)."""
        module = self.module
        return self.map(lambda part, y: module.encode(part, y)[0], rows, codes)

    def bounds(self, rows: Rows, codes: Tensor, n_draws: int) -> np.ndarray:
        """Return bounds on the log-density of encoded rows given class codes, in nats, shape (n_rows,)."""
        return self.map_with_noise(self.module.bound, rows, codes, n_draws)

    def own_units(self, content: Any) -> np.ndarray | float:
        """Return the nats from the log-density of encoded rows to that of what the codec has read, shape (n_rows,)."""
        return self.codec.log_abs_det(content) if self.network.head.is_density else 0.0

    def decode(self, points: np.ndarray, codes: Tensor) -> Any:
        """Return the likeliest rows at latent points given class codes, in the fitted container."""
        module = self.module
        latent = torch.from_numpy(points).to(next(module.parameters()).dtype)
        rows = map_chunks(
            lambda part, y: module.head.mode(module.decode(part, y)), latent, self.device, codes
        )
        return self.codec.decode(rows, 0)


def no_classes(n_rows: int) -> Tensor:
    """Return class codes of rows that have no classes."""
    return torch.zeros(n_rows, dtype=torch.int64)


def exact_module(module: Any, codec: Any) -> Any:
    """Return a module in double precision where it reads tables; for images that would take too long.

    The last digits of a row's result then do not depend on the other rows. The copy is kept as long as the module
    lives, or until :func:`forget_exact`.
    """
    if isinstance(codec, ImageCodec):
        return module
    if module not in _DOUBLES:
        _DOUBLES[module] = copy.deepcopy(module).double()
    return _DOUBLES[module]


def forget_exact(module: nn.Module) -> None:
    """Forget the copy in double precision of a module whose weights change."""
    _DOUBLES.pop(module, None)


def exact_rows(rows: Rows, codec: Any) -> Rows:
    """Return rows in the precision of :func:`exact_module`."""
    if isinstance(codec, ImageCodec):
        return rows
    return Rows(rows.values.double(), rows.present.double(), rows.codes)


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
    """Return the hash of each row's cells in whole-number arithmetic, shape (n_rows,), uint64."""
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


def _count(data: Rows | Tensor) -> int:
    return data.n_rows if isinstance(data, Rows) else len(data)


def _cut(data: Rows | Tensor, chunk: slice) -> Rows | Tensor:
    return data.take(chunk) if isinstance(data, Rows) else data[chunk]
