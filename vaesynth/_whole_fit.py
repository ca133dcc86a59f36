"""Fits that happen whole or not at all: an estimator takes what was learned once all of it is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
Estimator = TypeVar("Estimator")


def whole_fit(method: Function) -> Function:
    """Let a method that fits work on a draft of its estimator, which takes the draft's attributes at the end.

    A fit that is refused or interrupted, at any point, then leaves the estimator as it was. Threads that fit the same
    estimator at once do not see each other's halves: what each returns comes from its own draft, and the last one
    stays.

    Parameters
    ----------
    method : callable
        A method that sets attributes. Where it returns its estimator, so does the wrapped one.

    Examples
    --------
    >>> class Mean:
    ...     @whole_fit
    ...     def fit(self, numbers):
    ...         self.n_ = len(numbers)
    ...         self.mean_ = sum(numbers) / self.n_
    ...         return self
    >>> mean = Mean().fit([1, 3])
    >>> mean.fit([])
    Traceback (most recent call last):
    ...
    ZeroDivisionError: division by zero
    >>> mean.n_, mean.mean_
    (2, 2.0)
    """

    @wraps(method)
    def fitted(self: Any, *arguments: Any, **options: Any) -> Any:
        draft = make_draft(self)
        result = method(draft, *arguments, **options)
        take_draft(self, draft)
        return self if result is draft else result

    return cast("Function", fitted)


def make_draft(estimator: Estimator) -> Estimator:
    """Return another object with the attributes of an estimator, to be set without it."""
    draft = object.__new__(type(estimator))
    vars(draft).update(vars(estimator))
    return draft


def take_draft(estimator: Any, draft: Any) -> None:
    """Set the attributes of an estimator to those of its draft, all at once."""
    # One assignment: another thread sees the attributes of one fit or of the other.
    estimator.__dict__ = dict(vars(draft))
