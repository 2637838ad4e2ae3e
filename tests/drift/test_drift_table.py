"""The tidy table: real months, any split, both verdicts, and every odd column defined."""

from __future__ import annotations

import datetime as dt
import importlib
import math
from itertools import pairwise

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

import debugml as dm
from debugml.drift.distance import total_variation
from debugml.drift.effect import d_bounds, equivalence, minimum_effect
from debugml.drift.table import Reference, compare
from debugml.drift.view import p_text, readable, view
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.multiplicity import bonferroni, holm

NAN = float("nan")
COLUMNS = """
    column kind n_reference n_current missing_reference missing_current test statistic p_value
    p_adjusted effect effect_low effect_high cramers_v total_variation
    jensen_shannon psi wasserstein p_alarm p_clear verdict note
"""


@pytest.fixture(scope="module")
def months() -> tuple[pd.DataFrame, pd.DataFrame]:
    # These came after both months: missing throughout.
    later = ["airport_fee", "cbd_congestion_fee"]
    return dm.load("2020-01").drop(columns=later), dm.load("2020-04").drop(columns=later)


@pytest.fixture(scope="module")
def found(months: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return compare(*months, categorical=["payment_type"])


def one(before: object, after: object, **settings: object) -> pd.Series:
    """The row of a single column."""
    table = compare(pd.DataFrame({"x": before}), pd.DataFrame({"x": after}), **settings)
    assert len(table) == 1
    return table.iloc[0]


def test_the_columns_and_the_order(found: pd.DataFrame) -> None:
    assert list(found.columns) == COLUMNS.split()
    assert found["effect"].is_monotonic_decreasing
    assert set(found.attrs["left_out"]) == {"tpep_pickup_datetime", "tpep_dropoff_datetime"}


def test_real_months_by_scipy(
    months: tuple[pd.DataFrame, pd.DataFrame], found: pd.DataFrame
) -> None:
    before, after = months
    rows = found.set_index("column")
    fare, paid = rows.loc["fare_amount"], rows.loc["payment_type"]
    expected = stats.ks_2samp(before["fare_amount"], after["fare_amount"])
    assert fare["effect"] == pytest.approx(expected.statistic, abs=1e-12)
    assert fare["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert fare["wasserstein"] == pytest.approx(
        stats.wasserstein_distance(before["fare_amount"], after["fare_amount"])
        / before["fare_amount"].std(ddof=0)
    )
    assert (paid["test"], paid["kind"]) == ("chi-squared", "categorical")
    assert paid["missing_current"] == after["payment_type"].isna().mean()
    shares = [m["payment_type"].value_counts(normalize=True) for m in months]
    gap = shares[0].subtract(shares[1], fill_value=0).abs().sum() / 2
    assert paid["effect"] == pytest.approx(gap)
    with_missing = [m["payment_type"].fillna(-1).value_counts(normalize=True) for m in months]
    gap = with_missing[0].subtract(with_missing[1], fill_value=0).abs().sum() / 2
    assert paid["total_variation"] == pytest.approx(gap)
    assert "the missing share rose from 0.9% to 8.0%" in paid["note"]


def test_p_values_are_adjusted_over_the_columns(
    months: tuple[pd.DataFrame, pd.DataFrame], found: pd.DataFrame
) -> None:
    np.testing.assert_array_equal(found["p_adjusted"], holm(found["p_value"]))
    reference = Reference.of(months[0], categorical=["payment_type"])
    raw = reference.compare(months[1], correction="none")
    bonf = reference.compare(months[1], correction="bonferroni")
    np.testing.assert_allclose(bonf["p_alarm"], bonferroni(raw["p_alarm"]))
    np.testing.assert_array_equal(bonf["p_clear"], raw["p_clear"])
    fare = raw.set_index("column").loc["fare_amount"]
    n = 10_000
    assert fare["p_alarm"] == minimum_effect(fare["effect"], n, n, 0.1)
    assert fare["p_clear"] == equivalence(fare["effect"], n, n, 0.1)
    assert (fare["effect_low"], fare["effect_high"]) == d_bounds(fare["effect"], n, n)


def test_looking_at_d_computes_no_p(
    months: tuple[pd.DataFrame, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def costly(_: object) -> float:
        raise AssertionError("p was computed")

    # By name: the package's attribute `ks` is the function.
    module = importlib.import_module("debugml.drift.ks")
    monkeypatch.setattr(module.KSResult, "p_value", property(costly))
    found = compare(*months, columns=["fare_amount", "extra"], p_value=False)
    assert "p_value" not in found and "p_adjusted" not in found
    assert "p_alarm" in found and "verdict" in found
    with pytest.raises(AssertionError, match="p was computed"):
        compare(*months, columns=["fare_amount"])
    assert "PSI" in view(found).as_raw_html()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=4), st.integers(0, 2**32 - 1))
def test_any_split_and_any_order_of_rows_give_the_same_table(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(300) < 0.1, NAN, rng.normal(size=300).round(1)),
            "c": rng.choice(np.array(["a", "b", None], dtype=object), size=300),
            "b": rng.random(300) < 0.5,
        }
    )
    later = frame.sample(frac=0.5, random_state=seed).assign(x=lambda f: f["x"] + 0.4)
    expected = compare(frame, later)
    edges = [0, *sorted(cuts), 300]
    parts = [Reference.of(frame.iloc[a:b]) for a, b in pairwise(edges) if a < b]
    whole = parts[0]
    for part in parts[1:]:
        whole = part.merge(whole)
    assert whole.rows == 300
    pd.testing.assert_frame_equal(whole.compare(later.sample(frac=1)), expected, check_exact=True)


