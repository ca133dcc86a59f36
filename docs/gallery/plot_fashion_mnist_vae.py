"""
A variational autoencoder of clothes
====================================

A well-known program trains a variational autoencoder on Fashion-MNIST: dense layers of 256 units, two latents, ten
epochs with batches of 128 and Adam. At the end it draws sixteen images from N(0, I). It is often printed with the
squared error averaged over pixels and the KL divergence averaged over latents, and then it cannot work. This page shows
why, corrects the program, and shows what the default parameters of vaesynth make of the same images.

The images come from the Debian package ``dataset-fashion-mnist``, or are downloaded. The page uses 10,000 of the 60,000
images, so that it takes half a minute on one core. :doc:`/benchmarks/commands` has the figures for all images, and
those of the same program in plain PyTorch.
"""

# %%
# The program as printed
# ----------------------
# The program takes ten lines. Averages instead of sums change the weight of the KL term: the squared error is divided
# by 784 pixels and the divergence by 2 latents. Relative to half the squared error of an image, the divergence
# therefore has a weight of 784 / 2 / 2 = 196. sphinx_gallery_thumbnail_number = 4
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
# All sixteen images are the mean of all images. ``fit`` warned about this: the posterior has collapsed, and no latent
# distinguishes one image from another. The model pays 196 nats for each nat of information in a latent, and no latent
# is worth that.
print(
    f"KL divergence {printed.kl_per_latent_.sum():.4f} nats, latents in use: {printed.active_units_}"
)

# %%
# With sums in place of averages
# ------------------------------
# The evidence lower bound sums over the pixels and the latents of an image. The network and the training stay the same;
# the likelihood is Bernoulli, as is usual for these images.
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
# The defaults are sixteen latents, two hidden layers, a normal likelihood with a learned scale, a warm-up of the KL
# term, and a mixture of normals that is fitted to the encoded images after training. :meth:`~vaesynth.VAE.sample` then
# draws points where images lie. To save time, this page trains for twelve epochs; the default is more.
default = VAE(max_iter=12, random_state=0).fit(images)
GeneratedImagesDisplay.from_estimator(default, 16, random_state=0)

# %%
# How well it reconstructs images, and the loss during training:
from vaesynth.plotting import LossCurveDisplay, ReconstructionDisplay

ReconstructionDisplay.from_estimator(default, unseen.images[:12])
LossCurveDisplay.from_estimator(default)

# %%
# One class at a time
# -------------------
# A conditional model draws images of the class that you ask for.
from vaesynth import CVAE

conditional = CVAE(max_iter=12, random_state=0).fit(images, names)
GeneratedImagesDisplay.from_estimator(conditional, 16, y="Ankle boot", random_state=0)
