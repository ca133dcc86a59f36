"""The one way from a raw table to the numbers that classifiers see.

Everything is fitted on the *original* training rows, never on resampled ones: every sampler is
judged in the same space, and a sampler cannot gain or lose by moving a median or a scale.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make_column_encoder() -> ColumnTransformer:
    """Give what turns a raw table into its numbers, to be fitted with the classifier behind it."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (levels, make_column_selector(dtype_exclude="number")),
    )


class TablePreprocessor:
    """Impute and standardise numbers, impute and one-hot encode categories.

    Two steps, because some samplers work between them: `scale` gives numbers followed by category
    codes (what SMOTENC takes), `one_hot` widens the codes to indicator columns (what the
    classifiers and every number-only sampler take).
    """

    def fit(self, table: pd.DataFrame) -> TablePreprocessor:
        """Learn medians, scales, levels and most frequent levels."""
        is_category = [not pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]
        self.categories_ = list(table.columns[is_category])
        self.numbers_ = list(table.columns[~np.asarray(is_category)])
        numbers = self._numbers(table)
        observed = ~np.isnan(numbers).all(axis=0)
        self.medians_ = np.zeros(numbers.shape[1])
        self.medians_[observed] = np.nanmedian(numbers[:, observed], axis=0)
        imputed = np.where(np.isnan(numbers), self.medians_, numbers)
        self.means_ = imputed.mean(axis=0)
        scales = imputed.std(axis=0)
        self.scales_ = np.where(scales > 1e-12, scales, 1.0)
        self.levels_, self.modes_ = [], []
        for name in self.categories_:
            counts = table[name].value_counts()
            counts = counts[counts > 0]
            self.levels_.append(sorted(counts.index))
            self.modes_.append(self.levels_[-1].index(counts.index[0]) if len(counts) else -1)
        return self

    @property
    def categorical_indices(self) -> list[int]:
        """Columns of `scale`'s result that hold category codes."""
        return list(range(len(self.numbers_), len(self.numbers_) + len(self.categories_)))

    def scale(self, table: pd.DataFrame) -> np.ndarray:
        """Return standardised numbers followed by category codes, without missing values."""
        numbers = self._numbers(table)
        numbers = np.where(np.isnan(numbers), self.medians_, numbers)
        blocks = [(numbers - self.means_) / self.scales_]
        for name, levels, mode in zip(self.categories_, self.levels_, self.modes_, strict=True):
            codes = pd.Index(levels).get_indexer(table[name].to_numpy(dtype=object))
            codes[table[name].isna().to_numpy()] = mode
            blocks.append(codes[:, np.newaxis].astype(float))
        return np.hstack(blocks)

    def one_hot(self, scaled: np.ndarray) -> np.ndarray:
        """Widen category codes to indicators; an unseen level gives a row of zeros."""
        blocks = [scaled[:, : len(self.numbers_)]]
        for index, levels in zip(self.categorical_indices, self.levels_, strict=True):
            codes = scaled[:, index]
            if len(levels) == 2:  # one column tells two levels apart
                blocks.append((codes == 1)[:, np.newaxis].astype(float))
            else:
                blocks.append((codes[:, np.newaxis] == np.arange(len(levels))).astype(float))
        return np.hstack(blocks)

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """Return the classifiers' numbers for a raw table."""
        return self.one_hot(self.scale(table))

    def _numbers(self, table: pd.DataFrame) -> np.ndarray:
        return table[self.numbers_].to_numpy(dtype=float, na_value=np.nan)
