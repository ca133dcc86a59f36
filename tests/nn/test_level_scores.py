import pytest
import torch

from vaesynth.nn._heads._level_scores import GROUP, LevelScores


def draw(widths, n_levels, n_rows=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(n_rows, sum(widths), generator=generator, dtype=dtype)
    starts = torch.tensor([0, *widths[:-1]]).cumsum(0)
    levels = [torch.randint(0, n, (n_rows,), generator=generator) for n in n_levels]
    return logits.requires_grad_(), torch.stack(levels, 1) + starts


def by_hand(widths, n_levels, logits, places):
    total = torch.zeros(len(logits), dtype=logits.dtype)
    start = 0
    for column, (width, n) in enumerate(zip(widths, n_levels, strict=True)):
        log_probs = torch.log_softmax(logits[:, start : start + n], 1)
        total = total + log_probs.gather(1, places[:, column : column + 1] - start)[:, 0]
        start += width
    return total


CASES = [
    ([4], [4]),
    ([5, 5, 3, 2, 2], [5, 4, 3, 2, 1]),
    ([3] * (2 * GROUP + 5), [3, 2] * GROUP + [3] * 5),
]


@pytest.mark.parametrize(("widths", "n_levels"), CASES)
def test_scores_and_gradients_are_those_of_a_softmax_of_each_table(widths, n_levels):
    logits, places = draw(widths, n_levels)
    scores = LevelScores(widths, n_levels).double()
    weight = torch.linspace(-1, 2, 6, dtype=torch.float64)
    ours, theirs = scores(logits, places), by_hand(widths, n_levels, logits, places)
    assert torch.allclose(ours, theirs)
    (our_gradient,) = torch.autograd.grad((ours * weight).sum(), logits)
    (their_gradient,) = torch.autograd.grad((theirs * weight).sum(), logits)
    assert torch.allclose(our_gradient, their_gradient)


def test_large_logits_leave_no_infinity():
    scores = LevelScores([2, 3], [2, 2])
    logits = torch.tensor([[900.0, 0.0, 880.0, 879.0, 950.0]], requires_grad=True)
    places = torch.tensor([[0, 3]])
    nats = scores(logits, places)
    (gradient,) = torch.autograd.grad(nats.sum(), logits)
    assert torch.allclose(nats, by_hand([2, 3], [2, 2], logits, places))
    assert torch.isfinite(gradient).all()
    assert gradient[0, 4] == 0


def test_a_level_of_hardly_any_probability_has_a_finite_score():
    scores = LevelScores([2, 2], [2, 2])
    logits = torch.tensor([[0.0, 95.0, 1.0, 2.0]], requires_grad=True)
    places = torch.tensor([[0, 2]])
    nats = scores(logits, places)
    assert torch.allclose(nats, by_hand([2, 2], [2, 2], logits, places))
    (gradient,) = torch.autograd.grad(nats.sum(), logits)
    assert torch.allclose(gradient[0, :2], torch.tensor([1.0, -1.0]))


def test_tables_that_lie_far_apart_have_finite_scores():
    # What is added to all logits of a table changes nothing, and training may let it grow.
    logits, places = draw([5, 5, 3], [5, 4, 3], dtype=torch.float32)
    scores = LevelScores([5, 5, 3], [5, 4, 3])
    far = (logits + torch.tensor([600.0] * 5 + [0.0] * 5 + [-600.0] * 3)).detach().requires_grad_()
    (near_gradient,) = torch.autograd.grad(scores(logits, places).sum(), logits)
    (far_gradient,) = torch.autograd.grad(scores(far, places).sum(), far)
    torch.testing.assert_close(scores(far, places), scores(logits, places), atol=1e-3, rtol=0)
    torch.testing.assert_close(far_gradient, near_gradient, atol=1e-3, rtol=0)


def test_without_tables_a_row_is_certain():
    scores = LevelScores([], [])
    assert scores(torch.zeros(3, 0), torch.zeros(3, 0, dtype=torch.int64)).tolist() == [0, 0, 0]


@pytest.mark.slow
def test_the_gradient_of_each_row_alone_can_be_taken():
    widths, n_levels = CASES[1]
    logits, places = draw(widths, n_levels)
    scores = LevelScores(widths, n_levels).double()

    def of_row(shift, row, place):
        return scores((row + shift)[None], place[None])[0]

    shift = torch.zeros(sum(widths), dtype=torch.float64)
    each = torch.func.vmap(torch.func.grad(of_row), in_dims=(None, 0, 0))
    gradients = each(shift, logits.detach(), places)
    (expected,) = torch.autograd.grad(scores(logits, places).sum(), logits)
    assert torch.allclose(gradients, expected)
