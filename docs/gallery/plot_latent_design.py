"""
What would have to be different?
================================

A bank's classifier refuses a loan, and the applicant asks what would have to change. The shortest answer changes one
number, but it may describe nobody: a clerk of 23 with the income of a director. This page looks for changes after which
the applicant still resembles real ones, and shows how much more has to change.
"""

# %%
# Applicants
# ----------
# Income grows with age and depends on the job; savings grow with income. The bank decides by a rule on income, savings
# and the amount. A random forest has learned this rule.
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

rng = np.random.default_rng(0)
n = 1500
age = rng.integers(20, 66, n)
level = np.clip((age - 20) / 15 + rng.normal(0, 0.9, n), 0, 2.99).astype(int)
income = np.exp(rng.normal(10 + 0.35 * level + 0.008 * (age - 40), 0.12))
X = pd.DataFrame(
    {
        "age": age,
        "job": pd.Categorical(np.array(["clerk", "engineer", "director"])[level]),
        "income": income.round(-2),
        "savings": (income * rng.uniform(0.1, 0.7, n) * (age - 18) / 20).round(-2),
        "amount": np.exp(rng.normal(9.6, 0.4, n)).round(-2),
        "owns home": rng.random(n) < (age - 15) / 70,
    }
)
y = np.where(X["income"] + 0.4 * X["savings"] > 2.2 * X["amount"], "granted", "refused")
columns = make_column_transformer(
    (OneHotEncoder(), make_column_selector(dtype_include="category")), remainder="passthrough"
)
classifier = make_pipeline(columns, RandomForestClassifier(100, random_state=0)).fit(X, y)

# %%
# Two answers
# -----------
# Age and amount must not change. The model of the applicants says how likely a row is. ``plausible_share=1`` accepts
# rows as unlikely as the most unusual applicant. The default accepts rows at least as likely as the likelier 80 % of
# applicants, and 0.5 accepts rows at least as likely as the likelier half, or as the applicant who asks.
from vaesynth.applications import LatentDesigner
from vaesynth.plotting import RowChangesDisplay

designer = LatentDesigner(random_state=0).fit(X)
model = designer.model_
refused = X[classifier.predict(X) == "refused"].sort_values("income").head(40)
asked = refused.reset_index(drop=True)

answers = {
    share: designer.counterfactuals(
        asked, classifier, immutable=["age", "amount"], plausible_share=share
    )
    for share in (1.0, 0.5)
}
for share, found in answers.items():
    usual = (model.score_samples(X) < model.score_samples(found.rows).mean()).mean()
    print(
        f"plausible_share={share}: {found.is_found.mean():.0%} answered, {found.n_changed.mean():.2f} columns changed, "
        f"on average likelier than {usual:.0%} of the applicants"
    )

# %%
# The plots show the same applicant with two answers. Each line is a column; the arrow goes from the old position of the
# cell among all applicants to the new one. The smallest change is not the most plausible one, and the model says by how
# much.
from matplotlib import pyplot

more = answers[0.5].n_changed - answers[1.0].n_changed
row = int(np.where(answers[0.5].is_found & answers[1.0].is_found, more, -1).argmax())
_, axes = pyplot.subplots(1, 2, figsize=(11, 3.4), layout="constrained", sharey=True)
for ax, (share, found) in zip(axes, answers.items(), strict=True):
    RowChangesDisplay.from_counterfactuals(found, X, row, ax=ax)
    ax.set_title(f"plausible_share={share}", loc="right", fontsize=10)

# %%
# The way there
# -------------
# There are other rows between the applicant and the answer. A path through the latent space changes all columns
# together.
from vaesynth.plotting import RowPathDisplay

start, end = asked.iloc[[row]], answers[0.5].rows.iloc[[row]]
RowPathDisplay.from_estimator(designer, start, end)
