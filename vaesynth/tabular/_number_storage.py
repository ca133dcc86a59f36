"""What every storage of numbers is, and python numbers of any size as 64-bit integers."""

from __future__ import annotations

import decimal
from abc import ABC, abstractmethod
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
    integer = integer * 10**power if power >= 0 else round(integer / 10**-power)
    return -integer if sign else integer


def place_integers(cells: list[int], missing: np.ndarray) -> np.ndarray:
    """Place python integers at the cells that are not missing, 0 at the others."""
    low, high = min(cells, default=0), max(cells, default=0)
    if low < -(2**63) or high >= 2**64 or (low < 0 and high >= 2**63):
        raise ValueError(
            f"Integers must fit 64 bits to be read as numbers, got values from {low} to {high}; "
            "name the column in `categorical_features` or convert it to floats."
        )
    content = np.zeros(len(missing), dtype=np.uint64 if high >= 2**63 else np.int64)
    content[~missing] = cells
    return content
