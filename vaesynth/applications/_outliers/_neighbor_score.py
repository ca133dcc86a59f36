"""The score that compares a row with its nearest learned rows."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

from vaesynth.applications._outliers._distance_columns import DistanceColumns
from vaesynth.applications._outliers._local_distance import LocalDistance, Nearness
from vaesynth.applications._outliers._whitening import Whitening
from vaesynth.estimators import VAE, ImageCodec, is_image_array
from vaesynth.tabular import Table, TableEncoder

# More rows to compare with cost time and find hardly more.
MAX_COMPARED = 10_000
# How much the neighbours' own distances count against that of the row.
LOCAL_WEIGHT = 0.5


class Reading(NamedTuple):
    """Rows as a score has read them, and where their cells have contents that it has not learned."""

    rows: Any
    is_unknown: np.ndarray


class NeighborScore:
    r"""Score rows by their distance from the nearest learned ones, in two sets of coordinates.

    The first are the columns as they are, numbers in standard deviations. In the second, numbers are robust to tails
    and whitened: rows far off are drawn in there, and rows that break a correlation stand out. In each, :math:`d` is
    the mean distance of a row from its ten neighbours, :math:`d_i` that of neighbour i from its own and :math:`u` the
    usual one. The score is minus the mean over both of

    .. math:: \log(d / u + 0.1) - \frac{1}{2} \frac{1}{10} \sum_i \log(d_i / u + 0.1)

    so that rows in thin parts of the table may lie farther off than rows in dense ones.

    Parameters
    ----------
    reader : TableEncoder or ImageCodec
        What has learned the columns.
    n_learned : int
        Number of learned rows.

    Attributes
    ----------
    views : tuple of LocalDistance
        The learned rows in both sets of coordinates.
    """

    reader: TableEncoder | ImageCodec
    learned_columns: DistanceColumns
    whitening: Whitening
    views: tuple[LocalDistance, ...]
    leaves_out_copy: bool

    def __init__(self, reader: TableEncoder | ImageCodec, n_learned: int) -> None:
        self.reader = reader
        self.n_learned = n_learned

    @classmethod
    def fit(
        cls,
        model: VAE,
        X_learned: Any,
        X_held_out: Any | None,
        generator: np.random.Generator,
        *,
        leaves_out_copy: bool,
    ) -> tuple[Self, np.ndarray, list[Reading]]:
        """Learn rows, and say how rows that were not learned score.

        Parameters
        ----------
        model : VAE
            Says which columns are categories; it is not fitted.
        X_learned : table or images
            Rows that decide the scales.
        X_held_out : table or images, optional
            Rows that do not, but are neighbours as well where all rows are few enough to be compared with.
        generator : numpy.random.Generator
            Chooses the rows to compare with, of many.
        leaves_out_copy : bool
            Whether a row that equals a learned one is scored as if that one had not been learned.

        Returns
        -------
        score : NeighborScore
        usual : ndarray of shape (n_rows, n_features + 1)
            As :meth:`parts`, of the held-out rows, else of the learned ones that are compared with.
        readings : list of Reading
            The learned and the held-out rows.
        """
        if is_image_array(X_learned):
            codec = ImageCodec("VAEOutlierDetector")
            codec.fit(X_learned)
            score = cls(codec, len(X_learned))
            learned = score.read(X_learned)
            numbers_at, categories_at = np.arange(codec.n_features), np.arange(0)
        else:
            tables = TableEncoder(categorical_features=model.categorical_features)
            tables._estimator_name = "VAEOutlierDetector"
            table = tables.fit_transform(X_learned)
            score = cls(tables, len(table))
            learned = Reading(table, np.zeros((len(table), tables.n_features_in_), dtype=bool))
            numbers_at = np.array([spec.position for spec in tables.schema_.numbers], dtype=int)
            categories_at = np.array([spec.position for spec in tables.schema_.categoricals], int)
        readings = [learned] if X_held_out is None else [learned, score.read(X_held_out)]
        score.learned_columns = DistanceColumns.fit(learned.rows, numbers_at, categories_at)
        usual = score._compare_with(readings, generator, leaves_out_copy=leaves_out_copy)
        return score, usual, readings

    @property
    def n_features(self) -> int:
        """Number of columns or pixels."""
        reader = self.reader
        return reader.n_features if isinstance(reader, ImageCodec) else reader.n_features_in_

    @property
    def feature_names(self) -> np.ndarray | None:
        """Names of the columns, or None where they are not all strings."""
        return getattr(self.reader, "feature_names_in_", None)

    def read(self, X: Any) -> Reading:
        """Read rows; typical contents stand for those that no learned row has."""
        if isinstance(self.reader, TableEncoder):
            return Reading(*self.reader.transform_known(X))
        images, is_unknown = self.reader.read_known(X)
        pixels = self.reader.to_rows(images).values.numpy().astype(float)
        return Reading(Table(pixels, np.empty((len(pixels), 0), dtype=np.int64)), is_unknown)

    def scores(self, reading: Reading) -> np.ndarray:
        """Return the score of each row, shape (n_rows,)."""
        return self._parts(reading, None, with_columns=False).sum(axis=1)

    def parts(self, reading: Reading) -> np.ndarray:
        """Return what columns, and last no column alone, add to scores, shape (n_rows, n_features + 1)."""
        return self._parts(reading, None, with_columns=True)

    def _compare_with(
        self, readings: list[Reading], generator: np.random.Generator, *, leaves_out_copy: bool
    ) -> np.ndarray:
        """Build both indices, and return the parts of the scores of rows that were not learned."""
        learned, last = readings[0], readings[-1]
        plain, robust = zip(*(self._coordinates(reading) for reading in readings), strict=True)
        # Indicators stay as they are: rare levels, of little variance, would grow far beyond their step.
        self.whitening = Whitening.fit(robust[0][:, : learned.rows.numbers.shape[1]])
        n_rows = sum(len(reading.rows) for reading in readings)
        compared: slice | np.ndarray
        if n_rows <= MAX_COMPARED:
            compared, own = slice(None), n_rows - len(last.rows) + np.arange(len(last.rows))
        else:
            chosen = generator.permutation(len(learned.rows))[:MAX_COMPARED]
            # Held-out rows are then not among those compared with.
            plain, robust = plain[:1], robust[:1]
            compared, own = chosen, np.full(len(last.rows), -1)
            if learned is last:
                own[chosen] = np.arange(len(chosen))
        views = (np.vstack(plain), self.whitening.apply(np.vstack(robust)))
        self.views = tuple(LocalDistance(np.ascontiguousarray(view[compared])) for view in views)
        self.leaves_out_copy = leaves_out_copy
        self._mean_differences = [
            nearness.differences.mean(axis=0) for nearness in self._nearness(last, own)
        ]
        return self._parts(last, own, with_columns=True)

    def _coordinates(self, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
        return self.learned_columns.plain(reading.rows), self.learned_columns.robust(reading.rows)

    def _nearness(self, reading: Reading, own: np.ndarray | None) -> list[Nearness]:
        plain, robust = self._coordinates(reading)
        leaves_out = self.leaves_out_copy and own is None
        pairs = zip(self.views, (plain, self.whitening.apply(robust)), strict=True)
        return [view.nearness(rows, own, leaves_out_copy=leaves_out) for view, rows in pairs]

    def _parts(self, reading: Reading, own: np.ndarray | None, *, with_columns: bool) -> np.ndarray:
        # A content that no learned row has is as far as the rule of succession makes it unlikely.
        unknown = np.log(self.n_learned + 2) * reading.is_unknown
        parts = np.zeros((len(unknown), self.n_features + 1))
        pairs = zip(self.views, self._nearness(reading, own), self._mean_differences, strict=True)
        for view, nearness, usual in pairs:
            distances = nearness.differences.sum(axis=1) + unknown.sum(axis=1)
            logs = view.log_ratio(distances)
            parts[:, -1] -= (logs - LOCAL_WEIGHT * nearness.around) / len(self.views)
            if not with_columns:
                continue
            # The logarithmic mean cuts the difference of two logarithms into what each coordinate adds, without rest.
            gap = distances - usual.sum()
            change = logs - view.log_ratio(usual.sum())
            near = 1 / (usual.sum() + view.usual)
            slope = np.divide(change, gap, out=np.full(len(gap), near), where=np.abs(gap) > 1e-9)
            added = np.zeros((len(gap), self.n_features))
            np.add.at(added.T, self.learned_columns.columns, (nearness.differences - usual).T)
            added = slope[:, None] * (added + unknown) / len(self.views)
            parts[:, :-1] -= added
            parts[:, -1] += added.sum(axis=1)
        return parts
