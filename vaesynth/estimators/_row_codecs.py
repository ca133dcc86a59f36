"""Codecs that turn the input of an estimator, a table or images, into rows for a network, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from vaesynth.estimators._checks import resolve
from vaesynth.estimators._defaults import choose_n_bins, choose_numeric_encoding
from vaesynth.nn import Rows
from vaesynth.streaming import StreamSample
from vaesynth.tabular import CellEncoder, Cells, ColumnSpec, Table, TableEncoder, TableSchema


def is_image_array(X: Any) -> bool:
    """Return whether `X` is an array of images, grey (three dimensions) or of several channels (four).

    Examples
    --------
    >>> import numpy as np
    >>> is_image_array(np.zeros((5, 28, 28))), is_image_array(np.zeros((5, 28)))
    (True, False)
    """
    return isinstance(X, np.ndarray) and X.ndim in (3, 4)


class TableCodec:
    """Tables of any container through `TableEncoder` and `CellEncoder`.

    A container is read once, by :meth:`learn` or :meth:`read`; everything after takes the `Table`.
    """

    def __init__(
        self,
        categorical_features: Any,
        numeric_encoding: str,
        links_cells: bool,
        name: str,
        is_private: bool = False,
    ) -> None:
        self.numeric_encoding = numeric_encoding
        self.links_cells = links_cells
        self.is_private = is_private
        self.name = name
        self.take_columns(TableEncoder(categorical_features=categorical_features))

    def take_columns(self, tables: TableEncoder) -> None:
        """Read tables by this encoder, which may have learned the columns already."""
        self.tables = tables
        self.tables._estimator_name = self.name

    def learn(self, X: Any) -> Table:
        """Learn the columns of `X`, and return its content."""
        return self.tables.fit_transform(X)

    def fit(self, X: Any) -> Rows:
        """Learn the columns and cells of `X`, and encode it."""
        return self.fit_cells(self.learn(X))

    def fit_cells(self, table: Table, n_rows: int | None = None) -> Rows:
        """Learn scales, bins and levels from a table, which may stand for `n_rows` rows, and encode it."""
        self._fit_cells(table, len(table) if n_rows is None else n_rows, None)
        return self.to_rows(table)

    def fit_sample(self, sample: StreamSample) -> Rows:
        """Learn the columns of a stream, and encode the rows of it that are in memory."""
        if sample.is_whole:
            return self.fit(sample.X)
        table = self.learn(sample.shown)
        counts = sample.contents.level_counts(self.tables.schema_)
        self._fit_cells(table, len(sample.positions), counts)
        return self.encode(sample.X)

    def _fit_cells(self, table: Table, n_rows: int, counts: list[np.ndarray] | None) -> None:
        """Learn the cells of a table for a model that is trained on `n_rows` rows."""
        schema = self.tables.schema_
        n_columns = schema.n_numbers + len(schema.categoricals)
        automatic = choose_numeric_encoding(n_rows, n_columns, self.links_cells, self.is_private)
        encoding = resolve(self.numeric_encoding, automatic)
        n_bins = choose_n_bins(n_rows, self.links_cells)
        self.cells = CellEncoder(numeric_encoding=encoding, n_bins=n_bins)
        self.cells.fit(table, schema, counts)

    @property
    def number_scale(self) -> CellEncoder | None:
        """What turns values of cells into the units of their columns; None where no cell has a value."""
        return self.cells if self.cells.n_values_ else None

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.tables.n_features_in_

    @property
    def feature_names(self) -> np.ndarray | None:
        """Return the names of the columns, or None if they are not all strings."""
        return getattr(self.tables, "feature_names_in_", None)

    def read(self, X: Any) -> Table:
        """Return the content of a table with the fitted columns; a `Table` is what has been read already."""
        return X if isinstance(X, Table) else self.tables.transform(X)

    def read_known(self, X: Any) -> tuple[Table, np.ndarray]:
        """Return the content of a table with typical contents for unseen ones, and where those were."""
        return self.tables.transform_known(X)

    def to_rows(self, table: Table) -> Rows:
        """Encode a table for the network."""
        cells = self.cells.transform(table)
        return Rows.from_arrays(cells.values, cells.codes)

    def encode(self, X: Any) -> Rows:
        """Read a table with the fitted columns and encode it."""
        return self.to_rows(self.read(X))

    def to_table(self, rows: Rows, random_state: np.random.SeedSequence | int) -> Table:
        """Return the content of rows of the network; what cells leave open is drawn."""
        cells = Cells(*rows.to_arrays())
        return self.cells.inverse_transform(cells, np.random.default_rng(random_state))

    def write(self, table: Table) -> Any:
        """Return a table in the fitted container and types."""
        return self.tables.inverse_transform(table)

    def decode(self, rows: Rows, random_state: np.random.SeedSequence | int) -> Any:
        """Return rows of the network in the fitted container and types."""
        return self.write(self.to_table(rows, random_state))

    def log_abs_det(self, table: Table) -> np.ndarray:
        """Return the nats from the log-density of the cells to that of the table's contents, shape (n_rows,)."""
        return self.cells.log_abs_det(table)

    def log_abs_det_by_column(self, table: Table) -> np.ndarray:
        """Return the part of each column in `log_abs_det`, shape (n_rows, n_features)."""
        return self.cells.log_abs_det_by_column(table)

    def sum_by_column(self, cells: np.ndarray) -> np.ndarray:
        """Return the sum of what the cells of each column have, shape (n_rows, n_features)."""
        sums = np.zeros((len(cells), self.n_features))
        for column, of_cell in zip(self.cells.cell_columns_, cells.T, strict=True):
            sums[:, column] += of_cell
        return sums


