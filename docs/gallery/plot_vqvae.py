"""
An alphabet for images
======================

A VQ-VAE encodes each image as a few letters of an alphabet that it learns; here, 16 letters per digit, out of 64. What
do the letters look like, how much of an image do they keep, and what happens if we draw letters at random?
"""

# %%
# Fit
# ---
# After the fit, we count how often each code is used. A common problem of a VQ-VAE is a codebook that has collapsed to
# a few letters. The perplexity is the number of letters that, used equally often, would carry as much information.
from sklearn.datasets import load_digits
from vaesynth import VQVAE

images = load_digits().images / 16
vqvae = VQVAE(n_codes=64, max_iter=15, prior_max_iter=15, random_state=0).fit(images)
print(
    f"grid {vqvae.code_grid_}, {vqvae.code_usage_:.0%} of {vqvae.n_codes_} letters in use, "
    f"perplexity {vqvae.perplexity_:.0f}"
)

# %%
# Images, letters, images
# -----------------------
import numpy as np
from matplotlib import pyplot as plt

shown = images[:10]
codes = vqvae.transform(shown).reshape(len(shown), *vqvae.code_grid_)
back = vqvae.inverse_transform(vqvae.transform(shown))
figure, axes = plt.subplots(3, 10, figsize=(9, 3), layout="constrained")
for row, (pictures, cmap) in enumerate(((shown, "gray_r"), (codes, "turbo"), (back, "gray_r"))):
    for ax, picture in zip(axes[row], pictures, strict=True):
        ax.imshow(picture, cmap=cmap)
        ax.set(xticks=[], yticks=[])
for ax, name in zip(axes[:, 0], ("image", "letters", "back"), strict=True):
    ax.set_ylabel(name)

# %%
# Sixteen letters of 6 bits take 12 bytes; the image has 64 pixels of 17 levels. The mean squared error per pixel, for
# pixels between 0 and 1, is:
print(f"{np.mean((vqvae.reconstruct(images) - images) ** 2):.4f}")

# %%
# Drawn letters
# -------------
# Letters drawn at random do not give a digit, because the order of the letters matters. The prior is trained on the
# codes of the rows and has learned this order.
rng = np.random.default_rng(0)
random_codes = vqvae.transform(images)[:10].copy()
rng.permuted(random_codes, axis=1, out=random_codes)
rows = {
    "shuffled": vqvae.inverse_transform(random_codes),
    "prior": vqvae.sample(10, random_state=0),
}
figure, axes = plt.subplots(2, 10, figsize=(9, 2), layout="constrained")
for name, line, pictures in zip(rows, axes, rows.values(), strict=True):
    for ax, picture in zip(line, pictures, strict=True):
        ax.imshow(picture, cmap="gray_r")
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