def test_dask_gives_what_pandas_gives(months: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    names = ["fare_amount", "payment_type", "store_and_fwd_flag"]
    before, after = (month[names] for month in months)
    expected = compare(before, after, categorical=["payment_type"])
    one, other = (dd.from_pandas(frame, npartitions=3) for frame in (before, after))
    found = compare(one, other, categorical=["payment_type"])
    pd.testing.assert_frame_equal(found, expected)


def test_a_frame_against_itself_has_no_drift(months: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = compare(months[0], months[0])
    for name in ("effect", "total_variation", "jensen_shannon", "psi", "statistic"):
        assert (found[name] == 0).all()
    assert (found["p_value"] == 1).all() and (found["verdict"] == "same").all()


def test_three_verdicts() -> None:
    x = np.arange(4000.0)
    assert one(x, x + 1600)["verdict"] == "drifted"  # D 0.4
    assert one(x, x + 40)["verdict"] == "same"  # D 0.01
    assert one(x, x + 440)["verdict"] == "can't tell"  # D 0.11
    assert one(x, x + 440, tolerance=0.02)["verdict"] == "drifted"
    assert one(x, x + 440, tolerance=0.3)["verdict"] == "same"
    words = np.repeat(["a", "b"], 2000)
    assert one(words, np.repeat(["a", "b"], [3000, 1000]))["verdict"] == "drifted"
    assert one(words, np.repeat(["a", "b"], [2010, 1990]))["verdict"] == "same"


def test_bounds_of_categories_are_where_the_alarm_begins() -> None:
    before, after = np.repeat(list("abc"), [300, 300, 400]), np.repeat(list("abc"), [600, 200, 200])
    row = one(before, after)
    assert row["effect"] == pytest.approx(0.3)
    for tolerance, verdict in (
        (row["effect_low"] - 1e-9, "drifted"),
        (row["effect_low"] + 1e-9, "can't tell"),
    ):
        assert one(before, after, tolerance=tolerance)["verdict"] == verdict


def test_more_missing_values_are_drift_of_their_own() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    gone = np.where(rng.random(4000) < 0.3, NAN, x)
    row = one(x, gone)
    assert row["effect"] < 0.05 and row["verdict"] == "drifted"
    assert row["missing_reference"] == 0 and row["n_current"] == np.isfinite(gone).sum()
    assert "the missing share rose from 0.0%" in row["note"]
    assert "beyond the tolerance" in row["note"]
    back = one(gone, x)
    assert back["verdict"] == "drifted" and "fell" in back["note"]
    # As much missing as before is none, and an all-clear is for both.
    assert one(gone, gone)["verdict"] == "same"
    assert one(x[:50], np.append(x[50:99], NAN))["verdict"] == "can't tell"
    few = np.where(np.arange(4000) < 400, NAN, x)
    assert one(x, few)["p_clear"] == 1  # the missing share moved by the whole tolerance


def test_a_false_alarm_is_rare_where_values_are_missing() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(200):
        before, after = rng.normal(size=(2, 300))
        before[rng.random(300) < 0.2] = NAN
        after[rng.random(300) < 0.2] = NAN
        alarms += one(before, after, tolerance=0, p_value=False)["verdict"] == "drifted"
    assert alarms <= 20  # 10 would be the level; the bounds are cautious


@pytest.mark.parametrize("gone", [[NAN] * 5, [None] * 5, pd.array([None] * 5, dtype="Int64")])
def test_a_column_without_values_is_undefined_but_its_missing_share_is_not(gone: object) -> None:
    for before, after, where in (([1, 2, 3], gone, "current"), (gone, [1, 2, 3], "reference")):
        row = one(before, after)
        undefined = ["statistic", "p_value", "p_adjusted", "effect", "effect_low", "wasserstein"]
        assert all(math.isnan(row[name]) for name in undefined)
        assert row["total_variation"] == 1
        assert row["verdict"] == "can't tell"
        assert f"no values in the {where}" in row["note"]
    assert one(["a"] * 900, [NAN] * 900)["verdict"] == "drifted"
    assert one([NAN] * 900, ["a"] * 900)["kind"] == "categorical"
    assert one(gone, gone)["note"] == "no values in either sample"


def test_constants() -> None:
    same = one([7.0] * 900, [7.0] * 900)
    assert (same["effect"], same["psi"], same["wasserstein"]) == (0, 0, 0)
    assert (same["verdict"], same["note"]) == ("same", "constant")
    moved = one([7.0] * 900, [8.0] * 900)
    assert (moved["effect"], moved["total_variation"], moved["wasserstein"]) == (1, 1, 2)
    assert (moved["verdict"], moved["note"]) == ("drifted", "constant in the reference")
    words = one(["a"] * 900, ["a"] * 900)
    assert (words["p_value"], words["cramers_v"], words["verdict"]) == (1, 0, "same")


def test_unseen_categories_are_named_three_and_counted() -> None:
    row = one(["a"] * 9, ["a", "b", "c", "c", "d", "e"])
    assert "unseen in the reference: 'c', 'b', 'd' and 1 more" in row["note"]
    codes = one([1] * 9, [1.0, 2.0, NAN], categorical=["x"])
    assert "unseen in the reference: 2;" in codes["note"]


def test_one_row_a_side() -> None:
    row = one([1.5], [2.5])
    assert (row["effect"], row["p_value"], row["verdict"]) == (1, 1, "can't tell")
    assert (row["effect_low"], row["effect_high"]) == (0, 1)
    assert one(["a"], ["b"])["verdict"] == "can't tell"


@pytest.mark.parametrize("side", ["reference", "current"])
def test_no_rows_and_infinities_are_refused_by_name(side: str) -> None:
    fine, empty = pd.DataFrame({"x": [1.0]}), pd.DataFrame({"x": []}, dtype="float64")
    odd = pd.DataFrame({"x": [1.0, -math.inf]})
    for bad, said in (
        (empty, f"the {side} frame has no rows"),
        (odd, f"column x of the {side} frame: the sample holds infinities"),
    ):
        with pytest.raises(RecordsError, match=said):
            compare(bad, fine) if side == "reference" else compare(fine, bad)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([1], ["a"], "column x is int64 in the reference frame and str"),
        (["a"], [1.5], "and float64 in the current frame"),
        ([True], [1], "column x is bool in the reference frame and int64"),
        ([1], [True], "and bool in the current frame"),
        ([1], [pd.Timestamp(0)], "and datetime64"),
    ],
)
def test_two_types_of_one_column_are_refused(before: list, after: list, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        one(before, after)


def test_the_same_type_in_other_clothes_compares() -> None:
    for before, after in (
        ([1, 2], [1.0, 2.0]),
        (pd.array([1, 2], dtype="Int64"), np.array([1, 2], dtype=np.int8)),
        (pd.array([1, None, 2], dtype="Float64"), [1.0, NAN, 2.0]),
        (["a", "b"], pd.Categorical(["a", "b"])),
        (np.array(["a", "b"], dtype=object), ["a", "b"]),
        ([True, False], np.array([True, False, None], dtype=object)[:2]),
        (pd.array([True, None], dtype="boolean"), np.array([True, None], dtype=object)),
    ):
        row = one(before, after)
        assert row["effect"] == 0 and row["missing_reference"] == row["missing_current"]


def test_columns_that_are_absent_twice_there_or_times() -> None:
    frame = pd.DataFrame({"x": [1], "y": [2], "at": [pd.Timestamp(0)]})
    with pytest.raises(SchemaError, match="the current frame has no column y"):
        compare(frame, frame[["x"]])
    with pytest.raises(SchemaError, match="the reference frame has no column z"):
        compare(frame, frame, columns=["x", "z"])
    with pytest.raises(SchemaError, match="column at holds times"):
        compare(frame, frame, columns=["at"])
    with pytest.raises(SchemaError, match="columns is the text 'x'"):
        compare(frame, frame, columns="x")
    with pytest.raises(SchemaError, match="categorical names y, which is not among"):
        compare(frame, frame, columns=["x"], categorical=["y"])
    with pytest.raises(SchemaError, match="column x more than once"):
        compare(frame.set_axis(["x", "x", "at"], axis=1), frame)
    with pytest.raises(SchemaError, match="no column of numbers, text or booleans"):
        compare(frame[["at"]], frame)
    left = compare(frame[["x", "at"]], frame).attrs["left_out"]
    assert left["at"].startswith("holds times")
    assert left["y"] == "not among the reference's columns"
    with pytest.raises(SchemaError, match="different columns"):
        Reference.of(frame[["x"]]).merge(Reference.of(frame[["y"]]))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tolerance": 1.0}, "tolerance is 1.0"),
        ({"tolerance": NAN}, "tolerance is nan"),
        ({"level": 0}, "level is 0"),
        ({"correction": "sidak"}, "give one of holm, bonferroni"),
    ],
)
def test_settings_out_of_range(settings: dict, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        one([1], [1], **settings)


def test_other_names_than_text() -> None:
    found = compare(pd.DataFrame({0: [1, 2]}), pd.DataFrame({0: [1, 2]}))
    assert found["column"].tolist() == [0] and readable(found)["column"].tolist() == ["0"]


def test_dates_as_objects_are_categories_with_an_honest_note() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days) for days in range(60)]
    row = one(days[:30], days[30:])
    assert row["effect"] == 1 and row["verdict"] == "can't tell"
    assert "an identifier?" in row["note"]


