"""Generators of whole tables as over-samplers: TVAE, CTGAN and the Gaussian copula, at their defaults.

Their packages need an environment of their own (``pip install --group bench-generators``: they
hold pandas below 3), and ctgan's licence (BUSL-1.1) allows comparing with it, so that nothing but
this file imports it. Every function takes standardised numbers followed by category codes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

# ctgan transforms columns in as many processes as there are processors; a sampler here has one.
os.environ["LOKY_MAX_CPU_COUNT"] = "1"

_TARGET = "target"
_MAX_DRAWS_PER_ROW = 100


def tvae(X, y, *, seed, categorical):
    """Train one TVAE of rows and target; it takes no condition, so rows of a class are waited for."""
    from ctgan import TVAE

    frame, discrete = _as_frame(X, categorical, y)
    model = _fit(TVAE(), frame, discrete, seed)
    return _append_classes(X, y, lambda label, n: _wait_for(model.sample, label, n))


def tvae_per_class(X, y, *, seed, categorical):
    """Train a TVAE for each class that needs rows."""
    from ctgan import TVAE

    return _append_classes(X, y, _draw_from_own_model(TVAE, X, y, seed, categorical))


def ctgan(X, y, *, seed, categorical):
    """Train one CTGAN of rows and target and sample it given the class."""
    from ctgan import CTGAN

    frame, discrete = _as_frame(X, categorical, y)
    model = _fit(CTGAN(), frame, discrete, seed)

    def draw(label: int, n: int) -> np.ndarray:
        # The condition makes a class likely, not certain: other rows are thrown away.
        return _wait_for(lambda size: model.sample(size, _TARGET, label), label, n)

    return _append_classes(X, y, draw)


def ctgan_per_class(X, y, *, seed, categorical):
    """Train a CTGAN for each class that needs rows."""
    from ctgan import CTGAN

    return _append_classes(X, y, _draw_from_own_model(CTGAN, X, y, seed, categorical))


def gaussian_copula(X, y, *, seed, categorical):
    """Fit a copula to each class that needs rows, as SDV does: beta margins, uniform categories."""
    from copulas.multivariate import GaussianMultivariate
    from copulas.univariate import BetaUnivariate
    from rdt.transformers import UniformEncoder

    def draw(label: int, n: int) -> np.ndarray:
        frame, discrete = _as_frame(X[y == label], categorical)
        encoders = {name: UniformEncoder() for name in discrete}
        for name, encoder in encoders.items():
            frame = encoder.fit_transform(frame, name)
        model = GaussianMultivariate(distribution=BetaUnivariate, random_state=seed + int(label))
        model.fit(frame)
        rows = model.sample(n)
        for encoder in encoders.values():
            rows = encoder.reverse_transform(rows)
        return rows[[str(index) for index in range(X.shape[1])]].to_numpy(dtype=float)

    return _append_classes(X, y, draw)


def _as_frame(X, categorical, y=None) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame with named columns, and the names of those that are discrete."""
    frame = pd.DataFrame(X, columns=[str(index) for index in range(X.shape[1])])
    discrete = [str(index) for index in categorical]
    frame[discrete] = frame[discrete].astype(int)
    if y is not None:
        frame[_TARGET] = y
        discrete = [*discrete, _TARGET]
    return frame, discrete


def _fit(model, frame, discrete, seed):
    model.set_random_state(int(seed))
    model.fit(frame, discrete)
    return model


def _draw_from_own_model(make, X, y, seed, categorical) -> Callable[[int, int], np.ndarray]:
    def draw(label: int, n: int) -> np.ndarray:
        frame, discrete = _as_frame(X[y == label], categorical)
        model = _fit(make(), frame, discrete, seed + label)
        return model.sample(n).to_numpy(dtype=float)

    return draw


def _wait_for(sample: Callable[[int], pd.DataFrame], label: int, n: int) -> np.ndarray:
    """Draw until `n` rows of a class have come; give up after 100 draws for each row."""
    kept: list[pd.DataFrame] = []
    n_drawn, n_kept = 0, 0
    while n_kept < n:
        if n_drawn > _MAX_DRAWS_PER_ROW * n:
            raise ValueError(f"class {label}: {n_kept} of {n} rows came in {n_drawn} draws")
        rows = sample(max(n, 500))
        kept.append(rows[rows[_TARGET] == label])
        n_drawn += len(rows)
        n_kept += len(kept[-1])
    return pd.concat(kept).head(n).drop(columns=_TARGET).to_numpy(dtype=float)


def _append_classes(X, y, draw: Callable[[int, int], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Bring every class up to the largest with drawn rows."""
    wanted = list(_missing_rows(y))
    drawn = [draw(label, n) for label, n in wanted]
    labels = [np.full(n, label) for label, n in wanted]
    return np.vstack([X, *drawn]), np.concatenate([y, *labels])


def _missing_rows(y) -> Iterator[tuple[int, int]]:
    counts = np.bincount(y)
    for label in np.flatnonzero((counts > 0) & (counts < counts.max())):
        yield int(label), int(counts.max() - counts[label])
