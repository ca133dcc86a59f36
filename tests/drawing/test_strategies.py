"""Strategies on a model whose decoder is known, and their seeds, parents and chunks."""

import numpy as np
import pytest
import torch
from scipy import stats

from vaesynth.drawing import (
    ClassSelection,
    Draw,
    Generators,
    JitterDraw,
    ModelJudge,
    NeighborDraw,
    Parents,
    PosteriorDraw,
    PriorDraw,
    RealRows,
    RowSource,
)
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows

N_ROWS = 60


@pytest.fixture
def model():
    return GaussianVAE.for_table(3, [4], 2, 2, [16], torch.Generator().manual_seed(0)).eval()


@pytest.fixture
def parents(model):
    rng = np.random.default_rng(0)
    rows = Rows.from_arrays(rng.normal(size=(N_ROWS, 3)), rng.integers(0, 4, (N_ROWS, 1)))
    return Parents.encode(model, rows, 1, np.ones(N_ROWS), np.arange(100, 100 + N_ROWS))


def draw(strategy, model, parents, n=200, seed=0):
    with torch.no_grad():
        return strategy.draw(model, 1, n, Generators.from_seed(seed), parents)


@pytest.mark.parametrize(
    "strategy",
    [PriorDraw(), PosteriorDraw(), NeighborDraw(), JitterDraw(), ClassSelection(NeighborDraw(), 3)],
    ids=lambda strategy: type(strategy).__name__,
)
def test_every_strategy_gives_the_rows_asked_for_and_repeats_itself(strategy, model, parents):
    first, second = (draw(strategy, model, parents, n=37) for _ in range(2))
    other = draw(strategy, model, parents, n=37, seed=1)
    assert first.rows.values.shape == (37, 3)
    assert first.rows.codes.min() >= 0
    assert first.rows.codes.max() < 4
    assert torch.equal(first.rows.values, second.rows.values)
    assert torch.equal(first.rows.codes, second.rows.codes)
    assert not torch.equal(first.rows.values, other.rows.values)


def test_without_noise_a_posterior_draw_is_its_parent(model, parents):
    drawn = draw(PosteriorDraw(noise_scale=0.0), model, parents)
    origin = torch.from_numpy(drawn.parents[:, 0] - 100)
    torch.testing.assert_close(drawn.rows.values, parents.rows.values[origin], atol=1e-5, rtol=0)
    assert torch.equal(drawn.rows.codes, parents.rows.codes[origin])


def test_neighbours_are_the_nearest_in_latent_space_and_never_the_row_itself(model, parents):
    drawn = draw(NeighborDraw(k_neighbors=3), model, parents, n=500)
    first, second = drawn.parents.T - 100
    assert (first != second).all()
    distance = torch.cdist(parents.mean, parents.mean).numpy()
    rank = stats.rankdata(distance[first], axis=1)[np.arange(500), second]
    assert rank.max() <= 4  # the row itself has rank 1


def test_each_real_row_becomes_a_parent_equally_often(model, parents):
    drawn = draw(PosteriorDraw(), model, parents, n=10 * N_ROWS)
    counts = np.bincount(drawn.parents[:, 0] - 100, minlength=N_ROWS)
    assert np.abs(counts - 10).max() <= 1


def test_parents_are_chosen_by_weight_and_never_at_weight_zero(model):
    weight = np.r_[np.zeros(30), np.ones(29), 11.0]
    rng = np.random.default_rng(0)
    rows = Rows.from_arrays(rng.normal(size=(N_ROWS, 3)), np.zeros((N_ROWS, 1)))
    parents = Parents.encode(model, rows, 1, weight, np.arange(N_ROWS))
    drawn = draw(NeighborDraw(), model, parents, n=400)
    counts = np.bincount(drawn.parents[:, 0], minlength=N_ROWS)
    assert counts[:30].sum() == 0
    assert abs(counts[59] - 110) <= 1
    assert drawn.parents[:, 1].min() >= 30


def test_each_neighbour_is_as_likely_as_the_others(parents):
    chosen = np.zeros(9000, dtype=np.int64)
    generator = np.random.default_rng(0)
    near = parents.find_neighbors(chosen, 3, 100, generator)
    picked = near[np.arange(9000), generator.integers(0, near.shape[1], 9000)]
    _, counts = np.unique(picked, return_counts=True)
    assert len(counts) == 3
    assert stats.chisquare(counts).pvalue > 1e-3


def test_beyond_the_reference_size_neighbours_come_from_a_part_of_the_rows(parents):
    chosen = np.arange(N_ROWS)
    near = parents.find_neighbors(chosen, 2, 5, np.random.default_rng(0))
    assert len(np.unique(near)) <= 5
    assert (near != chosen[:, None]).all()


def test_equal_rows_are_neighbours_too(model):
    rows = Rows.from_arrays(np.ones((4, 3)), np.zeros((4, 1)))
    parents = Parents.encode(model, rows, 0, np.ones(4), np.arange(4))
    chosen = np.arange(4).repeat(20)
    near = parents.find_neighbors(chosen, 2, 100, np.random.default_rng(0))
    assert (near != chosen[:, None]).all()


