"""Tables of mixed columns as plain arrays, as what a network reads, and back."""

from vaesynth.tabular._cell_encoder import CellEncoder
from vaesynth.tabular._concatenation import concatenate_tables
from vaesynth.tabular._content_tracker import ContentTracker
from vaesynth.tabular._schema import Cells, ColumnSpec, Table, TableSchema
from vaesynth.tabular._shared_columns import SharedColumn as SharedColumn
from vaesynth.tabular._shared_columns import read_shared_columns as read_shared_columns
from vaesynth.tabular._table_encoder import TableEncoder
from vaesynth.tabular._tags import accept_any_table

__all__ = [
    "CellEncoder",
    "Cells",
    "ColumnSpec",
    "ContentTracker",
    "Table",
    "TableEncoder",
    "TableSchema",
    "accept_any_table",
    "concatenate_tables",
]
