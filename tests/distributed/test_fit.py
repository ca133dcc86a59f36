"""Fits on Ray: one model whatever the number of workers, and whether or not one of them is lost."""

import numpy as np
import pytest
import torch

from vaesynth import CVAE, VQVAE, PrivacyBudget, load
from vaesynth.distributed import fit_on_ray

pytestmark = [
    pytest.mark.usefixtures("cluster"),
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
]
PARAMETERS = {"max_iter": 20, "hidden_layer_sizes": [32], "random_state": 0}


def weights(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.module_.parameters()])


@pytest.fixture(scope="module")
def fitted(cluster, parquet, tmp_path_factory):
    return fit_on_ray(
        CVAE(**PARAMETERS),
        str(parquet),
        target="fraud",
        n_workers=2,
        storage_path=tmp_path_factory.mktemp("runs"),
    )


def test_two_workers_reach_the_held_out_bound_of_one_process(fitted, table):
    train, test = table[:2000], table[2000:]
    alone = CVAE(**PARAMETERS).fit(train.drop(columns="fraud"), train["fraud"])
    X, y = test.drop(columns="fraud"), test["fraud"]
    # Ten seeds of one process differ by a standard deviation of 0.021 nats.
    assert fitted.score(X, y) == pytest.approx(alone.score(X, y), abs=0.06)


def test_all_rows_and_columns_are_learned(fitted, table):
    train = table[:2000]
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert fitted.class_count_.tolist() == train["fraud"].value_counts()[["no", "yes"]].tolist()
    drawn = fitted.sample(50, random_state=0)
    assert drawn.columns.tolist() == train.columns[:-1].tolist()
    assert set(drawn["shop"]) <= set(train["shop"])
    assert drawn["items"].between(train["items"].min(), train["items"].max()).all()


def test_the_result_is_saved_like_any_other(fitted, tmp_path):
    fitted.save(tmp_path / "cvae.safetensors")
    loaded = load(tmp_path / "cvae.safetensors")
    assert loaded.sample(20, y="yes", random_state=1).equals(
        fitted.sample(20, y="yes", random_state=1)
    )


def test_a_killed_worker_changes_nothing(fitted, parquet, tmp_path, killer):
    def is_under_way():
        return len(list(tmp_path.glob("*/checkpoint_*/state.pt"))) >= 2

    with killer("RayTrainWorker", is_under_way) as kill:
        survivor = fit_on_ray(
            CVAE(**PARAMETERS), parquet, target="fraud", n_workers=2, storage_path=tmp_path
        )
    assert kill.killed is not None
    assert survivor.n_iter_ == PARAMETERS["max_iter"]
    assert survivor.loss_curve_ == fitted.loss_curve_
    assert torch.equal(weights(survivor), weights(fitted))


def test_what_cannot_be_fitted_is_refused_before_any_training(cluster, table, tmp_path):
    data, here = cluster.data.from_pandas(table[:150]), {"storage_path": tmp_path}
    with pytest.raises(TypeError, match="must be a VAE, BetaVAE or CVAE, got VQVAE"):
        fit_on_ray(VQVAE(), data, **here)
    with pytest.raises(ValueError, match="`n_workers` must be an integer of at least 1, got 0"):
        fit_on_ray(CVAE(), data, target="fraud", n_workers=0, **here)
    with pytest.raises(ValueError, match="`target` must be a column of the table"):
        fit_on_ray(CVAE(), data, target="frod", **here)
    with pytest.raises(ValueError, match="`target` must be given for a CVAE and for no other"):
        fit_on_ray(CVAE(), data, **here)
    with pytest.raises(ValueError, match="100 rows or more, got 150 rows for 2"):
        fit_on_ray(CVAE(), data, target="fraud", n_workers=2, **here)
    with pytest.raises(TypeError, match=r"or a ray\.data\.Dataset, got ndarray"):
        fit_on_ray(CVAE(), np.zeros((9, 2)), target="fraud", **here)
    with pytest.raises(ValueError, match="must go without `privacy`"):
        fit_on_ray(CVAE(privacy=PrivacyBudget(1, 1e-5)), data, target="fraud", n_workers=1, **here)
    assert list(tmp_path.iterdir()) == []
