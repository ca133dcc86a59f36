"""Parts that all fits share: checks of parameters, labels and weights, values of "auto", and the stream of seeds."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length

from vaesynth._labels import label_array, read_labels
from vaesynth._sklearn import check_sample_weight, num_samples
from vaesynth._validation import draw_seed


def resolve(value: Any, automatic: Any) -> Any:
    """Return the value, or the automatic value if it is ``"auto"``.

    Examples
    --------
    >>> resolve("auto", 3), resolve(5, 3)
    (3, 5)
    """
    return automatic if isinstance(value, str) and value == "auto" else value


def check_widths(sizes: Any, automatic: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of hidden layers, or the automatic widths if they are ``"auto"``.

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
    """Return the next seed of a fitted stream: later draws continue where earlier ones stopped.

    Examples
    --------
    >>> import numpy as np
    >>> seeds = np.random.SeedSequence(0)
    >>> next_seed(seeds) == next_seed(seeds)
    False
    """
    return int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0] >> np.uint64(1))


def seed_rounds(
    seeds: Sequence[np.random.SeedSequence],
) -> Iterator[list[np.random.SeedSequence]]:
    """Yield these seeds, and then an endless sequence of child seeds, one for each time that rows are drawn again.

    Examples
    --------
    >>> import numpy as np
    >>> rounds = seed_rounds([np.random.SeedSequence(0)])
    >>> [next(rounds)[0].spawn_key for _ in range(3)]
    [(), (0,), (1,)]
    """
    yield list(seeds)
    while True:
        yield [seed.spawn(1)[0] for seed in seeds]


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
    """Return the seed of a draw of rows: the next of the fitted stream, or that of `random_state`.

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


def check_n_samples(n_samples: Any) -> int:
    """Return the number of rows to draw, once it is found to be an integer of at least 1."""
    return check_count("n_samples", n_samples)


def check_n_draws(n_importance_samples: Any) -> int:
    """Return the number of posterior draws for a bound, once it is found to be an integer of at least 1."""
    return check_count("n_importance_samples", n_importance_samples)


def check_count(name: str, value: Any) -> int:
    """Return a number that must be an integer of at least 1, once it is found to be one.

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


def refuse_missing_labels(y: Any) -> None:
    """Raise a ValueError that names the rows without a class.

    Examples
    --------
    >>> refuse_missing_labels(["a", None])
    Traceback (most recent call last):
    ...
    ValueError: Input y contains NaN: every row must have a class, got none in 1 rows, the first at 1
    """
    missing = np.asarray(pd.isna(np.asarray(y, dtype=object) if isinstance(y, list) else y))
    if missing.any():
        raise ValueError(
            f"Input y contains NaN: every row must have a class, got none in {missing.sum()} rows, "
            f"the first at {np.argwhere(missing)[0, 0]}"
        )


def encode_target(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes, and the position of each row's label among them.

    Parameters
    ----------
    X : table of shape (n_samples, n_features)
        Only its length is looked at.
    y : array-like of shape (n_samples,)
        Class labels.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    codes : ndarray of int64, shape (n_samples,)

    Raises
    ------
    ValueError
        If `y` is no classification target or not as long as `X`, or holds labels of kinds that do not compare.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    refuse_missing_labels(y)
    labels = read_labels(y)
    check_consistent_length(X, labels)
    classes, codes = np.unique(column_or_1d(labels), return_inverse=True)
    return classes, codes.astype(np.int64)


def check_weights(X: Any, codes: np.ndarray, classes: np.ndarray, sample_weight: Any) -> np.ndarray:
    """Return row weights as an array of shape (n_samples,), 1 for each row where none are given.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or the weights of a class sum to zero.

    Examples
    --------
    >>> import numpy as np
    >>> check_weights([[0.0], [1.0]], np.array([0, 1]), np.array(["a", "b"]), None)
    array([1., 1.])
    """
    if sample_weight is None:
        return np.ones(num_samples(X))
    weight = check_sample_weight(
        sample_weight, np.empty((num_samples(X), 1)), dtype=np.float64, ensure_non_negative=True
    )
    totals = np.bincount(codes, weight, minlength=len(classes))
    if (totals <= 0).any():
        empty = classes[totals <= 0].tolist()
        raise ValueError(
            f"`sample_weight` must leave every class a row of positive weight, got only zeros for {empty}"
        )
    return weight


def check_points(Z: Any, latent_dim: int) -> np.ndarray:
    """Return latent points as an array of shape (n_points, latent_dim).

    Raises
    ------
    ValueError
        If they have another shape, a number is not finite, or there is none.
    """
    points = np.array(Z, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != latent_dim:
        raise ValueError(
            f"latent points must have shape (n_samples, {latent_dim}), got {points.shape}"
        )
    if len(points) == 0 or not np.isfinite(points).all():
        raise ValueError("latent points must be finite and at least one, got NaN, infinity or none")
    return points


def label_codes(classes: np.ndarray, y: Any) -> np.ndarray:
    """Return the position of each label among the classes, shape (n_rows,).

    Raises
    ------
    ValueError
        If a label is none of the classes.

    Examples
    --------
    >>> import numpy as np
    >>> label_codes(np.array(["no", "yes"]), ["yes", "no"])
    array([1, 0])
    """
    labels = label_array(y)
    try:
        codes = np.searchsorted(classes, labels)
    except TypeError:
        raise ValueError(
            f"`y` must be of the fitted classes {classes.tolist()}, got labels that do not compare with them"
        ) from None
    known = classes[np.minimum(codes, len(classes) - 1)] == labels
    if not np.all(known):
        unknown = np.unique(labels[~known]).tolist()
        raise ValueError(f"`y` must be of the fitted classes {classes.tolist()}, got {unknown}")
    return codes.astype(np.int64)


def label_code(classes: np.ndarray, y: Any) -> int:
    """Return the position of one label among the classes.

    Raises
    ------
    ValueError
        If it is none of them.

    Examples
    --------
    >>> import numpy as np
    >>> label_code(np.array(["no", "yes"]), "yes")
    1
    """
    matches = [code for code, label in enumerate(classes.tolist()) if label == y]
    if not matches:
        raise ValueError(f"`y` must be one of the fitted classes {classes.tolist()}, got {y!r}")
    return matches[0]


def name_of_target(y: Any) -> str | None:
    """Return the name of a target, or None where it has none.

    Examples
    --------
    >>> import pandas as pd
    >>> name_of_target(pd.Series([0, 1], name="fraud")), name_of_target([0, 1])
    ('fraud', None)
    """
    name = getattr(y, "name", None)
    return name if isinstance(name, str) else None


def count_threads(n_jobs: int | None) -> int:
    """Return the number of threads that `n_jobs` asks for: of None as many as torch is set to use.

    Examples
    --------
    >>> count_threads(2)
    2
    """
    return torch.get_num_threads() if n_jobs is None else n_jobs
