"""Every message that the questions and answers quote is one that a user meets."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from vaesynth import CVAE, VAE, CVAESampler, ResampledClassifier, compare_resamplers, load
from vaesynth._optional import import_optional

FAQ = (Path(__file__).parents[2] / "docs" / "faq.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^### `(.*)`$", FAQ, flags=re.MULTILINE)
X, Y = make_classification(60, weights=[0.9], flip_y=0, random_state=0)
FRAME = pd.DataFrame(X).rename(columns="x{}".format)
FEW_COPIES = pd.DataFrame({"a": np.arange(60) // 10, "b": np.arange(60) % 10})
FAST = {"max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}


def resample(table=X, target=Y, of_model=None, **parameters):
    model = CVAE(**FAST).set_params(**of_model or {})
    return CVAESampler(model=model, random_state=0, **parameters).fit_resample(table, target)


def with_cell(table, value):
    changed = table.copy()
    changed[3, 2] = value
    return changed


def load_other_file(folder):
    file = folder / "other.safetensors"
    file.write_bytes(b"abc")
    load(file)


CASES = [
    lambda _: resample(with_cell(X, np.inf)),
    lambda _: resample(pd.concat([FRAME, FRAME], axis=1)),
    lambda _: resample(FRAME.assign(a="b", c=[[1]] * len(FRAME))),
    lambda _: resample(FRAME, of_model={"categorical_features": ["city"]}),
    lambda _: CVAE(**FAST).fit(X, Y).transform(with_cell(X, np.nan)),
    lambda _: resample(FRAME.assign(key=[f"k{row}" for row in range(60)])),
    lambda _: resample(FRAME.assign(target=Y)),
    lambda _: resample(target=np.where(np.arange(60) == 3, np.nan, Y)),
    lambda _: resample(target=np.linspace(0, 1, 60)),
    lambda _: resample(sampling_strategy=0.05),
    lambda _: resample(sampling_strategy={1: 3}),
    lambda _: resample(target=np.arange(60) == 3),
    lambda _: CVAE(**FAST).fit(X, Y).sample(3, y=7),
    lambda _: make_pipeline(CVAESampler(), LogisticRegression()).fit(X, Y),
    lambda _: compare_resamplers(LogisticRegression(), X, np.arange(60) < 3, cv=5),
    lambda _: ResampledClassifier(threshold="f1").fit(X, np.arange(60) % 3),
    lambda _: VAE(beta=200, random_state=0, max_iter=20).fit(X),
    lambda _: resample(FEW_COPIES),
    lambda _: resample(pd.DataFrame({"a": list("xy") * 30}), copies="refuse"),
    lambda _: resample(of_model={"device": "nonesuch"}),
    load_other_file,
    lambda _: import_optional("nonesuch", "flow"),
]


def message_of(case, folder):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            case(folder)
        except Exception as error:
            return str(error)
    return str(caught[-1].message)


def pattern_of(quoted):
    return re.compile(".+".join(map(re.escape, quoted.split("…"))), flags=re.DOTALL)


def test_every_quoted_message_has_a_case():
    assert len(QUOTED) == len(CASES)


@pytest.mark.parametrize(("quoted", "case"), list(zip(QUOTED, CASES, strict=False)))
def test_the_message_is_as_quoted(quoted, case, tmp_path):
    assert pattern_of(quoted).fullmatch(message_of(case, tmp_path).replace("`", ""))
