"""The committed results are of the present code and data, and say what they should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml import study
from debugml.keep import PROVENANCE, Kept
from debugml.monitoring import TOO_FEW
from debugml.render.project import load_project
from debugml.reproduce.shown import figures_on
from debugml.reproduce.sources import Result
from debugml.study.base import _inputs
from debugml.trips import samples

CASES = [
    pytest.param(result, parameters, id=f"{result.name}-{'-'.join(map(str, parameters.values()))}")
    for result, parameters in study.RESULTS
]


WITHOUT_TRIPS = (
    study.bootstrap_coverage,
    study.limit_errors,
    study.published_check,
    study.significant_d,
    study.spread_coverage,
    study.two_questions,
)


@pytest.mark.parametrize(("result", "parameters"), CASES)
def test_every_result_is_committed_and_whole(result: Kept, parameters: dict[str, Any]) -> None:
    assert result.is_committed(**parameters), "the code changed: run study.recompute()"
    about = result.provenance(**parameters)
    assert about["result"]["rows"] == len(result(**parameters)) > 0
    known = samples.manifest()
    # What is simulated, or rests on published figures, rests on no month.
    assert bool(about["data"]) != (result in WITHOUT_TRIPS)
    for name, file in about["data"].items():
        assert file == {"sha256": known[name]["sha256"], "rows": 10_000}


def test_nothing_else_is_committed() -> None:
    folder = samples.folder() / "results"
    expected = {(r.name, r.key(**p)) for r, p in study.RESULTS}
    assert {(p.parent.name, p.name) for p in folder.glob("*/*")} == expected
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 2_000_000


def test_provenance_names_no_place() -> None:
    for path in (samples.folder() / "results").rglob(PROVENANCE):
        text = path.read_text()
        assert "/" not in json.dumps(json.loads(text)["data"]), path
        assert "/home/" not in text and "/root" not in text, path


def test_no_result_holds_a_silent_nan() -> None:
    for result, parameters in study.RESULTS:
        frame = result(**parameters)
        if result is study.month_facts:
            # No trip without a payment type, so no share of high tips among them.
            none = frame["missing"] == 0
            assert frame["missing_base_rate"].isna().equals(none) and 0 < none.sum() < 36
            frame = frame.drop(columns="missing_base_rate")
        if result is study.alarm_scores:
            # A share of nothing: who never rings has no precision, without a fall no recall.
            for name, whole in (("precision", "alarms"), ("recall", "falls")):
                columns = [name, f"{name}_low", f"{name}_high"]
                nothing = frame[whole] == 0
                assert frame[columns].isna().eq(nothing, axis=0).all(axis=None)
                frame = frame.drop(columns=columns)
        if "interval" in frame and (few := frame["interval"] == TOO_FEW).any():
            # A point of too few records says so, and has no figures.
            assert frame.loc[few, "f1"].isna().all()
            frame = frame[~few]
        assert not frame.isna().any(axis=None), (result.name, frame.isna().sum().to_dict())


HEAVY = (
    study.alarm_history,
    study.alarm_scores,
    study.churns,
    study.estimates,
    study.forests_compared,
    study.gate_cases,
    study.gate_history,
    study.gate_reviews,
    study.gate_worth,
    study.null_rates,
    study.paper_orderings,
    study.retraining_lag,
    study.retraining_months,
    study.retraining_policies,
    study.retraining_seeds,
    study.rolling_folds,
    study.shift_power,
    study.spread_coverage,
    study.spreads,
    study.variants,
)
"""Months come into memory first, where both engines give the same frame: once is enough.

