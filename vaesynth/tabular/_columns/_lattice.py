"""Number lattices: exact integers as floats, digits after the point, and keeping to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vaesynth.tabular._schema import ColumnSpec, Table, TableSchema

_EXACT = 2**53  # every integer up to here is a float64
_MAX_DECIMALS = 6
_WRAP = 2**64
_FEW = 20  # a column of at most as many distinct numbers may have them for its support


@dataclass(frozen=True)
class IntegerLattice:
    """The integers ``offset + k * step``, held as the floats ``k``.

    Differences are taken in modular 64-bit arithmetic, so the whole range of int64 and uint64 is
    exact as long as `k` itself stays within 2**53. Beyond, an integer comes back with the error of a float.

    Parameters
    ----------
    offset : int
        The integer at 0.
    step : int
        Distance of two integers that are neighbours on the lattice.
    exact : tuple of int
        Integers that come back exactly wherever they lie: the largest, so that nothing leaves the range, and all of
        them where they are few. If several share one position, the largest of them is returned.
    """

    offset: int = 0
    step: int = 1
    exact: tuple[int, ...] = ()

    @classmethod
    def of(cls, integers: np.ndarray, *, always: bool = False) -> IntegerLattice:
        """Return the plain integers when they are exact as floats, else a shifted lattice.

        With `always` the lattice is shifted even so, which suits nanosecond time stamps.
        """
        if integers.size == 0:
            return cls()
        low, high = int(integers.min()), int(integers.max())
        if not always and max(abs(low), abs(high)) <= _EXACT:
            return cls()
        step = max(int(np.gcd.reduce(_to_unsigned(integers) - _wrap(low))), 1)
        if (high - low) // step <= _EXACT:
            return cls(low, step)
        distinct = np.unique(integers)
        return cls(low, step, tuple(distinct.tolist()) if len(distinct) <= _FEW else (high,))

    def to_floats(self, integers: np.ndarray) -> np.ndarray:
        """Return the positions of `integers` on the lattice."""
        if self.offset == 0 and self.step == 1:
            return integers.astype(np.float64)
        unsigned, offset, step = _to_unsigned(integers), _wrap(self.offset), np.uint64(self.step)
        above = integers >= self.offset
        whole, rest = np.divmod(np.where(above, unsigned - offset, offset - unsigned), step)
        distance = whole.astype(np.float64) + rest.astype(np.float64) / self.step
        return np.where(above, distance, -distance)

    def to_integers(self, floats: np.ndarray, limits: tuple[int, int]) -> np.ndarray:
        """Return the integers at the positions `floats`, kept within `limits`."""
        dtype = np.dtype(np.uint64 if limits[1] >= 2**63 else np.int64)
        low = _beyond(limits[0] - self.offset, self.step, -math.inf)
        high = _beyond(limits[1] - self.offset, self.step, math.inf)
        inside = (floats > low) & (floats < high)
        positions = np.where(inside, floats, 0.0)
        whole = np.floor(positions)
        # No position inside is 2**64 steps away, and modular arithmetic needs only their distance and side.
        steps = np.abs(whole).astype(np.uint64)
        steps = np.where(whole < 0, np.uint64(0) - steps, steps)
        rest = np.rint((positions - whole) * self.step).astype(np.uint64)
        integers = (steps * np.uint64(self.step) + rest + _wrap(self.offset)).view(dtype)
        integers[floats >= high] = limits[1]
        integers[floats <= low] = limits[0]
        # The float of a far position is beside it: the largest integer would leave the range.
        for integer in self.exact:
            integers[floats == self.to_floats(np.array([integer], dtype=dtype))] = integer
        return integers


def _beyond(distance: int, step: int, side: float) -> float:
    """Return the first float beyond ``distance / step`` on one side."""
    position = distance / step
    exact = Fraction(distance, step)
    is_beyond = position > exact if side > 0 else position < exact
    return position if is_beyond else math.nextafter(position, side)


def _to_unsigned(integers: np.ndarray) -> np.ndarray:
    if integers.dtype == np.uint64:
        return integers
    return integers.astype(np.int64).view(np.uint64)


def _wrap(integer: int) -> np.uint64:
    return np.uint64(integer % _WRAP)


def count_decimals(numbers: np.ndarray, precision: str) -> int | None:
    """Return the digits after the point that write all `numbers` exactly, None above 6."""
    if numbers.size == 0:
        return None
    largest = float(np.abs(numbers).max())
    # Beyond so many digits the scaled numbers would no longer be exact.
    n_tried = sum(largest * 10.0**d < _EXACT / 2 for d in range(_MAX_DECIMALS + 1))
    decimals = 0
    # What a few numbers need, all of them need at least: most columns are settled by the few.
    for part in (numbers[:: max(1, len(numbers) // 50)], numbers):
        if not n_tried or not _is_written(part, n_tried - 1, precision):
            return None
        while not _is_written(part, decimals, precision):
            decimals += 1
    return decimals


def _is_written(numbers: np.ndarray, decimals: int, precision: str) -> bool:
    return bool((round_to(numbers, decimals, precision) == numbers).all())


def round_to(numbers: np.ndarray, decimals: int | None, precision: str) -> np.ndarray:
    """Round to `decimals` digits and then to a number the floating type `precision` holds."""
    rounded = numbers if decimals is None else np.round(numbers, decimals)
    if precision == "float64":
        return rounded
    return rounded.astype(precision).astype(np.float64)


def borders_between(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Return borders with every number of `below` under them and none of `above`."""
    middle = below / 2 + above / 2
    return np.where(middle > below, middle, above)


def snap(numbers: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Return the nearest element of the ascending `support` to each number, NaN for NaN."""
    nearest = np.searchsorted(borders_between(support[:-1], support[1:]), numbers, side="right")
    return np.where(np.isnan(numbers), np.nan, support[np.minimum(nearest, len(support) - 1)])


def conform_numbers(numbers: np.ndarray, spec: ColumnSpec) -> np.ndarray:
    """Bring one column of generated `numbers` to the values its specification allows."""
    if spec.is_all_missing:
        return np.full(len(numbers), np.nan)
    if not spec.has_missing:
        numbers = np.where(np.isnan(numbers), spec.typical, numbers)
    numbers = round_to(np.clip(numbers, spec.lower, spec.upper), spec.decimals, spec.precision)
    if spec.support is not None:
        numbers = snap(numbers, np.asarray(spec.support))
    return numbers


def conform_codes(codes: np.ndarray, spec: ColumnSpec) -> np.ndarray:
    """Check one column of `codes` and fill the missing cells its specification rules out."""
    if codes.size and not (codes.min() >= -1 and codes.max() < len(spec.levels)):
        raise ValueError(
            f"Codes of column {spec.name!r} must lie between -1 and {len(spec.levels) - 1}, "
            f"got values from {codes.min()} to {codes.max()}."
        )
    if spec.has_missing:
        return codes
    return np.where(codes < 0, int(spec.typical), codes)


def conform(table: Table, schema: TableSchema) -> Table:
    """Bring generated cells to the nearest ones `schema` allows; real rows stay as they are."""
    numbers, codes = np.empty_like(table.numbers), np.empty_like(table.codes)
    for j, spec in enumerate(schema.numbers):
        numbers[:, j] = conform_numbers(table.numbers[:, j], spec)
    for j, spec in enumerate(schema.categoricals):
        codes[:, j] = conform_codes(table.codes[:, j], spec)
    return Table(numbers, codes)
