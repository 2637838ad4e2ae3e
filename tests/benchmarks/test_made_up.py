"""The made-up months are what the benchmarks take them for: in TLC's form, like the samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up import ROW_GROUP, features, trips, write_months

import debugml as dm
from debugml.drift.ks import ks_table


def test_a_written_month_loads_as_the_one_in_memory(tmp_path: Path) -> None:
    [path] = write_months(tmp_path, "2020-02", 400_000, seed=1)
    loaded = dm.load("2020-02", source=tmp_path)
    pd.testing.assert_frame_equal(loaded, trips("2020-02", 400_000, seed=1), check_flags=False)
    with pq.ParquetFile(path) as file:
        assert file.metadata.num_rows == 400_000
        assert file.metadata.num_row_groups == round(400_000 / ROW_GROUP)
        assert b"made up" in file.schema_arrow.metadata[b"note"]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_seed_decides(tmp_path: Path) -> None:
    one, same, other = (trips("2020-01", 1_000, seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


@pytest.mark.parametrize("month", ["2018-01", "2020-04"])
def test_a_month_looks_like_its_sample(month: str) -> None:
    real, made = dm.load(month, source="sample"), trips(month, 100_000, seed=0)
    assert made["tpep_dropoff_datetime"].is_monotonic_increasing
    assert set(made["store_and_fwd_flag"].dropna()) <= set(real["store_and_fwd_flag"].dropna())
    one, other = dm.featurize(real), dm.featurize(made)
    assert other["high_tip"].mean() == pytest.approx(one["high_tip"].mean(), abs=0.01)
    # Distance, time and speed are jittered; the minute is drawn anew within a gap.
    table = ks_table(one[list(dm.FEATURES)], other[list(dm.FEATURES)]).to_frame(p_value=False)
    assert table["statistic"].max() < 0.03


def test_features_are_jittered_and_keep_their_labels() -> None:
    made = features("2020-01", "2020-01", 50_000, seed=0)
    real = dm.featurize(dm.load("2020-01", source="sample"))
    assert list(made) == list(real)
    pd.testing.assert_series_equal(made.dtypes, real.dtypes)
    assert made["trip_time"].nunique() > 1.2 * real["trip_time"].nunique()
    assert made["high_tip"].mean() == pytest.approx(real["high_tip"].mean(), abs=0.01)
    speed = made["trip_distance"] / (made["trip_time"] + 1e-7)
    np.testing.assert_allclose(made["trip_speed"], speed, rtol=1e-5)
