"""Training on synthetic rows: as good as real ones of the same distribution, worse on damage."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from vaesynth.metrics import train_on_synthetic_score


@pytest.fixture(scope="module")
def split(real, fresh, holdout):
    def make(table):
        return table.drop(columns="weight"), (table["weight"] > 0).astype(int)

    return make(real), make(fresh), make(holdout)


@pytest.mark.parametrize("classifier", [None, LogisticRegression(max_iter=1000)], ids=str)
def test_fresh_rows_teach_as_much_as_real_ones(split, classifier):
    scores = train_on_synthetic_score(*split[0], *split[1], *split[2], classifier=classifier)
    assert scores.real > 0.75
    assert scores.synthetic == pytest.approx(scores.real, abs=0.06)


def test_shuffled_labels_teach_nothing(split):
    X, y = split[1]
    wrong = np.random.default_rng(0).permutation(y)
    scores = train_on_synthetic_score(*split[0], X, wrong, *split[2])
    assert scores.synthetic == pytest.approx(0.5, abs=0.1)
    assert scores.real > 0.75


def test_the_real_score_does_not_depend_on_synthetic_rows(split):
    scores = [
        train_on_synthetic_score(*split[0], *synthetic, *split[2], scoring="roc_auc").real
        for synthetic in split[:2]
    ]
    assert scores[0] == scores[1]


def test_lengths_must_agree(split):
    (X, y), *others = split
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        train_on_synthetic_score(X, y[:-1], *others[0], *others[1])
