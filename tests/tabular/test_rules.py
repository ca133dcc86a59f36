"""Rules between columns: which texts are rules, when they hold, and what equalities solve for."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.tabular import ExpressionRule, Table, TableEncoder, TableRules, read_rules

N = 60
RNG = np.random.default_rng(0)
MONTHS, MONTHLY = RNG.integers(1, 37, N), RNG.uniform(10, 99, N).round(2)
START = pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 90, N), "D")
STAY = pd.to_timedelta(RNG.integers(0, 30, N), "D")
FRAME = pd.DataFrame(
    {
        "months": MONTHS,
        "monthly": MONTHLY,
        "total": (MONTHS * MONTHLY).round(2),
        "start": START,
        "stay": STAY,
        "end of stay": START + STAY,
        "home": RNG.choice(["north", "south", "west"], N),
    }
).assign(region=lambda frame: frame["home"])


def rules_of(constraints, X=FRAME):
    encoder = TableEncoder().fit(X)
    return encoder, TableRules.read(encoder, constraints)


def shuffled(encoder, X=FRAME):
    """Return the content of a table whose columns no longer belong together."""
    table, rng = encoder.transform(X), np.random.default_rng(1)
    return Table(rng.permuted(table.numbers, axis=0), rng.permuted(table.codes, axis=0))


@pytest.mark.parametrize(
    "text",
    [
        "total == months * monthly",
        "months * monthly == total",
        "start <= `end of stay`",
        "`end of stay` == start + stay",
        "region == home",
        "months > 0 and monthly < 99 or total < 5",
        "months > 0 & monthly < 100",
        "0 < months <= 36",
        "home in ['north', 'south', 'west']",
        "not months < 1",
    ],
)
def test_rules_of_real_rows_hold(text):
    encoder, rules = rules_of(text)
    rules.check(encoder.transform(FRAME))


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("total == months * monthly", "total", lambda X: (X["months"] * X["monthly"]).round(2)),
        ("`end of stay` == start + stay", "end of stay", lambda X: X["start"] + X["stay"]),
        ("region == home", "region", lambda X: X["home"]),
    ],
)
def test_an_equality_computes_its_column_in_the_type_of_the_column(text, target, expected):
    encoder, rules = rules_of(text)
    table, holds = rules.keep(shuffled(encoder))
    X = encoder.inverse_transform(table)
    assert X.dtypes.equals(FRAME.dtypes)
    assert 0.3 < holds.mean() <= 1
    kept = X[holds[0]]
    pd.testing.assert_series_equal(kept[target], expected(kept), check_names=False)
    # What lies beyond the bounds of the real rows is not kept.
    if target != "region":
        assert kept[target].between(FRAME[target].min(), FRAME[target].max()).all()


def test_equalities_follow_each_other():
    X = pd.DataFrame({"a": np.arange(40.0)}).assign(b=lambda X: X["a"] + 1, c=lambda X: X["b"] * 2)
    encoder, rules = rules_of(["b == a + 1", "c == b * 2"], X)
    table, holds = rules.keep(shuffled(encoder, X))
    assert holds.all()
    assert encoder.inverse_transform(table).eval("c == 2 * (a + 1)").all()


def test_a_rule_says_nothing_of_rows_that_lack_a_cell():
    X = pd.DataFrame({"a": [1.0, None, 3.0, 5.0], "b": [2.0, 1.0, None, 4.0]})
    assert ExpressionRule("a <= b").evaluate(X).tolist() == [True, True, True, False]
    assert ExpressionRule("a == b").evaluate(X).tolist() == [False, True, True, False]


def test_broken_rules_are_told_with_the_rows():
    encoder, rules = rules_of("months < 36")
    broken = np.flatnonzero(FRAME["months"] == 36).tolist()
    message = f"'months < 36' is broken by {len(broken)} of {N} rows, the first at .{broken[0]}"
    with pytest.raises(ValueError, match=message):
        rules.check(encoder.transform(FRAME))


def test_functions_take_rows_in_their_own_container():
    X = pa.table({"a": [1.0, 2.0, 3.0, 2.5], "b": [1, 2, 3, 9]})
    seen = []

    def is_small(rows):
        seen.append(type(rows))
        return np.asarray(rows["a"]) < 4

    encoder, rules = rules_of([is_small, "a <= b"], X)
    rules.check(encoder.transform(X))
    assert seen == [pa.Table]
    assert ExpressionRule("a < b").evaluate(X).tolist() == [False, False, False, True]


def test_floats_of_functions_must_not_be_negative():
    encoder, rules = rules_of(lambda rows: rows["months"] - 3.0)
    holds = rules.keep(encoder.transform(FRAME))[1]
    np.testing.assert_array_equal(holds[0], FRAME["months"] >= 3)


def test_columns_without_labels_are_named_by_position():
    X = np.column_stack([np.arange(30.0), 2 * np.arange(30.0)])
    encoder, rules = rules_of("x1 == 2 * x0", X)
    table, holds = rules.keep(shuffled(encoder, X))
    assert holds.all()
    np.testing.assert_array_equal(table.numbers[:, 1], 2 * table.numbers[:, 0])


@pytest.mark.parametrize(
    ("constraints", "error", "message"),
    [
        ("months.max() > 3", ValueError, "got call in 'months.max"),
        ("months.values > 3", ValueError, "got attribute in"),
        ("months > @limit", ValueError, "must be comparisons of columns"),
        ("__import__('os').system('ls') == 0", ValueError, "got call in"),
        ("months[0] > 3", ValueError, "got subscript in"),
        ("total = months", ValueError, "must be comparisons of columns"),
        ("3 > 2", ValueError, "must name a column"),
        ("'months'", ValueError, "must be comparisons of columns"),
        ("months + 1", ValueError, "must be true or false"),
        ("month > 1", ValueError, "must be of the columns .* got 'month'"),
        (3, TypeError, "expressions or functions of rows, got 3"),
        ([3], TypeError, "expressions or functions of rows, got 3"),
        (lambda rows: rows["months"].max(), ValueError, "one value for each of 60 rows"),
    ],
)
def test_what_is_no_rule_is_refused(constraints, error, message):
    def check():
        encoder, rules = rules_of(constraints)
        rules.check(encoder.transform(FRAME))

    with pytest.raises(error, match=message):
        check()


def test_a_failure_names_the_rule_that_the_fewest_rows_keep():
    rules = rules_of(["months > 3", "monthly > 90"])[1]
    with pytest.raises(ValueError, match=r"'monthly > 90' is kept by 2 of 1000 \(0.200%\)"):
        rules.report_failure(1000, np.array([900, 2]))


def test_one_rule_or_many():
    assert [rule.name for rule in read_rules("a < b")] == ["a < b"]
    assert [rule.name for rule in read_rules(["a < b", len])] == ["a < b", "len"]
    assert read_rules(()) == ()
