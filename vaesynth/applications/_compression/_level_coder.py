"""Whole numbers to and from an entropy coder, under the mixtures that a network gives for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth.nn import UNIFORM_SHARE, LevelMixture

# Levels are coded in digits to this base: of 256 levels that takes 12 values of the distribution function, not 256.
_BASE = 4
# Exponentials are read off a table at so many points per unit.
_POINTS = 64


class Exponentials:
    """Exponentials of negative numbers from a table, the same on every machine once it is made.

    Parameters
    ----------
    span : int
        The table goes from minus this number to 0.

    Attributes
    ----------
    table : Tensor of float32
        Exponentials of 0, -1/64, -2/64, …

    Examples
    --------
    >>> import torch
    >>> Exponentials(24)(torch.tensor([0.0, -1.0]))
    tensor([1.0000, 0.3679])
    """

    def __init__(self, span: int) -> None:
        values = np.exp(-np.arange(span * _POINTS + 1) / _POINTS).astype(np.float32)
        self.table = torch.from_numpy(values)

    def __call__(self, values: Tensor) -> Tensor:
        """Return the exponential of each value at the nearest point of the table."""
        places = (values * -_POINTS).round_().clamp_(0, len(self.table) - 1)
        return self.table.take(places.long())


@dataclass(frozen=True)
class _Parameters:
    """Parameters of one mixture for each of n numbers, as `below` wants them.

    Quarters of the weights, means and inverse scales have shape (n_components, 1, n); the weight of all components,
    halved, and that of the atom have shape (n,).
    """

    quarters: Tensor
    means: Tensor
    paces: Tensor
    half: Tensor
    atom: Tensor

    def take(self, index: Tensor) -> _Parameters:
        """Return the parameters of some of the numbers."""

        def pick(part: Tensor) -> Tensor:
            return part.index_select(part.ndim - 1, index)

        parts = (self.quarters, self.means, self.paces, self.half, self.atom)
        return _Parameters(*map(pick, parts))

    def below(self, edges: Tensor) -> Tensor:
        """Return the probability below edges of shape (n_edges, n) in shares of the range, less `half` and the atom."""
        t = (edges - self.means).mul_(self.paces)
        root = (t * t).add_(4).sqrt_()
        u = t.div_(root)
        parts = torch.mul(u, u, out=root).neg_().add_(3).mul_(u).mul_(self.quarters)
        total = parts[0]
        for part in parts[1:]:
            total.add_(part)
        return total


class LevelCoder:
    """Codes levels under a `LevelMixture`, the same way on every machine.

    The distributions are made of sums, products, quotients and square roots, which IEEE 754 fixes to the last bit, and
    of one table of exponentials that belongs to the model's fingerprint. A level is coded digit by
    digit, after the question whether it is the atom.

    Parameters
    ----------
    mixture : LevelMixture
        What the outputs of the network mean.

    Examples
    --------
    >>> import constriction
    >>> import torch
    >>> from vaesynth.nn import LevelMixture
    >>> coder = LevelCoder(LevelMixture(256, 2, has_atom=True))
    >>> outputs, levels = torch.zeros(7, 3), torch.tensor([0, 3, 255])
    >>> stack = constriction.stream.stack.AnsCoder()
    >>> coder.push(stack, outputs, levels)
    >>> coder.pop(stack, outputs)
    tensor([  0,   3, 255])
    """

    def __init__(self, mixture: LevelMixture) -> None:
        self.mixture = mixture
        self.unit = float(np.float32(1 / (mixture.n_levels - 1)))
        n_digits = 1
        while _BASE**n_digits < mixture.n_levels:
            n_digits += 1
        self.places = [_BASE**digit for digit in range(n_digits - 1, -1, -1)]
        span = int(mixture.LOG_WEIGHTS[1] - mixture.LOG_WEIGHTS[0])
        self.exponential = Exponentials(span)

    def push(self, stack: Any, outputs: Tensor, levels: Tensor) -> None:
        """Put levels on the stack.

        Parameters
        ----------
        stack : AnsCoder
            Stack of constriction.
        outputs : Tensor of float32, shape (n_outputs, n)
            Outputs of the network.
        levels : Tensor of int64, shape (n,)
            Levels.
        """
        parameters, steps = self._read(outputs), []
        if self.mixture.has_atom:
            steps.append((self._is_above_atom(parameters), (levels != 0).long()))
            rest = levels.nonzero()[:, 0]
            parameters, levels = parameters.take(rest), levels[rest]
        search = _Search(self, parameters)
        for place in self.places:
            digits = (levels - search.start) // place
            steps.append((search.shares(place), digits))
            search.choose(digits, place)
        # The stack gives back first what comes last.
        for shares, digits in reversed(steps):
            if len(digits):
                stack.encode_reverse(digits.int().numpy(), _categorical(), shares)

    def pop(self, stack: Any, outputs: Tensor) -> Tensor:
        """Return the levels that :meth:`push` has put on the stack, shape (n,), and take them off."""
        parameters = self._read(outputs)
        rest = None
        if self.mixture.has_atom:
            rest = _pop(stack, self._is_above_atom(parameters)).nonzero()[:, 0]
            parameters = parameters.take(rest)
        search = _Search(self, parameters)
        for place in self.places:
            search.choose(_pop(stack, search.shares(place)), place)
        if rest is None:
            return search.start
        return torch.zeros(outputs.shape[1], dtype=torch.int64).index_copy_(0, rest, search.start)

    def lower_edges(self, levels: Tensor) -> Tensor:
        """Return the lower ends of levels, in shares of the range."""
        return (levels.float() - 0.5).mul_(self.unit)

    def _read(self, outputs: Tensor) -> _Parameters:
        """Read parameters off the outputs as `LevelMixture.split` does."""
        n_components = self.mixture.n_components
        logs, means, log_scales = self.mixture.split(outputs.t())
        logs = logs.t()
        weights = self.exponential(logs - logs.amax(0))
        total = weights[0].clone()
        for weight in weights[1:]:
            total.add_(weight)
        weights.div_(total)
        half = weights[0] * 0.5
        for weight in weights[1:n_components]:
            half.add_(weight * 0.5)
        paces = self.exponential(log_scales.t()).reciprocal_()
        return _Parameters(
            quarters=(weights[:n_components] * 0.25).unsqueeze(1),
            means=means.t().contiguous().unsqueeze(1),
            paces=paces.unsqueeze(1),
            half=half,
            atom=weights[-1],
        )

    def _is_above_atom(self, parameters: _Parameters) -> np.ndarray:
        """Return the probabilities of level 0 and of all others, shape (n, 2)."""
        here = parameters.below(torch.full((1, 1), 0.5 * self.unit))[0]
        here = here.add_(parameters.half).add_(parameters.atom)
        shares = torch.stack([here, 1 - here], dim=1).clamp_min_(0).mul_(1 - UNIFORM_SHARE)
        level = UNIFORM_SHARE / self.mixture.n_levels
        return shares.add_(torch.tensor([level, UNIFORM_SHARE - level])).numpy()


class _Search:
    """The digits of some levels, one place after the other: where the levels lie by what has been coded.

    Parameters
    ----------
    coder : LevelCoder
        Whose levels.
    parameters : _Parameters
        Their distributions.
    """

    def __init__(self, coder: LevelCoder, parameters: _Parameters) -> None:
        self.coder, self.parameters = coder, parameters
        self.start = torch.zeros(len(parameters.half), dtype=torch.int64)
        self.upper = parameters.half
        # The first and the last level take the tails; level 0, where it is the atom, has been coded.
        self.lower = -self.upper
        if coder.mixture.has_atom:
            self.lower = parameters.below(torch.full((1, 1), 0.5 * coder.unit))[0]

    def shares(self, place: int) -> np.ndarray:
        """Return the probabilities of the next digit, shape (n, 4), up to a factor."""
        levels = self.start + place * torch.arange(1, _BASE)[:, None]
        inner = self.parameters.below(self.coder.lower_edges(levels))
        inner = torch.where(levels < self.coder.mixture.n_levels, inner, self.parameters.half)
        self.bounds = torch.cat([self.lower[None], inner, self.upper[None]])
        shares = (self.bounds[1:] - self.bounds[:-1]).clamp_min_(0).mul_(1 - UNIFORM_SHARE)
        # Mixed with the uniform distribution, without which a level could be impossible.
        shares.add_(UNIFORM_SHARE * place / self.coder.mixture.n_levels)
        return shares.t().contiguous().numpy()

    def choose(self, digits: Tensor, place: int) -> None:
        """Continue below the next digit."""
        self.lower = self.bounds.gather(0, digits[None])[0]
        self.upper = self.bounds.gather(0, digits[None] + 1)[0]
        self.start = self.start + place * digits


def frame_sites(levels: Tensor) -> Tensor:
    """Return the levels by site as floats, and one site of zeros for what lies outside, shape (n_sites + 1, ...).

    Examples
    --------
    >>> import torch
    >>> frame_sites(torch.ones(2, 1)).tolist()
    [[1.0], [1.0], [0.0]]
    """
    known = torch.zeros(len(levels) + 1, *levels.shape[1:])
    known[:-1] = levels
    return known


def ans_coder(*words: np.ndarray, **options: Any) -> Any:
    """Return a stack of constriction, empty or with words of bits on it."""
    return import_optional("constriction", "compress").stream.stack.AnsCoder(*words, **options)


def _pop(stack: Any, shares: np.ndarray) -> Tensor:
    if not len(shares):
        return torch.zeros(0, dtype=torch.int64)
    return torch.from_numpy(stack.decode(_categorical(), shares)).long()


def _categorical() -> Any:
    model = import_optional("constriction", "compress").stream.model
    return model.Categorical(perfect=False)
