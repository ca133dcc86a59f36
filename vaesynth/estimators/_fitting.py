"""What every fit does alike: the meaning of "auto", the stream of seeds, the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaesynth._validation import draw_seed


def resolve(value: Any, automatic: Any) -> Any:
    """Give the value, or the automatic one in place of ``"auto"``.

    Examples
    --------
    >>> resolve("auto", 3), resolve(5, 3)
    (3, 5)
    """
    return automatic if isinstance(value, str) and value == "auto" else value


def check_widths(sizes: Any, automatic: Sequence[int]) -> tuple[int, ...]:
    """Give the widths of hidden layers, or the automatic ones in place of ``"auto"``.

    Raises
    ------
    ValueError
        If a width is no integer of at least 1, or there is none.

    Examples
    --------
    >>> check_widths("auto", (64, 64)), check_widths([32], (64, 64))
    ((64, 64), (32,))
    """
    widths = list(np.atleast_1d(np.asarray(automatic if isinstance(sizes, str) else sizes)))
    if not widths or any(width != int(width) or width < 1 for width in widths):
        raise ValueError(
            f"`hidden_layer_sizes` must be at least one integer of at least 1, got {sizes!r}"
        )
    return tuple(int(width) for width in widths)


def next_seed(seeds: np.random.SeedSequence) -> int:
    """Give the next seed of a fitted stream: later draws go on where earlier ones stopped.

    Examples
    --------
    >>> import numpy as np
    >>> seeds = np.random.SeedSequence(0)
    >>> next_seed(seeds) == next_seed(seeds)
    False
    """
    return int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0] >> np.uint64(1))


def remember_features(estimator: Any, n_features: int, names: np.ndarray | None) -> None:
    """Set scikit-learn's ``n_features_in_`` and ``feature_names_in_``; names of an earlier fit are forgotten.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> estimator = SimpleNamespace(feature_names_in_=["a"])
    >>> remember_features(estimator, 2, None)
    >>> estimator
    namespace(n_features_in_=2)
    """
    estimator.n_features_in_ = n_features
    if names is not None:
        estimator.feature_names_in_ = names
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def next_draw_seed(estimator: Any, random_state: Any) -> int:
    """Give the seed of a draw of rows: the next of the fitted stream, or that of `random_state`.

    Examples
    --------
    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> fitted = SimpleNamespace(_seeds=np.random.SeedSequence(0))
    >>> next_draw_seed(fitted, 5) == next_draw_seed(fitted, 5)
    True
    >>> next_draw_seed(fitted, None) == next_draw_seed(fitted, None)
    False
    """
    return next_seed(estimator._seeds) if random_state is None else draw_seed(random_state)
