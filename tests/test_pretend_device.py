"""The pretended device refuses what CUDA refuses, so that the tests on it can fail."""

import numpy as np
import pytest
import torch

from pretend_device import PretendDevice

MIXTURES = {
    "a sum": lambda here, there: here + there,
    "a product": lambda here, there: torch.mm(there, here),
    "in place": lambda here, there: here.add_(there),
    "rows by position": lambda here, there: here[there.long()[0]],
    "index_select": lambda here, there: there.index_select(0, torch.tensor([0])),
    "numpy": lambda here, there: there.numpy(),
    "asarray": lambda here, there: np.asarray(there),
    "noise": lambda here, there: torch.randn(
        2, generator=torch.Generator().manual_seed(0), device=there.device
    ),
    "noise in place": lambda here, there: there.uniform_(generator=torch.Generator()),
    "a layer": lambda here, there: torch.nn.Linear(2, 2).to(there.device)(here),
}
ALLOWED = {
    "a number": lambda here, there: there * here.sum(),
    "positions of the processor": lambda here, there: there[torch.tensor([1, 0])],
    "a copy": lambda here, there: here.copy_(there),
    "numpy of a copy": lambda here, there: there.cpu().numpy(),
    "a layer": lambda here, there: torch.nn.Linear(2, 2).to(there)(there),
    "a gradient": lambda here, there: there.clone().requires_grad_().square().sum().backward(),
}


@pytest.fixture
def tensors():
    with PretendDevice():
        here = torch.ones(2, 2)
        yield here, here.to("cuda:0")


@pytest.mark.parametrize("name", MIXTURES)
def test_what_mixes_devices_is_refused(name, tensors):
    with pytest.raises((RuntimeError, TypeError)):
        MIXTURES[name](*tensors)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_cuda_allows_is_allowed(name, tensors):
    ALLOWED[name](*tensors)


def test_results_stay_on_the_device(tensors):
    _, there = tensors
    for result in (
        there.sum(),
        there[0],
        there.clone(),
        torch.zeros_like(there),
        there.new_ones(2),
    ):
        assert result.device == torch.device("cuda:0")
    assert there.cpu().device == torch.device("cpu")
