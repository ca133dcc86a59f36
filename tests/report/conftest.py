"""A comparison by hand, of a table whose names try to break out of the page."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, CVAESampler

EVIL = "<script>document.title='broken'</script>"
METRICS = ("average_precision", "f1", "brier")


class HandmadeComparison:
    """Scores and probabilities without any training."""

    def __init__(self, X, y, samplers=None, classifiers=("tree & <b>bush</b>", "line")):
        self.X, self.y = X, y
        self.classes_ = np.unique(y)
        self.classifiers = {name: SimpleNamespace(depth=3, f=lambda: 0) for name in classifiers}
        sampler = CVAESampler(model=CVAE(max_iter=3, hidden_layer_sizes=(16,)), n_candidates=1)
        corrected = SimpleNamespace(sampler=sampler, calibrate="prior")
        self.samplers = samplers or {
            "none": "passthrough",
            "CVAE": sampler,
            "CVAE, prior corrected": corrected,
        }
        self.random_state = 0
        self.confidence = 0.95

    def to_frame(self):
        rng = np.random.default_rng(0)
        return pd.DataFrame(
            [
                (classifier, sampler, 0, fold, *rng.uniform(size=len(METRICS)), 0.5)
                for classifier in self.classifiers
                for sampler in self.samplers
                for fold in range(3)
            ],
            columns=["classifier", "sampler", "repeat", "fold", *METRICS, "fit_seconds"],
        )

    def summary(self):
        groups = self.to_frame().groupby(["classifier", "sampler"], sort=False)
        return groups[[*METRICS, "fit_seconds"]].mean()

    def differences(self, baseline="none"):
        rows = [
            (classifier, sampler, metric, 0.1 * k - 0.1, 0.1 * k - 0.15, 0.1 * k - 0.05, 0.02)
            for classifier in self.classifiers
            for sampler in self.samplers
            if sampler != baseline
            for k, metric in enumerate(METRICS)
        ]
        columns = ["classifier", "sampler", "metric", "difference", "lower", "upper", "p_value"]
        return pd.DataFrame(rows, columns=columns)

    def verdict(self):
        return f"tree: over-sampling does not help {EVIL}.\nline: one cannot tell."

    def probabilities(self, classifier, sampler):
        if classifier == "line":
            raise ValueError("probabilities need a classifier with `predict_proba`")
        rng = np.random.default_rng(len(sampler))
        honest = np.where(self.y == self.classes_[-1], 0.6, 0.2) + rng.uniform(
            -0.1, 0.1, len(self.y)
        )
        return self.y, np.column_stack([1 - honest, honest])


@pytest.fixture(scope="session")
def evil_table():
    """Return 160 rows with 40 of the rare class, under names that are markup, formulas and other scripts."""
    rng = np.random.default_rng(0)
    n_rows = 160
    X = pd.DataFrame(
        {
            EVIL: rng.normal(size=n_rows),
            "price in $ or $$": rng.exponential(size=n_rows).round(2),
            "名前 & größe": rng.choice(
                [EVIL, "a\nb", "$x_1^$", "<img src=x onerror=alert(1)>"], n_rows
            ),
            "\"quoted' name": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "holed": np.where(rng.random(n_rows) < 0.3, np.nan, rng.integers(0, 4, n_rows)),
            "flag": rng.random(n_rows) < 0.5,
            "void": np.nan,
            "same": 7,
        }
    )
    return X, np.where(np.arange(n_rows) < 40, "rare </title>", "common $_^$ or $")


@pytest.fixture(scope="session")
def comparison(evil_table):
    """Return a comparison of that table."""
    return HandmadeComparison(*evil_table)


@pytest.fixture(scope="session")
def make_comparison():
    """Return the class of comparisons by hand."""
    return HandmadeComparison


@pytest.fixture(scope="session")
def report(comparison, tmp_path_factory):
    """Return the path of the report on it."""
    from vaesynth.report import write_report

    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(
        comparison, path, title=f"Is {EVIL} rare?", notes=["Half of the rows were left out."]
    )
    return path
