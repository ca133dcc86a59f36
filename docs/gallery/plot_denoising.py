"""
One denoiser for every level of noise
=====================================

A filter such as non-local means has a strength, which somebody must set for the noise at hand. A denoiser that has
learned from images at all levels of noise reads the level off the image itself. This page trains one on handwritten
digits in a few seconds and looks at what it does at three levels, and what can be done without any clean image.
"""

# %%
# Digits and noise
# ----------------
# Pixels lie between 0 and 1; each training step puts normal noise on them whose standard deviation is drawn anew for
# each image, from 0.1 to 0.6. The latents lie on a grid, one position for each patch of pixels, so that strokes stay
# sharp.
import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import shuffle

from vaesynth import VAE
from vaesynth.applications import VAEDenoiser

digits = shuffle(load_digits().images / 16, random_state=0)
learned, unseen = digits[:1400], digits[1400:]

model = VAE(network="spatial", hidden_layer_sizes=(48,), beta=0.01, max_iter=40)
denoiser = VAEDenoiser(model, noise="gaussian", level=(0.1, 0.6), random_state=0).fit(learned)

# %%
# Before and after
# ----------------
# The same twelve digits at three levels. Where noise hides a stroke altogether, the denoiser gives what digits usually
# have there, and paler the less sure it is: the mean of what it could have been.
from matplotlib import pyplot

from vaesynth.plotting import DenoisedImagesDisplay


def spoil(images, sigma):
    """Put normal noise on images."""
    return images + sigma * np.random.default_rng(1).normal(size=images.shape)


figure, axes = pyplot.subplots(3, 1, figsize=(8, 7.5), layout="constrained")
for ax, sigma in zip(axes, (0.15, 0.3, 0.6), strict=True):
    DenoisedImagesDisplay.from_estimator(denoiser, spoil(unseen[:12], sigma), unseen[:12], ax=ax)
    ax.set_title(f"noise of standard deviation {sigma}")

# %%
# In numbers
# ----------
# Beside the linear denoiser that is best at each level and knows it: principal components, each shrunk by its share of
# noise (the Wiener filter). The one model is told nothing.
from sklearn.decomposition import PCA

pca = PCA().fit(learned.reshape(len(learned), -1))


def shrink(images, sigma):
    """Take noise of a known level off by the Wiener filter."""
    scores = pca.transform(images.reshape(len(images), -1))
    gain = pca.explained_variance_ / (pca.explained_variance_ + sigma**2)
    return pca.inverse_transform(gain * scores).reshape(images.shape)


def error(images):
    """Root mean squared error of images, clipped to between 0 and 1."""
    return np.sqrt(np.square(images.clip(0, 1) - unseen).mean())


for sigma in (0.15, 0.3, 0.6):
    noisy = spoil(unseen, sigma)
    print(
        f"level {sigma}: error {error(noisy):.3f}, Wiener filter {error(shrink(noisy, sigma)):.3f}, "
        f"denoiser {error(denoiser.transform(noisy)):.3f}"
    )

# %%
# Without clean images
# --------------------
# With ``noise=None`` the training images are noisy themselves. A VAE with few latents, whose likelihood has a learned
# scale, cannot follow noise, and takes for noise what its decoder does not explain.
alone = VAEDenoiser(VAE(max_iter=60), noise=None, random_state=0)
alone.fit(spoil(learned, 0.3))
noisy = spoil(unseen, 0.3)
print(f"from noisy images alone, level 0.3: error {error(alone.transform(noisy)):.3f}")
DenoisedImagesDisplay.from_estimator(alone, noisy[:12], unseen[:12])
