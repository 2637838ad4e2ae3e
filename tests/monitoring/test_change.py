"""What moved: by hand, by its properties, by scikit-learn's weights, and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

import debugml as dm
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.monitoring.change import METRICS, split_change

DAYS = pd.date_range("2020-02-01", periods=20)


def made(groups: str, labels: list[int], p: list[float], day: str = "2020-02-01") -> pd.DataFrame:
    """One record a letter; decided at 0.5."""
    return pd.DataFrame(
        {
            "time": pd.Timestamp(day),
            "kind": list(groups),
            "label": labels,
            "probability": p,
            "prediction": (np.array(p) > 0.5).astype(int),
        }
    )


def steps(split: pd.DataFrame) -> dict[str, float]:
    return dict(zip(split["step"], split["value"].round(12), strict=True))


def random_period(g: np.random.Generator, n: int, shift: float = 0.0) -> pd.DataFrame:
    label = g.random(n) < 0.5 + shift
    p = (g.random(n) * 0.6 + 0.3 * label).round(2)
    return pd.DataFrame(
        {
            "time": g.choice(DAYS, n),
            "kind": g.choice(list("abc"), n, p=[0.5 + shift, 0.3 - shift, 0.2]),
            "size": g.choice([1.0, 2.0, np.nan], n),
            "label": label.astype(int),
            "probability": p,
            "prediction": (p > 0.5).astype(int),
        }
    )


def test_by_hand() -> None:
    # Before, a: 4 records, labels 1 1 1 0, all called yes. b: 4 records, labels 1 0 0 0, one
    # false yes. After: 2 of a and 6 of b.
    before = made("aaaabbbb", [1, 1, 1, 0, 1, 0, 0, 0], [0.9, 0.9, 0.8, 0.8, 0.4, 0.7, 0.2, 0.1])
    after = made("aabbbbbb", [1, 0, 1, 0, 0, 0, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.1, 0.3])
    split = split_change(before, after, "kind", probability=None, draws=20)
    # Before: tp 3, fp 1 + 1, fn 1: F1 = 6 / 9.
    # Reweighted, a counts 1/2 and b 3/2: tp 1.5, fp 0.5 + 1.5, fn 1.5: F1 = 3 / 6.5.
    # After: tp 1 + 1, fp 1 + 1, fn 1: F1 = 4 / 7.
    assert steps(split) == {
        "before": round(6 / 9, 12),
        "kind": round(3 / 6.5 - 6 / 9, 12),
        "within groups": round(4 / 7 - 3 / 6.5, 12),
        "no counterpart": 0,
        "after": round(4 / 7, 12),
        "total": round(4 / 7 - 6 / 9, 12),
        "all mix": round(3 / 6.5 - 6 / 9, 12),
        "all within": round(4 / 7 - 3 / 6.5, 12),
    }
    # Kish: (4·0.5 + 4·1.5)² / (4·0.25 + 4·2.25) = 64 / 10.
    assert split.loc[1, "n"] == pytest.approx(6.4) and split.loc[1, "share"] == pytest.approx(0.8)


def test_ranking_and_threshold_by_hand() -> None:
    # One group, two of four positive in both. Before says yes twice: tp 1, fp 1: F1 = 0.5.
    before = made("aaaa", [1, 0, 1, 0], [0.9, 0.8, 0.2, 0.1])
    # After says yes three times: tp 2, fp 1: F1 = 4 / 5. Cut to two, one of the two tied at
    # 0.7 says yes, each with half a record: tp 1.5, fp 0.5, fn 0.5: F1 = 3 / 4.
    after = made("aaaa", [1, 1, 0, 0], [0.9, 0.7, 0.7, 0.1])
    found = steps(split_change(before, after, ["kind", "label"], draws=20))
    assert found["kind"] == found["label"] == 0
    assert (found["ranking"], found["threshold"]) == (0.25, 0.05)
    # Reversed, before is cut to three: tp 2, fp 1, F1 = 4 / 5 as after, so that all of the
    # change is the threshold.
    found = steps(split_change(before, after, ["kind", "label"], reverse=True, draws=20))
    assert (found["ranking"], found["threshold"]) == (0, 0.3)


def test_what_has_no_counterpart_is_told() -> None:
    before = made("aabb", [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    after = made("aabc", [1, 0, 1, 1], [0.9, 0.8, 0.7, 0.2])
    split = split_change(before, after, "kind", metric="accuracy", probability=None, draws=20)
    row = split.set_index("step").loc["no counterpart"]
    assert (row["n"], row["share"]) == (1, 0.25)
    # Without c: 2 of 3 are right; with it 2 of 4.
    assert row["value"] == pytest.approx(2 / 4 - 2 / 3)
    # Groups that before alone has get no weight, so nothing is lost the other way.
    back = split_change(
        before, after, "kind", metric="accuracy", probability=None, reverse=True, draws=20
    )
    assert list(back["step"][:4]) == ["before", "no counterpart", "within groups", "kind"]
    assert back.loc[1, ["value", "n", "share"]].tolist() == [0, 0, 0]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("by", ["kind", ("kind", "label"), ("label", "size", "kind")], ids=str)
def test_steps_add_up(metric: str, by: Any, reverse: bool) -> None:
    g = np.random.default_rng(3)
    before, after = random_period(g, 300), random_period(g, 400, 0.2)
    split = split_change(before, after, by, metric=metric, reverse=reverse, draws=20)
    rows = split.set_index("step")
    change = rows.loc["after", "value"] - rows.loc["before", "value"]
    parts = split.loc[split["kind"] == "step", "value"].sum()
    assert parts == pytest.approx(change, abs=1e-12)
    assert rows.loc["total", "value"] == pytest.approx(change, abs=1e-12)
    sums = rows.loc[["all mix", "all within", "no counterpart"], "value"].sum()
    assert sums == pytest.approx(change, abs=1e-12)
    assert (split["low"] <= split["high"]).all() and not split.isna().any(axis=None)
    walked = split.loc[0, "value"] + split.loc[split["kind"] == "step", "value"].cumsum()
    np.testing.assert_allclose(
        walked, split.loc[split["kind"] == "step", "metric_after_step"], atol=1e-12
    )


@given(st.integers(0, 10_000), st.sampled_from(METRICS), st.booleans(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_the_same_mix_leaves_a_metric_as_it_was(
    seed: int, metric: str, reverse: bool, times: int
) -> None:
    """After has before's groups and labels in the same shares, and other probabilities."""
    g = np.random.default_rng(seed)
    before = random_period(g, 60)
    after = pd.concat([before] * times, ignore_index=True)
    after["probability"] = g.permutation(after["probability"])
    after["prediction"] = (after["probability"] > 0.5).astype(int)
    split = split_change(
        before, after, ("kind", "label"), metric=metric, reverse=reverse, draws=2
    ).set_index("step")
    assert split.loc[["kind", "label", "no counterpart"], "value"].abs().max() < 1e-12
    assert split.loc["all within", "value"] == pytest.approx(split.loc["total", "value"])


