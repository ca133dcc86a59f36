"""Output heads against scipy and exact probabilities."""

import numpy as np
import pytest
import torch
from scipy import special, stats

from vaesynth.nn import CategoricalHead, GaussianHead, RowHead, Rows
from vaesynth.nn._heads._categorical_head import plan_blocks

CARDINALITIES = [3, 7, 2, 6, 40]


def make_rows(n_rows=5, n_values=4, cardinalities=CARDINALITIES, missing=True):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(n_rows, n_values)).astype(np.float32)
    if missing:
        values[rng.random(values.shape) < 0.3] = np.nan
    codes = np.column_stack([rng.integers(0, k, n_rows) for k in cardinalities])
    return Rows.from_arrays(values, codes)


def exact_probabilities(head, outputs):
    """Softmax of each code's own logits, taken out of the blocks one by one."""
    tables = {}
    for block in head.blocks:
        logits = outputs[:, block.start : block.stop].reshape(
            len(outputs), len(block.columns), block.width
        )
        for place, column in enumerate(block.columns):
            tables[column] = special.softmax(logits[:, place, : CARDINALITIES[column]], axis=1)
    return tables


def test_gaussian_log_prob_is_scipys_over_present_values():
    rows, head = make_rows(), GaussianHead(4)
    with torch.no_grad():
        head.raw_scale.copy_(torch.tensor([-1.0, 0.0, 0.5, 1.0]))
    means = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    density = stats.norm.logpdf(rows.values, means, head.scale.detach())
    expected = (density * rows.present.numpy()).sum(axis=1)
    np.testing.assert_allclose(head.log_prob(means, rows).detach(), expected, rtol=1e-5)


def test_gaussian_sample_has_the_scale():
    head = GaussianHead(2)
    drawn = head.sample(torch.ones(20_000, 2) * 3, torch.Generator().manual_seed(0)).detach()
    np.testing.assert_allclose(drawn.mean(0), 3, atol=0.03)
    np.testing.assert_allclose(drawn.std(0), head.scale.detach(), rtol=0.03)


def test_values_beyond_the_range_of_some_rows_are_as_far_inside():
    # Mirrored at each bound once, and cut where that is not enough.
    values = torch.tensor([[-1.0, 7.0], [3.0, 7.0]])
    rows = Rows(values, torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[2], [0]]))
    head = RowHead(2, [3])
    span = head.span(rows)
    assert (span.lower.tolist(), span.upper.tolist()) == ([-1, 0], [3, 0])  # nobody has the second
    beyond = torch.tensor([[-1.5, 9.0], [3.5, 9.0], [2.0, 9.0], [99.0, 9.0]])
    mean = torch.cat([beyond, torch.tensor([[0.5, 1.0, -0.5]]).expand(4, -1)], dim=1)
    drawn = head.sample_at_mean(mean, torch.Generator().manual_seed(0), span)
    assert drawn.values[:, 0].tolist() == [-0.5, 2.5, 2, 3]
    assert (drawn.codes != 1).all()  # a level that no row has


def test_draws_keep_to_the_range_that_was_matched_and_do_not_pile_up():
    head = GaussianHead(1)
    rows = Rows(torch.tensor([[0.0], [2.0]]), torch.ones(2, 1), torch.zeros(2, 0))
    head.match(torch.tensor([[1.0], [1.0]]), rows, torch.ones(2))
    drawn = head.sample(torch.zeros(2000, 1), torch.Generator().manual_seed(0)).detach()
    assert 0 < drawn.min() < drawn.max() <= 2
    assert (drawn == 2).float().mean() < 0.05


def test_a_head_that_was_saved_without_a_range_loads():
    head = GaussianHead(2)
    head.load_state_dict({"raw_scale": torch.ones(2)})
    assert head.lower.tolist() == [-torch.inf] * 2
    assert head.upper.tolist() == [torch.inf] * 2


def test_matched_scales_are_the_likeliest():
    rows, head = make_rows(n_rows=200), GaussianHead(4)
    means = torch.randn(200, 4, generator=torch.Generator().manual_seed(1))
    weight = torch.rand(200, generator=torch.Generator().manual_seed(2))
    head.match(means, rows, weight)
    likelihood = (weight * head.log_prob(means, rows)).sum()
    (gradient,) = torch.autograd.grad(likelihood, head.raw_scale)
    torch.testing.assert_close(gradient, torch.zeros(4), atol=1e-3, rtol=0)


def test_blocks_cover_every_code_once_and_waste_little():
    cardinalities = [2, 50, 1000, 48, 3, 51, 2, 9]
    blocks = plan_blocks(cardinalities)
    assert sorted(column for block in blocks for column in block.columns) == list(range(8))
    assert sum(len(block.columns) * block.width for block in blocks) <= 1.25 * sum(cardinalities)


