"""``vaesynth sample`` draws rows from saved models."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from vaesynth import CVAE, VAE, CVAESampler
from vaesynth.datasets import make_shapes

FAST = {"max_iter": 5, "hidden_layer_sizes": (8,), "random_state": 0}
SAMPLER = {"model": CVAE(max_iter=5, hidden_layer_sizes=(8,)), "random_state": 0}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X.iloc[:100], y.iloc[:100]


@pytest.fixture
def model(iris, tmp_path):
    sampler = CVAESampler(**SAMPLER, sampling_strategy={0: 60, 1: 50})
    X, y = iris
    sampler.fit_resample(X.iloc[:75], y.iloc[:75])
    sampler.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_rows_of_each_class_in_proportion(run, model, tmp_path):
    out = tmp_path / "out.csv"
    result = run("sample", model, "-n", 7, "--target", "species", "-o", out, "--seed", 0)
    assert result.exit_code == 0, result.stderr
    rows = pd.read_csv(out)
    assert rows.columns.tolist() == [*load_iris().feature_names, "species"]
    assert rows["species"].value_counts().to_dict() == {0: 5, 1: 2}  # 50 and 25 were trained on


def test_the_class_stands_under_the_name_of_the_target(run, model, tmp_path):
    out = tmp_path / "out.parquet"
    assert run("sample", model, "-n", 6, "-o", out, "--seed", 0).exit_code == 0
    rows = pd.read_parquet(out)
    assert rows.columns.tolist() == [*load_iris().feature_names, "target"]
    assert rows["target"].value_counts().to_dict() == {0: 4, 1: 2}


def test_the_seed_decides(run, model, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("sample", model, "--class", 1, "-o", tmp_path / f"{name}.csv", "--seed", seed, "-q")
    a, b, c = (pd.read_csv(tmp_path / f"{name}.csv") for name in "abc")
    assert len(a) == 100
    pd.testing.assert_frame_equal(a, b)
    assert not a.equals(c)


def test_a_model_without_classes(run, iris, tmp_path, fails):
    VAE(**FAST).fit(iris[0].to_numpy()).save(tmp_path / "vae.safetensors")
    out = tmp_path / "out.parquet"
    assert run("sample", tmp_path / "vae.safetensors", "-n", 3, "-o", out).exit_code == 0
    assert pd.read_parquet(out).shape == (3, 4)
    assert pd.read_parquet(out).columns.tolist() == ["x0", "x1", "x2", "x3"]
    result = run("sample", tmp_path / "vae.safetensors", "--class", 0, "-o", tmp_path / "new.csv")
    fails(result, 2, "`--class`", "VAE")


def test_what_is_refused(run, model, iris, tmp_path, fails):
    out = tmp_path / "out.csv"
    fails(run("sample", model, "--class", 2, "-o", out), 2, "'0', '1'", "'2'")
    fails(run("sample", model, "-n", 0, "-o", out), 2, "--rows")
    fails(run("sample", model, "-t", load_iris().feature_names[0], "-o", out), 2, "`--target`")
    fails(run("sample", tmp_path / "no.safetensors", "-o", out), 2, "no.safetensors")
    fails(run("sample", model, "-o", model), 2, "must end in")
    (tmp_path / "text.safetensors").write_text("text")
    fails(run("sample", tmp_path / "text.safetensors", "-o", out), 2, "text.safetensors")
    VAE(beta=0, max_iter=30, random_state=0).fit(make_shapes(40, image_size=8)[0]).save(
        tmp_path / "images.safetensors"
    )
    fails(run("sample", tmp_path / "images.safetensors", "-o", out), 2, "images")
    assert not out.exists()


@pytest.mark.parametrize("container", [np.asarray, np.ndarray.tolist])
def test_containers_without_names(run, iris, tmp_path, container):
    X, y = iris
    CVAE(**FAST).fit(container(X.to_numpy()), y).save(tmp_path / "cvae.safetensors")
    run("sample", tmp_path / "cvae.safetensors", "-n", 4, "-o", tmp_path / "out.csv")
    rows = pd.read_csv(tmp_path / "out.csv")
    assert rows.drop(columns="target").dtypes.eq("float64").all()


@pytest.mark.parametrize("container", [np.asarray, list, tuple])
def test_the_class_of_a_target_without_a_name_is_written_too(run, iris, tmp_path, container):
    X, y = iris
    CVAE(**FAST).fit(X, container(y)).save(tmp_path / "cvae.safetensors")
    out = tmp_path / "out.csv"
    assert run("sample", tmp_path / "cvae.safetensors", "-n", 4, "-o", out).exit_code == 0
    assert pd.read_csv(out)["class"].tolist() == [0, 0, 1, 1]


def test_a_file_that_is_replaced_keeps_its_mode(run, model, tmp_path):
    out = tmp_path / "out.parquet"
    out.write_text("old")
    out.chmod(0o600)
    assert run("sample", model, "-n", 4, "-o", out, "--force").exit_code == 0
    assert len(pd.read_parquet(out)) == 4
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("n_rows", [10**15, 10**16, 10**17])
def test_more_rows_than_memory_are_no_fault_of_the_program(n_rows, run, model, tmp_path, fails):
    result = run("sample", model, "-n", n_rows, "-o", tmp_path / "out.csv")
    fails(result, 1, "so many rows need more memory than there is")
    assert "fault" not in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_rows_keep_the_rules_of_the_command_line(run, model, tmp_path, fails):
    out = tmp_path / "out.csv"
    rules = ["--constraint", "`petal length (cm)` < `sepal length (cm)`"]
    rules += ["--constraint", "`sepal width (cm)` > 2.9"]
    result = run("sample", model, "-n", 60, *rules, "-o", out, "--seed", 0)
    assert result.exit_code == 0, result.stderr
    rows = pd.read_csv(out)
    assert len(rows) == 60
    assert (rows["petal length (cm)"] < rows["sepal length (cm)"]).all()
    assert (rows["sepal width (cm)"] > 2.9).all()
    result = run("sample", model, "--constraint", "petal > 3", "-o", tmp_path / "other.csv")
    fails(result, 2, "'petal > 3' must be of the columns")
