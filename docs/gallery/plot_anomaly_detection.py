"""
Which digit is not a one, and where
===================================

A detector learns handwritten ones, and nothing else. It then judges all digits. The picture to look at is the last:
what each pixel adds to the score shows where a digit departs from all the ones that were learned.
"""

# %%
# Learn the ones
# --------------
# Half of the ones are learned from or held out; the other half is judged with all other digits.
import numpy as np
from sklearn.datasets import load_digits

from vaesynth import VAE
from vaesynth.applications import VAEOutlierDetector

digits = load_digits()
images, labels = digits.images / 16, digits.target
ones = np.flatnonzero(labels == 1)
learned, judged = ones[:120], np.setdiff1d(np.arange(len(labels)), ones[:120])

detector = VAEOutlierDetector(
    model=VAE(max_iter=60), false_alarm_rate=0.1, calibration_fraction=0.3, random_state=0
).fit(images[learned])

# %%
# Scores and threshold
# --------------------
# The dashed line is the threshold: of ones that the detector has not seen, one in ten may lie left of it.
from vaesynth.plotting import OutlierScoresDisplay

OutlierScoresDisplay.from_estimator(detector, images[judged])
flagged = detector.predict(images[judged]) == -1
for label in range(10):
    print(label, f"{flagged[labels[judged] == label].mean():.2f} of the digits are flagged")

# %%
# Where a digit is strange
# ------------------------
# The strangest of every class above, what the pixels add to its score below: red takes away.
from matplotlib import pyplot

figure, axes = pyplot.subplots(2, 10, figsize=(10, 2.3), layout="constrained")
scores = detector.score_samples(images[judged])
for label, (above, below) in enumerate(axes.T):
    members = judged[labels[judged] == label]
    chosen = members[np.argmin(scores[labels[judged] == label])]
    pixels = detector.feature_contributions(images[[chosen]]).iloc[0, :-1].to_numpy()
    limit = np.abs(pixels).max()
    above.imshow(images[chosen], cmap="gray_r")
    below.imshow(pixels.reshape(8, 8), cmap="RdBu", vmin=-limit, vmax=limit)
    above.set_title(label)
    above.set_axis_off()
    below.set_axis_off()

# %%
# A zero is given away by the hole in its middle as much as by its sides: where every one has ink, it has none.
