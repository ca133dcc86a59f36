"""Whether a classifier can tell synthetic rows from real ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils import check_random_state

from vaesynth.metrics._likeness._features import make_features
from vaesynth.tabular import read_shared_columns


def detection_score(
    real: Any,
    synthetic: Any,
    *,
    cv: int = 3,
    classifier: Any = None,
    categorical_features: Any = "auto",
    random_state: Any = None,
) -> float:
    """Area under the ROC curve of a classifier that tells synthetic rows from real ones: a classifier two-sample test.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    cv : int, default=3
        Folds; every row is judged by a classifier that has not seen it.
    classifier : classifier with ``predict_proba``, optional
        By default `HistGradientBoostingClassifier`, which sees the cells as they are. Any other sees ranks of numbers,
        one-hot categories and flags of missing numbers.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.
    random_state : int, RandomState instance or None, default=None
        Source of the folds and of the default classifier.

    Returns
    -------
    float
        Between 0 and 1: 0.5 where they cannot be told apart, 1 where they always can. Clearly below 0.5 synthetic rows
        repeat real ones, which the classifier knows from the other folds.

    Raises
    ------
    ValueError
        If a table is empty, has fewer rows than folds, or the columns differ.

    References
    ----------
    Lopez-Paz, Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import detection_score
    >>> real, fresh = np.random.default_rng(0).normal(size=(2, 600, 3))
    >>> abs(detection_score(real, fresh, random_state=0) - 0.5) < 0.1
    True
    >>> detection_score(real, fresh + 5, random_state=0) > 0.99
    True
    """
    columns = read_shared_columns([real, synthetic], categorical_features)
    rng = check_random_state(_own_source(random_state))
    seeds = rng.randint(2**31 - 1, size=2)
    features, model = make_features(columns, classifier, int(seeds[0]))
    sizes = [len(part) for part in features]
    if min(sizes) < cv:
        raise ValueError(f"each table must have at least `cv`={cv} rows, got {min(sizes)}")
    is_synthetic = np.repeat([0, 1], sizes)
    folds = StratifiedKFold(cv, shuffle=True, random_state=int(seeds[1]))
    guesses = cross_val_predict(
        model, np.concatenate(features), is_synthetic, cv=folds, method="predict_proba"
    )[:, 1]
    return float(roc_auc_score(is_synthetic, guesses))


def _own_source(random_state: Any) -> Any:
    """Give a source that is not numpy's global one."""
    return np.random.RandomState() if random_state is None else random_state