@given(st.integers(0, 10_000), st.sampled_from(["f1", "auc", "accuracy"]))
@settings(max_examples=25, deadline=None)
def test_the_same_model_on_another_mix_moves_by_mix_alone(seed: int, metric: str) -> None:
    """After is before with some records twice, by group and label: nothing within moved."""
    before = random_period(np.random.default_rng(seed), 80)
    twice = before[(before["kind"] == "a") & (before["label"] == 1)]
    after = pd.concat([before, twice], ignore_index=True)
    split = split_change(before, after, ("kind", "label"), metric=metric, draws=2)
    assert split.set_index("step").loc["all within", "value"] == pytest.approx(0, abs=1e-12)


@pytest.fixture(scope="module")
def months(model: dm.Forest) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scored(model, "2020-02"), scored(model, "2020-04")


def scored(model: dm.Forest, month: str) -> pd.DataFrame:
    features = dm.featurize(dm.load(month), keep="payment_type")
    p = dm.predict_proba(model, features)
    return pd.DataFrame(
        {
            "time": features["tpep_dropoff_datetime"],
            "payment": features["payment_type"],
            "label": features["high_tip"],
            "probability": p,
            "prediction": (p > 0.5).astype(int),
        }
    )


def by_pandas(before: pd.DataFrame, after: pd.DataFrame, metric: str) -> list[float]:
    """The states of the path, with groupby for the weights and scikit-learn for the metric."""
    score = {
        "f1": lambda r, w: f1_score(r["label"], r["prediction"], sample_weight=w),
        "accuracy": lambda r, w: accuracy_score(r["label"], r["prediction"], sample_weight=w),
        "auc": lambda r, w: roc_auc_score(r["label"], r["probability"], sample_weight=w),
    }[metric]
    before = before.fillna({"payment": -1}).assign(cell=lambda r: r["payment"] * 2 + r["label"])
    after = after.fillna({"payment": -1}).assign(cell=lambda r: r["payment"] * 2 + r["label"])
    common = after[after["cell"].isin(before["cell"].unique())]
    found = [score(before, np.ones(len(before)))]
    for column in ("payment", "cell"):
        shares = [r[column].value_counts(normalize=True) for r in (common, before)]
        weights = before[column].map(shares[0] / shares[1]).fillna(0)
        found.append(score(before, weights))
    return [*found, score(common, None), score(after, None)]


