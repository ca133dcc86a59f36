"""The tags of every estimator of tables against what it takes."""

import pytest
from sklearn.utils import get_tags

from vaesynth import CVAE, VAE, VQVAE, CVAESampler
from vaesynth.applications import VAEDenoiser, VAEImputer, VAEOutlierDetector


@pytest.mark.parametrize(
    "estimator", [VAE, CVAE, VQVAE, CVAESampler, VAEDenoiser, VAEImputer, VAEOutlierDetector]
)
def test_any_table_is_taken(estimator):
    tags = get_tags(estimator()).input_tags
    assert tags.allow_nan
    assert tags.string
    assert tags.categorical
    assert tags.sparse
