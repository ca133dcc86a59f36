"""A `CVAE` together with the real rows that new rows start from, for over-sampling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from vaesynth.drawing import RealRows, RowSource, Strategy, has_relations, keep_rules
from vaesynth.estimators._checks import (
    check_n_samples,
    check_weights,
    count_threads,
    encode_target,
    label_codes,
    seed_rounds,
)
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._draws import check_real_rows, rules_of
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.estimators._row_evaluation import move
from vaesynth.nn import Rows
from vaesynth.streaming import StreamSample
from vaesynth.tabular import Table, TableEncoder


@dataclass(frozen=True)
class ClassRows:
    """Draw rows of a fitted `CVAE` by any strategy, also from real rows.

    Other rooms use this object, so that the model needs no extra public methods. A table is read once, before the fit;
    new rows stay a `Table` until :meth:`write`.

    Parameters
    ----------
    model : CVAE
        The fitted model of a table.
    source : RowSource
        The network and the encoded real rows.
    pooled : ndarray of int64, shape (n_rows, n_categoricals)
        Categories of the real rows that share one level with others, -1 for all others. The network knows their level
        alone: which of them a new row has is decided by the rows that it starts from.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import CVAE
    >>> from vaesynth.drawing import PosteriorDraw
    >>> from vaesynth.tabular import TableEncoder
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> tables = TableEncoder()
    >>> table = tables.fit_transform(X)
    >>> rows = ClassRows.fit(CVAE(max_iter=2, random_state=0), tables, table, y)
    >>> new, parents = rows.draw(1, 3, PosteriorDraw())
    >>> rows.write(new).shape, parents.shape
    ((3, 4), (3, 1))
    """

    model: CVAE
    source: RowSource
    pooled: np.ndarray

    @classmethod
    def fit(
        cls,
        model: CVAE,
        tables: TableEncoder,
        table: Table,
        y: Any,
        sample_weight: Any = None,
        *,
        n_seen: int | None = None,
        combines: bool | None = False,
    ) -> Self:
        """Fit a model to a table that has been read, without a warning about posterior collapse.

        Parameters
        ----------
        model : CVAE
            It is fitted in place.
        tables : TableEncoder
            What has learned the columns.
        table : Table
            The content of the rows.
        y : array-like of shape (n_rows,)
            Classes.
        sample_weight : array-like of shape (n_rows,), optional
            Within its class a row is trained on, and later chosen as a parent, in proportion to its weight. It is no
            argument of `CVAE.fit`, for which scikit-learn holds that a weight of 2 must equal the row given twice:
            stochastic training meets that in expectation and not to the last digit.
        n_seen : int, optional
            Columns, the first ones, that a forest sees when it judges new rows; None shows it all.
        combines : bool or None, default=False
            Whether numbers of new rows between neighbours are combinations of real rows; None where the table has
            relations among its columns of numbers.

        Raises
        ------
        ValueError
            If the target, a weight or a parameter is refused, or a row breaks a rule of the model; nothing is trained
            then.
        """
        model._validate_params()
        classes, codes = encode_target(table.numbers, y)
        weight = check_weights(table.numbers, codes, classes, sample_weight)
        codec = model._make_table_codec()
        codec.take_columns(tables)
        check_real_rows(model, codec, table)
        rows = codec.fit_cells(table)
        model._fit_classes(codec, rows, classes, codes, weight)
        columns = codec.cells.cell_columns_
        unseen = np.flatnonzero(columns >= (codec.n_features if n_seen is None else n_seen))
        source = _make_source(model, rows, codes, weight, tuple(unseen.tolist()))
        source = _combine(source, codec, table, combines)
        return cls(model, source, _pooled(codec, table))

    @classmethod
    def fit_images(
        cls, model: CVAE, codec: ImageCodec, table: Table, y: Any, sample_weight: Any = None
    ) -> Self:
        """Fit a model to images that are read already, as a table of their pixels; see :meth:`fit`."""
        model._validate_params()
        classes, codes = encode_target(table.numbers, y)
        weight = check_weights(table.numbers, codes, classes, sample_weight)
        check_real_rows(model, codec, codec.write(table))
        rows = codec.to_rows(codec.write(table))
        model._fit_classes(codec, rows, classes, codes, weight)
        return cls(model, _make_source(model, rows, codes, weight), table.codes)

    @property
    def of_images(self) -> bool:
        """Return whether the rows are images."""
        return isinstance(self.model._codec, ImageCodec)

    @classmethod
    def fit_sample(
        cls, model: CVAE, sample: StreamSample, *, combines: bool | None = False
    ) -> Self:
        """Fit a model to the rows kept of a stream, without a warning about posterior collapse; see :meth:`fit`."""
        model._validate_params()
        model._fit_sample(sample)
        return cls.of(model, sample.X, sample.y, combines=combines)

    @classmethod
    def of(
        cls,
        model: CVAE,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        combines: bool | None = False,
    ) -> Self:
        """Take real rows with the columns and classes of a fitted model; see :meth:`fit`.

        Raises
        ------
        ValueError
            If a column, class or weight is refused, or the model was fitted privately.
        """
        check_is_fitted(model)
        if model.privacy_spent_ is not None:
            raise ValueError(
                "rows of a privately fitted model must come from its prior, got real rows to start from: draw them "
                "by `sample`"
            )
        codec: Any = model._codec
        table = codec.read(X)
        codes = label_codes(model.classes_, y)
        weight = check_weights(X, codes, model.classes_, sample_weight)
        source = _make_source(model, codec.to_rows(table), codes, weight)
        return cls(model, _combine(source, codec, table, combines), _pooled(codec, table))

    @property
    def n_cells(self) -> int:
        """Return the number of cells of an encoded row."""
        values, _, codes = self.source.real_rows[0].rows
        return values.shape[1] + codes.shape[1]

    def draw(
        self, label: int, n_samples: int, strategy: Strategy, random_state: Any = None
    ) -> tuple[Table, np.ndarray | None]:
        """Draw rows of one class.

        Parameters
        ----------
        label : int
            Class code.
        n_samples : int
            Number of rows.
        strategy : Strategy
            How latent points are drawn.
        random_state : int, RandomState instance or None, default=None
            None goes on in the stream of the fit.

        Returns
        -------
        table : Table
            The content of the rows.
        parents : ndarray of int, shape (n_samples, n_parents), or None
            Positions of the real rows that each row starts from, where the strategy has them.

        Raises
        ------
        ValueError
            If `n_samples` is not positive, or too few rows keep the rules of the model.
        """
        n_samples = check_n_samples(n_samples)
        rounds = seed_rounds(self.model._draw_seeds(random_state))

        def draw(positions: np.ndarray) -> tuple[Table, np.ndarray | None]:
            for_rows, for_cells = next(rounds)
            drawn = self.source.draw(label, len(positions), strategy, for_rows)
            table = self._codec.to_table(drawn.rows, for_cells)
            generator = np.random.default_rng(for_cells.spawn(1)[0])
            return self._take_pooled(table, label, drawn.parents, generator), drawn.parents

        return keep_rules(draw, n_samples, rules_of(self.model, self._codec))

    def _take_pooled(
        self,
        table: Table,
        label: int,
        parents: np.ndarray | None,
        generator: np.random.Generator,
    ) -> Table:
        """Take pooled categories from the parents of a row, or from a row of the class if the parents have none."""
        if not table.codes.shape[1]:
            return table
        is_pooled = self._codec.cells.find_pooled(table)
        codes = table.codes.copy()
        members = self.source.real_rows[label]
        for column in np.flatnonzero(is_pooled.any(axis=0)):
            real, at = self.pooled[:, column], np.flatnonzero(is_pooled[:, column])
            chosen = np.full(len(at), -1)
            if parents is not None:
                for parent in generator.permuted(parents[at], axis=1).T:
                    chosen = np.where(chosen < 0, real[parent], chosen)
            weight = members.weight * (real[members.positions] >= 0)
            rest = np.flatnonzero(chosen < 0)
            if len(rest) and weight.any():
                others = generator.choice(members.positions, len(rest), p=weight / weight.sum())
                chosen[rest] = real[others]
            codes[at, column] = np.where(chosen < 0, codes[at, column], chosen)
        return Table(table.numbers, codes)

    def write(self, table: Table) -> Any:
        """Return a table in the container and types of the fitted."""
        return self._codec.write(table)

    @property
    def _codec(self) -> TableCodec:
        codec: Any = self.model._codec
        return codec


def _pooled(codec: TableCodec, table: Table) -> np.ndarray:
    """Return the categories that share one level with others, -1 for all others."""
    return np.where(codec.cells.find_pooled(table), table.codes, -1)


def _make_source(
    model: CVAE,
    rows: Rows,
    codes: np.ndarray,
    weight: np.ndarray,
    unseen: tuple[int, ...] = (),
) -> RowSource:
    rows = move(rows, model.device_)
    real_rows = {}
    for label in range(len(model.classes_)):
        members = np.flatnonzero(codes == label)
        part = rows.take(torch.from_numpy(members).to(model.device_))
        real_rows[label] = RealRows(part, label, weight[members], members)
    return RowSource(model.module_, real_rows, n_jobs=count_threads(model.n_jobs), unseen=unseen)


def _combine(
    source: RowSource, codec: TableCodec, table: Table, combines: bool | None
) -> RowSource:
    """Return a source that combines numbers of real rows if that is asked for, or is None and the table needs it."""
    if combines is None:
        combines = has_relations(table.numbers)
    return replace(source, number_scale=codec.number_scale) if combines else source
