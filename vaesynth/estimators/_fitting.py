"""What every fit does alike: the meaning of "auto", the stream of seeds, the names of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np


def resolve(value: Any, automatic: Any) -> Any:
    """Give the value, or the automatic one in place of ``"auto"``.

    Examples
    --------
    >>> resolve("auto", 3), resolve(5, 3)
    (3, 5)
    """
    return automatic if isinstance(value, str) and value == "auto" else value


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
