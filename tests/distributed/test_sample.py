"""Draws on Ray: the same rows for any number of workers, none lost or doubled when one is killed."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from vaesynth import CVAE, VQVAE
from vaesynth.distributed import sample_on_ray
from vaesynth.distributed._sample import DrawPlan

pytestmark = [
    pytest.mark.usefixtures("cluster"),
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
]


@pytest.fixture(scope="module")
def model(table):
    return CVAE(max_iter=10, hidden_layer_sizes=[32], random_state=0).fit(
        table.drop(columns="fraud"), table["fraud"]
    )


def expected_parts(model, n_samples, rows_per_file, seed, y=None, target=None):
    plan = DrawPlan(n_samples, rows_per_file, seed, y, target)
    return [plan.draw(model, part) for part in range(plan.n_parts)]


def seed_of(random_state):
    return int(np.random.RandomState(random_state).randint(0, 2**63 - 1, dtype=np.int64))


def test_one_worker_draws_the_parts_of_a_saved_model(model, tmp_path):
    model.save(tmp_path / "cvae.safetensors")
    options = {"n_workers": 1, "rows_per_file": 100, "random_state": 7}
    files = sample_on_ray(
        tmp_path / "cvae.safetensors", 250, tmp_path / "rows", target="fraud", **options
    )
    parts = expected_parts(model, 250, 100, seed_of(7), target="fraud")
    assert [len(part) for part in parts] == [100, 100, 50]
    for file, part in zip(files, parts, strict=True):
        assert pq.read_table(file).to_pandas().equals(part.to_pandas())


def test_a_killed_worker_loses_and_doubles_no_row(model, tmp_path, killer):
    folder = tmp_path / "rows"

    def is_under_way():
        return len(list(folder.glob("part-*"))) >= 3

    with killer("MapWorker", is_under_way) as kill:
        files = sample_on_ray(
            model, 60_000, folder, y="yes", n_workers=2, rows_per_file=1_500, random_state=3
        )
    assert kill.killed is not None
    assert sorted(str(path) for path in folder.iterdir()) == files
    parts = expected_parts(model, 60_000, 1_500, seed_of(3), y="yes")
    assert len(files) == len(parts) == 40
    for file, part in zip(files, parts, strict=True):
        assert pq.read_table(file).to_pandas().equals(part.to_pandas())


def test_what_cannot_be_drawn_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="`n_samples` must be an integer of at least 1, got 0"):
        sample_on_ray(model, 0, tmp_path)
    with pytest.raises(ValueError, match=r"`y` must be one of the fitted classes \['no', 'yes'\]"):
        sample_on_ray(model, 5, tmp_path, y="maybe")
    with pytest.raises(ValueError, match="`target` must be no column of the table, got 'shop'"):
        sample_on_ray(model, 5, tmp_path, target="shop")
    with pytest.raises(TypeError, match="got VQVAE"):
        sample_on_ray(VQVAE(), 5, tmp_path)
    (tmp_path / "part-00000.parquet").touch()
    with pytest.raises(FileExistsError, match="not there or empty"):
        sample_on_ray(model, 5, tmp_path)
