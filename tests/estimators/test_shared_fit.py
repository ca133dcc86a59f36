"""A fit by several processes gives the estimator that one process gives."""

import copy
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from vaesynth import CVAE, VAE, PrivacyBudget
from vaesynth.estimators import SharedFit, TableFacts


def make_table(n_rows=1_200):
    rng = np.random.default_rng(0)
    y = np.where(rng.random(n_rows) < 0.2, "rare", "usual")
    X = pd.DataFrame(
        {
            "x": rng.normal(size=n_rows) + 3 * (y == "rare"),
            "k": rng.poisson(4, n_rows),
            "c": rng.choice(["u", "v"], n_rows),
        }
    )
    return X, pd.Series(y)


def facts_of(X, y=None):
    return TableFacts(len(X), X, X, y, None if y is None else y.value_counts())


def make_team(size, n_classes):
    """Members that are threads of this process."""
    barrier, given = Barrier(size), [None] * size

    def make_member(rank):
        def add(tensor):
            given[rank] = tensor
            barrier.wait()
            total = torch.stack(given).sum(0)
            barrier.wait()
            return total

        return SimpleNamespace(
            rank=rank,
            size=size,
            n_classes=n_classes,
            add=add,
            keep=lambda state: None,
            last_state=lambda: None,
        )

    return [make_member(rank) for rank in range(size)]


def fit_together(estimator, X, y, n_members):
    shared = SharedFit.begin(estimator, facts_of(X, y))
    parts = np.array_split(np.arange(len(X)), n_members)

    def run(member):
        own = copy.deepcopy(shared)
        part = parts[member.rank]
        own.train(*own.encode(X.iloc[part], None if y is None else y.iloc[part]), member)
        return own.estimator

    with ThreadPoolExecutor(n_members) as pool:
        return list(pool.map(run, make_team(n_members, shared.n_classes)))


def parameters(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.module_.parameters()])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"early_stopping": True},
        {"prior": "gaussian_mixture", "prior_n_components": 3},
        {"decoder": "autoregressive"},
    ],
    ids=lambda changes: ", ".join(changes) or "default",
)
def test_members_give_the_held_out_bound_of_one_process(changes):
    X, y = make_table()
    given = {"max_iter": 20, "hidden_layer_sizes": [32], "random_state": 0, **changes}
    train, test = slice(0, 900), slice(900, None)
    alone = CVAE(**given).fit(X[train], y[train])
    ours, theirs = fit_together(CVAE(**given), X[train], y[train], 2)
    assert torch.equal(parameters(ours), parameters(theirs))
    # Seeds of one process differ by a standard deviation of 0.04 to 0.05 nats.
    assert ours.score(X[test], y[test]) == pytest.approx(alone.score(X[test], y[test]), abs=0.06)
    assert ours.classes_.tolist() == alone.classes_.tolist()
    assert ours.class_count_.tolist() == alone.class_count_.tolist()


def test_a_model_without_classes():
    X, _ = make_table()
    given = {"max_iter": 20, "hidden_layer_sizes": [32], "random_state": 0}
    alone = VAE(**given).fit(X)
    ours, _ = fit_together(VAE(**given), X, None, 2)
    assert ours.score(X) == pytest.approx(alone.score(X), abs=0.06)
    assert ours.n_iter_ == 20


def test_cells_that_the_sample_lacks_are_encoded():
    X, y = make_table()
    cells = pd.concat([X, pd.DataFrame({"x": [np.nan, 99.0], "k": [50, 0], "c": ["w", "u"]})])
    facts = TableFacts(1_202, X, cells, y, y.value_counts())
    shared = SharedFit.begin(CVAE(random_state=0), facts)
    rows, codes = shared.encode(cells[-2:], pd.Series(["rare", "usual"]))
    assert rows.n_rows == 2
    assert codes.tolist() == [0, 1]
    assert all(torch.isfinite(part.double()).all() for part in rows)


def test_what_is_not_shared_is_refused():
    X, y = make_table(50)
    with pytest.raises(ValueError, match="must go without `privacy`, got a budget"):
        SharedFit.begin(CVAE(privacy=PrivacyBudget(1, 1e-5)), facts_of(X, y))
    with pytest.raises(ValueError, match="must go without `warm_start`, got True"):
        SharedFit.begin(CVAE(warm_start=True), facts_of(X, y))
