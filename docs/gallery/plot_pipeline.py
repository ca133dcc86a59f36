"""
Pipelines and grid search
=========================

A sampler must only see training folds. scikit-learn's ``Pipeline`` does not support samplers, but
:class:`~vaesynth.ResampledClassifier` is a classifier with a sampler inside. A grid search can then decide whether to
over-sample, and how. The table has 569 breast tumours; about a third are malignant, and we keep 40 of these.
"""

# %%
# The table, made rare
# --------------------
import numpy as np
from sklearn.datasets import load_breast_cancer

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
malignant = np.flatnonzero(y == 0)
keep = np.delete(np.arange(len(y)), malignant[40:])
X, y = X.iloc[keep], y.iloc[keep].map({0: "malignant", 1: "benign"})
print(y.value_counts())

# %%
# One search over everything
# --------------------------
# Whether to resample, the sampling method, and the regularisation of the classifier are ordinary parameters. With
# ``"passthrough"``, nothing is resampled.
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from vaesynth import CVAESampler, ResampledClassifier

samplers = {
    "none": "passthrough",
    "SMOTE": SMOTE(random_state=0),
    "CVAE, neighbours": CVAESampler(random_state=0),
    "CVAE, prior": CVAESampler(sampling_method="prior", random_state=0),
}
strengths = [0.001, 0.03, 1.0]
model = make_pipeline(
    StandardScaler(), ResampledClassifier(classifier=LogisticRegression(max_iter=1000))
)
folds = StratifiedKFold(3, shuffle=True, random_state=0)
search = GridSearchCV(
    model,
    {
        "resampledclassifier__sampler": list(samplers.values()),
        "resampledclassifier__classifier__C": strengths,
    },
    scoring=["average_precision", "f1_macro"],
    refit="average_precision",
    cv=folds,
)
search.fit(X, y.eq("malignant"))
print(search.best_params_)

# %%
# What the search saw
# -------------------
# The bars show one standard deviation over three test folds. If they overlap, do not over-sample.
from matplotlib import pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True, layout="constrained")
for ax, metric in zip(axes, ("average_precision", "f1_macro"), strict=True):
    shape = (len(strengths), len(samplers))
    mean = search.cv_results_[f"mean_test_{metric}"].reshape(shape)
    spread = search.cv_results_[f"std_test_{metric}"].reshape(shape)
    for j, name in enumerate(samplers):
        shift = 10 ** (0.06 * (j - 1.5))
        ax.errorbar(np.multiply(strengths, shift), mean[:, j], spread[:, j], capsize=2, label=name)
    ax.set(xscale="log", xlabel="C", title=metric.replace("_", " "))
axes[0].legend(loc="lower right")

# %%
# Instead of resampling: a threshold
# ----------------------------------
# Without over-sampling, a classifier may only need a lower threshold. scikit-learn tunes the threshold by
# cross-validation inside each training fold.
from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_score

plain = make_pipeline(StandardScaler(), LogisticRegression())
tuned = TunedThresholdClassifierCV(plain, scoring="f1", random_state=0)
for name, candidate in {"as it is": plain, "threshold tuned": tuned}.items():
    f1 = cross_val_score(candidate, X, y.eq("malignant"), scoring="f1_macro", cv=folds)
    print(f"{name:>16}: F1 {f1.mean():.3f} ± {f1.std():.3f}")
