"""A review against scipy's own test, by hand, and on random flags."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.lineage import review


def made_up(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n).round(2),
            "hour": rng.integers(0, 24, n),
            "paid": rng.choice(["card", "cash", None], n, p=[0.7, 0.2, 0.1]),
            "work": rng.uniform(size=n) < 0.3,
            "few": rng.choice([1.0, 2.0, np.nan], n),
            "time": pd.Timestamp("2020-03-01") + pd.to_timedelta(rng.integers(0, 9999, n), "min"),
        }
    )


def test_by_hand() -> None:
    flagged = pd.DataFrame({"paid": ["cash"] * 3 + ["card"]})
    others = pd.DataFrame({"paid": ["cash"] + ["card"] * 3})
    found = review(flagged, others, minimum=1).set_index("value")
    cash = found.loc["cash"]
    assert (cash["flagged"], cash["others"], cash["difference"], cash["lift"]) == (3, 1, 0.5, 3)
    # Of the 70 ways to flag four of eight, 16 flag three of the four in cash, and 1 all four.
    assert cash["p_value"] == pytest.approx(17 / 70)
    assert found.loc["card", "p_value"] == pytest.approx(69 / 70)
    assert cash["p_adjusted"] == pytest.approx(34 / 70)
    assert list(found.index) == ["cash", "card"]


def test_a_value_that_no_other_has() -> None:
    found = review(pd.DataFrame({"a": ["x"] * 5}), pd.DataFrame({"a": ["y"] * 5}), minimum=5)
    assert found["lift"].tolist() == [np.inf, 0]
    assert found["p_value"].iloc[0] == pytest.approx(1 / 252)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80), st.integers(1, 80))
def test_every_row_is_scipys_exact_test_on_records_counted_again(seed: int, n: int, m: int) -> None:
    both = made_up(n + m, seed)
    flagged, others = both[:n], both[n:]
    found = review(flagged, others, minimum=3)
    for row in found.to_dict("records"):
        k, j = (holding(part[row["column"]], row["value"]) for part in (flagged, others))
        assert (k, j) == (row["flagged"], row["others"]), row
        table = [[k, n - k], [j, m - j]]
        p = stats.fisher_exact(table, alternative="greater").pvalue
        assert row["p_value"] == pytest.approx(p, rel=1e-9, abs=1e-12)
    ordered = np.sort(found["p_value"].to_numpy())
    stepped = np.maximum.accumulate(ordered * np.arange(len(found), 0, -1)).clip(max=1)
    assert np.allclose(found["p_adjusted"], stepped)
    # Nobody is left out or counted twice: the candidates of a column part its records.
    whole = review(flagged, others, minimum=1)
    sizes = whole.groupby("column")[["flagged", "others"]].sum()
    assert (sizes["flagged"] == n).all() and (sizes["others"] == m).all()


def holding(column: pd.Series, value: str) -> int:
    """Records of a value or range, read back from its text."""
    if value == "missing":
        return int(column.isna().sum())
    low = high = None
    for part in value.split(", "):
        word, _, number = part.partition(" ")
        if part.startswith("up to"):
            high = of_kind(column, part.removeprefix("up to "))
        elif word == "above":
            low = of_kind(column, number)
        else:
            return int((column.astype(object).map(said) == value).sum())
    there = column.dropna()
    inside = pd.Series(True, index=there.index)
    if low is not None:
        inside &= there > low
    if high is not None:
        inside &= there <= high
    return int(inside.sum())


def said(value: object) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return np.format_float_positional(value, trim="-") if number else str(value)


def of_kind(column: pd.Series, text: str) -> object:
    return pd.Timestamp(text) if column.dtype.kind == "M" else float(text)


@pytest.mark.slow
def test_random_flags_are_called_as_rarely_as_promised() -> None:
    """Seeds 0 to 399: a fifth of 250 records flagged at random, 40 candidates or so."""
    calls = 0
    for seed in range(400):
        records = made_up(250, seed)
        flags = np.random.default_rng(seed + 10_000).permutation(250) < 50
        found = review(records[flags], records[~flags])
        assert 15 < len(found) < 60
        calls += bool((found["p_adjusted"] < 0.05).any())
    # At 5 % or less: 400 draws would exceed 32 with a chance below 0.5 %.
    assert calls <= 32
    assert calls >= 1, "a test that never calls would pass as well"


def test_a_cause_is_found_among_many_columns() -> None:
    records = made_up(400, seed=1)
    rng = np.random.default_rng(2)
    wrong = rng.uniform(size=400) < np.where(records["paid"] == "cash", 0.6, 0.2)
    first = review(records[wrong], records[~wrong]).iloc[0]
    assert (first["column"], first["value"]) == ("paid", "cash")
    assert first["p_adjusted"] < 0.001


def test_order_of_rows_and_columns_does_not_matter() -> None:
    records = made_up(120, seed=3)
    flagged, others = records[:40], records[40:]
    expected = review(flagged, others)
    shuffled = review(flagged[::-1], others.sample(frac=1, random_state=0)[records.columns[::-1]])
    pd.testing.assert_frame_equal(shuffled, expected)


def test_what_cannot_be_reviewed() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    with pytest.raises(RecordsError, match="no flagged records"):
        review(frame[:0], frame)
    with pytest.raises(RecordsError, match="no other records"):
        review(frame, frame[:0])
    with pytest.raises(SchemaError, match="other records have no column b: they have a"):
        review(frame.assign(b=1), frame, ["a", "b"])
    with pytest.raises(SettingError, match="none is in both"):
        review(frame, pd.DataFrame({"b": [1]}))
    with pytest.raises(SettingError, match="minimum is 0"):
        review(frame, frame, minimum=0)
    with pytest.raises(SchemaError, match="column a holds values that can't be counted"):
        review(pd.DataFrame({"a": [[1], [2]]}), pd.DataFrame({"a": [[3]]}))


def test_nothing_large_enough_is_an_empty_table() -> None:
    found = review(pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": ["y"]}))
    assert found.empty and "p_adjusted" in found


def test_codes_are_shown_digit_for_digit() -> None:
    codes = [1_234_567, 1_234_568, 9_007_199_254_740_993]
    frame = pd.DataFrame({"code": codes * 10, "share": [0.1234567891, 0.1234567892, 2.0] * 10})
    found = review(frame, frame)
    assert set(found.loc[found["column"] == "code", "value"]) == set(map(str, codes))
    shares = found.loc[found["column"] == "share", "value"]
    assert set(shares) == {"0.1234567891", "0.1234567892", "2"}
    many = pd.DataFrame({"code": range(1_234_501, 1_234_601)})
    assert "up to 1,234,521" in set(review(many, many)["value"])


def test_durations_have_ranges_as_numbers_do() -> None:
    minutes = pd.DataFrame({"took": pd.to_timedelta(range(100), unit="min"), "n": range(100)})
    found = review(minutes[:50], minutes[50:])
    counts = ["flagged", "others"]
    took, n = (found[found["column"] == name].sort_values(counts) for name in ("took", "n"))
    assert len(took) == 5
    assert took[counts].to_numpy().tolist() == n[counts].to_numpy().tolist()
    assert "above 0 days 01:20:00" in set(took["value"])


def test_columns_without_candidates_are_named() -> None:
    frame = pd.DataFrame({"id": [f"trip {n}" for n in range(40)], "paid": ["cash"] * 40})
    assert review(frame, frame, minimum=2).attrs["left_out"] == []
    found = review(frame[:20], frame[20:])
    assert found.attrs["left_out"] == ["id"] and set(found["column"]) == {"paid"}


def test_columns_that_are_not_alike_are_refused() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(SchemaError, match="other records have several columns a: give each"):
        review(frame, twice)
    with pytest.raises(SchemaError, match="column a holds numbers in one table and values in"):
        review(frame, frame.astype(str))
    times = pd.DataFrame({"a": pd.to_datetime(["2020-03-01", "2020-03-02"])})
    zoned = pd.DataFrame({"a": times["a"].dt.tz_localize("UTC")})
    with pytest.raises(SchemaError, match="times in UTC in one table and times without a zone"):
        review(times, zoned)
    mixed = pd.DataFrame({"a": pd.Series([times["a"][0], zoned["a"][0]], dtype=object)})
    with pytest.raises(SchemaError, match=r"several zones.*utc=True"):
        review(mixed, mixed)
    with pytest.raises(SchemaError, match="complex"):
        review(frame * 1j, frame * 1j)
    # Nothing at all in one of them is alike to anything.
    empty = pd.DataFrame({"a": [None] * 12})
    assert review(empty, frame)["value"].tolist() == ["missing"]
    truths = pd.DataFrame({"a": [True] * 10 + [False] * 10})
    some = pd.DataFrame({"a": [True] * 10 + [None] * 10})
    assert set(review(truths, some)["value"]) == {"True", "False", "missing"}
