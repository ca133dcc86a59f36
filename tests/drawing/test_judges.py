"""Judges of candidates against closed forms and scikit-learn's own forest."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier

from vaesynth.drawing import ForestJudge, ModelJudge, PooledJudge, RealRows
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows


@pytest.fixture
def model():
    return GaussianVAE.for_table(2, [3], 2, 2, [8], torch.Generator().manual_seed(0)).eval()


@pytest.fixture
def real_rows():
    """Class 1 is where the category is 2, whatever the numbers; one number in five is missing."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 2))
    values[rng.random(values.shape) < 0.2] = np.nan
    codes = np.repeat([0, 1, 2], 100)[:, None]
    members = {0: np.arange(200), 1: np.arange(200, 300)}
    return {
        label: RealRows(Rows.from_arrays(values[at], codes[at]), label, np.ones(len(at)), at)
        for label, at in members.items()
    }


def features(rows):
    values, codes = rows.to_arrays()
    return np.hstack([values, codes])


def forest_of(real_rows, n_trees, seed):
    X = np.concatenate([features(part.rows) for part in real_rows.values()]).astype(np.float32)
    sizes = [part.rows.n_rows for part in real_rows.values()]
    return RandomForestClassifier(n_trees, random_state=seed).fit(X, np.repeat([0, 1], sizes))


def test_the_forest_is_that_of_scikit_learn_and_two_trees_of_the_shares(real_rows):
    judge = ForestJudge(real_rows, seed=3, n_trees=20, n_jobs=2)
    forest = forest_of(real_rows, 20, 3)
    asked = real_rows[0].rows
    for label, share in ((0, 2 / 3), (1, 1 / 3)):
        expected = (20 * forest.predict_proba(features(asked))[:, label] + 2 * share) / 22
        judged = judge.log_posterior(None, asked, label).exp().numpy()
        np.testing.assert_allclose(judged, expected, rtol=1e-12)


@pytest.mark.parametrize("n_parents", [1, 2])
def test_a_row_is_judged_by_trees_that_have_seen_none_of_its_parents(real_rows, n_parents):
    """The bootstrap samples are recomputed from the seeds of the trees, and the sum is done row by row."""
    judge = ForestJudge(real_rows, seed=3, n_trees=20)
    forest = forest_of(real_rows, 20, 3)
    rng = np.random.default_rng(1)
    X = np.hstack([rng.normal(size=(40, 2)), rng.integers(0, 3, (40, 1))])
    parents = rng.integers(0, 300, (40, n_parents))
    seen = [
        set(np.random.RandomState(tree.random_state).randint(0, 300, 300).tolist())
        for tree in forest.estimators_
    ]
    expected = []
    for row, of_row in zip(X, parents, strict=True):
        asked = [
            tree
            for tree, rows in zip(forest.estimators_, seen, strict=True)
            if not rows & {*of_row}
        ]
        total = sum(tree.predict_proba(row[None].astype(np.float32))[0, 1] for tree in asked)
        expected.append((total + 2 / 3) / (len(asked) + 2))
    rows = Rows.from_arrays(X[:, :2], X[:, 2:].astype(int))
    judged = judge.log_posterior(None, rows, 1, parents).exp()
    np.testing.assert_allclose(judged, expected, rtol=1e-12)


@pytest.mark.parametrize(("n_rows", "n_trees"), [(100, 200), (6_000, 143), (20_000, 45)])
def test_as_many_trees_grow_as_leave_some_that_are_strangers(n_rows, n_trees, monkeypatch):
    grown = []

    class Noted(RandomForestClassifier):
        def fit(self, X, y, sample_weight=None):
            grown.append((self.n_estimators, self.max_samples))
            self.set_params(n_estimators=20)
            return super().fit(X, y, sample_weight)

    monkeypatch.setattr("vaesynth.drawing._judges.RandomForestClassifier", Noted)
    values, codes = np.random.default_rng(0).normal(size=(n_rows, 1)), np.zeros((n_rows, 0), int)
    half = n_rows // 2
    real_rows = {
        label: RealRows(
            Rows.from_arrays(values[at], codes[at]), label, np.ones(half), np.arange(n_rows)[at]
        )
        for label, at in ((0, slice(None, half)), (1, slice(half, None)))
    }
    judge = ForestJudge(real_rows, seed=0)
    most = 5_000 if n_rows > 5_000 else None
    assert grown == [(n_trees, most)]
    # Of 20 trees as many are strangers to a pair as the theory says, give or take.
    parents = np.random.default_rng(1).integers(0, n_rows, (2_000, 2))
    strangers = (~judge._has_seen[:, parents].any(axis=2)).sum(axis=0).mean()
    assert abs(strangers / 20 * n_trees - 27) < 6


