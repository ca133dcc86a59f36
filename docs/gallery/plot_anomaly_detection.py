"""
Which digit is not a one, and where
===================================

A detector learns from handwritten ones only, and then scores all digits. The last picture shows what each pixel adds to
the score, and so where a digit differs from the ones in the training set.
"""

# %%
# Learn the ones
# --------------
# Half of the ones train the detector and set its threshold. The detector then scores the other half and all other
# digits.
import numpy as np
from sklearn.datasets import load_digits

from vaesynth.applications import VAEOutlierDetector

digits = load_digits()
images, labels = digits.images / 16, digits.target
ones = np.flatnonzero(labels == 1)
learned, judged = ones[:120], np.setdiff1d(np.arange(len(labels)), ones[:120])

detector = VAEOutlierDetector(false_alarm_rate=0.1, calibration_fraction=0.3, random_state=0).fit(
    images[learned]
)

# %%
# Scores and threshold
# --------------------
# The dashed line is the threshold. One in ten of the unseen ones may lie left of it.
from vaesynth.plotting import OutlierScoresDisplay

OutlierScoresDisplay.from_estimator(detector, images[judged])
flagged = detector.predict(images[judged]) == -1
for label in range(10):
    print(label, f"{flagged[labels[judged] == label].mean():.2f} of the digits are flagged")

# %%
# Where a digit is strange
# ------------------------
# The upper row shows the most unusual digit of every class. The lower row shows what its pixels add to the score; red
# pixels lower it.
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
# The hole in the middle of a zero lowers the score as much as its sides do: every one has ink there, and the zero has
# none.
