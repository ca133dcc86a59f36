"""Draws given some cells, against conditional distributions that are known exactly."""

import itertools

import numpy as np
import pytest
import torch
from scipy.special import softmax

from vaesynth.drawing import GivenCells, draw_given
from vaesynth.models import GaussianVAE
from vaesynth.nn import AutoregressiveHead, RowHead, Rows
from vaesynth.priors import StandardNormal

N_VALUES, N_LATENTS, SCALE = 4, 2, 0.3
CARDINALITIES = [3, 2, 4, 3]


class Encoder(torch.nn.Module):
    """The exact posterior of a linear Gaussian model, its mean off by `shift`; of codes nothing but the prior."""

    def __init__(self, weight, log_var, shift):
        super().__init__()
        self.weight, self.log_var, self.shift = weight, log_var, shift

    def forward(self, rows, _):
        mean = rows.values @ self.weight.T + self.shift
        return torch.cat([mean, self.log_var.expand(len(mean), -1)], dim=1)


class Decoder(torch.nn.Module):
    """Outputs that are linear in the latents, beside a constant of each class."""

    def __init__(self, weight, of_class):
        super().__init__()
        self.weight, self.of_class = torch.nn.Parameter(weight), of_class

    def forward(self, z, y):
        return z @ self.weight.T + self.of_class[y]


def make_linear_model(shift=0.0):
    """Rows x = W z + noise whose covariance is W Wᵀ + σ² I."""
    rng = np.random.default_rng(0)
    W = np.linalg.qr(rng.normal(size=(N_VALUES, N_LATENTS)))[0] * [2.0, 1.0]
    variance = 1 / (1 + (W * W).sum(0) / SCALE**2)
    weight = torch.tensor((variance[:, None] * W.T) / SCALE**2, dtype=torch.float32)
    encoder = Encoder(weight, torch.tensor(np.log(variance), dtype=torch.float32), shift)
    head = RowHead(N_VALUES, [])
    with torch.no_grad():
        head.numbers.raw_scale.fill_(float(np.log(SCALE - head.numbers.min_scale)))
    decoder = Decoder(torch.tensor(W, dtype=torch.float32), torch.zeros(1, N_VALUES))
    model = GaussianVAE(encoder, decoder, head, StandardNormal(1, N_LATENTS), 1)
    return model, W @ W.T + SCALE**2 * np.eye(N_VALUES)


def make_linked_model(n_classes=1):
    """Codes that depend on each other strongly and on the latents not at all."""
    head = AutoregressiveHead(0, CARDINALITIES, torch.Generator().manual_seed(0))
    with torch.no_grad():
        head.before.weight.mul_(5)
        for weight in head.to_logits:
            weight.mul_(5)
    of_class = torch.randn(n_classes, head.n_outputs, generator=torch.Generator().manual_seed(1))
    encoder = Encoder(torch.zeros(1, 0), torch.zeros(1), 0.0)
    decoder = Decoder(torch.zeros(head.n_outputs, 1), of_class)
    return GaussianVAE(encoder, decoder, head, StandardNormal(n_classes, 1), n_classes)


def all_rows():
    return np.array(list(itertools.product(*map(range, CARDINALITIES))))


def probabilities(model, label):
    codes = all_rows()
    outputs = model.decoder.of_class[[label]].expand(len(codes), -1)
    with torch.no_grad():
        rows = Rows.from_arrays(np.empty((len(codes), 0)), codes)
        return model.head.log_prob(outputs, rows).exp().double().numpy()


def given_codes(cells, n_classes=1):
    codes, is_given = np.zeros((1, 4), int), np.zeros((1, 4), bool)
    for column, level in cells.items():
        codes[0, column], is_given[0, column] = level, True
    rows = Rows.from_arrays(np.empty((1, 0)), codes)
    return GivenCells(rows, torch.from_numpy(is_given), torch.zeros(1, n_classes))


def draw(model, given, n, seed=0, n_jobs=1):
    return draw_given(model, given, np.array([n]), np.random.SeedSequence(seed), n_jobs)


