"""Tables as numbers for the measures: codes for trees, points for distances."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer

from benchmarks.fidelity.tables import RealRows


class TreeFeatures:
    """Numbers as they are and categories as integer codes, for LightGBM."""

    def __init__(self, real: RealRows, columns: list[str]) -> None:
        both = pd.concat([real.train, real.held_out])
        self.columns = columns
        self.levels = {name: np.unique(both[name]) for name in columns if name not in real.numbers}
        self.categorical = [columns.index(name) for name in self.levels]

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Return a matrix; a level that no real row has is missing."""
        codes = {
            name: pd.Index(levels).get_indexer(frame[name]) for name, levels in self.levels.items()
        }
        matrix = frame[self.columns].assign(**codes).to_numpy(dtype=float)
        categories = matrix[:, self.categorical]
        matrix[:, self.categorical] = np.where(categories < 0, np.nan, categories)
        return matrix


class Points:
    """Rows as points whose squared distance is that of the ranks of numbers plus the count of unequal categories.

    Ranks are shares of the real rows, in [0, 1], so that a long tail or a unit does not decide what is near. They are
    learned from training and held-out rows alike: neither is nearer because of the scale.
    """

    def __init__(self, real: RealRows) -> None:
        both = pd.concat([real.train, real.held_out], ignore_index=True)
        self.numbers, self.categories = real.numbers, real.categories
        self.ranks = None
        if self.numbers:
            n_quantiles = min(1000, len(both))
            self.ranks = QuantileTransformer(
                n_quantiles=n_quantiles, subsample=None, random_state=0
            ).fit(both[self.numbers].to_numpy(dtype=float))
        self.indicators = OneHotEncoder(
            handle_unknown="ignore", sparse_output=False, dtype=np.float32
        ).fit(both[self.categories].to_numpy(dtype=object))

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Return points of shape (n_rows, n_dimensions)."""
        # Two indicators differ where a category does: halved, its square adds up to one.
        blocks = [self.indicators.transform(frame[self.categories].to_numpy(dtype=object))]
        blocks[0] *= np.float32(np.sqrt(0.5))
        if self.ranks is not None:
            numbers = frame[self.numbers].to_numpy(dtype=float)
            blocks.append(self.ranks.transform(numbers).astype(np.float32))
        return np.hstack(blocks)
