"""Warnings of the package: each says which shortcut was taken and why, at the line of the user."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# Whose lines are not the user's: the package, and those that call it on the user's behalf.
LIBRARIES = ("vaesynth", "sklearn", "imblearn")


class ColumnWarning(UserWarning):
    """A column of a table is an identifier, or the target itself."""


class CopyWarning(UserWarning):
    """New rows equal real ones."""


class PosteriorCollapseWarning(UserWarning):
    """No latent of a trained model tells rows apart: all rows are encoded, and so decoded, alike."""


class SingleRowWarning(UserWarning):
    """A class of one row was over-sampled by noisy copies."""


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the line of the user that led here, however deep in the package the warning arises.

    Parameters
    ----------
    message : str
        What is to be said.
    category : type
        Class of the warning.
    """
    # `skip_file_prefixes` would do this from Python 3.12 on.
    stacklevel, frame = 2, sys._getframe(1)
    while _is_library(frame) and frame.f_back is not None:
        stacklevel, frame = stacklevel + 1, frame.f_back
    warnings.warn(message, category, stacklevel=stacklevel)


@contextmanager
def quiet_fold() -> Iterator[None]:
    """Say nothing of the rows of one fold that would be said again in every fold, of rows that nobody is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CopyWarning)
        warnings.simplefilter("ignore", ColumnWarning)
        yield


def _is_library(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in LIBRARIES


Heard = list[tuple[str, type[Warning]]]


def hear_warnings(function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Heard]:
    """Call a function and return its result and the warnings that it raised, which are not shown.

    Examples
    --------
    >>> hear_warnings(len, "four")
    (4, [])
    """
    with warnings.catch_warnings(record=True) as heard:
        result = function(*args, **kwargs)
    return result, [(str(warning.message), warning.category) for warning in heard]


def pass_on_warnings(heard: Iterable[tuple[str, type[Warning]]]) -> None:
    """Show each different warning once, and say how often it was raised."""
    for (message, category), count in Counter(heard).items():
        warn_user(message if count == 1 else f"{message}\n({count} times)", category)