@pytest.mark.parametrize("metric", ["f1", "accuracy", "auc"])
@pytest.mark.parametrize("reverse", [False, True])
def test_february_to_april_by_pandas_and_scikit_learn(
    months: tuple[pd.DataFrame, pd.DataFrame], metric: str, reverse: bool
) -> None:
    split = split_change(
        *months, ("payment", "label"), metric=metric, probability="probability", draws=2,
        reverse=reverse,
    )  # fmt: skip
    expected = by_pandas(*(months[::-1] if reverse else months), metric)
    expected = expected[::-1] if reverse else expected
    found = [split.loc[0, "value"], *split.loc[split["kind"] == "step", "metric_after_step"]]
    if metric != "auc":  # ranking and threshold part one step in two
        del found[2 if reverse else 3]
    np.testing.assert_allclose(found, expected, atol=1e-9, rtol=0)


@pytest.mark.slow
def test_interval_agrees_with_another_bootstrap(
    months: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    split = split_change(*months, ("payment", "label"), probability=None, draws=600)
    assert set(split["interval"]) == {"days resampled"}
    g = np.random.default_rng(8)
    by_day = [[d for _, d in r.groupby(r["time"].dt.date)] for r in months]
    drawn = []
    for _ in range(250):
        one, two = (pd.concat([d[i] for i in g.integers(0, len(d), len(d))]) for d in by_day)
        drawn.append(np.diff(by_pandas(one, two, "f1")))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    rows = split[split["kind"] == "step"]
    width = (high - low).max()
    np.testing.assert_allclose(rows["low"], low, atol=0.2 * width)
    np.testing.assert_allclose(rows["high"], high, atol=0.2 * width)


@pytest.mark.slow
def test_intervals_cover_the_truth() -> None:
    """Share of simulated pairs of months whose interval holds the true step."""

    def month(g: np.random.Generator, card: float, hit: float) -> pd.DataFrame:
        n = 25 * 40
        day = np.repeat(np.arange(25), 40)
        kind = g.random(n) < np.clip(card + g.normal(0, 0.08, 25), 0, 1)[day]
        label = g.random(n) < np.where(kind, 0.7, 0.2)
        yes = g.random(n) < np.where(label, hit + g.normal(0, 0.05, 25)[day], 0.3)
        return pd.DataFrame(
            {
                "time": DAYS[0] + pd.to_timedelta(day, "D"),
                "kind": kind,
                "label": label.astype(int),
                "prediction": yes.astype(int),
            }
        )

    def f1(card: float, hit: float) -> float:
        positive = 0.7 * card + 0.2 * (1 - card)
        tp = hit * positive
        return 2 * tp / (tp + 0.3 * (1 - positive) + positive)

    truth = {
        "all mix": f1(0.5, 0.8) - f1(0.7, 0.8),
        "all within": f1(0.5, 0.7) - f1(0.5, 0.8),
    }
    g, held = np.random.default_rng(5), []
    for seed in range(120):
        split = split_change(
            month(g, 0.7, 0.8), month(g, 0.5, 0.7), ("kind", "label"), probability=None,
            draws=200, seed=seed,
        ).set_index("step")  # fmt: skip
        held.append([split.loc[k, "low"] <= t <= split.loc[k, "high"] for k, t in truth.items()])
    # 120 pairs at 95 %: 0.88 lies three and a half standard errors below.
    assert (np.mean(held, axis=0) >= 0.88).all(), np.mean(held, axis=0)


def test_short_spans_resample_records() -> None:
    g = np.random.default_rng(0)
    before, after = random_period(g, 200), random_period(g, 200)
    short = split_change(before[before["time"] < DAYS[13]], after, "kind", draws=50)
    assert set(short["interval"]) == {"within-day noise only"}
    assert (short["low"] < short["high"])[0]


def test_order_of_records_and_units_of_time_are_no_part_of_it() -> None:
    g = np.random.default_rng(1)
    before, after = random_period(g, 200), random_period(g, 200)
    split = split_change(before, after, ("kind", "label"), draws=20)
    turned = before.sample(frac=1, random_state=0).astype({"time": "datetime64[s]"})
    pd.testing.assert_frame_equal(
        split, split_change(turned, after, ("kind", "label"), draws=20), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"metric": "f2"}, SettingError, "metric is 'f2': take one of f1,"),
        ({"by": ()}, SettingError, "name one column or several"),
        ({"by": ("kind", "kind")}, SettingError, "each once"),
        ({"draws": 0}, SettingError, "draws is 0"),
        ({"by": "colour"}, SchemaError, "before has no column colour"),
        ({"before": made("", [], [])}, RecordsError, "before has no records"),
        ({"after": made("zz", [1, 0], [0.1, 0.2])}, RecordsError, "no group is in both periods"),
        ({"before": made("aa", [1, 1], [0.1, 0.2]), "metric": "auc"}, RecordsError, "one label"),
        ({"before": made("aa", [1, 2], [0.1, 0.2])}, RecordsError, "label is 2"),
    ],
)
def test_refusals(change: dict[str, Any], error: type[Exception], said: str) -> None:
    both = made("aabb", [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    with pytest.raises(error, match=said):
        split_change(**{"before": both, "after": both, "by": "kind", **change})
