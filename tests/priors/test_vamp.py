"""The VampPrior against torch's mixtures."""

import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vaesynth.nn import DenseEncoder, Rows
from vaesynth.priors import VampPrior


def make_prior(n_components=5):
    encoder = DenseEncoder(3, [4], 2, [8], 4, torch.Generator().manual_seed(0))
    return VampPrior(2, 2, n_components, encoder, n_values=3, n_codes=1), encoder


def make_rows(n_rows=40):
    generator = torch.Generator().manual_seed(1)
    present = (torch.rand((n_rows, 3), generator=generator) < 0.8).float()
    values = torch.randn((n_rows, 3), generator=generator) * present
    codes = torch.randint(4, (n_rows, 1), generator=generator)
    return Rows(values, present, codes), torch.arange(n_rows) % 2


def test_it_is_the_mixture_of_the_posteriors_of_its_pseudo_rows():
    prior, encoder = make_prior()
    rows, y = make_rows()
    prior.start(rows, y, torch.Generator().manual_seed(2))
    z = torch.randn((6, 2), generator=torch.Generator().manual_seed(3))
    for label in range(2):
        place = slice(5 * label, 5 * label + 5)
        pseudo = Rows(prior.values[place], prior.present[place], prior.codes[place])
        mean, log_var = encoder(pseudo, torch.full((5,), label)).chunk(2, dim=1)
        normals = Independent(Normal(mean, (0.5 * log_var).exp()), 1)
        oracle = MixtureSameFamily(Categorical(torch.ones(5)), normals)
        given = prior.log_prob(z, torch.full((6,), label))
        torch.testing.assert_close(given, oracle.log_prob(z))


def test_pseudo_rows_begin_as_rows_of_their_class():
    prior, _ = make_prior(n_components=30)
    rows, y = make_rows()
    prior.start(rows, y, torch.Generator().manual_seed(2))
    for label in range(2):
        ours = prior.values[30 * label : 30 * label + 30].detach()
        theirs = rows.values[y == label]
        assert bool((ours[:, None] == theirs).all(2).any(1).all())
        # 20 rows in 30 places: each is there, some twice.
        assert len(torch.unique(ours, dim=0)) == 20


def test_pseudo_rows_are_learned_and_the_encoder_is_not_its_own():
    prior, encoder = make_prior()
    assert [name for name, _ in prior.named_parameters()] == ["values"]
    rows, y = make_rows()
    prior.start(rows, y, torch.Generator().manual_seed(2))
    loss = -prior.log_prob(torch.ones(4, 2), torch.tensor([0, 1, 0, 1])).mean()
    gradients = torch.autograd.grad(loss, [prior.values, *encoder.parameters()])
    assert all(bool(gradient.any()) for gradient in gradients)