class ImageCodec:
    """Arrays of images as rows of pixels between 0 and 1.

    Floats between 0 and 1 stay as they are, bytes are divided by 255, and other numbers, as well as bytes that are all
    0 or 1, are shifted and scaled by the range that was fitted.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.

    Examples
    --------
    >>> import numpy as np
    >>> codec = ImageCodec("VAE")
    >>> codec.fit(np.full((5, 4, 4), 255, np.uint8)).values.shape
    torch.Size([5, 16])
    """

    feature_names = None
    number_scale = None

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, X: np.ndarray) -> Rows:
        """Learn shape, type and range of the images, and encode them."""
        if X.dtype.kind not in "buif" or X.size == 0:
            raise ValueError(
                f"images must be a non-empty array of numbers, got shape {X.shape} of type {X.dtype}"
            )
        self.shape, self.dtype = X.shape[1:], X.dtype
        lowest, highest = float(X.min()), float(X.max())
        if X.dtype == np.uint8 and highest > 1:
            lowest, highest = 0.0, 255.0
        elif X.dtype.kind == "f" and lowest >= 0 and 0.5 < highest <= 1:
            lowest, highest = 0.0, 1.0
        self.lower, self.scale = lowest, highest - lowest or 1.0
        is_binary = bool(np.isin(X, (lowest, highest)).all())
        whole = X.dtype.kind != "f"
        self.n_levels = 2 if is_binary else int(self.scale) + 1 if whole else None
        self.n_features = int(np.prod(self.shape))
        return self.encode(X)

    @property
    def channels_first(self) -> tuple[int, int, int]:
        """Number of channels, height and width."""
        height, width = self.shape[-2:]
        return (1 if len(self.shape) == 2 else self.shape[0], height, width)

    def read(self, X: Any) -> np.ndarray:
        """Return images of the fitted shape as an array of that shape."""
        X = np.asarray(X)
        if X.shape[1:] != self.shape or X.ndim != len(self.shape) + 1:
            raise ValueError(
                f"{self.name} is expecting images of shape {self.shape}, got an array of shape {X.shape}"
            )
        if len(X) == 0:
            raise ValueError(f"{self.name} needs at least one image, got none")
        return X

    def read_known(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return images as `read` does, and that no pixel is unseen."""
        images = self.read(X)
        return images, np.zeros((len(images), self.n_features), dtype=bool)

    def to_rows(self, images: np.ndarray) -> Rows:
        """Encode images for the network."""
        pixels = (images.reshape(len(images), -1).astype(np.float32) - self.lower) / self.scale
        if not np.isfinite(pixels).all():
            raise ValueError("images must be finite, got NaN or infinity")
        if self.dtype == np.uint8 and (pixels.min(initial=0) < 0 or pixels.max(initial=1) > 1):
            raise ValueError(
                f"images of bytes must lie between {self.lower:.0f} and {self.lower + self.scale:.0f}, "
                f"got {images.min()} to {images.max()}"
            )
        # Every pixel is there: one cell stands for the whole mask.
        present = torch.ones(1, 1).expand(pixels.shape)
        values = torch.from_numpy(pixels.astype(np.float32))
        return Rows(values, present, torch.zeros((len(images), 0), dtype=torch.int64))

    def encode(self, X: Any) -> Rows:
        """Read images of the fitted shape and encode them."""
        return self.to_rows(self.read(X))

    def decode(self, rows: Rows, random_state: np.random.SeedSequence | int) -> np.ndarray:  # noqa: ARG002
        """Return rows of the network as images of the fitted shape and type."""
        pixels = rows.values.cpu().numpy().clip(0, 1) * self.scale + self.lower
        if self.dtype.kind != "f":
            pixels = np.rint(pixels)  # a boolean of 0.5 and less is then False
        return pixels.astype(self.dtype).reshape(-1, *self.shape)

    def learn(self, X: np.ndarray) -> Table:
        """Learn shape, type and range of the images, and return their pixels as a table of numbers."""
        self.fit(X)
        return self._as_table(X)

    def to_table(self, rows: Rows, random_state: np.random.SeedSequence | int) -> Table:
        """Return rows of the network as a table of pixels, in the range of the images."""
        return self._as_table(self.decode(rows, random_state))

    def write(self, table: Table) -> np.ndarray:
        """Return a table of pixels as images of the fitted shape and type."""
        return table.numbers.astype(self.dtype).reshape(-1, *self.shape)

    @property
    def schema(self) -> TableSchema:
        """Return the pixels as columns of a table."""
        return TableSchema(
            tuple(
                ColumnSpec(f"x{pixel}", pixel, "number", self.n_levels or 2, False, self.lower)
                for pixel in range(self.n_features)
            )
        )

    @staticmethod
    def _as_table(images: np.ndarray) -> Table:
        pixels = images.reshape(len(images), -1).astype(np.float64)
        return Table(pixels, np.empty((len(images), 0), dtype=np.int64))

    def log_abs_det(self, images: np.ndarray) -> np.ndarray:
        """Return the nats from the log-density of pixels between 0 and 1 to that of the pixels as given."""
        return np.full(len(images), -self.n_features * np.log(self.scale))

    def log_abs_det_by_column(self, images: np.ndarray) -> np.ndarray:
        """Return the part of each pixel in `log_abs_det`, shape (n_images, n_features)."""
        return np.full((len(images), self.n_features), -np.log(self.scale))

    @staticmethod
    def sum_by_column(cells: np.ndarray) -> np.ndarray:
        """Return the range of the pixels; each pixel is a column."""
        return cells
