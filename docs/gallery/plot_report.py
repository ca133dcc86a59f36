"""
Does it help here? A verdict and a report
=========================================

:func:`~vaesynth.compare_resamplers` measures on your table, in folds of real rows, whether over-sampling is better than
no resampling, class weights, and a tuned threshold. It answers in words, with intervals. The rows are wines; the class
to find is the third vineyard.
"""

# %%
# Two classifiers, five ways
# --------------------------
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from vaesynth import compare_resamplers

X, y = load_wine(return_X_y=True, as_frame=True)
X, y = X[["malic_acid", "alcalinity_of_ash", "ash", "magnesium"]], y.eq(2)
comparison = compare_resamplers(
    {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
        "random forest": RandomForestClassifier(60, random_state=0),
    },
    X,
    y,
    samplers=["class weights", "SMOTE", "CVAE", "CVAE, prior corrected"],
    cv=3,
    random_state=0,
)
print(comparison.verdict())

# %%
# The differences
# ---------------
# Each difference is from the same classifier on the same folds without resampling, with an interval of 95 %. An
# interval that contains zero shows no clear difference.
from matplotlib import pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), sharey=True, layout="constrained")
for ax, metric in zip(axes, ("average_precision", "f1", "brier"), strict=True):
    comparison.plot(metric, ax=ax)
    ax.set_title(metric.replace("_", " "))

# %%
# As one file
# -----------
# The report has the verdict, figures, calibration, columns, nearest real rows and privacy attacks, in one HTML file
# without scripts (:doc:`what it shows </guide/report>`).
from pathlib import Path
from tempfile import TemporaryDirectory

with TemporaryDirectory() as folder:
    file = Path(folder, "report.html")
    comparison.to_html(file)
    print(f"{file.stat().st_size / 1024:.0f} kB")
