"""Base of all estimators of rows: how they read tables and images, draw seeds, and describe themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from vaesynth._validation import draw_seed, resolve_device
from vaesynth.estimators._checks import next_seed, remember_features
from vaesynth.estimators._fit import Fit
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec, is_image_array
from vaesynth.nn import Rows
from vaesynth.saving import Savable
from vaesynth.streaming import StreamSample
from vaesynth.tabular import accept_any_table

T = TypeVar("T")


class RowEstimator(Savable, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of the estimators that encode tables or images, and give them back in their containers and types."""

    _codec: TableCodec | ImageCodec
    _seeds: np.random.SeedSequence

    def _read(
        self, X: Any, sample: StreamSample | None = None
    ) -> tuple[TableCodec | ImageCodec, Rows]:
        """Learn the columns of a table or the shape of images, and encode the rows; the estimator stays as it is.

        For a stream, `X` has the rows in memory, and `sample` describes the rest.
        """
        if is_image_array(X):
            images = ImageCodec(type(self).__name__)
            return images, images.fit(X)
        codec = self._make_table_codec()
        return codec, codec.fit(X) if sample is None else codec.fit_sample(sample)

    def _make_table_codec(self) -> TableCodec:
        """Make the encoder that learns the columns of a table."""
        return TableCodec(
            self.categorical_features,
            self.numeric_encoding,
            self._links_cells(),
            type(self).__name__,
            getattr(self, "privacy", None) is not None,
        )

    def _links_cells(self) -> bool:
        """Return whether the decoder lets the cells of a row depend on each other, where the table suits it."""
        return False

    def _begin(
        self, codec: TableCodec | ImageCodec, build: Callable[[torch.Generator], T]
    ) -> tuple[T, Fit]:
        """Start a fit and build the module to train; if anything is refused, the state of an earlier fit stays.

        Parameters
        ----------
        codec : TableCodec or ImageCodec
            What reads the rows from now on.
        build : callable
            Makes the untrained networks from a source of weights.
        """
        device = resolve_device(self.device)
        seeds = np.random.SeedSequence(draw_seed(self.random_state))
        fit = Fit.begin(device, next_seed(seeds))
        built = build(fit.generator)
        self.device_, self._seeds, self._codec = device, seeds, codec
        remember_features(self, codec.n_features, codec.feature_names)
        return built, fit

    def _draw_seeds(self, random_state: Any) -> list[np.random.SeedSequence]:
        """Return the seeds of latent points and of cells: the next of the fitted stream, or those of `random_state`."""
        seed = next_seed(self._seeds) if random_state is None else draw_seed(random_state)
        return np.random.SeedSequence(seed).spawn(2)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
