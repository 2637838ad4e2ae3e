"""Every training of a simulated history is a run, for whoever keeps what rests on it."""

from __future__ import annotations

import pytest
from made_up_history import LATE, MONTHS, made_up_history, made_up_months

from debugml.errors import SettingError
from debugml.lineage import Artifact, collecting
from debugml.retraining import Forests, History, Size, every, expanding, last, simulate
from debugml.training import model_digest

SMALL = Size(trees=5, depth=4)
FILES = tuple(Artifact(f"d{month}", month, "trips") for month in MONTHS)


def history() -> History:
    return History.of(made_up_months(), LATE, files=FILES)


def test_a_run_names_the_files_that_the_window_reached() -> None:
    for window, reached in ((last(1), FILES[2:3]), (last(2), FILES[1:3]), (expanding(), FILES[:3])):
        forests = Forests(history(), window, size=SMALL)
        with collecting() as runs:
            model = forests.forest(3)
        (run,) = runs
        assert run.used == reached, window.name
        assert run.made[0].digest == model_digest(model) and run.made[0].rows == model.rows
        assert run.parameters == {"serves": "2020-04", "window": window.name, "seed": 0}
        assert run.seconds == forests.seconds[3]


def test_forests_fitted_before_are_told_again_to_who_asks_now() -> None:
    forests = Forests(history(), last(1), size=SMALL)
    with collecting() as first:
        simulate(forests, [every(2)], draws=2)
    with collecting() as again:
        simulate(forests, [every(2)], draws=2)
    names = {run.made[0].name for run in first}
    assert names == {f"forest for {m}, last month, seed 0" for m in ("2020-02", "2020-04")}
    assert {run.identity() for run in again} == {run.identity() for run in first}


def test_a_history_without_files_names_none() -> None:
    with collecting() as runs:
        Forests(made_up_history(), last(1), size=SMALL).forest(1)
    assert runs[0].used == ()


def test_a_file_for_each_month_or_none() -> None:
    with pytest.raises(SettingError, match="2 files of 5 months: give one each, or none"):
        History.of(made_up_months(), files=FILES[:2])
