"""The sampler learns one half and never sees the other."""

import numpy as np
import pandas as pd

from vaesynth import CVAE, CVAESampler
from vaesynth.report._synthesis import as_frame, find_rarest, synthesise

FAST = CVAESampler(model=CVAE(max_iter=2, hidden_layer_sizes=(8,)), n_candidates=1)


def make_table(n_rows=200, n_rare=41):
    X = pd.DataFrame({"row": np.arange(n_rows), "x": np.random.default_rng(0).normal(size=n_rows)})
    return X, np.where(np.arange(n_rows) < n_rare, "rare", "usual")


def test_the_halves_share_no_row_and_keep_the_classes():
    X, y = make_table()
    synthesis = synthesise(X, y, FAST, 0, 1000)
    learned, held_out = set(synthesis.learned["row"]), set(synthesis.held_out["row"])
    assert learned | held_out == set(range(41))
    assert (len(learned), len(held_out), len(synthesis.synthetic)) == (21, 20, 21)
    assert set(synthesis.X["row"]).isdisjoint(held_out)
    assert (synthesis.label, len(synthesis.y), synthesis.n_left_out) == ("rare", 101, 0)
    assert synthesis.sampler.model_.class_count_.sum() == 101
    assert not hasattr(FAST, "model_")


def test_of_a_large_table_a_part_is_taken():
    synthesis = synthesise(*make_table(400, 80), FAST, 0, 100)
    assert len(synthesis.y) == 50
    assert len(synthesis.learned) == len(synthesis.held_out) == 10
    assert synthesis.n_left_out == 300


def test_the_seed_decides():
    tables = [synthesise(*make_table(), FAST, seed, 1000).synthetic for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0].equals(tables[2])


def test_containers():
    array = np.arange(6.0).reshape(3, 2)
    expected = pd.DataFrame(array, columns=["x0", "x1"])
    pd.testing.assert_frame_equal(as_frame(array), expected)
    pd.testing.assert_frame_equal(as_frame(array.tolist()), expected)
    numbered = as_frame(pd.DataFrame(array, index=[5, 4, 3]))
    assert numbered.columns.tolist() == ["0", "1"]
    assert numbered.index.tolist() == [0, 1, 2]


def test_the_rarest_class():
    assert find_rarest(np.array([0, 0, 1])) == (1, 1)
    assert find_rarest(np.array([0, 1])) == (1, 1)
