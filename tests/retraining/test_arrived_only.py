"""No model is trained on a label that had not arrived, and no decision hangs on one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from made_up_history import LATE, MONTHS, made_up_history, made_up_months

from debugml.deployment.lag import ByGroup, Constant, Lag, Lognormal, Nightly, Outage
from debugml.errors import SettingError
from debugml.features import FEATURES, LABEL, TIME
from debugml.retraining import (
    Forests,
    History,
    Size,
    View,
    Window,
    expanding,
    last,
    oracle,
    policies,
    recency,
)
from debugml.training import model_digest

SMALL = Size(trees=3, depth=3)

waits = st.one_of(
    st.integers(0, 12).map(lambda n: Constant(f"{n}D")),
    st.builds(Lognormal, st.integers(1, 72).map(lambda n: f"{n}h"), st.floats(0, 2)),
    st.builds(Nightly, st.just("02:00"), st.integers(0, 9).map(lambda n: Constant(f"{n}D"))),
    st.just(Outage("2020-02-20", "2020-03-04", after=Nightly("02:00"))),
    st.just(ByGroup("payment_type", {1: Lognormal("12h"), 2: Constant("3D")}, Constant("14D"))),
)
windows = st.sampled_from([last(1), last(2), expanding(), recency(1)])


def flipped(history: History, turn: int) -> History:
    """The same history, where every label that is not there when `turn` begins is the other."""
    moment, frames = history.moment(turn), []
    for frame in history.frames:
        late = ~((frame["label_time"] <= moment) & (frame["feature_time"] <= moment))
        frames.append(frame.assign(**{LABEL: frame[LABEL].where(~late, 1 - frame[LABEL])}))
    return History(history.months, tuple(frames), history.at)


def decisions(forests: Forests, until: int, policy: Any) -> list[bool]:
    """What a policy decides up to a turn."""
    serving, found = 1, []
    for turn in range(2, until + 1):
        found.append(bool(policy.decide(View(forests, turn, serving, policy.sees))))
        serving = turn if found[-1] else serving
    return found


@settings(max_examples=8, deadline=None)
@given(waits, windows, st.integers(2, 4), st.integers(0, 5))
def test_labels_still_to_come_change_no_model_and_no_decision(
    wait: Any, window: Window, turn: int, seed: int
) -> None:
    history = History.of(made_up_months(seed), Lag(labels=wait))
    other = flipped(history, turn)
    pairs = zip(history.frames, other.frames, strict=True)
    assert any((a[LABEL] != b[LABEL]).any() for a, b in pairs)
    one, two = (Forests(h, window, size=SMALL) for h in (history, other))
    for t in range(1, turn + 1):
        assert model_digest(one.forest(t)) == model_digest(two.forest(t))
    for policy in policies():
        if policy.sees != "the future":
            assert decisions(one, turn, policy) == decisions(two, turn, policy), policy.name


@settings(max_examples=15, deadline=None)
@given(waits, waits, st.integers(1, 4))
def test_training_data_are_what_pandas_says_has_arrived(
    labels: Any, features: Any, turn: int
) -> None:
    """Another way to the same records: a filter over all months at once."""
    months, lag = made_up_months(), Lag(features=features, labels=labels)
    history = History.of(months, lag)
    whole = pd.concat(months.values()).rename(columns={TIME: "time"}).reset_index(drop=True)
    moment = pd.Timestamp(f"{MONTHS[turn]}-01 06:00")
    there = (lag.labels.arrivals(whole) <= moment) & (lag.features.arrivals(whole) <= moment)
    before = whole["time"] < pd.Timestamp(f"{MONTHS[turn]}-01")
    expected = whole[there & before]
    found, ages = history.training(turn)
    assert found[TIME].tolist() == expected["time"].tolist()
    assert found[LABEL].tolist() == expected[LABEL].tolist()
    assert ages.tolist() == [turn - time.month for time in expected["time"]]


def test_an_oracle_hangs_on_what_is_to_come_and_says_so() -> None:
    history = made_up_history()
    turn = 3  # April, when the label turns round
    other = flipped(history, turn)
    policy = oracle("f1")
    assert policy.sees == "the future"
    one, two = (decisions(Forests(h, last(1), size=SMALL), turn, policy) for h in (history, other))
    assert one != two


def test_a_policy_that_does_not_declare_it_cannot_look_ahead() -> None:
    view = View(Forests(made_up_history(), last(1), size=SMALL), 3, 1, "labels")
    with pytest.raises(SettingError, match="still to come"):
        view.ahead("f1")


def test_a_view_without_labels_has_none_of_them() -> None:
    forests = Forests(made_up_history(), last(1), size=SMALL)
    for sees in ("features", "probabilities"):
        current = View(forests, 2, 1, sees).pair.current  # type: ignore[arg-type]
        assert not current.y.any() and current.n == len(forests.history.frames[1])
    labelled = View(forests, 2, 1, "labels").pair.current
    frame = forests.history.frames[1]
    arrived = frame[frame["label_time"] <= pd.Timestamp("2020-03-01 06:00")]
    assert labelled.y.tolist() == (arrived[LABEL] == 1).tolist()
    assert 0 < labelled.n < len(frame)
    # The probabilities are those records' own.
    p = forests.forest(1).estimator.predict_proba(arrived[list(FEATURES)])[:, 1]
    np.testing.assert_allclose(labelled.p, p)


def test_a_month_that_is_not_over_is_refused() -> None:
    history = made_up_history(LATE)
    for ask in (history.labelled, history.scored):
        with pytest.raises(SettingError, match="2020-03 is not over when 2020-03 begins"):
            ask(2, 2)
