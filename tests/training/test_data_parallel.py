"""Several members train one module: the batch, the gradient and the weights of one process."""

import copy
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier

import numpy as np
import pytest
import torch

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.training import ClassLayout, TeamDraws, TrainingData, TrainingPlan, gather_rows, train
from vaesynth.training._data_parallel import TeamGradients
from vaesynth.training._gradients import FlatParameters


class Stopped(Exception):
    """The team was lost."""


class Threads:
    """Members that are threads of this process."""

    def __init__(self, size, n_classes=2, stop_after=None, state=None):
        self.size, self.n_classes, self.stop_after, self.state = size, n_classes, stop_after, state
        self.barrier = Barrier(size)
        self.given = [None] * size

    def run(self, function):
        """Call a function for each member, all at once."""
        with ThreadPoolExecutor(self.size) as pool:
            return list(pool.map(lambda rank: function(Member(self, rank)), range(self.size)))


class Member:
    def __init__(self, threads, rank):
        self.threads, self.rank = threads, rank
        self.size, self.n_classes = threads.size, threads.n_classes

    def add(self, tensor):
        self.threads.given[self.rank] = tensor
        self.threads.barrier.wait()
        total = torch.stack(self.threads.given).sum(0)
        self.threads.barrier.wait()
        return total

    def keep(self, state):
        if self.rank == 0:
            self.threads.state = copy.deepcopy(state)
        self.threads.barrier.wait()
        if state["history"]["n_iter"] == self.threads.stop_after:
            raise Stopped

    def last_state(self):
        return copy.deepcopy(self.threads.state)


