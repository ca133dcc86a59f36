"""The VAE of lossless coding: what a pixel's likelihood may read, and what is trained."""

import torch

from vaesynth.models import ContextSizes, ContextVAE
from vaesynth.nn import Rows

SIZES = ContextSizes(n_latents=3, width=16, n_features=2, reach=2, context_widths=(16,))


def make_model(shape=(1, 6, 6)):
    return ContextVAE(shape, 256, SIZES, torch.Generator().manual_seed(0))


def make_rows(n_rows=4, n_values=36):
    levels = torch.randint(256, (n_rows, n_values), generator=torch.Generator().manual_seed(1))
    return Rows(levels / 255, torch.ones(1, 1).expand(n_rows, n_values), levels[:, :0])


def nats_of(model, values, told):
    return model._nats(values, told, torch.arange(len(model.order)))


def test_a_pixel_does_not_read_itself_or_what_comes_later():
    model, rows = make_model((3, 3, 4)), make_rows()
    told = model.tell(torch.zeros(4, 3))
    changed = rows.values.clone()
    place = 20
    changed[:, model.order[place]] = 1 - changed[:, model.order[place]]
    before, after = nats_of(model, rows.values, told), nats_of(model, changed, told)
    assert torch.equal(before[:, :place], after[:, :place])
    assert not torch.equal(before[:, place + 1 :], after[:, place + 1 :])


def test_a_quarter_of_the_pixels_estimates_them_all():
    model, rows = make_model(), make_rows(200)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        losses = [
            float(model.loss(rows, None, generator, 1.0)["reconstruction"]) for _ in range(200)
        ]
        told = model.tell(torch.randn(200, 3, generator=generator))
        whole = float(nats_of(model, rows.values, told).sum(1).mean())
    assert abs(torch.tensor(losses).mean() / whole - 1) < 0.02


def test_every_parameter_gets_a_gradient():
    model, rows = make_model(), make_rows()
    model.loss(rows, None, torch.Generator().manual_seed(0), 1.0)["loss"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_the_decoder_tells_each_pixel_its_own():
    model = make_model((1, 6, 7))
    told = model.tell(torch.randn(2, 3, generator=torch.Generator().manual_seed(0)))
    assert told.shape == (2, 42, 2)
    hidden = torch.nn.functional.relu6(model.decoder(torch.zeros(1, 3))).view(1, 4, -1)
    parts = torch.nn.functional.relu6(model.patch(hidden) + model.place)
    # The pixel in row 1 and column 5 lies in row 1 and column 1 of the second patch.
    expected = parts[0, 1].view(2, 4, 4)[:, 1, 1]
    assert torch.allclose(model.tell(torch.zeros(1, 3))[0, 7 + 5], expected)
