"""One vector and the module's parameters are the same numbers."""

import numpy as np
import torch
from torch import nn

from vaesynth import VAE, VQVAE
from vaesynth.training._gradients import FlatParameters


def test_moving_the_vector_moves_the_parameters():
    module = nn.Linear(3, 2)
    before = [parameter.detach().clone() for parameter in module.parameters()]
    flat = FlatParameters(list(module.parameters()))
    for parameter, start in zip(module.parameters(), before, strict=True):
        assert torch.equal(parameter, start)
    with torch.no_grad():
        flat.vector += 1
    for parameter, start in zip(module.parameters(), before, strict=True):
        torch.testing.assert_close(parameter, start + 1)


def test_a_step_on_the_vector_is_a_step_on_the_parameters():
    inputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    modules = [nn.Linear(3, 2), nn.Linear(3, 2)]
    modules[1].load_state_dict(modules[0].state_dict())
    flat = FlatParameters(list(modules[0].parameters()))
    optimizers = [torch.optim.AdamW([flat.vector]), torch.optim.AdamW(modules[1].parameters())]
    for _ in range(3):
        flat.vector.grad = flat.gradient(modules[0](inputs).square().sum())
        optimizers[1].zero_grad()
        modules[1](inputs).square().sum().backward()
        for optimizer in optimizers:
            optimizer.step()
    for left, right in zip(modules[0].parameters(), modules[1].parameters(), strict=True):
        torch.testing.assert_close(left, right)


def test_a_trained_model_has_its_parameters_in_memory_of_their_own():
    """Views into one vector start anywhere, and products of such matrices may round otherwise than after a load."""
    X = np.random.default_rng(0).normal(size=(40, 3))
    for model in (VAE(max_iter=1, hidden_layer_sizes=(5,)), VQVAE(max_iter=1, prior_max_iter=1)):
        module = model.set_params(random_state=0).fit(X).module_
        storages = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}
        assert len(storages) == len(list(module.parameters()))
        assert all(parameter.data_ptr() % 64 == 0 for parameter in module.parameters())
