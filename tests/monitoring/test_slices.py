"""Slices: figures and errors by other computations, false alarms and power by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.monitoring.slices import METRICS, worst_slices
from debugml.multiplicity import holm


def simulated(g: np.random.Generator, days: int = 28, worse: float = 0.0) -> pd.DataFrame:
    """Days differ in base rate and in how well the model does; slices in size alone.

    `worse` lowers what the model knows in zone 3, and nowhere else.
    """
    day = np.repeat(np.arange(days), g.poisson(120, days))
    n = len(day)
    zone = g.choice(8, n)
    label = g.random(n) < 1 / (1 + np.exp(-(0.3 + g.normal(0, 0.4, days)[day])))
    sign = np.where(label, 1, -1)
    knows = 1.0 * sign * (1 - worse * (zone == 3))
    yes = g.random(n) < 1 / (1 + np.exp(-(0.5 + knows + g.normal(0, 0.4, days)[day])))
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2020-04-06") + pd.to_timedelta(day, "D"),
            "hour": g.choice(12, n, p=np.arange(1, 13) / 78),
            "zone": zone,
            "weekday": day % 7,
            "label": label.astype(int),
            "prediction": yes.astype(int),
            "probability": np.where(yes, 0.6, 0.4),
        }
    )


def figure(metric: str, r: pd.DataFrame) -> float:
    y, yes = r["label"], r["prediction"]
    base = y.mean()
    return {
        "f1": lambda: f1_score(y, yes),
        "difference": lambda: f1_score(y, yes) - 2 * base / (1 + base),
        "accuracy": lambda: accuracy_score(y, yes),
        "calibration_gap": lambda: r["probability"].mean() - base,
    }[metric]()


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return simulated(np.random.default_rng(2))


@pytest.mark.parametrize("metric", METRICS)
def test_figures_are_those_of_the_slice_and_of_the_rest(records: pd.DataFrame, metric: str) -> None:
    table = worst_slices(records, ["zone", "hour"], metric=metric)
    assert len(table) == records["zone"].nunique() + (records["hour"].value_counts() >= 100).sum()
    for row in table.itertuples():
        inside = records[row.column].astype(str) == row.value
        here, rest = records[inside], records[~inside]
        assert row.n == len(here) and row.base_rate == pytest.approx(here["label"].mean())
        assert row.positive_rate == pytest.approx(here["prediction"].mean())
        assert row.difference == pytest.approx(figure("difference", here))
        assert getattr(row, metric) == pytest.approx(figure(metric, here))
        gap = figure(metric, here) - figure(metric, rest)
        assert row.versus_rest == pytest.approx(gap)
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_errors_agree_with_a_bootstrap_over_days(records: pd.DataFrame, metric: str) -> None:
    table = worst_slices(records, "zone", metric=metric).set_index("value")
    g, parts = np.random.default_rng(0), [d for _, d in records.groupby("time")]
    drawn = []
    for _ in range(300):
        r = pd.concat([parts[i] for i in g.integers(0, len(parts), len(parts))])
        drawn.append(figure(metric, r[r["zone"] == 3]) - figure(metric, r[r["zone"] != 3]))
    # A standard error from 300 draws is known to about 4 %.
    assert table.loc["3", "standard_error"] == pytest.approx(np.std(drawn), rel=0.15)


def test_error_of_accuracy_among_independent_records_by_hand() -> None:
    # Slice: 60 of 100 right; rest: 160 of 200. Variance 0.6·0.4/100 + 0.8·0.2/200 = 0.0032.
    r = pd.DataFrame({"time": pd.Timestamp("2020-04-01"), "kind": ["a"] * 100 + ["b"] * 200})
    r = r.assign(label=1, prediction=[1] * 60 + [0] * 40 + [1] * 160 + [0] * 40)
    row = worst_slices(r, "kind", metric="accuracy").iloc[0]
    assert row["value"] == "a" and row["errors"] == "records independent"
    assert row["standard_error"] == pytest.approx(0.0032**0.5, rel=0.01)
    assert row["versus_rest"] == pytest.approx(-0.2)


def test_equal_days_have_as_many_degrees_as_days() -> None:
    r = pd.DataFrame({"time": np.repeat(pd.date_range("2020-04-01", periods=20), 20)})
    r = r.assign(kind=["a", "b"] * 200, label=1, prediction=np.tile([1, 1, 0, 0], 100))
    r["prediction"] = np.random.default_rng(0).permutation(r["prediction"])
    table = worst_slices(r, "kind", metric="accuracy")
    np.testing.assert_allclose(table["degrees"], 19)
    # Then it is the one-sample t test on the days' own differences.
    right = r.pivot_table(index="time", columns="kind", values="prediction", aggfunc="mean")
    expected = stats.ttest_1samp(right["a"] - right["b"], 0)
    np.testing.assert_allclose(table["p_value"], expected.pvalue)


def test_a_weekday_is_few_days(records: pd.DataFrame) -> None:
    table = worst_slices(records, ["weekday", "zone"])
    degrees = table.groupby("column")["degrees"].mean()
    assert degrees["weekday"] < 5 and degrees["zone"] > 20


def test_what_is_too_small_is_counted(records: pd.DataFrame) -> None:
    sizes = records["hour"].value_counts()
    table = worst_slices(records, "hour", minimum=300)
    assert set(table["value"]) == {str(h) for h in sizes[sizes >= 300].index}
    assert set(table["few"]) == {sizes[sizes < 300].sum()}


def test_missing_values_are_a_slice_and_whole_numbers_read_as_such(records: pd.DataFrame) -> None:
    r = records.assign(zone=records["zone"].where(records["zone"] != 7))
    assert set(worst_slices(r, "zone")["value"]) == {*"0123456", "missing"}


@pytest.mark.parametrize("metric", ["difference", "calibration_gap"])
@pytest.mark.slow
def test_few_tables_without_a_difference_show_one(metric: str) -> None:
    g, false, raw = np.random.default_rng(7), [], []
    for _ in range(300):
        table = worst_slices(simulated(g), ["zone", "hour", "weekday"], metric=metric)
        false.append(table["p_holm"].min() <= 0.05)
        raw.append((table["p_value"] <= 0.05).mean())
    # 5 % of 300, and three standard errors.
    assert np.mean(false) <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5
    assert 0.03 <= np.mean(raw) <= 0.07


def test_a_planted_slice_is_found_first() -> None:
    g, first, alone = np.random.default_rng(1), [], []
    for _ in range(20):
        table = worst_slices(simulated(g, worse=1.0), ["zone", "hour", "weekday"])
        top = table.iloc[0]
        first.append((top["column"], top["value"]) == ("zone", "3") and top["p_holm"] <= 0.05)
        alone.append((table["p_holm"] <= 0.05).sum() == 1)
    assert np.mean(first) >= 0.9 and np.mean(alone) >= 0.7


def test_worst_is_ordered_by_evidence_and_either_way_for_calibration(records: pd.DataFrame) -> None:
    t = (s := worst_slices(records, ["zone", "hour"]))["versus_rest"] / s["standard_error"]
    assert t.is_monotonic_increasing
    s = worst_slices(records, ["zone", "hour"], metric="calibration_gap")
    assert (s["versus_rest"] / s["standard_error"]).abs().is_monotonic_decreasing


def test_always_yes_is_no_worse_anywhere(records: pd.DataFrame) -> None:
    table = worst_slices(records.assign(prediction=1), "zone")
    assert (table["p_value"] == 1).all() and table["versus_rest"].abs().max() < 1e-12


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"metric": "auc"}, SettingError, "metric is 'auc': take one of difference"),
        ({"by": []}, SettingError, "name one column"),
        ({"by": ["zone", "zone"]}, SettingError, "each once"),
        ({"by": "colour"}, SchemaError, "no column colour"),
        ({"minimum": 10**6}, RecordsError, "no value of zone splits the .* lower `minimum`"),
    ],
)
def test_refusals(
    records: pd.DataFrame, change: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        worst_slices(records, **{"by": "zone", **change})


def test_no_records(records: pd.DataFrame) -> None:
    with pytest.raises(RecordsError, match="0 records"):
        worst_slices(records[:0], "zone")


def test_a_slice_that_is_always_wrong_is_first_and_certain() -> None:
    r = pd.DataFrame({"time": pd.Timestamp("2020-04-01"), "kind": ["a", "b", "b"] * 100})
    table = worst_slices(r.assign(label=1, prediction=[1, 0, 0] * 100), "kind", metric="accuracy")
    assert table["value"].tolist() == ["b", "a"]
    assert (table["p_value"] == 0).all()


def test_values_keep_their_digits(records: pd.DataFrame) -> None:
    table = worst_slices(records.assign(zone=1234567.0 + records["zone"] % 2), "zone")
    assert set(table["value"]) == {"1234567", "1234568"}
    table = worst_slices(records.assign(zone=0.12345678 + records["zone"] % 2), "zone")
    assert set(table["value"]) == {"0.12345678", "1.12345678"}


def test_times_that_are_text(records: pd.DataFrame) -> None:
    with pytest.raises(RecordsError, match=r"convert them by pandas\.to_datetime"):
        worst_slices(records.assign(time=records["time"].astype(str)), "zone")
