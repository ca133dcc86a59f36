"""How many rows each class is to have, as written on a command line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd


def read_strategy(text: str, y: pd.Series) -> Any:
    """Read a ``sampling_strategy``: a name, a ratio, or a JSON object of totals per class.

    Parameters
    ----------
    text : str
        As written on the command line.
    y : Series of shape (n_rows,)
        Labels; keys of the object are compared with their text.

    Returns
    -------
    str, float or dict of label to int

    Raises
    ------
    ValueError
        If a key is no class, or the text begins as an object and is none.

    Examples
    --------
    >>> import pandas as pd
    >>> labels = pd.Series([0, 0, 0, 1])
    >>> read_strategy("minority", labels), read_strategy("0.5", labels), read_strategy('{"1": 3}', labels)
    ('minority', 0.5, {1: 3})
    """
    if text.lstrip().startswith("{"):
        return _read_totals(text, y)
    try:
        return float(text)
    except ValueError:
        return text


def find_label(text: str, classes: Any) -> Any:
    """Find the class that is written as `text`.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> find_label("1", [0, 1])
    1
    >>> find_label("2", [0, 1])
    Traceback (most recent call last):
    ...
    ValueError: the class must be one of '0', '1', got '2'
    """
    spelled = {str(label): label for label in np.asarray(classes).tolist()}
    if text not in spelled:
        raise ValueError(f"the class must be one of {', '.join(map(repr, spelled))}, got {text!r}")
    return spelled[text]


def _read_totals(text: str, y: pd.Series) -> dict[Any, int]:
    try:
        totals = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"`--strategy` must be a name, a number or JSON such as '{{\"yes\": 500}}', got {text!r}: {error}"
        ) from error
    classes = y.dropna().unique()
    return {find_label(key, classes): total for key, total in totals.items()}
