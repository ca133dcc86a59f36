"""Tables of mixed columns as plain arrays, as what a network reads, and back."""

from vaesynth.tabular._schema import ColumnSpec, Table, TableSchema
from vaesynth.tabular._table_encoder import TableEncoder

__all__ = ["ColumnSpec", "Table", "TableEncoder", "TableSchema"]

# What other rooms and saved files need, and users do not: a file names a class by its room.
from vaesynth.tabular._cell_encoder import CellEncoder as CellEncoder
from vaesynth.tabular._cells._binning import BinnedColumn as BinnedColumn
from vaesynth.tabular._cells._cell_column import LevelColumn as LevelColumn
from vaesynth.tabular._cells._gaussianizing import GaussianizingMap as GaussianizingMap
from vaesynth.tabular._cells._standardizing import StandardizedColumn as StandardizedColumn
from vaesynth.tabular._cells._standardizing import StandardMap as StandardMap
from vaesynth.tabular._columns._arrow_storage import ArrowDecimalStorage as ArrowDecimalStorage
from vaesynth.tabular._columns._arrow_storage import ArrowFloatStorage as ArrowFloatStorage
from vaesynth.tabular._columns._arrow_storage import ArrowStorage as ArrowStorage
from vaesynth.tabular._columns._categories import CategoryStorage as CategoryStorage
from vaesynth.tabular._columns._column import CategoryColumn as CategoryColumn
from vaesynth.tabular._columns._column import NumberColumn as NumberColumn
from vaesynth.tabular._columns._lattice import IntegerLattice as IntegerLattice
from vaesynth.tabular._columns._number_storage import Shift as Shift
from vaesynth.tabular._columns._pandas_storages import DecimalStorage as DecimalStorage
from vaesynth.tabular._columns._pandas_storages import MaskedStorage as MaskedStorage
from vaesynth.tabular._columns._pandas_storages import NumpyStorage as NumpyStorage
from vaesynth.tabular._columns._pandas_storages import ObjectStorage as ObjectStorage
from vaesynth.tabular._columns._pandas_storages import TimeStorage as TimeStorage
from vaesynth.tabular._containers import ArrayLayout as ArrayLayout
from vaesynth.tabular._containers import ArrowLayout as ArrowLayout
from vaesynth.tabular._containers import FrameLayout as FrameLayout
from vaesynth.tabular._containers import ListLayout as ListLayout
from vaesynth.tabular._containers import SparseLayout as SparseLayout
from vaesynth.tabular._containers import accept_any_table as accept_any_table
from vaesynth.tabular._containers import concatenate_tables as concatenate_tables
from vaesynth.tabular._content_tracker import ContentTracker as ContentTracker
from vaesynth.tabular._joined_tables import PairLayout as PairLayout
from vaesynth.tabular._joined_tables import join_encoders as join_encoders
from vaesynth.tabular._joined_tables import join_tables as join_tables
from vaesynth.tabular._partial_table import PartialTable as PartialTable
from vaesynth.tabular._partial_table import read_partial as read_partial
from vaesynth.tabular._rules import ExpressionRule as ExpressionRule
from vaesynth.tabular._rules import Rule as Rule
from vaesynth.tabular._rules import evaluate as evaluate
from vaesynth.tabular._rules import read_rules as read_rules
from vaesynth.tabular._schema import Cells as Cells
from vaesynth.tabular._selection import select_columns as select_columns
from vaesynth.tabular._shared_columns import SharedColumn as SharedColumn
from vaesynth.tabular._shared_columns import read_shared_columns as read_shared_columns
from vaesynth.tabular._table_rules import TableRules as TableRules