def test_positions_of_parents_are_those_of_the_table(real_rows):
    """The same rows at other positions of their table get the same opinion."""
    place = np.random.default_rng(0).permutation(500)[:300]
    moved = {
        label: RealRows(part.rows, label, part.weight, place[part.positions])
        for label, part in real_rows.items()
    }
    parents = np.random.default_rng(1).integers(0, 300, (200, 2))
    asked = real_rows[0].rows
    np.testing.assert_array_equal(
        ForestJudge(real_rows, 0, 20).log_posterior(None, asked, 1, parents),
        ForestJudge(moved, 0, 20).log_posterior(None, asked, 1, place[parents]),
    )


def test_a_lone_row_of_another_class_is_not_vouched_for_by_its_own_trees():
    """A row of class 1 amid class 0 is believed by trees that have learned it, and by no others."""
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [rng.normal(size=(150, 2)), rng.normal(8.0, size=(49, 2)), [[0.0, 0.0]]]
    )
    at = {0: np.arange(150), 1: np.arange(150, 200)}
    none = np.zeros((200, 0), dtype=int)
    real_rows = {
        label: RealRows(Rows.from_arrays(values[i], none[i]), label, np.ones(len(i)), i)
        for label, i in at.items()
    }
    judge = ForestJudge(real_rows, seed=0)
    lone = Rows.from_arrays(values[[199]], none[[199]])
    by_all, by_strangers = (
        judge.log_posterior(None, lone, 1, parents).exp().item()
        for parents in (None, np.array([[199, 199]]))
    )
    assert by_all > 0.5
    assert by_strangers < 0.2


def test_the_forest_knows_a_rule_of_categories(real_rows):
    judge = ForestJudge(real_rows, seed=0)
    fresh = np.random.default_rng(1).normal(size=(50, 2))
    inside, outside = (
        judge.log_posterior(None, Rows.from_arrays(fresh, np.full((50, 1), code)), 1)
        for code in (2, 1)
    )
    assert inside.min() > np.log(0.8)
    assert outside.max() < np.log(0.2)


def test_rows_without_weight_teach_the_forest_nothing(real_rows):
    rows, label, _, positions = real_rows[1]
    halves = np.repeat([0.0, 2.0], 50)
    weighted = {**real_rows, 1: RealRows(rows, label, halves, positions)}
    flipped = Rows(rows.values[:50], rows.present[:50], torch.zeros_like(rows.codes[:50]))
    poisoned = Rows.concatenate([flipped, rows.take(slice(50, 100))])
    same = {**real_rows, 1: RealRows(poisoned, label, halves, positions)}
    asked = real_rows[0].rows
    np.testing.assert_array_equal(
        *(ForestJudge(each, 0, 60).log_posterior(None, asked, 1) for each in (weighted, same))
    )


def test_the_model_judges_by_bayes_rule(model, real_rows):
    rows, share = real_rows[0].rows, (0.7, 0.3)
    with torch.no_grad():
        labels = torch.zeros(rows.n_rows, dtype=torch.int64)
        bounds = torch.stack([model.bound_at_mean(rows, labels + k, 0.5) for k in (0, 1)], 1)
        joint = bounds.double().exp() * torch.tensor(share)
        judged = ModelJudge(0.5, share).log_posterior(model, rows, 1)
    torch.testing.assert_close(judged.double().exp(), joint[:, 1] / joint.sum(1), rtol=1e-4, atol=0)


def test_a_pool_is_the_weighted_geometric_mean(model, real_rows):
    judges = (ForestJudge(real_rows, 0), ModelJudge(1.0, (0.7, 0.3)))
    rows = real_rows[1].rows
    with torch.no_grad():
        forest, own = (judge.log_posterior(model, rows, 1).double().exp() for judge in judges)
        pooled = PooledJudge(judges, (0.8, 0.2)).log_posterior(model, rows, 1)
    torch.testing.assert_close(pooled.exp(), forest**0.8 * own**0.2)


def test_rows_without_cells_are_judged_by_the_shares():
    real_rows = {
        label: RealRows(
            Rows.from_arrays(np.zeros((n, 0)), np.zeros((n, 0))), label, np.ones(n), np.arange(n)
        )
        for label, n in ((0, 300), (1, 100))
    }
    judged = ForestJudge(real_rows, seed=2**40).log_posterior(None, real_rows[0].rows, 1)
    np.testing.assert_allclose(judged.exp(), 0.25, atol=0.02)
