"""What a worker reports, and how the end of a run is read, without Ray."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from vaesynth import VAE
from vaesynth.distributed import _worker
from vaesynth.distributed._fit import _read_result
from vaesynth.distributed._worker import RayTeam
from vaesynth.training import DivergenceError


class Checkpoint:
    """A folder, as Ray's."""

    def __init__(self, folder):
        self.folder = folder

    @contextmanager
    def as_directory(self):
        yield str(self.folder)


class Run:
    """Stands for ``ray.train`` in one worker: it keeps what is reported."""

    def __init__(self, storage, rank=0):
        self.storage, self.rank = storage, rank
        self.reports, self.last = [], None
        self.Checkpoint = SimpleNamespace(from_directory=Path)

    def get_context(self):
        return SimpleNamespace(get_world_rank=lambda: self.rank, get_world_size=lambda: 1)

    def get_checkpoint(self):
        return self.last

    def report(self, figures, checkpoint=None):
        self.reports.append(figures)
        if checkpoint is not None:
            kept = self.storage / str(len(self.reports))
            shutil.copytree(checkpoint, kept)
            self.last = Checkpoint(kept)


@pytest.fixture
def make_team(tmp_path, monkeypatch):
    def make(rank=0):
        run = Run(tmp_path, rank)
        monkeypatch.setattr(_worker, "import_optional", lambda *_, **__: run)
        return RayTeam(2, torch.device("cpu")), run

    return make


STATE = {
    "weights": {"w": torch.arange(3.0)},
    "generator": torch.Generator().get_state(),
    "log_usual_norm": None,
    "best_loss": float("inf"),
    "history": {"n_iter": 4, "terms": {"loss": [2.0, 1.5]}},
}


def test_a_state_comes_back_as_it_was_kept(make_team):
    team, run = make_team()
    assert team.last_state() is None
    team.keep(STATE)
    assert run.reports == [{"epoch": 4, "loss": 1.5}]
    found = team.last_state()
    assert torch.equal(found["weights"]["w"], STATE["weights"]["w"])
    assert torch.equal(found["generator"], STATE["generator"])
    assert {k: found[k] for k in ("log_usual_norm", "best_loss", "history")} == {
        k: STATE[k] for k in ("log_usual_norm", "best_loss", "history")
    }
    assert not team.has_finished()


def test_only_the_first_worker_writes(make_team):
    team, run = make_team(rank=1)
    team.keep(STATE)
    assert run.reports == [{"epoch": 4, "loss": 1.5}]
    assert run.last is None


def test_the_last_checkpoint_is_the_fitted_estimator(make_team):
    vae = VAE(random_state=0).fit(np.random.default_rng(0).normal(size=(60, 3)))
    team, run = make_team()
    team.finish(vae, 60)
    assert team.has_finished()
    found = _read_result(SimpleNamespace(metrics=run.reports[-1], checkpoint=run.last))
    np.testing.assert_array_equal(found.sample(5, random_state=0), vae.sample(5, random_state=0))


def test_a_training_that_diverged_is_not_tried_again(make_team):
    team, run = make_team()
    team.fail(DivergenceError("training must keep a finite loss, got nan in epoch 3"))
    with pytest.raises(DivergenceError, match="got nan in epoch 3"):
        _read_result(SimpleNamespace(metrics=run.reports[-1], checkpoint=run.last))


def test_sums_leave_what_was_given_as_it_is(make_team):
    team, _ = make_team()
    given = torch.ones(2)
    team.add(given).zero_()
    assert given.tolist() == [1.0, 1.0]
