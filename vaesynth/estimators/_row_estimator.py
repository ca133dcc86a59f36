"""What all estimators of rows share: how they read tables and images, draw seeds, and describe themselves."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from vaesynth._validation import draw_seed, make_torch_generator, resolve_device
from vaesynth.estimators._fitting import next_seed, remember_features
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
        """Learn the columns of a table or the shape of images, and give the rows; the estimator stays as it is.

        Of a stream `X` is what is in memory, and `sample` tells about the rest.
        """
        name = type(self).__name__
        if is_image_array(X):
            images = ImageCodec(name)
            return images, images.fit(X)
        codec = TableCodec(
            self.categorical_features, self.numeric_encoding, self._links_cells(), name
        )
        return codec, codec.fit(X) if sample is None else codec.fit_sample(sample)

    def _links_cells(self) -> bool:
        """Whether the decoder lets the cells of a row depend on each other, where the table suits it."""
        return False

    def _begin(
        self, codec: TableCodec | ImageCodec, build: Callable[[torch.Generator], T]
    ) -> tuple[T, torch.Generator]:
        """Build what is to be trained; only when nothing was refused, forget what an earlier fit has left.

        Parameters
        ----------
        codec : TableCodec or ImageCodec
            What reads the rows from now on.
        build : callable
            Makes the untrained networks from a source of weights, which is given back for the training.
        """
        device = resolve_device(self.device)
        seeds = np.random.SeedSequence(draw_seed(self.random_state))
        generator = make_torch_generator(next_seed(seeds))
        built = build(generator)
        self.device_, self._seeds, self._codec = device, seeds, codec
        remember_features(self, codec.n_features, codec.feature_names)
        return built, generator

    def _draw_seeds(self, random_state: Any) -> list[np.random.SeedSequence]:
        """Seeds of latent points and of cells: the next of the fitted stream, or those of `random_state`."""
        seed = next_seed(self._seeds) if random_state is None else draw_seed(random_state)
        return np.random.SeedSequence(seed).spawn(2)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def check_n_samples(n_samples: Any) -> int:
    """Give the number of rows to draw, once it is found to be an integer of at least 1."""
    return check_count("n_samples", n_samples)


def check_n_draws(n_importance_samples: Any) -> int:
    """Give the number of posterior draws for a bound, once it is found to be an integer of at least 1."""
    return check_count("n_importance_samples", n_importance_samples)


def check_count(name: str, value: Any) -> int:
    """Give a number that must be an integer of at least 1, once it is found to be one.

    Examples
    --------
    >>> from vaesynth.estimators import check_count
    >>> check_count("chunk_size", 0)
    Traceback (most recent call last):
    ...
    ValueError: `chunk_size` must be an integer of at least 1, got 0
    """
    if not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"`{name}` must be an integer of at least 1, got {value!r}")
    return int(value)
