"""Employees who left and who stayed: a mixed table with a rare class, inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from vaesynth._sklearn import validate_params

_LEVELS = ["Low", "Medium", "High", "Very High"]
# Categories with an order; those of the other columns of text have none.
_ORDERED = {
    "education": ["Below College", "College", "Bachelor", "Master", "Doctor"],
    "environment_satisfaction": _LEVELS,
    "job_involvement": _LEVELS,
    "job_satisfaction": _LEVELS,
    "performance_rating": ["Low", "Good", "Excellent", "Outstanding"],
    "relationship_satisfaction": _LEVELS,
    "work_life_balance": ["Bad", "Good", "Better", "Best"],
}
_TARGET = "attrition"
_DESCRIPTION = """Attrition: 1,470 employees, of whom 237 left their company ("yes"); 16 columns of whole
numbers and 14 of categories, none missing. Made up by data scientists of IBM to look like a real table; from the R
package modeldata (MIT licence, copyright RStudio)."""


@validate_params(
    {"return_X_y": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_attrition(*, return_X_y: bool = False) -> Any:
    """Load a table of employees, of whom one in six left: numbers, categories and a rare class.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : DataFrame of shape (1470, 30)
            Whole numbers, and categories, seven of them ordered.
        target : Series of shape (1470,)
            "yes" for the 237 who left, else "no".
        frame : DataFrame of shape (1470, 31)
            Both, the target last.
        DESCR : str
            What the data are and whose.
    (data, target) : tuple of DataFrame and Series, if `return_X_y`

    Examples
    --------
    >>> from vaesynth.datasets import load_attrition
    >>> X, y = load_attrition(return_X_y=True)
    >>> X.shape, y.value_counts().to_dict()
    ((1470, 30), {'no': 1233, 'yes': 237})
    """
    frame = pd.read_csv(Path(__file__).with_name("attrition.csv.gz"))
    for name in frame.columns.drop(_TARGET):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            levels = _ORDERED.get(name)
            frame[name] = pd.Categorical(frame[name], levels, ordered=levels is not None)
    X, y = frame.drop(columns=_TARGET), frame[_TARGET].astype(object)
    if return_X_y:
        return X, y
    return Bunch(data=X, target=y, frame=frame, DESCR=_DESCRIPTION)