def test_categorical_log_prob_is_the_softmax_of_each_code():
    head, rows = CategoricalHead(CARDINALITIES), make_rows()
    outputs = torch.randn(5, head.n_outputs, generator=torch.Generator().manual_seed(0))
    tables = exact_probabilities(head, outputs.numpy())
    expected = sum(np.log(tables[column][np.arange(5), rows.codes[:, column]]) for column in tables)
    np.testing.assert_allclose(head.log_prob(outputs, rows), expected, rtol=1e-5)


def test_categorical_sample_follows_the_probabilities_and_never_leaves_the_levels():
    head = CategoricalHead(CARDINALITIES)
    outputs = torch.randn(1, head.n_outputs, generator=torch.Generator().manual_seed(0))
    tables = exact_probabilities(head, outputs.numpy().astype(np.float64))
    drawn = head.sample(
        head.mean(outputs).expand(40_000, -1), torch.Generator().manual_seed(1)
    ).numpy()
    for column, cardinality in enumerate(CARDINALITIES):
        counts = np.bincount(drawn[:, column], minlength=cardinality)
        assert len(counts) == cardinality
        assert (
            stats.chisquare(counts, tables[column][0] / tables[column].sum() * 40_000).pvalue > 1e-4
        )


def test_row_head_is_the_product_of_its_parts():
    rows, head = make_rows(), RowHead(4, CARDINALITIES)
    outputs = torch.randn(5, head.n_outputs, generator=torch.Generator().manual_seed(0))
    parts = head.numbers.log_prob(outputs[:, :4], rows) + head.levels.log_prob(outputs[:, 4:], rows)
    torch.testing.assert_close(head.log_prob(outputs, rows), parts)


def test_state_codes_decide_which_values_a_drawn_row_has():
    head = RowHead(2, [3], state_codes=[-1, 0])
    drawn = head.sample(torch.zeros(500, head.n_outputs), torch.Generator().manual_seed(0))
    assert drawn.present[:, 0].all()
    torch.testing.assert_close(drawn.present[:, 1], (drawn.codes[:, 0] == 0).float())
    assert (drawn.values[drawn.present == 0] == 0).all()


def test_mean_plus_residual_is_the_row_itself():
    rows, head = make_rows(n_rows=50, missing=False), RowHead(4, CARDINALITIES)
    outputs = torch.randn(50, head.n_outputs, generator=torch.Generator().manual_seed(0))
    whole = head.mean(outputs) + head.residual(outputs, rows)
    back = head.sample_at_mean(whole, torch.Generator().manual_seed(0), head.span(rows))
    torch.testing.assert_close(back.values, rows.values)
    torch.testing.assert_close(back.codes, rows.codes)


def test_absent_values_leave_no_residual():
    rows, head = make_rows(n_rows=50), RowHead(4, CARDINALITIES)
    outputs = torch.randn(50, head.n_outputs, generator=torch.Generator().manual_seed(0))
    assert (head.residual(outputs, rows)[:, :4][rows.present == 0] == 0).all()


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_codes_between_two_rows_are_mixed_by_weight(share):
    n = 20_000
    head = RowHead(0, [4])
    outputs = torch.randn(1, 4, generator=torch.Generator().manual_seed(0)).expand(n, -1)
    residuals = [
        head.residual(outputs, Rows.from_arrays(np.empty((n, 0)), np.full((n, 1), code)))
        for code in (0, 3)
    ]
    span = head.span(Rows.from_arrays(np.empty((2, 0)), np.array([[0], [3]])))
    mixed = head.mean(outputs) + (1 - share) * residuals[0] + share * residuals[1]
    drawn = head.sample_at_mean(mixed, torch.Generator().manual_seed(1), span).codes
    counts = np.bincount(drawn.flatten(), minlength=4) / n
    np.testing.assert_allclose(counts, [1 - share, 0, 0, share], atol=0.015)


def test_no_cells_at_all_is_a_constant_table():
    head = RowHead(0, [])
    rows = Rows.from_arrays(np.empty((3, 0)), np.empty((3, 0)))
    assert head.log_prob(torch.empty(3, 0), rows).tolist() == [0, 0, 0]
    assert head.sample(torch.empty(3, 0), torch.Generator()).n_rows == 3


def test_log_probs_of_cells_are_exact_and_sum_to_those_of_rows():
    rows = make_rows()
    head = RowHead(4, CARDINALITIES)
    outputs = torch.randn(5, head.n_outputs, generator=torch.Generator().manual_seed(1))
    cells = head.cell_log_prob(outputs, rows).detach()
    np.testing.assert_allclose(cells.sum(1), head.log_prob(outputs, rows).detach(), rtol=1e-5)
    means, logits = head.split(outputs)
    density = stats.norm.logpdf(rows.values, means, head.numbers.scale.detach())
    np.testing.assert_allclose(cells[:, :4], density * rows.present.numpy(), rtol=1e-4)
    for code, table in exact_probabilities(head.levels, logits).items():
        expected = np.log(table[np.arange(5), rows.codes[:, code]])
        np.testing.assert_allclose(cells[:, 4 + code], expected, rtol=1e-4)