Some are light, but read a heavy one.
"""

ON_SLIDES = {
    source
    for _, drawn in figures_on(load_project(Path(__file__).parents[2]), ["talk/slides.qmd"])
    for figure in drawn
    for source in figure.sources
    if isinstance(source, Result)
}
"""Computed anew with pandas, and compared, where all figures of the deck are reproduced."""


def is_on_slides(result: Kept, parameters: dict[str, Any]) -> bool:
    own = json.dumps(result.parameters(**parameters), sort_keys=True)
    return Result(result.name, own) in ON_SLIDES


ANEW = [
    pytest.param(*case.values, engine, id=f"{case.id}-{engine}")
    for case in CASES
    for engine in ("pandas", "dask")
    if (not is_on_slides(*case.values) if engine == "pandas" else case.values[0] not in HEAVY)
]


@pytest.mark.slow
@pytest.mark.parametrize(("result", "parameters", "engine"), ANEW)
def test_recomputed_equals_committed(
    result: Kept, parameters: dict[str, Any], engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = result(**parameters)
    monkeypatch.setenv("DEBUGML_ENGINE", engine)
    # By default a frame in partitions gets another kind of forest.
    monkeypatch.setenv("DEBUGML_FOREST", "sklearn")
    anew = result.function(**parameters).reset_index(drop=True)
    # What a machine took is its own each time.
    took = [name for name in committed if str(name).endswith(("_ms_per_trip", "_seconds"))]
    committed, anew = committed.drop(columns=took), anew.drop(columns=took)
    pd.testing.assert_frame_equal(anew, committed, check_exact=False, rtol=0, atol=1e-9)


def test_rows_are_those_of_the_file_at_hand(
    samples_copy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = samples_copy / "yellow_tripdata_2020-01.parquet"
    pd.read_parquet(path).head(500).to_parquet(path)
    monkeypatch.setenv("DEBUGML_SOURCE", str(samples_copy))
    january, february = _inputs({"months": ["2020-02", "2020-01"], "seed": 0})
    assert january.rows == 500 and february.rows == 10_000


def test_scores_agree_with_score_and_with_each_other(train: pd.DataFrame) -> None:
    scores = study.monthly_scores().set_index("month")
    assert list(scores.index) == list(study.YEAR_2020)
    model = dm.fit_forest(train)
    march = dm.featurize(dm.load("2020-03"))
    for figure, value in dm.score(model, march).to_dict().items():
        assert scores.loc["2020-03", figure] == pytest.approx(value, abs=1e-9), figure
    for name in ("f1", "auc", "difference"):
        assert (scores[f"{name}_low"] <= scores[name]).all()
        assert (scores[name] <= scores[f"{name}_high"]).all()
    gap = scores["f1"] - scores["always_yes_f1"]
    np.testing.assert_allclose(scores["difference"], gap, atol=1e-12)
    # The story's first surprise: before release, "yes" did as well.
    assert scores.loc["2020-02", "difference"] < 0


def test_facts_of_a_month_by_hand() -> None:
    facts = study.month_facts().set_index("month").loc["2020-05"]
    trips = dm.load("2020-05")
    paid = trips[trips["fare_amount"] > 0]
    high = paid["tip_amount"] > 0.2 * paid["fare_amount"]
    assert facts["trips"] == 10_000 and facts["refunds"] == 10_000 - len(paid)
    assert facts["base_rate"] == pytest.approx(high.mean(), abs=2e-4)  # 0.2 is no binary number
    assert facts["card"] == (paid["payment_type"] == 1).mean()
    assert facts["cash"] == (paid["payment_type"] == 2).mean()
    assert facts["missing"] == paid["payment_type"].isna().mean()
    assert facts["no_passenger"] == (trips["passenger_count"] == 0).mean()


def test_adjacent_months_fire_everywhere() -> None:
    adjacent = study.ks_adjacent()
    assert len(adjacent) == 35 and adjacent["fires"].all()
    around = adjacent.set_index("month").loc["2019-02"]
    assert around["feature"] == "passenger_count"
    assert around["statistic"] == pytest.approx(0.158, abs=0.001)


def test_released_daily_and_weekly_tell_one_story() -> None:
    daily, weekly = study.released_daily(), study.released_weekly()
    assert len(daily) == 31 and daily["n"].sum() == weekly["n"].sum()
    last = daily["cumulative_f1"].iloc[-1]
    assert weekly["f1"].min() < last
    # The last days have too few trips each for a figure, and all of them have an n.
    few = daily["interval"] == TOO_FEW
    assert few.sum() > 5 and (daily.loc[few, "n"] < 100).all() and daily["n"].min() > 0


def test_calibration_bins_hold_every_trip() -> None:
    bins = study.calibration()
    assert bins["n"].sum() == len(dm.featurize(dm.load("2020-02")))
    assert ((bins["low"] <= bins["promised"]) & (bins["promised"] <= bins["high"])).all()