def test_two_rows_are_each_others_neighbours(model):
    rows = Rows.from_arrays(np.array([[0.0, 0, 0], [1, 1, 1]]), np.zeros((2, 1)))
    parents = Parents.encode(model, rows, 0, np.ones(2), np.arange(2))
    drawn = draw(NeighborDraw(), model, parents, n=50)
    assert (drawn.parents.sum(axis=1) == 1).all()


def test_jitter_keeps_codes_and_moves_numbers_a_little(model, parents):
    drawn = draw(JitterDraw(scale=0.05), model, parents, n=6000)
    origin = torch.from_numpy(drawn.parents[:, 0] - 100)
    assert torch.equal(drawn.rows.codes, parents.rows.codes[origin])
    moved = drawn.rows.values - parents.rows.values[origin]
    assert abs(float(moved.std()) - 0.05) < 0.002


def test_selection_prefers_candidates_of_the_class(model, parents):
    with torch.no_grad():
        plain, chosen = (
            model.class_log_posterior(draw(strategy, model, parents, n=2000).rows)[:, 1].mean()
            for strategy in (PosteriorDraw(3.0), ClassSelection(PosteriorDraw(3.0), 10))
        )
    assert chosen > plain


def test_candidates_are_kept_in_proportion_to_a_power_of_the_posterior_at_the_real_shares(
    model, parents
):
    """With one distinct candidate among many equal ones the odds of keeping it are known."""
    share, power = (0.9, 0.1), 2.0

    class TwoRows:
        def draw(self, *arguments):
            *_, n, _, parents = arguments
            return Draw(parents.rows.take(torch.arange(n) % 2), None)

    chosen = draw(
        ClassSelection(TwoRows(), 2, ModelJudge(1.0, share), power), model, parents, n=20_000
    )
    pair = parents.rows.take(torch.arange(2))
    with torch.no_grad():
        bounds = model.class_log_posterior(pair).double()
    posterior = bounds.exp() * torch.tensor(share)
    weight = (posterior[:, 1] / posterior.sum(1)) ** power
    kept_first = (chosen.rows.values == pair.values[0]).all(1).double().mean()
    np.testing.assert_allclose(kept_first, weight[0] / weight.sum(), atol=0.015)


@pytest.mark.parametrize("strategy", [NeighborDraw(k_neighbors=3), PosteriorDraw(2.0)])
def test_every_real_row_keeps_its_share_where_that_is_asked(model, parents, strategy):
    """However strict the judge is, each row has as many children as without one; else some have far more."""
    drawn = {
        keeps: draw(
            ClassSelection(strategy, 8, power=50.0, keeps_shares=keeps),
            model,
            parents,
            n=10 * N_ROWS,
        )
        for keeps in (True, False)
    }
    children = {keeps: np.bincount(each.parents[:, 0] - 100) for keeps, each in drawn.items()}
    assert abs(children[True] - 10).max() <= 1
    assert abs(children[False] - 10).max() > 5
    with torch.no_grad():
        plain, chosen = (
            model.class_log_posterior(rows)[:, 1].mean()
            for rows in (draw(strategy, model, parents, n=10 * N_ROWS).rows, drawn[True].rows)
        )
    assert chosen > plain


def test_no_power_keeps_all_candidates_alike(model, parents):
    share = (0.99, 0.01)
    plain, chosen = (
        model.class_log_posterior(drawn.rows)[:, 1].mean()
        for drawn in (
            draw(PosteriorDraw(3.0), model, parents, n=20_000),
            draw(
                ClassSelection(PosteriorDraw(3.0), 8, ModelJudge(1.0, share), 0.0),
                model,
                parents,
                n=20_000,
            ),
        )
    )
    # The means differ by a standard error of 0.001; a power of a half moves the second by 0.008.
    torch.testing.assert_close(chosen, plain, atol=0.004, rtol=0)


def test_one_candidate_selects_nothing(model, parents):
    plain = draw(PosteriorDraw(), model, parents)
    chosen = draw(ClassSelection(PosteriorDraw(), 1), model, parents)
    assert torch.equal(plain.rows.values, chosen.rows.values)


def test_residuals_computed_anew_are_those_kept(model, parents, monkeypatch):
    monkeypatch.setattr("vaesynth.drawing._parents.KEPT_RESIDUALS", 0)
    lean = Parents.encode(model, parents.rows, 1, np.ones(N_ROWS), parents.positions)
    assert lean.kept_residual is None
    index = torch.tensor([3, 3, 0, 59])
    with torch.no_grad():
        torch.testing.assert_close(lean.residual(model, index), parents.residual(model, index))


def test_strategies_that_need_real_rows_say_so(model):
    with pytest.raises(ValueError, match="NeighborDraw must be given real rows"):
        draw(NeighborDraw(), model, None)


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_threads_do_not_change_the_rows(model, parents, n_jobs):
    def rows(jobs):
        real_rows = RealRows(parents.rows, 1, np.ones(N_ROWS), parents.positions)
        source = RowSource(model, {1: real_rows}, chunk_size=64, n_jobs=jobs)
        return source.draw(1, 500, ClassSelection(NeighborDraw(), 2), np.random.SeedSequence(3))

    assert torch.equal(rows(1).rows.values, rows(n_jobs).rows.values)
    np.testing.assert_array_equal(rows(1).parents, rows(n_jobs).parents)
