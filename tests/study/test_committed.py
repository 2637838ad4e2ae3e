"""All results anew: in which order, and what is refused."""

from __future__ import annotations

import pytest

from debugml import study
from debugml.errors import SettingError
from debugml.study.committed import MEASURED, waves


def test_who_reads_a_result_waits_for_it_and_measured_times_come_last_and_alone() -> None:
    found = waves(study.RESULTS)
    numbers = [number for wave in found for lane in wave for number in lane]
    assert sorted(numbers) == list(range(len(study.RESULTS)))
    names = [study.RESULTS[number][0].name for number in numbers]
    # In another lane of an earlier wave, or earlier in its own.
    for reader, read in (
        ("alarm_scores", "alarm_history"),
        ("paper_orderings", "shift_power"),
        ("gate_worth", "gate_history"),
        ("retraining_policies", "retraining_months"),
    ):
        assert names.index(reader) > len(names) - 1 - names[::-1].index(read)
    assert tuple(names[-len(MEASURED) :]) == MEASURED
    assert [len(wave) for wave in found[-len(MEASURED) :]] == [1] * len(MEASURED)


def test_results_that_share_forests_share_a_process() -> None:
    lanes = [{study.RESULTS[n][0].name for n in lane} for w in waves(study.RESULTS) for lane in w]
    for shared in (
        {"rolling_folds", "gate_history", "gate_worth", "estimates", "alarm_history"},
        {"retraining_months", "retraining_seeds", "retraining_lag"},
    ):
        assert any(shared <= lane for lane in lanes)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEBUGML_ENGINE", "dask"), ("DEBUGML_SOURCE", "."), ("DEBUGML_FOREST", "xgboost")],
)
def test_only_the_samples_on_pandas_are_committed(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match="those of the samples on pandas"):
        study.recompute()
