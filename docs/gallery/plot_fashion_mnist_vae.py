"""
A variational autoencoder of clothes
====================================

A well-known program trains a variational autoencoder on Fashion-MNIST: dense layers of 256, two latents, ten epochs of
batches of 128 with Adam, and sixteen images drawn from N(0, I) at the end. As it is often printed, with the squared
error averaged over pixels and the KL divergence averaged over latents, it cannot work. This page shows why, mends it,
and shows what the defaults of this package make of the same images.

The images come from the Debian package ``dataset-fashion-mnist``, or are downloaded. So that the page takes half a
minute on one core it reads 10,000 of the 60,000 images. :doc:`/benchmarks/commands` has the figures of all of them,
beside those of the same program in plain PyTorch.
"""

# %%
# The program as printed
# ----------------------
# In ten lines. Averages in place of sums are a weight of the KL term: the squared error is divided by 784 pixels and
# the divergence by 2 latents, so that, beside half the squared error of an image, its divergence counts
# 784 / 2 / 2 = 196 times.
# sphinx_gallery_thumbnail_number = 4
from vaesynth import VAE
from vaesynth.datasets import fetch_fashion_mnist
from vaesynth.plotting import GeneratedImagesDisplay

clothes = fetch_fashion_mnist()
images, names = clothes.images[:10_000], clothes.target[:10_000]
article = {
    "hidden_layer_sizes": (256,),
    "activation": "relu",
    "latent_dim": 2,
    "prior": "standard_normal",
}
training = {
    "max_iter": 10,
    "batch_size": 128,
    "learning_rate": "constant",
    "learning_rate_init": 1e-3,
}
training |= {"kl_warm_up": 0, "weight_decay": 0, "early_stopping": False, "random_state": 0}

printed = VAE(likelihood="squared_error", beta=784 / 2 / 2, **article, **training)
printed.fit(images)
GeneratedImagesDisplay.from_estimator(printed, 16, random_state=0)

# %%
# Sixteen times the mean of all images. ``fit`` has warned of it: the posterior has collapsed, no latent tells one image
# from another. The model pays 196 nats for each nat that a latent tells, and no latent is worth that.
print(
    f"KL divergence {printed.kl_per_latent_.sum():.4f} nats, latents in use: {printed.active_units_}"
)

# %%
# With sums in place of averages
# ------------------------------
# The evidence lower bound sums over the pixels and the latents of an image. Everything else stays: the same network and
# the same training, with a Bernoulli likelihood as is usual for these images.
summed = VAE(likelihood="bernoulli", **article, **training).fit(images)
GeneratedImagesDisplay.from_estimator(summed, 16, random_state=0)

# %%
# Two latents are enough for a map of the clothes.
from vaesynth.plotting import LatentMapDisplay

unseen = fetch_fashion_mnist(subset="test")
print(
    f"test bound {summed.score(unseen.images):.1f} nats, KL {summed.kl_per_latent_.sum():.1f} nats"
)
LatentMapDisplay.from_estimator(summed, unseen.images, unseen.target)

# %%
# The defaults
# ------------
# Sixteen latents, two hidden layers, a normal likelihood whose scale is learned, a KL term that is warmed up, and a
# mixture of normals that is fitted to the encoded images after training: what :meth:`~vaesynth.VAE.sample` draws then
# lies where images lie. Twelve epochs must do here; by themselves they would take more.
default = VAE(max_iter=12, random_state=0).fit(images)
GeneratedImagesDisplay.from_estimator(default, 16, random_state=0)

# %%
# What it keeps of an image, and how training went:
from vaesynth.plotting import LossCurveDisplay, ReconstructionDisplay

ReconstructionDisplay.from_estimator(default, unseen.images[:12])
LossCurveDisplay.from_estimator(default)

# %%
# One class at a time
# -------------------
# A conditional model draws the class it is asked for.
from vaesynth import CVAE

conditional = CVAE(max_iter=12, random_state=0).fit(images, names)
GeneratedImagesDisplay.from_estimator(conditional, 16, y="Ankle boot", random_state=0)
