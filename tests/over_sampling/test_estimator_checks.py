"""imbalanced-learn's and scikit-learn's own checks, in three configurations; none is expected to fail."""

import pytest
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
)
from sklearn.utils.estimator_checks import (
    parametrize_with_checks as parametrize_with_sklearn_checks,
)

from vaesynth import CVAE, CVAESampler


class StringAndNaNSampler(CVAESampler):
    """States once more that strings and gaps are taken, whatever the default becomes."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        return tags


def make_samplers():
    small = CVAE(hidden_layer_sizes=(8,), latent_dim=2, max_iter=2)
    return [
        CVAESampler(random_state=0),
        StringAndNaNSampler(model=small, n_candidates=1, random_state=0),
        CVAESampler(model=small, sampling_method="prior", n_candidates=1, random_state=0),
    ]


@pytest.mark.filterwarnings("ignore::UserWarning:sklearn", "ignore::UserWarning:imblearn")
@parametrize_with_checks(make_samplers())
def test_imbalanced_learns_checks(estimator, check):
    check(estimator)


@parametrize_with_sklearn_checks(make_samplers())
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check", [check_param_validation, check_dataframe_column_names_consistency]
)
@pytest.mark.parametrize("sampler", make_samplers(), ids=["default", "tags", "prior"])
def test_checks_that_are_run_by_name(check, sampler):
    check(type(sampler).__name__, sampler)


def test_strings_and_gaps_are_taken_by_default():
    tags = CVAESampler().__sklearn_tags__().input_tags
    assert tags.string
    assert tags.allow_nan
