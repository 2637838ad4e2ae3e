"""Release after release, on small histories: who serves when, what it costs, how it scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_history import LATE, MONTHS, made_up_history, made_up_month, made_up_months
from sklearn.metrics import f1_score, log_loss

from debugml import fit_forest
from debugml.alarms import Policy
from debugml.deployment.lag import Constant, Lag
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.features import FEATURES, LABEL, TIME
from debugml.retraining import (
    Forests,
    History,
    RetrainingPolicy,
    Size,
    every,
    expanding,
    from_alarm,
    last,
    policies,
    policy_table,
    simulate,
)

SMALL = Size(trees=5, depth=4)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate(Forests(made_up_history(), last(1), size=SMALL), policies(), draws=200)


def of(table: pd.DataFrame, policy: str) -> pd.DataFrame:
    return table[table["policy"] == policy].set_index("month")


def test_calendars_retrain_when_they_must(table: pd.DataFrame) -> None:
    """Decisions in March, April and May; the first model is January's, live in February."""
    assert of(table, "never")["retrained"].tolist() == [False] * 4
    assert of(table, "every month")["retrained"].tolist() == [False, True, True, True]
    assert of(table, "every 2 months")["retrained"].tolist() == [False, False, True, False]
    assert of(table, "every 2 months")["age"].tolist() == [1, 2, 1, 2]
    assert of(table, "every 3 months")["retrained"].tolist() == [False, False, False, True]


@pytest.mark.parametrize(("first", "when"), [(1, [0, 1, 0, 1]), (2, [0, 0, 1, 0])])
def test_a_calendar_may_begin_in_any_month(first: int, when: list[int]) -> None:
    found = simulate(Forests(made_up_history(), last(1), size=SMALL), [every(2, first)], draws=2)
    assert found["retrained"].tolist()[:4] == [bool(n) for n in when]
    with pytest.raises(SettingError, match="begin after 1 to 2"):
        every(2, 3)


def test_a_month_is_scored_by_the_model_in_service(table: pd.DataFrame) -> None:
    """By scikit-learn, for the forest of February on April, the label turned round by then."""
    months = made_up_months()
    february, april = months["2020-02"], months["2020-04"]
    there = february[TIME] + pd.Timedelta(days=5) <= pd.Timestamp("2020-03-01 06:00")
    model = fit_forest(february[there], n_estimators=5, max_depth=4)
    p = model.estimator.predict_proba(april[list(FEATURES)])[:, 1]
    served = simulate(Forests(made_up_history(), last(1), size=SMALL), [every(3, 1)], draws=2)
    row = of(served, "every 3 months, first after 1").loc["2020-04"]
    assert row["age"] == 2
    assert row["f1"] == pytest.approx(f1_score(april[LABEL], p > 0.5))
    assert row["log_loss"] == pytest.approx(log_loss(april[LABEL], p))
    rate = february.loc[there, LABEL].mean()
    brier, constant = ((p - april[LABEL]) ** 2).mean(), ((rate - april[LABEL]) ** 2).mean()
    assert row["skill"] == pytest.approx(1 - brier / constant)


def test_what_a_fit_costs() -> None:
    found = simulate(
        Forests(made_up_history(), expanding(), size=Size(5, 4, drawn=100)), [every(2)]
    )
    part = found.iloc[:4]
    history = made_up_history()
    rows = [len(history.training(turn)[0]) for turn in (1, 3)]
    assert part["rows"].tolist() == [rows[0], 0, rows[1], 0]
    # Each of 5 trees draws 100 records, however many the window holds.
    assert part["drawn"].tolist() == [500, 0, 500, 0]
    assert (part["fit_seconds"] > 0).tolist() == [True, False, True, False]


def test_always_yes_needs_no_model(table: pd.DataFrame) -> None:
    yes, renewed = of(table, "always yes"), of(table, "always yes, rate of last month")
    assert (yes["f1"] == yes["always_yes_f1"]).all() and (yes["drawn"] == 0).all()
    assert (yes["auc"] == 0.5).all() and np.allclose(yes["skill"], 0)
    # Labels come five days late: a month's last ones are not there on the first at six.
    labels = {m: made_up_month(m) for m in MONTHS}
    rates = {}
    for month, after in zip(MONTHS, [*MONTHS[1:], "2020-06"], strict=True):
        frame = labels[month]
        there = frame[TIME] + pd.Timedelta(days=5) <= pd.Timestamp(f"{after}-01 06:00")
        rates[after] = frame.loc[there, LABEL].mean()
    for month in MONTHS[1:]:
        y = labels[month][LABEL]
        for frame, rate in ((yes, rates["2020-02"]), (renewed, rates[month])):
            expected = log_loss(y, np.full(len(y), rate))
            assert frame.loc[month, "log_loss"] == pytest.approx(expected)


def test_a_fall_is_seen_one_month_late() -> None:
    """The label turns round in April; who reads labels can know on 1 May, and not before."""
    found = simulate(Forests(made_up_history(), last(1), size=Size(20, 4)), policies(), draws=2)
    for name in ("F1 fell", "skill fell"):
        retrained = of(found, name)["retrained"]
        assert retrained["2020-05"] and not retrained["2020-04"], name
    # Features kept their distribution: nobody who looks at them alone can know.
    assert not of(found, "minimum effect 0.05")["retrained"].any()


def test_oracles_are_never_worse_than_staying_in_the_month_ahead() -> None:
    found = simulate(Forests(made_up_history(), last(1), size=Size(20, 4)), policies(), draws=2)
    oracle, monthly = of(found, "oracle, F1"), of(found, "every month")
    assert (oracle["f1"] >= monthly["f1"] - 1e-12).all()


