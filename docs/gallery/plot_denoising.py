"""
One denoiser for every level of noise
=====================================

A filter such as non-local means has a strength that you must set for the noise in your images. A denoiser that was
trained on images with all levels of noise estimates the level from the image. This page trains one on handwritten
digits in a few seconds, applies it at three levels, and shows what is possible without any clean image.
"""

# %%
# Digits and noise
# ----------------
# Pixels lie between 0 and 1. Each training step adds normal noise to them; its standard deviation is drawn for each
# image, from 0.1 to 0.6. The latents lie on a grid, one position for each patch of pixels, so that strokes stay sharp.
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
# The figure shows the same twelve digits at three levels. If noise hides a stroke completely, the denoiser returns the
# mean of what could be there: the less certain it is, the paler the stroke.
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
# We compare it with the best linear denoiser for each level, which knows the level: principal components, each shrunk
# by its share of noise (the Wiener filter). Our one model does not know the level.
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
# With ``noise=None``, the training images themselves are noisy. A VAE with few latents and a likelihood with a learned
# scale cannot reproduce noise; it treats everything that its decoder does not explain as noise.
alone = VAEDenoiser(VAE(max_iter=60), noise=None, random_state=0)
alone.fit(spoil(learned, 0.3))
noisy = spoil(unseen, 0.3)
print(f"from noisy images alone, level 0.3: error {error(alone.transform(noisy)):.3f}")
DenoisedImagesDisplay.from_estimator(alone, noisy[:12], unseen[:12])
