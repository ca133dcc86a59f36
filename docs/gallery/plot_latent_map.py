"""
A map of handwritten digits
===========================

The latent space of a variational autoencoder with two latents is a map: similar rows are close to each other, and every
point of the map can be decoded. The images are the 1,797 digits of 8 × 8 pixels of scikit-learn.
"""

# %%
# Fit and look
# ------------
# The model sees no labels; they only give the points their colours.
from sklearn.datasets import load_digits
from vaesynth import VAE
from vaesynth.plotting import LatentMapDisplay

digits = load_digits()
images = digits.images / 16
vae = VAE(latent_dim=2, max_iter=60, random_state=0).fit(images)
display = LatentMapDisplay.from_estimator(vae, images, digits.target)

# %%
# The land between the rows
# -------------------------
# We decode a grid of points to see the same map as images. A point between a 1 and a 7 looks like both. New rows of a
# class come from points between its neighbours.
import numpy as np
from matplotlib import pyplot as plt

side = 16
lowest, highest = np.quantile(display.points, [0.01, 0.99], axis=0)
across, down = np.meshgrid(
    np.linspace(lowest[0], highest[0], side), np.linspace(highest[1], lowest[1], side)
)
decoded = vae.inverse_transform(np.column_stack([across.ravel(), down.ravel()]))
mosaic = decoded.reshape(side, side, 8, 8).swapaxes(1, 2).reshape(side * 8, side * 8)
figure, ax = plt.subplots(figsize=(6, 6), layout="constrained")
ax.imshow(mosaic, cmap="gray_r")
ax.axis("off")

# %%
# How sure is it?
# ---------------
# ``score_samples`` gives a bound on log p(x) for each image, in nats. The lowest belong to the digits that the model
# describes worst.
bound = vae.score_samples(images)
worst = np.argsort(bound)[:10]
figure, axes = plt.subplots(1, 10, figsize=(9, 1.4), layout="constrained")
for ax, number in zip(axes, worst, strict=True):
    ax.imshow(images[number], cmap="gray_r")
    ax.set_title(f"{digits.target[number]}: {bound[number]:.0f}", fontsize=9)
    ax.axis("off")
