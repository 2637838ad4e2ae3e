"""The year's scores and KS tables, computed a second time by other code.

Nothing here uses debugml's features, metrics, forest or drift: the CSVs of the source
archive (or the committed Parquet files, read by pyarrow) go through plain Python and
NumPy, scikit-learn and scipy, and must come to the same figures.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn import ensemble, metrics

import debugml as dm

INSIDE = "great_expectations-1.24.1/tests/test_sets/taxi_yellow_tripdata_samples"
NAMES = (
    *("pickup_weekday", "pickup_hour", "work_hours", "pickup_minute", "passenger_count"),
    *("trip_distance", "trip_time", "trip_speed", "PULocationID", "DOLocationID", "RatecodeID"),
)
Row = dict[str, object]


class Month(NamedTuple):
    """Eleven columns and a label, in dropoff order."""

    x: np.ndarray
    y: np.ndarray


def number(value: object) -> float | None:
    return None if value in ("", None) else float(value)  # type: ignore[arg-type]


def vector(trips: Iterator[Row]) -> Month:
    """Features and labels of trips with a fare, trip by trip."""
    rows = []
    for trip in trips:
        fare = number(trip["fare"])
        if fare is None or fare <= 0:
            continue
        pickup, dropoff = trip["pickup"], trip["dropoff"]
        assert isinstance(pickup, dt.datetime) and isinstance(dropoff, dt.datetime)
        seconds = (dropoff - pickup) / dt.timedelta(seconds=1)
        distance = number(trip["distance"])
        assert distance is not None
        at_work = pickup.isoweekday() <= 5 and 8 <= pickup.hour <= 18
        values = [
            *(pickup.weekday(), pickup.hour, int(at_work), pickup.minute),
            *(number(trip["passengers"]), distance, seconds, distance / (seconds + 1e-7)),
            *(number(trip["from"]), number(trip["to"]), number(trip["rate"])),
        ]
        tip = number(trip["tip"])
        high = tip is not None and tip / fare > 0.2
        rows.append((dropoff, [-1 if v is None else v for v in values], high))
    rows.sort(key=lambda row: row[0])
    return Month(
        np.array([values for _, values, _ in rows], dtype=np.float32),
        np.array([high for _, _, high in rows]),
    )


def of_csv(text: io.TextIOBase) -> Iterator[Row]:
    for row in csv.DictReader(text):
        yield {
            "pickup": dt.datetime.fromisoformat(row["pickup_datetime"]),
            "dropoff": dt.datetime.fromisoformat(row["dropoff_datetime"]),
            "passengers": row["passenger_count"],
            "distance": row["trip_distance"],
            "from": row["pickup_location_id"],
            "to": row["dropoff_location_id"],
            "rate": row["rate_code_id"],
            "fare": row["fare_amount"],
            "tip": row["tip_amount"],
        }


def of_parquet(path: Path) -> Iterator[Row]:
    for row in pq.read_table(path).to_pylist():
        yield {
            "pickup": row["tpep_pickup_datetime"],
            "dropoff": row["tpep_dropoff_datetime"],
            "passengers": row["passenger_count"],
            "distance": row["trip_distance"],
            "from": row["PULocationID"],
            "to": row["DOLocationID"],
            "rate": row["RatecodeID"],
            "fare": row["fare_amount"],
            "tip": row["tip_amount"],
        }


def forest(train: Month) -> ensemble.RandomForestClassifier:
    made = ensemble.RandomForestClassifier(
        n_estimators=100, max_depth=10, random_state=0, n_jobs=-1
    )
    return made.fit(train.x, train.y)


def figures(model: ensemble.RandomForestClassifier, month: Month, rate: float) -> dict[str, float]:
    p, y = model.predict_proba(month.x)[:, 1], month.y
    yes, own = p > 0.5, y.mean()
    brier = metrics.brier_score_loss(y, p)
    return {
        "n": len(y),
        "base_rate": own,
        "f1": metrics.f1_score(y, yes),
        "precision": metrics.precision_score(y, yes),
        "recall": metrics.recall_score(y, yes),
        "always_yes_f1": metrics.f1_score(y, np.ones_like(y)),
        "auc": metrics.roc_auc_score(y, p),
        "log_loss": metrics.log_loss(y, p),
        "brier": brier,
        "skill": 1 - brier / metrics.brier_score_loss(y, np.full(len(y), rate)),
        "skill_own_rate": 1 - brier / metrics.brier_score_loss(y, np.full(len(y), own)),
    }


def same_scores(months: dict[str, Month]) -> float:
    """Both computations of every month's figures agree; the largest difference."""
    train = months["2020-01"]
    theirs, ours = forest(train), dm.fit_forest(dm.featurize(dm.load("2020-01")))
    largest = 0.0
    for name, month in months.items():
        expected = figures(theirs, month, float(train.y.mean()))
        found = dm.score(ours, dm.featurize(dm.load(name))).to_dict()
        assert found.keys() == expected.keys()
        for figure, value in expected.items():
            assert found[figure] == pytest.approx(value, abs=1e-9), (name, figure)
            largest = max(largest, abs(found[figure] - value))
    return largest


