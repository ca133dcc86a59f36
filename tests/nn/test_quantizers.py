"""Quantizers against numpy: nearest codes, moving averages, straight-through gradients, counts, grids."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from vaesynth.nn import FiniteScalarQuantizer, VectorQuantizer, code_perplexity, code_usage
from vaesynth.nn._quantizers import choose_levels


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(*shape, seed=0):
    return torch.randn(shape, generator=seeded(seed))


def make_started(n_codes=8, code_dim=3, **options):
    quantizer = VectorQuantizer(n_codes, code_dim, **options)
    quantizer.quantize(draw(200, code_dim), seeded())
    return quantizer


def nearest(vectors, codebook):
    return ((vectors[:, None] - codebook[None]) ** 2).sum(axis=2).argmin(axis=1)


@pytest.mark.parametrize("normalize", [False, True])
def test_each_vector_goes_to_the_nearest_code(normalize):
    quantizer = make_started(normalize=normalize).eval()
    z = draw(50, 4, 3, seed=1)
    z_q, codes, _ = quantizer.quantize(z)
    vectors = z.reshape(-1, 3).numpy()
    if normalize:
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        np.testing.assert_allclose(np.linalg.norm(z_q, axis=2), 1, rtol=1e-5)
    expected = nearest(vectors, quantizer.codebook.numpy())
    np.testing.assert_array_equal(codes.flatten(), expected)
    np.testing.assert_allclose(z_q, quantizer.lookup(codes), atol=1e-6)


@pytest.mark.parametrize(("step", "decay"), [(0, 0.1), (8, 0.5), (81, 0.9), (1_000, 0.9)])
def test_the_codebook_follows_the_hand_formula(step, decay):
    quantizer = make_started(decay=0.9)
    quantizer.n_updates.fill_(step)
    count, total = quantizer.average_count.numpy().copy(), quantizer.average_sum.numpy().copy()
    z = draw(100, 3, seed=2)
    codes = nearest(z.numpy(), quantizer.codebook.numpy())
    quantizer.quantize(z, seeded())
    for code in range(8):
        members = z.numpy()[codes == code]
        count[code] = decay * count[code] + (1 - decay) * len(members)
        total[code] = decay * total[code] + (1 - decay) * members.sum(axis=0)
    np.testing.assert_allclose(quantizer.average_count, count, rtol=1e-5)
    np.testing.assert_allclose(quantizer.codebook, total / count[:, None], rtol=1e-4, atol=1e-6)


def test_the_gradient_passes_straight_through():
    quantizer = make_started(commitment_cost=0.0)
    z = draw(10, 2, 3, seed=1).requires_grad_()
    weight = draw(10, 2, 3, seed=2)
    z_q, _, _ = quantizer.quantize(z, seeded())
    (z_q * weight).sum().backward()
    torch.testing.assert_close(z.grad, weight)


@pytest.mark.parametrize("n_copies", [1, 7])
def test_the_commitment_is_a_mean_over_rows_of_sums_within_a_row(n_copies):
    quantizer = make_started(commitment_cost=0.5).eval()
    z = draw(6, 2, 3, seed=1)
    z_q, _, terms = quantizer.quantize(z.repeat(n_copies, 1, 1))
    expected = 0.5 * ((z.numpy() - z_q[:6].numpy()) ** 2).sum(axis=(1, 2)).mean()
    np.testing.assert_allclose(terms["commitment"], expected, rtol=1e-5)


def test_the_commitment_moves_vectors_and_not_codes():
    quantizer = make_started(commitment_cost=1.0)
    z = draw(4, 3, seed=1).requires_grad_()
    codebook = quantizer.codebook.clone()
    _, codes, terms = quantizer.quantize(z, seeded())
    terms["commitment"].backward()
    torch.testing.assert_close(z.grad, 2 * (z.detach() - codebook[codes]) / 4)


def test_it_starts_at_the_clusters_of_the_first_batch():
    centres = torch.tensor([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    z = centres.repeat(25, 1) + 0.1 * draw(100, 2)
    for seed in range(5):
        quantizer = VectorQuantizer(4, 2)
        for _ in range(30):  # Lloyd's algorithm may stick with two centres in one cluster
            quantizer.quantize(z, seeded(seed))
        found = quantizer.codebook[nearest(centres.numpy(), quantizer.codebook.numpy())]
        assert (found - centres).abs().max() < 6
        assert quantizer.is_started


def test_fewer_vectors_than_codes_start_every_code_at_or_near_a_vector():
    z = torch.tensor([[0.0, 0.0], [4.0, 4.0]])
    quantizer = VectorQuantizer(16, 2, decay=0.5)
    z_q, _, _ = quantizer.quantize(z, seeded())
    torch.testing.assert_close(z_q, z)
    assert torch.isfinite(quantizer.codebook).all()


def test_a_dead_code_restarts_at_a_vector_of_the_batch():
    quantizer = make_started(decay=0.5)
    quantizer.average_count[3] = 1e-6
    quantizer.average_sum[3] = 1e-4
    quantizer.codebook[3] = 100.0
    z = draw(64, 3, seed=5)
    quantizer.quantize(z, seeded())
    assert (quantizer.codebook[3] - z).norm(dim=1).min() < 1e-5


def test_a_codebook_far_from_the_vectors_comes_back_into_use():
    quantizer = make_started(64, 3, decay=0.9)
    far = draw(2_000, 3, seed=5) + 50
    for step in range(80):
        quantizer.quantize(far[step % 4 :: 4], seeded(step))
    codes = quantizer.quantize(far, seeded())[1]
    assert code_usage(torch.bincount(codes, minlength=64)) > 0.9


def test_usage_and_perplexity_are_of_the_codes_that_were_chosen():
    codes = make_started(16, 3).quantize(draw(20, 3), seeded())[1]
    counts = torch.bincount(codes, minlength=16)
    assert code_usage(counts) == len(set(codes.tolist())) / 16
    np.testing.assert_allclose(code_perplexity(counts), np.exp(stats.entropy(counts)))


@pytest.mark.parametrize("how", ["eval", "no_grad"])
def test_scoring_leaves_codebook_and_counts_alone(how):
    quantizer = make_started()
    before = {name: tensor.clone() for name, tensor in quantizer.named_buffers()}
    if how == "eval":
        quantizer.eval().quantize(draw(9, 3, seed=4))
    else:
        with torch.no_grad():
            quantizer.quantize(draw(9, 3, seed=4))
    for name, tensor in quantizer.named_buffers():
        assert torch.equal(tensor, before[name]), name


def test_a_seed_decides_all_and_the_global_state_nothing():
    state = torch.random.get_rng_state()
    books = []
    for start in range(2):
        torch.manual_seed(start)
        quantizer = VectorQuantizer(32, 3)
        for seed in range(4):
            quantizer.quantize(draw(50, 3, seed=seed), seeded(9))
        books.append(quantizer.codebook)
    torch.random.set_rng_state(state)
    assert torch.equal(*books)


def test_learning_without_a_generator_is_refused():
    with pytest.raises(ValueError, match="needs a `generator`, got None"):
        VectorQuantizer(4, 2).quantize(draw(9, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2), "`n_codes` must be an integer of at least 1, got 0"),
        ((4, 0), "`code_dim` must be an integer of at least 1, got 0"),
    ],
)
def test_sizes_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        VectorQuantizer(*arguments)


def test_the_decay_is_checked():
    with pytest.raises(ValueError, match="`decay` must be in"):
        VectorQuantizer(4, 2, decay=1.0)


@pytest.mark.parametrize("levels", [(2,), (3, 2), (8, 6, 5), (8, 5, 5, 5)])
def test_codes_and_grid_points_are_one_to_one(levels):
    quantizer = FiniteScalarQuantizer(levels)
    grid = quantizer.lookup(torch.arange(quantizer.n_codes)).numpy()
    expected = {
        tuple(np.round(point, 5))
        for point in itertools.product(*(np.linspace(-1, 1, size) for size in levels))
    }
    assert {tuple(np.round(point.astype(float), 5)) for point in grid} == expected
    z = torch.atanh(torch.from_numpy(grid).clamp(-0.999, 0.999))
    z_q, codes, _ = quantizer.quantize(z)
    np.testing.assert_array_equal(codes, np.arange(quantizer.n_codes))
    np.testing.assert_allclose(z_q, grid, atol=1e-6)


def test_rounding_goes_to_the_nearest_level_and_never_past_the_ends():
    quantizer = FiniteScalarQuantizer([5, 4])
    z = 3 * draw(500, 2)
    z[0] = torch.tensor([1e6, -1e6])
    z_q, codes, terms = quantizer.quantize(z)
    grid = quantizer.lookup(torch.arange(20)).numpy()
    np.testing.assert_array_equal(codes, nearest(np.tanh(z.numpy()), grid))
    np.testing.assert_allclose(z_q, quantizer.lookup(codes), atol=1e-6)
    assert terms == {}


def test_rounding_has_the_gradient_of_the_squashing():
    z = draw(20, 2).requires_grad_()
    FiniteScalarQuantizer([5, 4]).quantize(z)[0].sum().backward()
    torch.testing.assert_close(z.grad, 1 - torch.tanh(z.detach()).square())


def test_every_code_of_a_grid_is_chosen():
    codes = FiniteScalarQuantizer([3, 3]).quantize(draw(400, 2))[1]
    assert code_usage(torch.bincount(codes, minlength=9)) == 1


@pytest.mark.parametrize("n_codes", [2, 7, 9, 100, 240, 256, 512, 1000, 1024, 5000, 70_000])
def test_a_grid_of_a_size_is_never_larger_and_nearly_as_large(n_codes):
    found = np.prod(choose_levels(n_codes))
    assert found <= n_codes
    assert found >= 0.75 * n_codes


@pytest.mark.parametrize("levels", [[], [1, 3], [2.5]])
def test_levels_are_checked(levels):
    with pytest.raises(ValueError, match="`levels` must"):
        FiniteScalarQuantizer(levels)


def test_nothing_counted_has_no_perplexity():
    assert code_perplexity(torch.zeros(4, dtype=torch.int64)) == 0
