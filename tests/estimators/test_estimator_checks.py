"""scikit-learn's own checks on VAE, BetaVAE, CVAE and VQVAE; none is expected to fail."""

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

from vaesynth import CVAE, VAE, VQVAE, BetaVAE

# The checks fit two epochs on a few random rows: nothing to learn, and so nothing in the latents.
pytestmark = pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")


def make_estimators():
    small = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}
    return [
        VAE(**small),
        VAE(prior="gaussian_mixture", prior_n_components=3, early_stopping=True, **small),
        VAE(prior="vamp", prior_n_components=3, numeric_encoding="bins", **small),
        BetaVAE(kl_n_cycles=2, **small),
        BetaVAE(beta=0.5, free_bits=0.1, numeric_encoding="asinh", **small),
        CVAE(**small),
        CVAE(prior="gaussian_mixture", **small),
        VQVAE(prior_hidden_size=8, **small),
        VQVAE(quantizer="fsq", n_codes=64, early_stopping=True, prior_hidden_size=8, **small),
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