class Quadratic(torch.nn.Module):
    """A loss without noise, so that members must give exactly what one process gives."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([0.5, -1.0]))

    def loss(self, rows, y, generator, beta):  # noqa: ARG002
        error = ((rows.values @ self.weight) - y).square().mean()
        return {"loss": error, "twice": 2 * error}


def make_table(n_rows=60):
    rng = np.random.default_rng(0)
    y = torch.from_numpy((rng.random(n_rows) < 0.2).astype(np.int64))
    rows = Rows.from_arrays(
        rng.normal(size=(n_rows, 2)) + y[:, None].numpy(), np.arange(n_rows)[:, None]
    )
    return TrainingData(rows, y, torch.ones(n_rows))


def share(data, member):
    """Give a member its rows: consecutive ones, of unequal number."""
    n_rows = data.rows.n_rows
    cuts = [round(n_rows * (rank / member.size) ** 1.5) for rank in range(member.size + 1)]
    part = slice(cuts[member.rank], cuts[member.rank + 1])
    return TrainingData(data.rows.take(part), data.y[part], data.weight[part])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def batches_of(size, data, balance):
    """Row ids in each batch of an epoch, by member."""

    def draw(member):
        own = share(data, member)
        draws = TeamDraws(ClassLayout(own.y, member), balance)
        return [own.rows.codes[index, 0].tolist() for index in draws.epoch(7, 13, generator())]

    return Threads(size).run(draw)


@pytest.mark.parametrize("balance", [0.0, 0.5, 1.0])
def test_any_number_of_members_draws_the_same_batches(balance):
    data = make_table()
    (alone,) = batches_of(1, data, balance)
    assert all(len(batch) == 13 for batch in alone)
    for size in (2, 3):
        members = batches_of(size, data, balance)
        together = [sorted(chain(*parts)) for parts in zip(*members, strict=True)]
        assert together == [sorted(batch) for batch in alone]


def test_classes_have_the_shares_of_the_plan():
    data = make_table(600)
    (batches,) = batches_of(1, data, 1.0)
    labels = data.y[torch.tensor([*chain(*batches)])]
    assert abs(float(labels.double().mean()) - 0.5) < 0.02
    (batches,) = batches_of(1, data, 0.0)
    labels = data.y[torch.tensor([*chain(*batches)])]
    assert float(labels.double().mean()) == pytest.approx(float(data.y.double().mean()), abs=0.02)


def test_every_row_is_found_by_one_member():
    data = make_table()

    def find(member):
        own = share(data, member)
        layout = ClassLayout(own.y, member)
        mine, index = layout.find(*layout.everything())
        return mine.tolist(), own.rows.codes[index, 0].tolist()

    places, ids = zip(*Threads(3).run(find), strict=True)
    assert sorted(chain(*places)) == list(range(60))
    assert sorted(chain(*ids)) == list(range(60))


def test_rows_are_gathered_in_the_order_asked_for():
    data = make_table()

    def gather(member):
        own = share(data, member)
        layout = ClassLayout(own.y, member)
        labels, places = TeamDraws(layout, 1.0).draw(20, generator())
        return gather_rows(own, labels, places, layout, member), labels

    expected, labels = Threads(1).run(gather)[0]
    assert torch.equal(data.y[expected.codes[:, 0]], labels)
    torch.testing.assert_close(expected.values, data.rows.values[expected.codes[:, 0]])
    for rows, _ in Threads(3).run(gather):
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(rows, expected, strict=True))


def test_gradients_add_up_to_that_of_the_batch():
    data = make_table()
    index = torch.arange(10)  # all in the first member's share of 3: the others have no row

    def accumulate(member):
        module, own = Quadratic(), share(data, member)
        parameters = FlatParameters(list(module.parameters()))
        gradients = TeamGradients(module, own, generator(), member, batch_size=10)
        terms = gradients.accumulate(parameters, index if member.rank == 0 else index[:0], 1.0)
        return parameters.vector.grad, terms

    module = Quadratic()
    loss = module.loss(data.rows.take(index), data.y[index], None, 1.0)["loss"]
    expected = torch.autograd.grad(loss, module.weight)[0]
    for gradient, terms in Threads(3).run(accumulate):
        torch.testing.assert_close(gradient, expected)
        torch.testing.assert_close(terms["loss"], loss.detach())
        torch.testing.assert_close(terms["twice"], 2 * loss.detach())


def train_team(threads, make_module=Quadratic, max_iter=6, held_out=False):
    data, plan = make_table(), TrainingPlan(max_iter, 4, 16, n_iter_no_change=1)

    def run(member):
        module = make_module()
        checked = share(make_table(40), member) if held_out else None
        history = train(module, share(data, member), plan, generator(), checked, member)
        return torch.cat([weight.detach().flatten() for weight in module.parameters()]), history

    return threads.run(run)


def make_vae():
    return GaussianVAE.for_table(2, [60], 2, 2, [8], generator(1))


@pytest.mark.parametrize("held_out", [False, True])
def test_members_reach_the_weights_of_one_process(held_out):
    (expected, alone), *_ = train_team(Threads(1), held_out=held_out)
    for found, history in train_team(Threads(3), held_out=held_out):
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)
        np.testing.assert_allclose(history.terms["loss"], alone.terms["loss"], rtol=1e-5)
        assert history.n_iter == alone.n_iter
        if held_out:
            np.testing.assert_allclose(
                history.terms["validation_loss"], alone.terms["validation_loss"], rtol=1e-5
            )


@pytest.mark.parametrize("stop_after", [1, 4, 6])
def test_a_team_that_was_lost_goes_on_as_if_it_had_not_been(stop_after):
    expected = train_team(Threads(2), make_vae, held_out=True)
    lost = Threads(2, stop_after=stop_after)
    with pytest.raises(Stopped):
        train_team(lost, make_vae, held_out=True)
    found = train_team(Threads(2, state=lost.state), make_vae, held_out=True)
    for (ours, history), (theirs, uninterrupted) in zip(found, expected, strict=True):
        assert torch.equal(ours, theirs)
        assert history == uninterrupted


def test_members_have_noise_of_their_own_and_equal_weights():
    (first, _), (second, _) = train_team(Threads(2), make_vae)
    assert torch.equal(first, second)

    def draw(member):
        gradients = TeamGradients(None, None, torch.Generator(), member, 1)
        gradients.start_epoch(generator())
        return torch.randn(3, generator=gradients.noise)

    ours, theirs = Threads(2).run(draw)
    assert not torch.equal(ours, theirs)
