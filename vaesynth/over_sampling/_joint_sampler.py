"""What over-samplers of any target share: one model of row and target, and new rows within groups of rows."""

from __future__ import annotations

import numbers
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from imblearn.base import SamplerMixin
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length

from vaesynth._sklearn import Interval, StrOptions, fit_context
from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.estimators import CVAE, ClassRows, label_code, name_of_target, remember_features
from vaesynth.over_sampling._copies import report_copies, stack_tables
from vaesynth.over_sampling._recipe import (
    check_model,
    choose_random_state,
    make_model,
    make_strategy,
)
from vaesynth.over_sampling._result import (
    append_rows,
    append_target,
    stack_parents,
    target_table,
    warn_of_single_rows,
)
from vaesynth.tabular import TableEncoder, accept_any_table, join_encoders, join_tables


class Group(NamedTuple):
    """Rows that new ones are drawn between, and how many new ones there are to be.

    Attributes
    ----------
    name : hashable
        What a user calls the group: the key of `sampling_strategy_`.
    rows : ndarray of int, shape (n_rows,)
        Positions of its rows.
    n_new : int
        New rows.
    """

    name: Any
    rows: np.ndarray
    n_new: int


class JointSampler(SamplerMixin, BaseEstimator):
    """The part of a sampler of numbers or label sets that does not depend on which of them it is.

    The rows are divided into groups, which are the classes of a `CVAE` of row and target together. New rows are drawn
    between neighbours of one group. A forest that does not see the target says how probable the group is for each
    candidate.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "model": [CVAE, None],
        "k_neighbors": [Interval(numbers.Integral, 1, None, closed="left")],
        "noise_scale": [Interval(numbers.Real, 0, None, closed="left")],
        "n_candidates": [Interval(numbers.Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "selection_power": [Interval(numbers.Real, 0, None, closed="left")],
        "n_jobs": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    # What `make_strategy` asks a sampler and these have no parameter for.
    sampling_method: ClassVar[str] = "neighbors"
    _judged_by_model: ClassVar[bool] = False
    # A range of numbers, or a label, stands for all its rows: the judge chooses among candidates of one real row.
    keep_shares: ClassVar[bool] = True
    # The columns of the target that are categories: all or none.
    _has_labels: ClassVar[bool]

    def __init__(
        self,
        *,
        model: CVAE | None = None,
        ratio: float | str = "auto",
        k_neighbors: int = 10,
        noise_scale: float = 1.0,
        n_candidates: int | str = "auto",
        selection_power: float = 1.5,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.model = model
        self.ratio = ratio
        self.k_neighbors = k_neighbors
        self.noise_scale = noise_scale
        self.n_candidates = n_candidates
        self.selection_power = selection_power
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _divide(self, y: Any) -> list[Group]:
        """Return the groups that are to get new rows; they have no row in common.

        Raises
        ------
        ValueError
            If the target cannot be divided.
        """

    @whole_fit
    def fit(self, X: Any, y: Any) -> Self:
        """Check the table and the target; nothing is trained.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Any container that `TableEncoder` takes.
        y : as in :meth:`fit_resample`
            The target.

        Returns
        -------
        self
        """
        self._validate_params()
        self._check_input(X, y)
        return self

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Train on the rows with their targets and append new ones.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            DataFrame, ndarray, list of lists or sparse matrix.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The target.

        Returns
        -------
        X_resampled : same container as `X`
            The real rows, unchanged and first, then the new ones.
        y_resampled : same container as `y`
            Their targets.

        Raises
        ------
        ValueError or TypeError
            If the table, the target or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        SingleRowWarning
            If new rows are noisy copies of the one row of a group.
        """
        return self._fit_resample(X, y)

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        tables, table, groups = self._check_input(X, y)
        warn_of_single_rows(
            [group.name for group in groups if len(group.rows) == 1 and group.n_new]
        )
        # Rows of no group are the class 0.
        classes = np.zeros(len(table), dtype=np.int64)
        for code, group in enumerate(groups, start=1):
            classes[group.rows] = code
        model = make_model(self, len(table))
        rows = ClassRows.fit(model, tables, table, classes, n_seen=self.n_features_in_)
        forest_seed = draw_seed(choose_random_state(self))
        drawn, parents = [], []
        for code, group in enumerate(groups, start=1):
            if group.n_new:
                label = label_code(model.classes_, code)
                strategy = make_strategy(self, rows, label, forest_seed)
                content, origin = rows.draw(label, group.n_new, strategy)
                drawn.append(content)
                parents.append(origin)
        self.model_ = model
        self.sampling_strategy_ = {group.name: group.n_new for group in groups}
        self.target_name_ = name_of_target(y)
        self.parents_ = stack_parents(parents)
        self.copy_report_ = report_copies(table, drawn)
        self.synthetic_mask_ = np.arange(len(table) + sum(map(len, drawn))) >= len(table)
        X_new, y_new = rows.write(stack_tables(drawn))
        return append_rows(X, [X_new]), append_target(y, y_new)

    def _check_input(self, X: Any, y: Any) -> tuple[TableEncoder, Any, list[Group]]:
        """Read the rows and their targets, once all is found fit, as one table."""
        check_model(self.model)
        if y is None:
            raise ValueError(
                "requires y to be passed, but the target y is None: over-sampling must know the target"
            )
        categorical = "auto" if self.model is None else self.model.categorical_features
        of_rows = TableEncoder(categorical_features=categorical)
        of_rows._estimator_name = type(self).__name__
        table = of_rows.fit_transform(X)
        remember_features(self, of_rows.n_features_in_, getattr(of_rows, "feature_names_in_", None))
        check_consistent_length(table.numbers, y)
        groups = self._divide(y)
        if not any(group.n_new for group in groups):
            n_rare = sum(len(group.rows) for group in groups)
            raise ValueError(
                "`ratio` must ask for more rows than the rare ones there are, got "
                f"{self.ratio!r} for {n_rare} rare rows of {len(table)}"
            )
        own = target_table(y)
        is_category = np.full(own.shape[1], self._has_labels)
        of_target = TableEncoder(categorical_features=is_category)
        joined = join_tables(table, of_target.fit_transform(own))
        return join_encoders(of_rows, of_target), joined, groups

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "sampler"
        accept_any_table(tags.input_tags)
        tags.target_tags.required = True
        return tags