def same_tables(reference: Month, current: Month, names: tuple[str, str]) -> tuple[float, float]:
    """Both computations of a KS table agree; the largest differences of D and p."""
    frames = [dm.featurize(dm.load(name)) for name in names]
    table = dm.drift.ks_table(*frames, dm.FEATURES).to_frame()
    by_d, off_d, off_p = [], 0.0, 0.0
    for at, feature in enumerate(NAMES):
        expected = stats.ks_2samp(reference.x[:, at], current.x[:, at])
        row = table[table["feature"] == feature].iloc[0]
        assert row["statistic"] == pytest.approx(expected.statistic, abs=1e-12), (names, feature)
        assert row["p_value"] == pytest.approx(expected.pvalue, abs=1e-9), (names, feature)
        off_d = max(off_d, abs(row["statistic"] - expected.statistic))
        off_p = max(off_p, abs(row["p_value"] - expected.pvalue))
        by_d.append((-expected.statistic, feature))
    assert len(table) == len(NAMES)
    assert table["statistic"].tolist() == pytest.approx([-d for d, _ in sorted(by_d)], abs=1e-12)
    return off_d, off_p


def test_scores_and_tables_from_the_committed_files() -> None:
    from debugml.trips import samples

    months = {
        name: vector(of_parquet(samples.folder() / f"yellow_tripdata_{name}.parquet"))
        for name in ("2020-01", "2020-05")
    }
    same_scores(months)
    same_tables(months["2020-01"], months["2020-05"], ("2020-01", "2020-05"))


@pytest.mark.slow
@pytest.mark.skipif(
    "DEBUGML_ARCHIVE" not in os.environ,
    reason="DEBUGML_ARCHIVE names no source archive (see tools/build_samples.py)",
)
def test_scores_of_2020_and_all_tables_from_the_source_csvs() -> None:
    months = {}
    with tarfile.open(os.environ["DEBUGML_ARCHIVE"]) as tar:
        for name in dm.months_between("2018-01", "2020-12"):
            member = tar.extractfile(f"{INSIDE}/yellow_tripdata_sample_{name}.csv")
            assert member is not None
            with io.TextIOWrapper(member, encoding="utf-8") as text:
                months[name] = vector(of_csv(text))
    year = {name: month for name, month in months.items() if name.startswith("2020")}
    print(f"scores: 12 months, largest difference {same_scores(year):.1e}")
    pairs = list(zip(months, list(months)[1:], strict=False))
    pairs += [("2020-01", name) for name in year if name > "2020-02"]
    off = [same_tables(months[a], months[b], (a, b)) for a, b in pairs]
    d, p = (max(column) for column in zip(*off, strict=True))
    print(f"KS: {len(pairs)} pairs, largest differences D {d:.1e}, p {p:.1e}")

    # The committed study says the same of the year.
    study = dm.study.monthly_scores().set_index("month")
    theirs = forest(months["2020-01"])
    rate = float(months["2020-01"].y.mean())
    for name, month in year.items():
        expected = figures(theirs, month, rate)
        assert study.loc[name, list(expected)].to_dict() == pytest.approx(expected, abs=1e-9)
