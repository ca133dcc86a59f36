"""The autoregressive head against sums over all rows, scipy and its own draws."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from vaesynth.nn import AutoregressiveHead, RowHead, Rows

CARDINALITIES = [3, 2, 4, 3]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make_head(n_values=0, cardinalities=CARDINALITIES, **options):
    head = AutoregressiveHead(n_values, cardinalities, seeded(), **options)
    with torch.no_grad():  # strong links, so that a missing one shows
        head.before.weight.mul_(5)
        for weight in head.to_logits:
            weight.mul_(5)
    return head


def make_outputs(head, n_rows=1):
    return torch.randn(n_rows, head.n_outputs, generator=seeded(1))


def all_rows(cardinalities=CARDINALITIES):
    codes = np.array(list(itertools.product(*map(range, cardinalities))))
    return Rows.from_arrays(np.empty((len(codes), 0)), codes)


def log_probs_of_all_rows(head, outputs):
    rows = all_rows()
    return rows, head.log_prob(outputs.expand(rows.n_rows, -1), rows).detach()


def test_probabilities_of_all_rows_sum_to_one():
    head = make_head()
    _, log_probs = log_probs_of_all_rows(head, make_outputs(head))
    assert float(log_probs.exp().sum()) == pytest.approx(1, abs=1e-5)


def test_codes_depend_on_each_other():
    head = make_head()
    _, log_probs = log_probs_of_all_rows(head, make_outputs(head))
    table = log_probs.exp().reshape(CARDINALITIES)
    for first, second in itertools.combinations(range(4), 2):
        others = tuple(axis for axis in range(4) if axis not in (first, second))
        pair = table.sum(others).numpy()
        independent = pair.sum(1, keepdims=True) * pair.sum(0, keepdims=True)
        assert np.abs(pair - independent).sum() > 0.02


def test_draws_have_the_stated_probabilities():
    head = make_head()
    outputs = make_outputs(head)
    rows, log_probs = log_probs_of_all_rows(head, outputs)
    n = 40_000
    drawn = head.sample(outputs.expand(n, -1), seeded(2)).codes
    place = torch.tensor([24, 12, 3, 1])
    counts = np.bincount((drawn * place).sum(1), minlength=rows.n_rows)
    expected = log_probs.exp().double().numpy()
    expected *= n / expected.sum()
    common = expected > 5
    observed = np.append(counts[common], counts[~common].sum())
    wanted = np.append(expected[common], expected[~common].sum())
    assert stats.chisquare(observed, wanted).pvalue > 1e-4


def test_counts_of_many_draws_are_nearly_the_expected_ones():
    head = make_head()
    n_rows = 2_000
    drawn = head.sample(make_outputs(head).expand(n_rows, -1), seeded(2)).codes
    rows, log_probs = log_probs_of_all_rows(head, make_outputs(head))
    # Independent draws would miss by up to 40; here the first column, and less so pairs with it, come out even.
    for columns, most in (((0,), 3), ((0, 1), 12)):
        shape = [CARDINALITIES[column] for column in columns]
        expected, found = np.zeros(shape), np.zeros(shape)
        np.add.at(expected, tuple(rows.codes[:, columns].T.numpy()), log_probs.exp().numpy())
        np.add.at(found, tuple(drawn[:, columns].T.numpy()), 1)
        assert np.abs(found - n_rows * expected).max() <= most


def test_each_row_of_a_draw_has_the_stated_probabilities():
    head = make_head()
    outputs = torch.randn(3, head.n_outputs, generator=seeded(1))
    first = torch.stack([head.sample(outputs, seeded(seed)).codes for seed in range(1_000)])
    for place in range(3):
        _, log_probs = log_probs_of_all_rows(head, outputs[[place]])
        expected = log_probs.exp().double().reshape(CARDINALITIES).sum((1, 2, 3)).numpy()
        counts = np.bincount(first[:, place, 0], minlength=CARDINALITIES[0])
        assert stats.chisquare(counts, 1_000 * expected / expected.sum()).pvalue > 1e-3


def test_levels_in_order_start_like_their_neighbours():
    head = AutoregressiveHead(0, [40, 3, 9], seeded(), n_ascending=[39, 0, 9])
    plain = AutoregressiveHead(0, [40, 3, 9], seeded())
    steps = (head.table[1:] - head.table[:-1]).norm(dim=1)
    assert steps[:38].max() < 0.5 * steps[38]
    # Categories and a level for missing cells start as they did.
    torch.testing.assert_close(head.table[39:43], plain.table[39:43])
    size = head.table[:39].detach().square().mean().sqrt()
    assert float(size) == pytest.approx(0.3, abs=1e-5)


def test_the_mode_takes_the_likeliest_level_after_those_before():
    head = make_head()
    outputs = make_outputs(head)
    _, log_probs = log_probs_of_all_rows(head, outputs)
    table = log_probs.exp().reshape(CARDINALITIES)
    expected = []
    for _ in CARDINALITIES:
        margin = table.flatten(1).sum(1)
        expected.append(int(margin.argmax()))
        table = table[expected[-1]].unsqueeze(-1)
    assert head.mode(outputs).codes.tolist() == [expected]


def test_values_are_normal_around_means_that_depend_on_the_codes():
    head = make_head(n_values=2)
    rng = np.random.default_rng(0)
    rows = Rows.from_arrays(rng.normal(size=(30, 2)), all_rows().codes.numpy()[:30])
    outputs = make_outputs(head, 30)
    codes_alone = Rows(rows.values, torch.zeros_like(rows.present), rows.codes)
    density = (head.log_prob(outputs, rows) - head.log_prob(outputs, codes_alone)).detach()
    means = outputs[:, -2:] + head.to_values(head._embed(rows.codes))
    expected = stats.norm.logpdf(rows.values, means.detach(), head.numbers.scale.detach())
    np.testing.assert_allclose(density, expected.sum(1), rtol=1e-4, atol=1e-4)
    other_codes = Rows(rows.values, rows.present, rows.codes.flip(0))
    assert not torch.allclose(head._means(outputs[:, -2:], head._embed(other_codes.codes)), means)


def test_matched_scales_are_the_likeliest():
    head = make_head(n_values=2)
    codes = np.tile(all_rows().codes.numpy(), (3, 1))
    rows = Rows.from_arrays(np.random.default_rng(0).normal(size=(len(codes), 2)), codes)
    outputs = make_outputs(head, len(codes))
    weight = torch.rand(len(codes), generator=seeded(3))
    head.match(outputs, rows, weight)
    likelihood = (weight * head.log_prob(outputs, rows)).sum()
    (gradient,) = torch.autograd.grad(likelihood, head.numbers.raw_scale)
    torch.testing.assert_close(gradient, torch.zeros(2), atol=2e-2, rtol=0)


def test_state_codes_decide_which_values_a_drawn_row_has():
    head = make_head(n_values=2, cardinalities=[3], state_codes=[-1, 0])
    drawn = head.sample(make_outputs(head, 500), seeded())
    assert drawn.present[:, 0].all()
    torch.testing.assert_close(drawn.present[:, 1], (drawn.codes[:, 0] == 0).float())


def test_without_codes_it_is_the_head_of_independent_values():
    rows = Rows.from_arrays(np.random.default_rng(0).normal(size=(9, 3)), np.empty((9, 0)))
    head, plain = AutoregressiveHead(3, [], seeded()), RowHead(3, [])
    outputs = torch.randn(9, 3, generator=seeded(1))
    torch.testing.assert_close(head.log_prob(outputs, rows), plain.log_prob(outputs, rows))
    assert head.sample(outputs, seeded()).values.shape == (9, 3)