@pytest.mark.parametrize("odd", [[[1], [2]], [{"a": 1}, None], ["a", {"b"}], [None, ([1],)]])
def test_lists_and_the_like_are_left_out_unless_chosen(odd: list) -> None:
    frame = pd.DataFrame({"x": [1, 2], "odd": pd.Series(odd, dtype=object)})
    found = compare(frame, frame)
    assert found["column"].tolist() == ["x"]
    assert found.attrs["left_out"] == {"odd": "holds lists or the like (object)"}
    for chosen in ({"columns": ["x", "odd"]}, {"categorical": ["odd"]}):
        with pytest.raises(SchemaError, match=r"column odd holds lists or the like .*: compare a"):
            compare(frame, frame, **chosen)
    with pytest.raises(SchemaError, match="no column of numbers, text or booleans"):
        compare(frame[["odd"]], frame)


def test_a_list_in_a_late_partition_is_found() -> None:
    frame = pd.DataFrame({"x": range(40), "odd": pd.Series([1.5] * 39 + [[2]], dtype=object)})
    # Dask would make text of objects.
    with dask.config.set({"dataframe.convert-string": False}):
        parts = dd.from_map(lambda at: frame.iloc[at : at + 10], range(0, 40, 10), meta=frame[:0])
        left_out = compare(parts, parts).attrs["left_out"]
    assert left_out == compare(frame, frame).attrs["left_out"]
    assert left_out == {"odd": "holds lists or the like (object)"}


