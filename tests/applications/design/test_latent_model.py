import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from vaesynth import VAE
from vaesynth.applications._design._latent_model import LatentModel


def test_models_that_cannot_design_are_refused(plane, parts_model):
    X, _ = plane
    with pytest.raises(TypeError, match=r"`model` must be a VAE, BetaVAE or CVAE .* got PCA"):
        LatentModel(PCA().fit(X))
    with pytest.raises(NotFittedError):
        LatentModel(VAE())
    collapsed = VAE(latent_dim=1, max_iter=1, beta=1000, random_state=0)
    with pytest.warns(match="posterior collapse"):
        collapsed.fit(X)
    with pytest.raises(ValueError, match="must tell rows apart, got a model with no active unit"):
        LatentModel(collapsed)


def test_classes_are_one_for_all_or_one_for_each(plane):
    model = LatentModel(plane[1])
    assert model.labels(None, 3) is None
    with pytest.raises(ValueError, match="`y` must be None for a model without classes"):
        model.labels("a", 3)
    model.has_classes = True
    np.testing.assert_array_equal(model.labels("a", 3), ["a", "a", "a"])
    with pytest.raises(ValueError, match=r"`y` must be one class or 3, got shape \(2,\)"):
        model.labels(["a", "b"], 3)
