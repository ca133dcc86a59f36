"""A classifier that chooses by cross-validation how it meets imbalance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.metrics import get_scorer_names
from sklearn.utils import Tags, indexable
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import HasMethods, Interval, StrOptions, available_if, fit_context
from vaesynth._validation import draw_seed
from vaesynth._warnings import hear_warnings, pass_on_warnings
from vaesynth._whole_fit import whole_fit
from vaesynth.model_selection._choose._choice import Choice, choose, describe_choice
from vaesynth.model_selection._choose._fold_answers import (
    Answer,
    answer_fold,
    tune_on,
    tuned_scores,
)
from vaesynth.model_selection._choose._options import Option, make_amounts, make_options
from vaesynth.model_selection._compare._competitors import can_weigh_classes, fit_balanced
from vaesynth.model_selection._compare._fold_task import Task, seeded
from vaesynth.model_selection._compare._folds import (
    SEED_BOUND,
    group_by_sampler,
    make_folds,
    order_classes,
)
from vaesynth.model_selection._held_out import LABEL_SCORES
from vaesynth.model_selection._options import require_classifier
from vaesynth.model_selection._resample_and_fit import combine_tags, copy_column_facts
from vaesynth.model_selection._resampled_classifier import (
    ResampledClassifier,
    check_target,
    default_classifier,
)
from vaesynth.model_selection._row_totals import ask_for
from vaesynth.model_selection._row_weights import weight_parameter

N_FOLDS = 5


def _chosen_has(method: str) -> Callable[[Any], bool]:
    """Return whether the chosen classifier, or before the fit the one to choose for, has a method."""

    def check(self: ResampledClassifierCV) -> bool:
        getattr(getattr(self, "best_estimator_", self._chosen_classifier()), method)
        return True

    return check


class ResampledClassifierCV(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Classifier that chooses by cross-validation whether and how to meet imbalance.

    No over-sampler is right for every classifier and table. This one tries, on the same folds of real rows, no
    resampling, class weights, and samplers with several amounts and weights of new rows; where `scoring` judges labels,
    also with a tuned threshold. It keeps no resampling unless something else is better by `n_standard_errors`, and fits
    what it has chosen on all rows.

    A sampler is trained once for each fold: it makes as many new rows as the largest amount asks for, and smaller
    amounts leave some of them out.

    Parameters
    ----------
    classifier : classifier object, default=None
        An object with `fit` and `predict`. None means :class:`sklearn.ensemble.HistGradientBoostingClassifier`.
    samplers : dict of str to sampler object, default=None
        Samplers by name. None means ``{"CVAE": CVAESampler()}``; an empty dict tries none.
    sampling_strategies : sequence, default=("auto", "halfway")
        Amounts of new rows, each as `sampling_strategy` of an over-sampler; "halfway" means
        :func:`~vaesynth.over_sampling.halfway_totals`. A sampler that is no over-sampler of imbalanced-learn's kind is
        used as it is.
    growths : sequence of float or "auto", default=(1.0, "auto")
        Factors of the rows of all classes, for amounts that are names or ratios, as `growth` of `CVAESampler`. Amounts
        that come to the same rows are tried once.
    synthetic_weights : sequence, default=(1.0, "real_shares")
        Values of `synthetic_weight` of :class:`ResampledClassifier`. Where the classifier takes no weights, 1 alone.
    tune_threshold : bool or "auto", default="auto"
        Whether to try every option but class weights with a tuned threshold as well. "auto" does so for two classes, a
        classifier with probabilities, and a score by name that judges predicted labels, such as "f1". A fold is scored
        at the threshold that is best on the other folds.
    scoring : str or callable, default="average_precision"
        What to choose by: a scorer of scikit-learn's. Given by name it scores the rarer of two classes.
    n_standard_errors : float, default=1.0
        By how many standard errors of its difference to no resampling an option must be better to be chosen. 0 chooses
        the best mean.
    cv : int, cross-validation splitter, iterable or None, default=None
        Folds. None means 5; a number means stratified folds of shuffled rows.
    n_jobs : int or None, default=None
        Number of processes for the folds. The scores do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness: of the folds, and of the samplers and the classifier where their own is None.

    Attributes
    ----------
    best_estimator_ : classifier object
        What was chosen, fitted on all rows: a :class:`ResampledClassifier`, or the classifier with class weights.
    best_params_ : dict
        `sampler` ("none", "class weights" or a name), `threshold` ("tuned" or None) and, for samplers,
        `synthetic_weight`, `sampling_strategy` and `growth`.
    best_score_ : float
        Its mean score over the folds. It is a little too good, as the largest of several.
    best_index_ : int
        Its position in `cv_results_`.
    cv_results_ : dict of str to array
        As of :class:`sklearn.model_selection.GridSearchCV`: `params`, `split0_test_score` and so on, `mean_test_score`,
        `std_test_score`, `rank_test_score` and `mean_fit_time`, and besides `gain` over no resampling with its
        `standard_error`.
    verdict_ : str
        One sentence: whether anything beats no resampling.
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`. Only exists if they are all strings.

    See Also
    --------
    ResampledClassifier : One sampler and one classifier.
    compare_resamplers : Compares samplers in all metrics, and does not choose.

    Examples
    --------
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from vaesynth import ResampledClassifierCV
    >>> X, y = make_classification(300, weights=[0.9], random_state=0)
    >>> model = ResampledClassifierCV(
    ...     LogisticRegression(),
    ...     samplers={"random": RandomOverSampler()},
    ...     scoring="f1",
    ...     random_state=0,
    ... )
    >>> model.fit(X, y).best_params_["sampler"] in ("none", "class weights", "random")
    True
    >>> len(model.cv_results_["params"])
    15
    >>> model.verdict_.split(":")[0] in ("Yes", "No")
    True
    """

    _parameter_constraints = {  # noqa: RUF012
        "classifier": [HasMethods(["fit", "predict"]), None],
        "samplers": [dict, None],
        "sampling_strategies": [list, tuple],
        "growths": [list, tuple, np.ndarray],
        "synthetic_weights": [list, tuple],
        "tune_threshold": ["boolean", StrOptions({"auto"})],
        "scoring": [StrOptions(set(get_scorer_names())), callable],
        "n_standard_errors": [Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        classifier: Any = None,
        *,
        samplers: Any = None,
        sampling_strategies: Any = ("auto", "halfway"),
        growths: Any = (1.0, "auto"),
        synthetic_weights: Any = (1.0, "real_shares"),
        tune_threshold: bool | str = "auto",
        scoring: Any = "average_precision",
        n_standard_errors: float = 1.0,
        cv: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.classifier = classifier
        self.samplers = samplers
        self.sampling_strategies = sampling_strategies
        self.growths = growths
        self.synthetic_weights = synthetic_weights
        self.tune_threshold = tune_threshold
        self.scoring = scoring
        self.n_standard_errors = n_standard_errors
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state

    @whole_fit
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Choose on held-out real rows, then fit what was chosen on all rows.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Training rows, in any form that the samplers and the classifier take.
        y : array-like of shape (n_samples,)
            Class labels, of two or more classes.

        Returns
        -------
        self : ResampledClassifierCV
            The fitted classifier.

        Raises
        ------
        ValueError
            If `y` is refused, a class has fewer rows than there are folds, an option does not suit the classes, or
            `tune_threshold` is True where no threshold can be tuned.
        TypeError
            If the classifier is a regressor or the like, or a sampler has no `fit_resample`.
        """
        labels = check_target(self, X, y)
        (X,) = indexable(X)
        classifier = self._chosen_classifier()
        classes = self._check_classes(classifier, labels)
        tunes = self._tunes_threshold(classifier, classes)
        options = self._make_options(classifier, labels, tunes_threshold=tunes)
        seed = draw_seed(self.random_state) % SEED_BOUND
        folds = make_folds(X, labels, N_FOLDS if self.cv is None else self.cv, 1, seed, least=1)
        if len(folds) < 2:
            raise ValueError(f"`cv` must make at least 2 folds, got {len(folds)}")
        competitors = {option.name: option.competitor for option in options}
        tasks = [
            Task(fold, group, classes) for fold in folds for group in group_by_sampler(competitors)
        ]
        given = (classifier, X, labels, self.scoring)
        answered = Parallel(n_jobs=self.n_jobs)(
            delayed(hear_warnings)(answer_fold, task, *given, tunes_threshold=tunes)
            for task in tasks
        )
        done = [answer for answer, _ in answered]
        pass_on_warnings(warning for _, heard in answered for warning in heard)
        answers: dict[str, list[Answer]] = defaultdict(list)
        for answer in (answer for part in done for answer in part):
            answers[answer.name].append(answer)
        scores = np.array(
            [self._score(option, answers[option.name], classes) for option in options]
        )
        ratio = float(np.mean([len(fold.test) / len(fold.train) for fold in folds]))
        choice = choose(scores, self.n_standard_errors, ratio)
        chosen = options[choice.best]
        self.best_index_, self.best_params_ = choice.best, chosen.params
        self.best_score_ = float(scores[choice.best].mean())
        self.cv_results_ = _collect(options, scores, answers, choice)
        metric = self.scoring if isinstance(self.scoring, str) else "the score"
        self.verdict_ = describe_choice(choice, options, scores, metric, self.n_standard_errors)
        self.best_estimator_ = self._refit(
            chosen, answers[chosen.name], X, y, labels, classes, seed
        )
        copy_column_facts(self, self.best_estimator_)
        return self

    @property
    def classes_(self) -> np.ndarray:
        """Class labels, sorted: an ndarray of shape (n_classes,)."""
        return self.best_estimator_.classes_

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class of each row.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The predicted labels, by the tuned threshold where one was chosen.
        """
        check_is_fitted(self)
        return self.best_estimator_.predict(X)

    @available_if(_chosen_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict class probabilities.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`.
        """
        check_is_fitted(self)
        return self.best_estimator_.predict_proba(X)

    @available_if(_chosen_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the natural logarithm of class probabilities.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Log-probabilities in the order of `classes_`.
        """
        check_is_fitted(self)
        return self.best_estimator_.predict_log_proba(X)

    @available_if(_chosen_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Compute the decision function of what was chosen; there is none with a tuned threshold.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        decisions : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the classifier returns.
        """
        check_is_fitted(self)
        return self.best_estimator_.decision_function(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        return combine_tags(tags, self._chosen_classifier(), self._chosen_samplers().values())

    def _chosen_classifier(self) -> Any:
        return default_classifier() if self.classifier is None else self.classifier

    def _chosen_samplers(self) -> Mapping[str, Any]:
        if self.samplers is not None:
            return self.samplers
        from vaesynth.over_sampling import CVAESampler  # torch loads only where it is needed

        return {"CVAE": CVAESampler()}

    def _check_classes(self, classifier: Any, y: np.ndarray) -> np.ndarray:
        """Refuse what no fold could be made of, and return the labels, of two the rarer one last."""
        require_classifier(classifier)
        for name, sampler in self._chosen_samplers().items():
            if not hasattr(sampler, "fit_resample"):
                raise TypeError(f"a sampler must have `fit_resample`, got {sampler!r} as {name!r}")
        counts = np.unique(y, return_counts=True)[1]
        if len(counts) < 2:
            raise ValueError("`y` must have at least 2 classes, got 1 class")
        n_folds = N_FOLDS if self.cv is None else self.cv
        if isinstance(n_folds, Integral) and n_folds > counts.min():
            raise ValueError(
                "`cv` must be at most the number of rows of the smallest class, got "
                f"{n_folds} folds and n_samples={counts.min()} in it"
            )
        return order_classes(y)

    def _tunes_threshold(self, classifier: Any, classes: np.ndarray) -> bool:
        can = (
            len(classes) == 2
            and hasattr(classifier, "predict_proba")
            and isinstance(self.scoring, str)
            and self.scoring in LABEL_SCORES
        )
        if self.tune_threshold is True and not can:
            raise ValueError(
                "`tune_threshold=True` needs two classes, a classifier with `predict_proba` and a `scoring` of "
                f"predicted labels by name, got {len(classes)} classes, {classifier!r} and {self.scoring!r}"
            )
        return can and bool(self.tune_threshold)

    def _make_options(
        self, classifier: Any, y: np.ndarray, *, tunes_threshold: bool
    ) -> list[Option]:
        from vaesynth.over_sampling import halfway_totals  # torch loads only where it is needed

        strategies = [
            halfway_totals if isinstance(strategy, str) and strategy == "halfway" else strategy
            for strategy in self.sampling_strategies
        ]
        takes_weights = weight_parameter(classifier) is not None
        return make_options(
            self._chosen_samplers(),
            make_amounts(strategies, list(self.growths), y),
            list(self.synthetic_weights) if takes_weights else [1.0],
            weighs_classes=can_weigh_classes(classifier),
            tunes_threshold=tunes_threshold,
        )

    def _score(self, option: Option, answers: list[Answer], classes: np.ndarray) -> list[float]:
        if option.is_tuned:
            return tuned_scores(answers, self.scoring, classes)
        return [answer.score for answer in answers]

    def _refit(
        self,
        option: Option,
        answers: list[Answer],
        X: Any,
        y: Any,
        labels: np.ndarray,
        classes: np.ndarray,
        seed: int,
    ) -> Any:
        """Fit an option on all rows; a threshold is the one that is best on all folds."""
        classifier = seeded(self._chosen_classifier(), seed)
        threshold = tune_on(answers, self.scoring, classes) if option.is_tuned else None
        competitor = option.competitor
        if competitor.weighs_classes:
            return fit_balanced(classifier, X, labels)
        sampler = seeded(competitor.sampler, seed)
        if competitor.amount is not None:
            ask_for(sampler, competitor.amount.totals(labels))
        options = {**competitor.options, "threshold": threshold}
        return ResampledClassifier(sampler, classifier, **options).fit(X, y)


def _collect(
    options: list[Option], scores: np.ndarray, answers: dict[str, list[Answer]], choice: Choice
) -> dict[str, Any]:
    """Return the scores of all options as scikit-learn's searches do."""
    means = scores.mean(axis=1)
    splits = {f"split{fold}_test_score": column for fold, column in enumerate(scores.T)}
    seconds = [np.mean([answer.seconds for answer in answers[option.name]]) for option in options]
    return {
        "mean_fit_time": np.array(seconds),
        "params": [option.params for option in options],
        **splits,
        "mean_test_score": means,
        "std_test_score": scores.std(axis=1),
        "rank_test_score": rankdata(-means, method="min").astype(np.int32),
        "gain": choice.gains,
        "standard_error": choice.errors,
    }
