import pytest
import torch

from vaesynth.nn._networks._embedding_sum import sum_embeddings, sum_levels


@pytest.fixture
def index():
    generator = torch.Generator().manual_seed(0)
    # Three codes of three levels each, of which the last never occurs.
    return torch.randint(0, 2, (40, 3), generator=generator) + torch.tensor([0, 3, 6])


def test_sum_and_gradient_are_those_of_torch(index):
    generator = torch.Generator().manual_seed(1)
    table = torch.randn(9, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(40, 5, generator=generator, dtype=torch.float64)
    ours, theirs = sum_embeddings(index, table), torch.nn.functional.embedding(index, table).sum(1)
    assert torch.allclose(ours, theirs)
    (our_gradient,) = torch.autograd.grad((ours * weight).sum(), table)
    (their_gradient,) = torch.autograd.grad((theirs * weight).sum(), table)
    assert torch.allclose(our_gradient, their_gradient)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_the_gradient_of_each_row_alone_can_be_taken(index):
    table = torch.randn(9, 5, generator=torch.Generator().manual_seed(1))

    def first(table, row):
        return sum_embeddings(row[None], table)[0, 0]

    gradients = torch.func.vmap(torch.func.grad(first), in_dims=(None, 0))(table, index)
    counts = torch.stack([torch.bincount(row, minlength=9) for row in index])
    assert torch.equal(gradients[:, :, 0], counts.float())
    assert not gradients[:, :, 1:].any()


def test_more_levels_than_short_integers_count_are_summed_too():
    index = torch.tensor([[3, 69_999], [1, 69_998], [3, 69_999]])
    vectors = torch.tensor([[1.0], [2.0], [4.0]])
    sums = sum_levels(index, vectors, 70_000)
    found = {level: float(sums[level]) for level in sums[:, 0].nonzero()[:, 0].tolist()}
    assert found == {1: 2.0, 3: 5.0, 69_998: 2.0, 69_999: 5.0}