def test_one_fit_serves_all_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    from debugml.retraining import forests as module

    fitted, fit = [], module.fit

    def counted(records: Any, seed: int, size: Size, said: str) -> Any:
        fitted.append(said)
        return fit(records, seed, size, said)

    monkeypatch.setattr(module, "fit", counted)
    simulate(Forests(made_up_history(), last(1), size=SMALL), policies(), draws=2)
    assert sorted(fitted) == list(MONTHS[1:])


def test_a_large_window_is_thinned_to_the_pool() -> None:
    forests = Forests(made_up_history(), expanding(), size=Size(2, 2, drawn=50, pool=200))
    assert forests.forest(4).rows == 200
    assert forests.read[4] == len(made_up_history().training(4)[0]) > 200


def test_the_interval_over_days_by_another_bootstrap(table: pd.DataFrame) -> None:
    """Days drawn by pandas, one by one; the mean's interval as percentiles, not as a normal."""
    history, window = made_up_history(), last(1)
    forests = Forests(history, window, size=SMALL)
    generator = np.random.default_rng(9)
    drawn = np.zeros((300, 4, 2))
    for turn in range(1, 5):
        frame = history.frames[turn].assign(new=forests.predicted(turn, turn))
        frame["old"] = forests.predicted(1, turn)
        days = [part for _, part in frame.groupby(frame[TIME].dt.date)]
        for draw in range(300):
            picks = generator.integers(0, len(days), len(days))
            y, new, old = (
                np.concatenate([days[i][name].to_numpy() for i in picks])
                for name in (LABEL, "new", "old")
            )
            tp = [((p > 0.5) & (y == 1)).sum() for p in (new, old)]
            all_yes = [(p > 0.5).sum() + y.sum() for p in (new, old)]
            drawn[draw, turn - 1, 0] = 2 * tp[0] / all_yes[0] - 2 * tp[1] / all_yes[1]
            loss = [-np.log(np.clip(np.where(y == 1, p, 1 - p), 0.001, 0.999)) for p in (new, old)]
            drawn[draw, turn - 1, 1] = (loss[0] - loss[1]).mean()
    found = policy_table(table).set_index("policy").loc["every month"]
    for place, figure in enumerate(("f1", "log_loss_floored")):
        low, high = np.quantile(drawn[:, :, place].mean(axis=1), [0.025, 0.975])
        name = f"{figure}_less_never"
        # 300 draws know a bound to about a tenth of the interval's width.
        width = high - low
        assert found[f"{name}_low"] == pytest.approx(low, abs=0.2 * width)
        assert found[f"{name}_high"] == pytest.approx(high, abs=0.2 * width)


def test_policies_are_compared_on_the_same_months(table: pd.DataFrame) -> None:
    whole = policy_table(table).set_index("policy")
    assert whole.loc["every month", "retrainings"] == 3
    assert whole.loc["every month", "f1_less_every_month"] == 0
    assert whole.loc["never", "f1"] == pytest.approx(of(table, "never")["f1"].mean())
    for name in whole.index:
        difference = whole.loc[name, "f1"] - whole.loc["never", "f1"]
        assert whole.loc[name, "f1_less_never"] == pytest.approx(difference)
    short = table.drop(table.index[table["policy"] == "never"][0])
    with pytest.raises(RecordsError, match="'never' has no 20"):
        policy_table(short)
    with pytest.raises(SchemaError, match="no column drawn"):
        policy_table(table.drop(columns="drawn"))
    with pytest.raises(RecordsError, match="no months"):
        policy_table(table.iloc[:0])


def test_histories_say_what_is_wrong() -> None:
    months = made_up_months()
    with pytest.raises(SettingError, match="in order and without gaps"):
        History.of({m: months[m] for m in ("2020-01", "2020-03")})
    with pytest.raises(SettingError, match="give two"):
        History.of({"2020-01": months["2020-01"]})
    with pytest.raises(SchemaError, match="2020-02 has no column high_tip"):
        History.of({"2020-01": months["2020-01"], "2020-02": months["2020-02"].drop(columns=LABEL)})
    with pytest.raises(RecordsError, match="2020-02 has no records"):
        History.of({"2020-01": months["2020-01"], "2020-02": months["2020-02"].iloc[:0]})
    slow = History.of(months, Lag(labels=Constant("90D")))
    with pytest.raises(RecordsError, match="are there to train for 2020-02"):
        simulate(Forests(slow, last(1), size=SMALL), [every(1)])


def test_policies_need_names_of_their_own() -> None:
    history = made_up_history(LATE)
    with pytest.raises(SettingError, match="two policies are called 'every month'"):
        simulate(Forests(history, last(1)), [every(1), every(1)])
    with pytest.raises(SettingError, match="'always yes'"):
        simulate(Forests(history, last(1)), [RetrainingPolicy("always yes", lambda view: True)])
    with pytest.raises(SettingError, match="no policies"):
        simulate(Forests(history, last(1)), [])


def test_what_has_no_number_is_an_error_and_not_a_no() -> None:
    silent = from_alarm(Policy("silent", lambda pair: float("nan"), 0.5))
    with pytest.raises(RecordsError, match="'silent' has no number for"):
        simulate(Forests(made_up_history(), last(1), size=SMALL), [silent], draws=2)


def test_a_standard_error_needs_two_draws() -> None:
    with pytest.raises(SettingError, match="1 draws"):
        simulate(Forests(made_up_history(), last(1), size=SMALL), [every(1)], draws=1)
