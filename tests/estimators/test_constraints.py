"""Rules between columns: what is learned from keeps them, and so does every row that is drawn."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, VAE, CVAESampler, load
from vaesynth.applications import VAEImputer

FAST = {"max_iter": 3, "hidden_layer_sizes": (8,), "latent_dim": 3, "random_state": 0, "n_jobs": 1}
RULES = ("total == months * monthly", "start <= end")


def is_short(rows):
    return (rows["end"] - rows["start"]) <= 40


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    n = 400
    months, start = rng.integers(1, 25, n), rng.integers(0, 50, n)
    X = pd.DataFrame({"months": months, "monthly": rng.gamma(9, 3, n).round(2), "start": start})
    X["total"] = (X["months"] * X["monthly"]).round(2)
    X["end"] = start + rng.integers(0, 41, n)
    return X, pd.Series(np.where(rng.random(n) < 0.2, "b", "a"), name="label")


@pytest.fixture(scope="module")
def cvae(tables):
    return CVAE(**FAST, constraints=(*RULES, is_short)).fit(*tables)


def keeps_all(X):
    product = (X["months"] * X["monthly"]).round(2)
    return (X["total"] == product) & (X["start"] <= X["end"]) & is_short(X)


def test_drawn_rows_keep_every_rule(cvae, tables):
    X = cvae.sample(2000, random_state=0)
    assert keeps_all(X).all()
    assert X.dtypes.equals(tables[0].dtypes)
    assert X["total"].between(tables[0]["total"].min(), tables[0]["total"].max()).all()
    # Without the rules they do not, or nothing would have been shown.
    plain = CVAE(**FAST).fit(*tables).sample(2000, random_state=0)
    assert keeps_all(plain).mean() < 0.6


def test_a_hundred_thousand_rows_break_none(cvae):
    assert keeps_all(cvae.sample(100_000, random_state=0)).all()


def test_chunks_keep_the_rules(cvae):
    assert all(keeps_all(chunk).all() for chunk in cvae.iter_samples(300, chunk_size=200))


def test_rows_that_keep_a_rule_at_once_stay_as_they_were(tables):
    free = CVAE(**FAST).fit(*tables).sample(300, random_state=0)
    bound = CVAE(**FAST, constraints="start <= end").fit(*tables).sample(300, random_state=0)
    kept = free["start"] <= free["end"]
    assert 0 < kept.sum() < 300
    pd.testing.assert_frame_equal(bound[kept], free[kept])


def test_classes_stay_as_they_were_asked_for(cvae):
    y = np.repeat(["a", "b"], [30, 20])
    X, labels = cvae.sample(50, y, return_y=True, random_state=0)
    assert labels.tolist() == y.tolist()
    assert keeps_all(X).all()
    assert keeps_all(cvae.sample(50, "b", random_state=0)).all()


def test_given_rows_keep_the_rules(cvae):
    X = cvae.sample(200, given={"start": 30, "months": 12}, random_state=0)
    assert keeps_all(X).all()
    assert set(X["start"]) == {30}
    assert set(X["months"]) == {12}
    with pytest.raises(ValueError, match="must not have the column 'total', which 'total == "):
        cvae.sample(given={"total": 20.0})
    with pytest.raises(ValueError, match="must keep the rule 'start <= end'"):
        cvae.sample(given={"start": 30, "end": 5})


def test_further_rules_of_one_draw(cvae):
    X = cvae.sample(100, constraints="months > 6", random_state=0)
    assert (X["months"] > 6).all()
    assert keeps_all(X).all()


def test_a_vae_keeps_rules_too(tables):
    vae = VAE(**FAST, constraints=RULES[1]).fit(tables[0])
    X = vae.sample(100, random_state=0, constraints=lambda rows: rows["months"] - 3.0)
    assert (X["start"] <= X["end"]).all()
    assert (X["months"] >= 3).all()


@pytest.mark.parametrize("method", ["neighbors", "prior"])
def test_over_sampled_rows_keep_the_rules_of_the_model(tables, method):
    model = CVAE(**FAST, constraints=(*RULES, is_short))
    sampler = CVAESampler(model=model, sampling_method=method, random_state=0)
    X, _ = sampler.fit_resample(*tables)
    assert len(X) > len(tables[0])
    assert keeps_all(X).all()
    assert keeps_all(sampler.sample(50, random_state=0)).all()
    if method == "neighbors":
        assert sampler.parents_.shape == (len(X) - len(tables[0]), 2)


@pytest.mark.parametrize(
    "fit",
    [
        lambda rules, X, y: CVAE(**FAST, constraints=rules).fit(X, y),
        lambda rules, X, y: CVAESampler(model=CVAE(**FAST, constraints=rules)).fit_resample(X, y),
    ],
)
def test_rows_to_learn_from_must_keep_the_rules(fit, tables):
    X, y = tables
    n_broken, first = int((X["months"] >= 20).sum()), int((X["months"] >= 20).argmax())
    with pytest.raises(
        ValueError, match=f"broken by {n_broken} of 400 rows, the first at .{first},"
    ):
        fit("months < 20", X, y)


def test_rules_that_no_row_keeps_are_named_with_their_share(cvae):
    with pytest.raises(ValueError, match=r"'months > 24' is kept by 0 of \d+ \(0.000%\)"):
        cvae.sample(50, constraints="months > 24")


def test_rules_stand_in_the_file_of_a_model(tables, tmp_path):
    model = CVAE(**FAST, constraints=RULES).fit(*tables)
    model.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    pd.testing.assert_frame_equal(
        model.sample(40, random_state=0), again.sample(40, random_state=0)
    )


def test_one_seed_gives_one_draw(cvae):
    first, again = (cvae.sample(60, random_state=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_what_has_no_columns_has_no_rules(tables):
    images = np.random.default_rng(0).random((20, 4, 4))
    with pytest.raises(ValueError, match="must be empty for images"):
        VAE(max_iter=1, constraints="x0 < x1").fit(images)
    with pytest.raises(ValueError, match="must leave `constraints` at its default"):
        VAEImputer(VAE(constraints="start <= end")).fit(tables[0])
    with pytest.raises(TypeError, match=r"model: CVAESampler\(model=CVAE\(constraints="):
        CVAESampler(constraints="start <= end")