@pytest.mark.parametrize("shift", [0.0, 0.3])
@pytest.mark.parametrize("seen", [[0], [1, 2, 3]])
def test_numbers_have_the_conditional_mean_and_covariance(seen, shift):
    # With a shift the encoder proposes wrong latents, which the Markov steps must put right.
    model, covariance = make_linear_model(shift)
    standard = np.sqrt(np.diag(covariance))
    x = np.where(np.isin(np.arange(N_VALUES), seen), 1.5 * standard, 0.0)
    if len(seen) == 3:  # on the plane that the model knows, or else nothing could have made it
        x = covariance @ np.ones(N_VALUES) * 0.3
    is_given = torch.zeros(1, N_VALUES, dtype=torch.bool)
    is_given[:, seen] = True
    rows = Rows.from_arrays(x[None], np.empty((1, 0)))
    n = 8000
    drawn = draw(model, GivenCells(rows, is_given, torch.zeros(1, 1)), n)[0].values.numpy()
    hidden = np.setdiff1d(np.arange(N_VALUES), seen)
    gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, hidden)]).T
    mean = gain @ x[seen]
    exact = covariance[np.ix_(hidden, hidden)] - gain @ covariance[np.ix_(seen, hidden)]
    assert (drawn[:, seen] == np.float32(x[seen])).all()
    # Five standard errors of independent draws, four times as many for draws that share a candidate.
    tolerance = 10 * np.sqrt(np.diag(exact) / n)
    np.testing.assert_array_less(np.abs(drawn[:, hidden].mean(0) - mean), tolerance)
    np.testing.assert_allclose(np.cov(drawn[:, hidden].T), exact, atol=0.08 * exact.max())


@pytest.mark.slow
@pytest.mark.parametrize("cells", [{3: 0}, {1: 1, 3: 2}, {2: 3}, {}])
def test_codes_have_their_exact_conditional_distribution(cells):
    model, codes = make_linked_model(), all_rows()
    exact = probabilities(model, 0)
    for column, level in cells.items():
        exact = exact * (codes[:, column] == level)
    rarity, exact = exact.sum(), exact / exact.sum()
    n = 20_000
    drawn = draw(model, given_codes(cells), n)[0].codes.numpy()
    found = np.bincount(np.ravel_multi_index(drawn.T, CARDINALITIES), minlength=len(codes)) / n
    # The expected distance of n independent draws is at most half the sum of the standard errors.
    expected = 0.5 * np.sqrt(exact * (1 - exact) / n).sum()
    assert 0.5 * np.abs(found - exact).sum() < 3 * expected + 0.01, rarity


def test_a_rare_condition_is_met_by_every_row():
    model, codes = make_linked_model(), all_rows()
    exact = probabilities(model, 0)
    rare = codes[exact.argsort()[3]]
    drawn = draw(model, given_codes(dict(enumerate(rare[1:], 1))), 500)[0].codes.numpy()
    assert (drawn[:, 1:] == rare[1:]).all()
    exact = exact * (codes[:, 1:] == rare[1:]).all(1)
    shares = np.bincount(drawn[:, 0], minlength=3) / 500
    np.testing.assert_allclose(shares, exact[exact > 0] / exact.sum(), atol=0.1)


def test_classes_have_their_distribution_given_the_cells():
    model, codes = make_linked_model(n_classes=2), all_rows()
    given = given_codes({3: 1}, 2)
    log_shares = np.array([[-0.1, -2.3]])
    given = GivenCells(given.rows, given.is_given, torch.tensor(log_shares, dtype=torch.float32))
    weights = [probabilities(model, label)[codes[:, 3] == 1].sum() for label in range(2)]
    exact = softmax(log_shares[0] + np.log(weights))
    _, classes = draw(model, given, 8000)
    np.testing.assert_allclose(np.bincount(classes, minlength=2) / 8000, exact, atol=0.03)


def test_rows_do_not_depend_on_the_number_of_threads():
    model, given = make_linked_model(), given_codes({2: 1})
    alone, shared = (draw(model, given, 9000, n_jobs=n)[0].codes for n in (1, 2))
    assert torch.equal(alone, shared)


def test_other_rows_have_their_own_condition():
    model = make_linked_model()
    codes = torch.tensor([[0, 0, 1, 0], [2, 0, 0, 0]])
    is_given = torch.tensor([[False, False, True, False], [True, False, False, False]])
    rows = Rows.from_arrays(np.empty((2, 0)), codes.numpy())
    given = GivenCells(rows, is_given, torch.zeros(2, 1))
    drawn = draw_given(model, given, np.array([3, 2]), np.random.SeedSequence(0))[0].codes
    assert (drawn[:3, 2] == 1).all()
    assert (drawn[3:, 0] == 2).all()


def test_steps_of_a_linked_head_keep_values_apart_from_given_ones():
    head = AutoregressiveHead(2, [3, 2], torch.Generator().manual_seed(0), state_codes=[-1, 1])
    outputs = torch.randn(50, head.n_outputs, generator=torch.Generator().manual_seed(1))
    rows = Rows(torch.full((50, 2), 7.0), torch.ones(50, 2), torch.zeros(50, 2, dtype=torch.int64))
    given = torch.tensor([[True, False, False, False]]).expand(50, -1)
    generator = torch.Generator().manual_seed(2)
    drawn, _ = head.sample_given(outputs, rows, given, generator)
    moved = head.redraw_given(outputs, drawn, given, generator)
    assert (moved.values[:, 0] == 7).all()
    assert (moved.values[:, 1] != 7).all()
    assert torch.equal(moved.present[:, 1] > 0, moved.codes[:, 1] == 0)
