"""Quantizers: continuous vectors to a finite set of codes and back, with gradients that pass straight through."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
import torch
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

# Table 1 of Mentzer et al. (2024), and exact powers of eight.
_LEVELS = {
    64: (8, 8),
    256: (8, 6, 5),
    512: (8, 8, 8),
    1024: (8, 5, 5, 5),
    4096: (7, 5, 5, 5, 5),
    16384: (8, 8, 8, 6, 5),
    65536: (8, 8, 8, 5, 5, 5),
}
# A code that is chosen less often than this share of an equal share is dead.
_DEAD_SHARE = 0.05
_TINY = 1e-12


class Quantizer(nn.Module, ABC):
    """Contract of the quantizers.

    Attributes
    ----------
    n_codes : int
        Size of the alphabet.
    code_dim : int
        Number of dimensions of a code's vector.

    Examples
    --------
    >>> import torch
    >>> quantizer: Quantizer = FiniteScalarQuantizer([3, 3])
    >>> z_q, codes, loss_terms = quantizer.quantize(torch.zeros(5, 2))
    >>> torch.equal(quantizer.lookup(codes), z_q)
    True
    """

    def __init__(self, n_codes: int, code_dim: int) -> None:
        super().__init__()
        self.n_codes = n_codes
        self.code_dim = code_dim

    @abstractmethod
    def quantize(
        self, z: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Replace each vector by that of a code.

        Parameters
        ----------
        z : Tensor of shape (n_rows, ..., code_dim)
            Vectors to quantize.
        generator : torch.Generator, optional
            Source of the draws that training takes; not needed in evaluation.

        Returns
        -------
        z_q : Tensor of shape (n_rows, ..., code_dim)
            Vectors of the codes; their gradient passes to `z` unchanged.
        codes : Tensor of shape (n_rows, ...), int64
            The codes.
        loss_terms : dict of str to scalar Tensor
            What the objective must add, as means over rows of sums within a row.
        """

    @abstractmethod
    def lookup(self, codes: Tensor) -> Tensor:
        """Return the vectors of the codes, shape (..., code_dim)."""

    @property
    def _learns(self) -> bool:
        # The loop scores held-out rows in training mode, yet without gradients.
        return self.training and torch.is_grad_enabled()


def code_usage(counts: Tensor) -> float:
    """Return the share of the codes with a positive count.

    Examples
    --------
    >>> import torch
    >>> code_usage(torch.tensor([3, 0, 1, 0]))
    0.5
    """
    return float((counts > 0).double().mean())


def code_perplexity(counts: Tensor) -> float:
    """Return the exponential of the entropy of the counted codes; 0 where nothing was counted.

    Examples
    --------
    >>> import torch
    >>> round(code_perplexity(torch.tensor([5, 5, 0, 0])), 6)
    2.0
    """
    total = int(counts.sum())
    if total == 0:
        return 0.0
    shares = counts[counts > 0].double() / total
    return math.exp(-float((shares * shares.log()).sum()))


