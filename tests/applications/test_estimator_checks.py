"""scikit-learn's own checks on the applications; none is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
    parametrize_with_checks,
)

from vaesynth import VAE
from vaesynth.applications import VAEDenoiser, VAEImputer

# The checks fit two epochs on a few random rows: nothing to learn, and so nothing in the latents.
pytestmark = pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")


def make_estimators():
    small = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}
    model = VAE(numeric_encoding="standardize", **small)
    return [
        VAEDenoiser(model),
        VAEDenoiser(model, noise="salt_and_pepper", level=0.1),
        VAEDenoiser(model, noise=None),
        VAEImputer(**small),
        VAEImputer(early_stopping=True, **small),
    ]


@parametrize_with_checks(make_estimators())
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# One of them fits on a frame and transforms an array, to see that both work.
@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize(
    "check",
    [
        check_dataframe_column_names_consistency,
        check_param_validation,
        check_set_output_transform,
        check_set_output_transform_pandas,
        check_transformer_get_feature_names_out,
        check_transformer_get_feature_names_out_pandas,
    ],
)
@pytest.mark.parametrize("estimator", make_estimators(), ids=str)
def test_checks_that_are_run_by_name(check, estimator):
    check(type(estimator).__name__, estimator)
