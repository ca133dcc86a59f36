"""Rows with given cells: `sample(given=…)` of `CVAE` and `VAE`."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, VAE

LEVELS = {"region": ["east", "north", "west"], "plan": ["a", "b", "c", "d"], "used": ["no", "yes"]}


def make_table(n_rows, seed=0):
    """Three linked categories and a number, whose conditional distributions are known."""
    rng = np.random.default_rng(seed)
    region = rng.choice(3, n_rows, p=[0.6, 0.37, 0.03])
    plans = np.array([[0.7, 0.2, 0.05, 0.05], [0.1, 0.1, 0.4, 0.4], [0.0, 0.05, 0.05, 0.9]])
    plan = (rng.random(n_rows)[:, None] > plans[region].cumsum(1)[:, :-1]).sum(1)
    used = (rng.random(n_rows) < np.where(plan < 2, 0.15, 0.85)).astype(int)
    age = np.round(30 + 10 * used + 3 * rng.normal(size=n_rows))
    columns = zip(LEVELS, (region, plan, used), strict=True)
    frame = pd.DataFrame({name: np.take(LEVELS[name], codes) for name, codes in columns})
    y = np.where(rng.random(n_rows) < 0.2 + 0.6 * used, "stay", "go")
    return frame.assign(age=age), pd.Series(y, name="fate")


@pytest.fixture(scope="module")
def tables():
    return make_table(600)


@pytest.fixture(scope="module", params=["independent", "autoregressive"])
def cvae(request, tables):
    options = {"decoder": request.param, "numeric_encoding": "bins", "latent_dim": 6}
    cvae = CVAE(**options, max_iter=30, batch_size=128, n_jobs=1, random_state=0)
    return cvae.fit(*tables)


def shares_of(frame, names):
    return frame[names].value_counts(normalize=True)


def distance(left, right, names=("plan", "used")):
    """Total variation between the joint distributions of columns."""
    difference = shares_of(left, list(names)).sub(shares_of(right, list(names)), fill_value=0)
    return 0.5 * difference.abs().sum()


def test_given_cells_come_back_and_the_rest_is_drawn(cvae, tables):
    X = cvae.sample(50, given={"region": "north", "age": 40}, random_state=0)
    assert (X["region"] == "north").all()
    assert (X["age"] == 40).all()
    assert X["plan"].nunique() > 1
    assert X.dtypes.equals(tables[0].dtypes)
    assert list(X) == list(tables[0])


@pytest.mark.parametrize("given", [{"used": "yes"}, {"plan": "c"}, {"region": "west"}])
def test_the_rest_is_distributed_as_in_rows_of_the_model_that_meet_the_condition(cvae, given):
    # Whatever the model has learned: its own rows, thrown away until the condition holds, are the oracle.
    ((name, level),) = given.items()
    others = [other for other in LEVELS if other != name]
    free = cvae.sample(20_000, random_state=1)
    met = free[free[name] == level]
    drawn = cvae.sample(4000, given=given, random_state=0)
    # Half the sum of the standard errors of both samples: what independent draws of one distribution come to.
    shares = shares_of(met, others)
    noise = 0.5 * np.sqrt(shares * (1 - shares) * (1 / len(met) + 1 / len(drawn))).sum()
    assert distance(drawn, met, others) < 2 * noise + 0.02


@pytest.mark.parametrize("given", [{"used": "yes"}, {"plan": "c"}])
def test_the_rest_of_linked_cells_is_near_to_real_rows_that_meet_the_condition(cvae, given):
    if cvae.decoder == "independent":
        return  # so few epochs have not taught it the links
    ((name, level),) = given.items()
    others = [other for other in LEVELS if other != name]
    real = make_table(40_000, seed=1)[0]
    drawn = cvae.sample(4000, given=given, random_state=0)
    assert distance(drawn, real[real[name] == level], others) < 0.13


def test_classes_follow_the_condition(cvae):
    _, y = cvae.sample(3000, given={"used": "yes"}, return_y=True, random_state=0)
    X, labels = cvae.sample(10_000, return_y=True, random_state=1)
    of_model = (labels[X["used"] == "yes"] == "stay").mean()
    assert (y == "stay").mean() == pytest.approx(of_model, abs=0.04)
    assert (y == "stay").mean() > (labels == "stay").mean() + 0.03


def test_partial_rows_are_completed_in_their_order(cvae, tables):
    given = tables[0][["plan", "age"]].iloc[:6].copy()
    given.loc[given.index[2], "plan"] = None
    X, y = cvae.sample(3, given=given, return_y=True, random_state=0)
    assert len(X) == len(y) == 18
    expected = given.loc[np.repeat(given.index, 3)].reset_index(drop=True)
    assert X["age"].equals(expected["age"])
    known = expected["plan"].notna()
    assert X.loc[known, "plan"].tolist() == expected.loc[known, "plan"].tolist()
    assert X["plan"].notna().all()


def test_classes_are_one_for_each_given_row(cvae, tables):
    given = tables[0][["plan"]].iloc[:2]
    _, y = cvae.sample(2, y=["go", "stay"], given=given, return_y=True, random_state=0)
    assert y.tolist() == ["go", "go", "stay", "stay"]
    _, y = cvae.sample(2, y=["go", "stay"], given={"plan": "a"}, return_y=True, random_state=0)
    assert y.tolist() == ["go", "stay"]


def test_one_seed_gives_one_draw_and_none_goes_on(cvae):
    given = {"region": "west"}
    first, again = (cvae.sample(20, given=given, random_state=3) for _ in range(2))
    assert first.equals(again)
    assert not cvae.sample(20, given=given).equals(cvae.sample(20, given=given))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"given": {"fate": "go"}}, "must be of the columns"),
        ({"given": {"plan": "z"}}, "unknown category"),
        ({"given": {"age": 200}}, "column 'age' can have"),
        ({"given": {"plan": "a"}, "y": "never"}, "must be one of the fitted classes"),
        ({"given": {"plan": "a"}, "y": ["go"] * 3, "n_samples": 2}, r"must have shape \(2,\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(cvae, arguments, message):
    with pytest.raises(ValueError, match=message):
        cvae.sample(**arguments)


@pytest.mark.filterwarnings("ignore:posterior collapse")
def test_images_have_no_cells_to_give():
    vae = VAE(max_iter=1, random_state=0).fit(np.random.default_rng(0).random((20, 4, 4)))
    with pytest.raises(ValueError, match="a model of images, which have no columns"):
        vae.sample(given={"x0": 1.0})


def test_a_vae_of_numbers_knows_the_conditional_normal():
    # Of a bivariate normal with correlation ρ the mean given x is ρ x, and the variance 1 - ρ².
    rng = np.random.default_rng(0)
    a = rng.normal(size=800)
    X = np.column_stack([a, 0.8 * a + 0.6 * rng.normal(size=800)])
    vae = VAE(latent_dim=2, max_iter=150, batch_size=256, n_jobs=1, random_state=0).fit(X)
    given = np.array([[np.sort(a)[700], np.nan]])
    drawn = vae.sample(2000, given=given, random_state=0)
    assert (drawn[:, 0] == given[0, 0]).all()
    assert drawn[:, 1].mean() == pytest.approx(0.8 * given[0, 0], abs=0.12)
    assert drawn[:, 1].std() == pytest.approx(0.6, abs=0.1)
