"""Attacks on the rows a generator learned from: guess who was among them, and isolate single ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.utils import check_random_state

from vaesynth.metrics._row_encoding import encode_rows, nearest_distances, own_nearest_distances
from vaesynth.tabular import SharedColumn, read_shared_columns

# Most predicates of few columns fit more than one synthetic row, and are drawn again.
_TRIES = 20


class SinglingOut(NamedTuple):
    """Rate at which guesses isolate one real row.

    Attributes
    ----------
    rate : float
        Share of the predicates that fit exactly one training row, in [0, 1].
    baseline : float
        The same share among as many held-out rows: the rate of a guess that knows only the distribution.
    risk : float
        Excess of the rate over the baseline, as a share of the largest possible excess: (rate - baseline) / (1 -
        baseline), at most 1; about 0 if nothing leaks.
    n_predicates : int
        Predicates that were found; with 0 both rates are 0.

    Examples
    --------
    >>> SinglingOut(rate=0.1, baseline=0.1, risk=0.0, n_predicates=500).risk
    0.0
    """

    rate: float
    baseline: float
    risk: float
    n_predicates: int


def singling_out_rate(
    train: Any,
    holdout: Any,
    synthetic: Any,
    *,
    n_predicates: int = 500,
    n_columns: int = 3,
    categorical_features: Any = "auto",
    random_state: Any = 0,
) -> SinglingOut:
    """Guess predicates from synthetic rows and count those that isolate exactly one real row.

    A predicate joins conditions on a few columns, made from one synthetic row. If the number of the row is above
    (below) the median, the condition is "at least (at most) this number"; other conditions are "this category" and
    "missing". Only predicates that fit no other synthetic row are used. If one real table is larger, as many rows are
    drawn from it as the other has.

    Parameters
    ----------
    train : table of shape (n_train, n_features)
        Real rows that the generator learned from.
    holdout : table of shape (n_holdout, n_features)
        Real rows of the same distribution that it has not seen.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    n_predicates : int, default=500
        Predicates to look for; as many tries are made 20 times over.
    n_columns : int, default=3
        Columns in a predicate; at most all.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.
    random_state : int, RandomState instance or None, default=0
        Source of the predicates and of the draw that makes the numbers equal.

    Returns
    -------
    SinglingOut

    Raises
    ------
    ValueError
        If `n_predicates` or `n_columns` is not positive, a table is empty or the columns differ.

    References
    ----------
    Giomi, Boenisch, Wehmeyer, Tasnádi, "A Unified Framework for Quantifying Privacy Risk in Synthetic Data", PoPETs
    2023 (the multivariate singling-out attack of Anonymeter).

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import singling_out_rate
    >>> train, holdout, fresh = np.random.default_rng(0).normal(size=(3, 400, 5))
    >>> copied = singling_out_rate(train, holdout, train)
    >>> copied.rate, copied.risk
    (1.0, 1.0)
    >>> abs(singling_out_rate(train, holdout, fresh).risk) < 0.15
    True
    """
    for name, value in (("n_predicates", n_predicates), ("n_columns", n_columns)):
        if value < 1:
            raise ValueError(f"`{name}` must be at least 1, got {value}")
    columns = read_shared_columns([train, holdout, synthetic], categorical_features)
    rng = check_random_state(random_state)
    rows = _equal_rows([len(part) for part in columns[0].parts[:2]], rng)
    medians = [_median(column) for column in columns]
    hits, found = np.zeros(2), 0
    for _ in range(_TRIES * n_predicates):
        if found == n_predicates:
            break
        row = rng.randint(len(columns[0].parts[2]))
        chosen = rng.permutation(len(columns))[:n_columns]
        fits = _fits(columns, medians, chosen, row)
        if fits[2].sum() == 1:
            found += 1
            hits += [fits[table][rows[table]].sum() == 1 for table in range(2)]
    rate, baseline = hits / max(found, 1)
    risk = (rate - baseline) / (1 - baseline) if baseline < 1 else 0.0
    return SinglingOut(float(rate), float(baseline), float(risk), found)


def _equal_rows(sizes: list[int], rng: np.random.RandomState) -> list[np.ndarray]:
    return [rng.permutation(size)[: min(sizes)] for size in sizes]


def _median(column: SharedColumn) -> float:
    """Return the median of the synthetic numbers; the attacker has no others."""
    synthetic = column.parts[2]
    known = synthetic[~column.missing[2]]
    return float(np.median(known)) if column.is_number and len(known) else np.nan


def _fits(
    columns: Sequence[SharedColumn], medians: list[float], chosen: np.ndarray, row: int
) -> list[np.ndarray]:
    """Return which rows of each table fit the conditions of a synthetic row on the chosen columns."""
    fits = [np.ones(len(part), dtype=bool) for part in columns[0].parts]
    for j in chosen:
        value = columns[j].parts[2][row]
        for fit, part in zip(fits, columns[j].parts, strict=True):
            fit &= _meets(part, value, columns[j].is_number, medians[j])
    return fits


def _meets(cells: np.ndarray, value: float, is_number: bool, median: float) -> np.ndarray:
    if not is_number:
        return cells == value
    if np.isnan(value):
        return np.isnan(cells)
    return cells >= value if value > median else cells <= value


def membership_inference_auc(
    train: Any,
    holdout: Any,
    synthetic: Any,
    *,
    reference: Any = None,
    categorical_features: Any = "auto",
) -> float:
    r"""Compute the ROC AUC of an attacker who tells training rows from others by the synthetic rows alone.

    The closer a synthetic row is to a real row, compared with the closest other real row, the more the attacker
    believes that the real row was in the training table. The score is :math:`\log d(x, \text{real}) - \log d(x,
    \text{synthetic})`, the log-ratio of the densities of synthetic and real rows, estimated with one nearest neighbour.
    Distances are as in `closest_record_share`.

    Parameters
    ----------
    train : table of shape (n_train, n_features)
        Real rows that the generator learned from.
    holdout : table of shape (n_holdout, n_features)
        Real rows of the same distribution that it has not seen.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows. If they are of one class, use real rows of this class only.
    reference : table of shape (n_reference, n_features), optional
        Real rows of the same distribution that are in neither table: what the attacker knows of it, as in DOMIAS. The
        density of real rows is then theirs, and no attacked row helps to estimate it. Without it the density is that of
        the two real tables together, each row left out where its own density is asked for.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

    Returns
    -------
    float
        Between 0 and 1: 0.5 if the attacker can only guess, 1 if the attacker recognises every training row. With n
        rows in each real table, chance alone changes it by about :math:`0.4 / \sqrt{n}`.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    An attack gives a lower bound: a stronger attack, or one that knows the model, may find more.

    References
    ----------
    Hilprecht, Härterich, Bernau, "Monte Carlo and Reconstruction Membership Inference Attacks against Generative
    Models", PoPETs 2019; van Breugel et al., "Membership Inference Attacks against Synthetic Data through Overfitting
    Detection", AISTATS 2023 (DOMIAS: the ratio of densities, with a reference).

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import membership_inference_auc
    >>> train, holdout, fresh = np.random.default_rng(0).normal(size=(3, 500, 4))
    >>> membership_inference_auc(train, holdout, train)
    1.0
    >>> abs(membership_inference_auc(train, holdout, fresh) - 0.5) < 0.06
    True
    """
    tables = [train, holdout, synthetic, *([] if reference is None else [reference])]
    members, others, made, *known = encode_rows(tables, 2, categorical_features)
    candidates = np.concatenate([members, others])
    to_made = nearest_distances(candidates, made)
    to_real = (
        nearest_distances(candidates, known[0]) if known else own_nearest_distances(candidates)
    )
    # Below a thousandth of the usual distance all rows are equally near.
    floor = 1e-3 * max(float(np.median(to_real)), 1e-9)
    scores = np.log(to_real + floor) - np.log(to_made + floor)
    is_member = np.arange(len(candidates)) < len(members)
    return float(roc_auc_score(is_member, scores))