class VectorQuantizer(Quantizer):
    r"""Codebook that follows the encoder by moving averages.

    Each vector goes to the nearest code. With :math:`n_i` vectors of sum :math:`s_i` at code i in a batch,

    .. math:: N_i ← γ N_i + (1-γ) n_i, \quad m_i ← γ m_i + (1-γ) s_i, \quad e_i = m_i / N_i .

    The codebook starts at the k-means centres of the first batch. A code whose :math:`N_i` falls under a twentieth
    of an equal share restarts at a random vector of the batch, so that no code stays out of use. While the encoder
    still moves fast the averages are short: at step t, γ is the smaller of `decay` and (1 + t) / (10 + t).

    Parameters
    ----------
    n_codes : int
        Number of codes.
    code_dim : int
        Dimension of the codes. Low dimensions (2 to 16) keep more codes in use.
    commitment_cost : float, default=0.25
        Weight of the squared distance of a row's vectors to their codes.
    decay : float, default=0.99
        The γ of the averages in the long run, in [0, 1).
    normalize : bool, default=False
        Whether vectors and codes are put on the unit sphere first, so that nearest means largest cosine.

    Attributes
    ----------
    codebook : Tensor of shape (n_codes, code_dim)
        The codes :math:`e_i`.
    average_count, average_sum : Tensor
        The averages :math:`N_i` of shape (n_codes,) and :math:`m_i` of shape (n_codes, code_dim).
    is_started : Tensor of bool
        Whether the codebook has met its first batch.
    n_updates : Tensor of int
        Number of batches that the averages have seen.

    Raises
    ------
    ValueError
        If training meets its first batch, or a dead code, without a generator; or for parameters out of range.

    References
    ----------
    van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017 (appendix A.1);
    Łańcucki et al., "Robust Training of Vector Quantized Bottleneck Models", IJCNN 2020 (start and restarts);
    Yu et al., "Vector-quantized Image Modeling with Improved VQGAN", ICLR 2022 (low dimension, unit sphere).

    Examples
    --------
    >>> import torch
    >>> generator = torch.Generator().manual_seed(0)
    >>> quantizer = VectorQuantizer(n_codes=4, code_dim=2)
    >>> z = torch.randn(16, 3, 2, generator=generator)
    >>> z_q, codes, loss_terms = quantizer.quantize(z, generator)
    >>> z_q.shape, codes.shape, sorted(loss_terms)
    (torch.Size([16, 3, 2]), torch.Size([16, 3]), ['commitment'])
    """

    codebook: Tensor
    average_count: Tensor
    average_sum: Tensor
    is_started: Tensor
    n_updates: Tensor

    def __init__(
        self,
        n_codes: int,
        code_dim: int,
        *,
        commitment_cost: float = 0.25,
        decay: float = 0.99,
        normalize: bool = False,
    ) -> None:
        _check_at_least("n_codes", n_codes, 1)
        _check_at_least("code_dim", code_dim, 1)
        if not 0 <= decay < 1:
            raise ValueError(f"`decay` must be in [0, 1), got {decay}")
        super().__init__(n_codes, code_dim)
        self.commitment_cost = commitment_cost
        self.decay = decay
        self.normalize = normalize
        self.register_buffer("codebook", torch.zeros(n_codes, code_dim))
        self.register_buffer("average_count", torch.zeros(n_codes))
        self.register_buffer("average_sum", torch.zeros(n_codes, code_dim))
        self.register_buffer("is_started", torch.tensor(False))
        self.register_buffer("n_updates", torch.tensor(0))

    def quantize(
        self, z: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Replace each vector by the nearest code; in training, the codebook then moves.

        Parameters
        ----------
        z : Tensor of shape (n_rows, ..., code_dim)
            Vectors to quantize.
        generator : torch.Generator, optional
            Source of the start and of the restarts.

        Returns
        -------
        z_q : Tensor of shape (n_rows, ..., code_dim)
            Codes, with the gradient of `z` (of its direction, with ``normalize``).
        codes : Tensor of shape (n_rows, ...), int64
            Positions in the codebook.
        loss_terms : dict
            ``"commitment"``: `commitment_cost` times the squared distance, summed within a row, averaged over rows.
        """
        if self.normalize:
            z = nn.functional.normalize(z, dim=-1)
        vectors = z.detach().reshape(-1, self.code_dim)
        if self._learns and not self.is_started:
            self._start(vectors, _require(generator))
        codes = self._nearest(vectors)
        codes = codes.view(z.shape[:-1])
        z_q = self.lookup(codes)
        distance = (z - z_q).square().flatten(1).sum(1).mean()
        if self._learns:
            self._follow(vectors, codes.flatten(), generator)
        return z + (z_q - z).detach(), codes, {"commitment": self.commitment_cost * distance}

    def lookup(self, codes: Tensor) -> Tensor:
        """Return the vectors of the codes, shape (..., code_dim)."""
        return nn.functional.embedding(codes, self.codebook)

    def _nearest(self, vectors: Tensor) -> Tensor:
        # |v - e|² less |v|², which is the same for every code.
        half_squares = 0.5 * self.codebook.square().sum(1)
        return torch.addmm(half_squares, vectors, self.codebook.T, alpha=-1).argmin(1)

    @torch.no_grad()
    def _start(self, vectors: Tensor, generator: torch.Generator) -> None:
        centres = _cluster(vectors.cpu(), self.n_codes, generator).to(vectors)
        self.codebook.copy_(nn.functional.normalize(centres, dim=1) if self.normalize else centres)
        counts = torch.bincount(self._nearest(vectors), minlength=self.n_codes)
        # A centre that nobody chose starts with the mass of a restarted code.
        self.average_count.copy_(counts.to(vectors).clamp_min(self._least_count(len(vectors))))
        self.average_sum.copy_(self.codebook * self.average_count[:, None])
        self.is_started.fill_(True)

    @torch.no_grad()
    def _follow(self, vectors: Tensor, codes: Tensor, generator: torch.Generator | None) -> None:
        """Move the averages by one batch, and restart dead codes."""
        count = torch.bincount(codes, minlength=self.n_codes).to(vectors)
        total = torch.zeros_like(self.average_sum).index_add_(0, codes, vectors)
        step = int(self.n_updates)
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        self.average_count.lerp_(count, weight)
        self.average_sum.lerp_(total, weight)
        self.n_updates += 1
        dead = self.average_count < self._least_count(len(vectors))
        if dead.any():
            self._restart(dead, vectors, _require(generator))
        centres = self.average_sum / self.average_count.clamp_min(_TINY)[:, None]
        self.codebook.copy_(nn.functional.normalize(centres, dim=1) if self.normalize else centres)

    def _least_count(self, n_vectors: int) -> float:
        return _DEAD_SHARE * n_vectors / self.n_codes

    def _restart(self, dead: Tensor, vectors: Tensor, generator: torch.Generator) -> None:
        # The least mass that lives: its new code yields to the vectors it attracts, or is dead again at the next batch.
        positions = dead.nonzero().squeeze(1)
        drawn = torch.randint(len(vectors), (len(positions),), generator=generator)
        mass = self._least_count(len(vectors))
        self.average_count[positions] = mass
        self.average_sum[positions] = mass * vectors[drawn.to(vectors.device)]


class FiniteScalarQuantizer(Quantizer):
    r"""Rounding of each dimension to a few levels: a fixed grid that needs no codebook and cannot collapse.

    Dimension d is squashed by tanh into [-1, 1] and rounded to the nearest of :math:`L_d` equally spaced levels, the
    ends among them. A code is the position in the grid, the first dimension counting fastest.

    Parameters
    ----------
    levels : sequence of int
        Number of levels of each dimension, each at least 2.

    References
    ----------
    Mentzer, Minnen, Agustsson, Tschannen, "Finite Scalar Quantization: VQ-VAE Made Simple", ICLR 2024.

    Examples
    --------
    >>> import torch
    >>> quantizer = FiniteScalarQuantizer([3, 2])
    >>> quantizer.n_codes, quantizer.code_dim
    (6, 2)
    >>> quantizer.lookup(torch.arange(6)).tolist()
    [[-1.0, -1.0], [0.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [0.0, 1.0], [1.0, 1.0]]
    >>> z_q, codes, loss_terms = quantizer.quantize(torch.tensor([[5.0, -5.0]]))
    >>> z_q.tolist(), codes.tolist(), loss_terms
    ([[1.0, -1.0]], [2], {})
    """

    sizes: Tensor
    strides: Tensor
    spans: Tensor

    def __init__(self, levels: Sequence[int]) -> None:
        if len(levels) == 0:
            raise ValueError("`levels` must have at least one dimension, got none")
        for size in levels:
            _check_at_least("levels", size, 2)
        super().__init__(math.prod(levels), len(levels))
        self.levels = tuple(int(size) for size in levels)
        sizes = torch.tensor(self.levels)
        self.register_buffer("sizes", sizes, persistent=False)
        self.register_buffer("strides", sizes.cumprod(0) // sizes, persistent=False)
        self.register_buffer("spans", sizes - 1.0, persistent=False)

    @classmethod
    def of_size(cls, n_codes: int) -> FiniteScalarQuantizer:
        """Make a quantizer of about, and at most, `n_codes` codes.

        Examples
        --------
        >>> FiniteScalarQuantizer.of_size(1024).levels, FiniteScalarQuantizer.of_size(1024).n_codes
        ((8, 5, 5, 5), 1000)
        """
        return cls(choose_levels(n_codes))

    def quantize(
        self,
        z: Tensor,
        generator: torch.Generator | None = None,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Round each vector to the grid.

        Parameters
        ----------
        z : Tensor of shape (n_rows, ..., code_dim)
            Vectors to quantize.
        generator : None
            Ignored: rounding draws nothing.

        Returns
        -------
        z_q : Tensor of shape (n_rows, ..., code_dim)
            Points of the grid, with the gradient of the squashed `z`.
        codes : Tensor of shape (n_rows, ...), int64
            Positions in the grid.
        loss_terms : dict
            Empty.
        """
        place = 0.5 * (torch.tanh(z) + 1) * self.spans
        digits = place.detach().round().long()
        codes = (digits * self.strides).sum(-1)
        return self._level(place + (digits - place).detach()), codes, {}

    def lookup(self, codes: Tensor) -> Tensor:
        """Return the points of the grid, shape (..., code_dim)."""
        return self._level(codes[..., None] // self.strides % self.sizes)

    def _level(self, digits: Tensor) -> Tensor:
        return 2 * digits / self.spans - 1


def choose_levels(n_codes: int) -> tuple[int, ...]:
    """Return the levels per dimension of a grid of about, and at most, `n_codes` points.

    Published sizes where there are some, else the fullest grid of at most four dimensions with three to eight levels.

    Raises
    ------
    ValueError
        If `n_codes` is less than 2.

    Examples
    --------
    >>> choose_levels(256), choose_levels(512), choose_levels(6), choose_levels(100)
    ((8, 6, 5), (8, 8, 8), (6,), (5, 5, 4))
    """
    _check_at_least("n_codes", n_codes, 2)
    if n_codes in _LEVELS:
        return _LEVELS[n_codes]
    if n_codes <= 8:
        return (n_codes,)
    if n_codes > 8**4:
        return _LEVELS[max(size for size in _LEVELS if size <= n_codes)]
    grids = [
        grid
        for n_dimensions in range(2, 5)
        for grid in combinations_with_replacement(range(8, 2, -1), n_dimensions)
        if math.prod(grid) <= n_codes
    ]
    return max(grids, key=lambda grid: (math.prod(grid), -len(grid), min(grid)))


def _cluster(vectors: Tensor, n_codes: int, generator: torch.Generator) -> Tensor:
    """Return the centres of `n_codes` clusters; with fewer distinct vectors, return these and jittered copies."""
    distinct, counts = torch.unique(vectors, dim=0, return_counts=True)
    if len(distinct) <= n_codes:
        copies = torch.randint(len(distinct), (n_codes - len(distinct),), generator=generator)
        noise = torch.randn((len(copies), vectors.shape[1]), generator=generator)
        spread = vectors.std(0, correction=0) if len(distinct) > 1 else torch.ones(1)
        return torch.cat([distinct, distinct[copies] + 0.1 * spread * noise])
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    means = KMeans(n_codes, init="random", n_init=1, max_iter=20, tol=1e-3, random_state=seed)
    with threadpool_limits(1):  # sums in one order: the same seed gives the same centres
        means.fit(distinct.numpy(), sample_weight=counts.numpy().astype(np.float32))
    return torch.from_numpy(means.cluster_centers_)


def _require(generator: torch.Generator | None) -> torch.Generator:
    if generator is None:
        raise ValueError("a quantizer that learns needs a `generator`, got None")
    return generator


def _check_at_least(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or value != int(value) or value < least:
        raise ValueError(f"`{name}` must be an integer of at least {least}, got {value!r}")
