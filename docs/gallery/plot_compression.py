"""
Fewer bits for clothes
======================

A codec that was trained on many images of one kind needs fewer bits for the next one than a general codec. This page
trains a codec on a few images of Fashion-MNIST, in about a minute, and shows how the quality grows with the bits.
"""

# %%
# One model, several qualities
# ----------------------------
# The model is trained for several weights of the squared error at once. Each weight is a quality that you can choose
# for a stream.
import numpy as np

from vaesynth.applications import VQVAECompressor
from vaesynth.datasets import fetch_fashion_mnist

train = fetch_fashion_mnist().images[:3000]
test = fetch_fashion_mnist(subset="test").images[:500]
compressor = VQVAECompressor(
    distortion_weights=(5, 20, 80, 320), hidden_size=32, max_iter=4, random_state=0
)
compressor.fit(train)

# %%
# The top row shows the images; the rows below show them from the best quality to the worst. Texture is lost first;
# shape and brightness are kept longest.
from matplotlib import pyplot

shown = [test[:12]]
for quality in reversed(range(compressor.n_qualities_)):
    stream = compressor.compress(test, quality)
    print(f"quality {quality}: {8 * len(stream) / test.size:.2f} bits per pixel")
    shown.append(compressor.decompress(stream)[:12])

_, ax = pyplot.subplots(figsize=(9, 4), layout="constrained")
ax.imshow(np.vstack([np.hstack(images) for images in shown]), cmap="gray")
ax.set_axis_off()

# %%
# Beside JPEG
# -----------
# We give JPEG all images side by side in one picture, so that they share one header.
import io

from PIL import Image

mosaic = np.vstack(list(map(np.hstack, np.array_split(test, len(test) // 25))))


def jpeg(quality):
    """Bits per pixel and decibels."""
    file = io.BytesIO()
    Image.fromarray(mosaic).save(file, "JPEG", quality=quality, optimize=True)
    error = np.mean((mosaic - np.asarray(Image.open(file), dtype=float)) ** 2)
    return 8 * file.tell() / mosaic.size, 10 * np.log10(255**2 / error)


from vaesynth.plotting import RateDistortionDisplay

RateDistortionDisplay.from_estimator(
    compressor, test, others={"JPEG": [jpeg(quality) for quality in (1, 5, 10, 20, 30)]}
)

# %%
# Nothing lost
# ------------
# The lossless mode restores the images exactly. An image takes as many bits as its evidence bound under a variational
# autoencoder, because bits-back coding recovers the bits of the latent point.
import lzma

lossless = VQVAECompressor(lossless=True, hidden_size=64, max_iter=4, random_state=0).fit(train)
stream = lossless.compress(test)
print("the very images:", np.array_equal(lossless.decompress(stream), test))
print(f"ours {8 * len(stream) / test.size:.2f} bits per pixel")
print(f"xz   {8 * len(lzma.compress(test.tobytes(), preset=9)) / test.size:.2f} bits per pixel")