def test_a_reference_is_made_once_and_left_as_it_was(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    reference = Reference.of(months[0], columns=["fare_amount", "extra"])
    first = reference.compare(months[1])
    reference.compare(months[0])
    pd.testing.assert_frame_equal(reference.compare(months[1]), first)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1), st.lists(st.integers(0, 6), min_size=1))
def test_d_of_codes_is_at_most_their_total_variation(before: list[int], after: list[int]) -> None:
    codes = one(before, after, categorical=["x"], p_value=False)
    numbers = one(before, after, p_value=False)
    assert numbers["effect"] <= codes["effect"] + 1e-12
    # Few whole numbers are classes of their own, so both ways give one total variation.
    assert numbers["total_variation"] == pytest.approx(codes["total_variation"])
    counts = [np.bincount(side, minlength=7) for side in (before, after)]
    assert codes["effect"] == pytest.approx(total_variation(*counts))


def test_the_view_escapes_names_and_writes_minus_signs(found: pd.DataFrame) -> None:
    page = view(found).as_raw_html()
    assert "payment_type" in page and "drifted" in page
    odd = compare(pd.DataFrame({"<b>x": [1]}), pd.DataFrame({"<b>x": [1]}))
    assert (
        "<b>" not in view(odd, "<i>").as_raw_html() and "<i>" not in view(odd, "<i>").as_raw_html()
    )
    assert [p_text(p) for p in (NAN, 5e-9, 1e-320)] == ["–", "5e−09", "< 1e−300"]
    assert readable(found).columns[:2].tolist() == ["column", "verdict"]
