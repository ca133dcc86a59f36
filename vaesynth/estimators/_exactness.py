"""Double precision for tables: no row's result then depends, in its last digits, on the rows beside it."""

from __future__ import annotations

import copy
from typing import Any

from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.nn import Rows


def exact_module(module: Any, codec: TableCodec | ImageCodec) -> Any:
    """Copy a module to double precision where it reads tables; for images that would take too long."""
    return module if isinstance(codec, ImageCodec) else copy.deepcopy(module).double()


def exact_rows(rows: Rows, codec: TableCodec | ImageCodec) -> Rows:
    """Rows in the precision of :func:`exact_module`."""
    if isinstance(codec, ImageCodec):
        return rows
    return Rows(rows.values.double(), rows.present.double(), rows.codes)
