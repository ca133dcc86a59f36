"""Parts of a draw: numbered rows, a stream each."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth import CVAE, VAE
from vaesynth.distributed._sample import DrawPlan


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], [300, 100])
    X = pd.DataFrame({"x": rng.normal(size=400) + 3 * (y == "b"), "k": rng.choice([1, 2, 5], 400)})
    return CVAE(max_iter=10, hidden_layer_sizes=[32], random_state=0).fit(X, y)


def draw(model, n_samples=40, rows_per_part=15, seed=1, y=None, target="y"):
    plan = DrawPlan(n_samples, rows_per_part, seed, y, target)
    return [plan.draw(model, part) for part in range(plan.n_parts)]


def test_parts_are_the_same_every_time_and_differ_from_each_other(model):
    first, again = draw(model), draw(model)
    assert [len(part) for part in first] == [15, 15, 10]
    assert all(ours.equals(theirs) for ours, theirs in zip(first, again, strict=True))
    assert not first[0].equals(first[1])
    assert not first[0].equals(draw(model, seed=2)[0])


def test_a_longer_draw_begins_like_a_shorter_one(model):
    assert draw(model, 60)[1].equals(draw(model, 40)[1])


def test_classes_are_drawn_with_their_shares(model):
    (labels,) = (part.column("y").to_pandas() for part in draw(model, 4000, 4000))
    assert labels.value_counts(normalize=True)["a"] == pytest.approx(0.75, abs=0.03)


def test_one_class_and_no_column_of_classes(model):
    (part,) = draw(model, 10, 10, y="b", target=None)
    assert part.column_names == ["x", "k"]
    assert draw(model, 10, 10, y="b")[0].column("y").to_pylist() == ["b"] * 10


def test_models_without_classes_and_of_arrays():
    vae = VAE(random_state=0).fit(np.random.default_rng(0).normal(size=(80, 3)))
    plan = DrawPlan(5, 5, 0, None, None)
    assert isinstance(plan.draw(vae, 0), pa.Table)
    assert plan.draw(vae, 0).column_names == ["x0", "x1", "x2"]
    with pytest.raises(ValueError, match="must be None for a model without classes"):
        DrawPlan(5, 5, 0, "a", None).check(vae)
