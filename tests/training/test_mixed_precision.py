import pytest
import torch

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.training import NoisePlan, TrainingData, TrainingPlan, train
from vaesynth.training._gradients import MixedPrecision


def make_model():
    return GaussianVAE.for_table(3, [4], 2, 2, [32], torch.Generator().manual_seed(0))


def make_data(n_rows=200):
    generator = torch.Generator().manual_seed(1)
    values = torch.randn(n_rows, 3, generator=generator)
    codes = torch.randint(4, (n_rows, 1), generator=generator)
    y = torch.arange(n_rows) % 2
    return TrainingData(Rows(values, torch.ones(n_rows, 3), codes), y, torch.ones(n_rows))


def run(**changes):
    model = make_model()
    plan = TrainingPlan(max_iter=3, n_steps_per_epoch=4, batch_size=64, **changes)
    history = train(model, make_data(), plan, torch.Generator().manual_seed(2), make_data(40))
    return model, history


def test_terms_are_float32_and_near_those_of_full_precision():
    data = make_data()
    given = (data.rows, data.y)
    full = make_model().loss(*given, torch.Generator().manual_seed(3), 1.0)
    mixed = MixedPrecision(make_model()).loss(*given, torch.Generator().manual_seed(3), 1.0)
    for name, term in full.items():
        assert mixed[name].dtype == torch.float32
        torch.testing.assert_close(mixed[name], term, rtol=0.02, atol=0.02)
    assert not torch.equal(mixed["loss"], full["loss"])


def test_gradients_point_where_those_of_full_precision_do():
    data, model = make_data(), make_model()
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def gradient(trained):
        terms = trained.loss(data.rows, data.y, torch.Generator().manual_seed(3), 1.0)
        parts = torch.autograd.grad(terms["loss"], learned)
        assert {part.dtype for part in parts} == {torch.float32}
        return torch.cat([part.flatten() for part in parts])

    full, mixed = gradient(model), gradient(MixedPrecision(model))
    assert torch.cosine_similarity(full, mixed, dim=0) > 0.999


def test_weights_and_held_out_losses_stay_in_float32():
    (_, full), (model, mixed) = run(), run(mixed_precision=True)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    losses = full.terms["validation_loss"], mixed.terms["validation_loss"]
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], abs=0.02)


def test_the_number_of_threads_changes_nothing():
    one, _ = run(mixed_precision=True, n_shards=2, n_threads=1)
    two, _ = run(mixed_precision=True, n_shards=2, n_threads=2)
    for first, second in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(first, second)


def test_noise_for_privacy_is_refused():
    noise = NoisePlan(rate=0.1, noise_multiplier=1.0, max_grad_norm=1.0)
    with pytest.raises(ValueError, match="`mixed_precision` must be False with `noise`, got True"):
        TrainingPlan(1, 1, 1, mixed_precision=True, noise=noise)
