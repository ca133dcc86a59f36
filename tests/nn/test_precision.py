import pytest
import torch

from vaesynth.nn import AutoregressiveHead, RowHead, Rows, full_precision, split_moments, widen


@pytest.fixture
def reduced():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(50, 2, generator=generator)
    codes = torch.stack([torch.randint(n, (50,), generator=generator) for n in (3, 9)], 1)
    return Rows(values, torch.ones(50, 2), codes)


@pytest.mark.usefixtures("reduced")
def test_products_in_full_precision_are_those_without_autocast():
    x = torch.randn(20, 20, generator=torch.Generator().manual_seed(0))
    assert (x @ x).dtype == torch.bfloat16
    with full_precision(x):
        inside = x @ x
    with torch.autocast("cpu", enabled=False):
        torch.testing.assert_close(inside, x @ x, rtol=0, atol=0)


def test_moments_are_widened():
    outputs = torch.tensor([[1.0, 2.0]], dtype=torch.bfloat16)
    assert [part.dtype for part in split_moments(outputs)] == [torch.float32] * 2
    assert widen(torch.ones(1, dtype=torch.float16)).dtype == torch.float32


def test_a_likelihood_of_given_outputs_does_not_see_autocast(rows):
    head = RowHead(2, [3, 9])
    outputs = torch.randn(50, head.n_outputs, generator=torch.Generator().manual_seed(1))
    expected = head.log_prob(outputs, rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(head.log_prob(outputs, rows), expected)


def test_linked_cells_sum_in_float32_what_products_in_bfloat16_give(rows):
    head = AutoregressiveHead(2, [3, 9], torch.Generator().manual_seed(0))
    outputs = torch.randn(50, head.n_outputs, generator=torch.Generator().manual_seed(1))
    expected = head.log_prob(outputs, rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = head.log_prob(outputs, rows)
    assert found.dtype == torch.float32
    assert not torch.equal(found, expected)
    torch.testing.assert_close(found, expected, rtol=0.01, atol=0.02)
