"""scikit-learn's own checks on the applications, two configurations of each or more; none is expected to fail."""

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

from vaesynth import VAE, BetaVAE
from vaesynth.applications import (
    LatentDesigner,
    VAEDenoiser,
    VAEImputer,
    VAEOutlierDetector,
    VQVAECompressor,
)

# The checks fit two epochs on a few random rows: nothing to learn, and too few to hold out.
pytestmark = [
    pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning"),
    pytest.mark.filterwarnings("ignore:at a false alarm rate:UserWarning"),
]
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}
MODEL = VAE(numeric_encoding="standardize", **SMALL)
# With latents that tell a few random rows apart.
OPEN = {**SMALL, "max_iter": 30, "latent_dim": 2, "learning_rate_init": 0.05}


def make_transformers():
    return [
        VAEDenoiser(MODEL),
        VAEDenoiser(MODEL, noise="salt_and_pepper", level=0.1),
        VAEDenoiser(MODEL, noise=None),
        VAEImputer(VAE(**SMALL)),
        VAEImputer(
            VAE(early_stopping=True, **SMALL), sample_posterior=True, hidden_share=(0.2, 0.4)
        ),
    ]


def make_estimators():
    methods = ("neighbors", "bound")
    return [
        *make_transformers(),
        *(VAEOutlierDetector(MODEL, method=name, n_importance_samples=2) for name in methods),
        LatentDesigner(VAE(**OPEN)),
        LatentDesigner(BetaVAE(beta=0.5, free_bits=0.5, **OPEN), max_reference=20, random_state=0),
        VQVAECompressor(max_iter=1, batch_size=32, random_state=0),
        VQVAECompressor(max_iter=2, distortion_weights=(3,), hidden_size=8, random_state=0),
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
@pytest.mark.parametrize("estimator", make_transformers(), ids=str)
def test_checks_that_are_run_by_name(check, estimator):
    check(type(estimator).__name__, estimator)
