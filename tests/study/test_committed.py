"""All results anew: in which order, and what is refused."""

from __future__ import annotations

import pytest

from debugml import study
from debugml.errors import SettingError
from debugml.study.committed import MEASURED, waves


def test_who_reads_a_result_waits_for_it_and_measured_times_come_last_and_alone() -> None:
    found = waves(study.RESULTS)
    assert sorted(number for wave in found for number in wave) == list(range(len(study.RESULTS)))
    names = [[study.RESULTS[number][0].name for number in wave] for wave in found]
    at = {name: turn for turn, wave in enumerate(names) for name in wave}
    assert at["alarm_scores"] > at["alarm_history"]
    assert at["paper_orderings"] > at["shift_power"]
    assert names[-len(MEASURED) :] == [[name] for name in MEASURED]


@pytest.mark.parametrize(("name", "value"), [("DEBUGML_ENGINE", "dask"), ("DEBUGML_SOURCE", ".")])
def test_only_the_samples_on_pandas_are_committed(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match="those of the samples on pandas"):
        study.recompute()
