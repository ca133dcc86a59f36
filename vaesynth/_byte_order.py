"""Numbers in the byte order of the machine, which pandas and Arrow ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def in_native_order(values: Any) -> Any:
    """Return an array, series or frame in the byte order of the machine; any other object as it is.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> in_native_order(pd.DataFrame({"a": np.array([1, 2], dtype=">i4")})).iloc[[1]]["a"].tolist()
    [2]
    """
    if isinstance(values, pd.DataFrame):
        swapped = {
            name: _native(dtype) for name, dtype in values.dtypes.items() if _is_swapped(dtype)
        }
        return values.astype(swapped) if swapped else values
    is_swapped = _is_swapped(getattr(values, "dtype", None))
    return values.astype(_native(values.dtype)) if is_swapped else values


def _is_swapped(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and not dtype.isnative


def _native(dtype: np.dtype) -> np.dtype:
    return dtype.newbyteorder("=")
