"""What every storage of numbers is, and python numbers of any size as 64-bit integers."""

from __future__ import annotations

import decimal
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

INT64 = (-(2**63), 2**63 - 1)


class NumberStorage(ABC):
    """The physical form of one column of numbers.

    Attributes
    ----------
    is_integral : bool
        Whether the column stores integers.
    shifts : bool
        Whether its integers are always counted from an offset in steps.
    limits : tuple of int
        Smallest and largest integer that can be stored.
    precision : str
        Floating type that every stored number fits.
    """

    is_integral: bool = True
    shifts: bool = False
    limits: tuple[int, int] = INT64
    precision: str = "float64"

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether this storage reads, exactly, a column whose own storage is `other`."""
        return self == other

    @abstractmethod
    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the int64, uint64 or float64 content and the mask of the missing cells."""

    @abstractmethod
    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        """Return a column of the original type."""


def unscale(number: decimal.Decimal, scale: int) -> int:
    """Return ``number * 10**scale``, exact whatever the precision of the decimal context."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"Input X contains infinity or NaN as a decimal: {number}.")
    integer = int("".join(map(str, digits)) or "0")
    power = exponent + scale
    # More digits than the fitted column had are cut to its lattice.
    integer = integer * 10**power if power >= 0 else _divide(integer, 10**-power)
    return -integer if sign else integer


def rescale(integer: int, scale: int) -> decimal.Decimal:
    """Return ``integer / 10**scale``, exact whatever the precision of the decimal context."""
    return decimal.Decimal(f"{integer}e{-scale}")


@dataclass(frozen=True)
class Shift:
    """Python integers of any size as ``offset + k * step`` with `k` of 64 bits.

    Parameters
    ----------
    offset, step : int
        0 and 1 where the integers are of 64 bits themselves.
    """

    offset: int = 0
    step: int = 1

    @classmethod
    def of(cls, integers: list[int]) -> Shift:
        """Return the shift that brings `integers` to 64 bits, if they need one.

        Raises
        ------
        ValueError
            If their range, in steps of the greatest common divisor, exceeds 64 bits.
        """
        low, high = min(integers, default=0), max(integers, default=0)
        if INT64[0] <= low and high <= INT64[1]:
            return cls()
        step = math.gcd(*(integer - low for integer in integers)) or 1
        if (high - low) // step > INT64[1]:
            raise ValueError(
                "Integers must span at most 63 bits to be read as numbers, got values from "
                f"{low} to {high}; name the column in `categorical_features` or convert it to "
                "floats."
            )
        return cls(low, step)

    def reduce(self, integers: list[int], missing: np.ndarray) -> np.ndarray:
        """Return `k` of each integer, nearest where it is off, in the cells not `missing`."""
        content = np.zeros(len(missing), dtype=np.int64)
        steps = [_divide(integer - self.offset, self.step) for integer in integers]
        content[~missing] = [min(max(k, INT64[0]), INT64[1]) for k in steps]
        return content

    def restore(self, content: np.ndarray) -> list[int]:
        """Return the python integers of `content`."""
        return [self.offset + self.step * k for k in content.tolist()]


def _divide(integer: int, step: int) -> int:
    return (2 * integer + step) // (2 * step)


NO_SHIFT = Shift()
