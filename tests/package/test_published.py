"""The published numbers: what the file says, in frames, and credited."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

import debugml
from debugml import published
from debugml.errors import SettingError

FILE = Path(published.__file__).parent / "published.toml"
NUMBERS = tomllib.loads(FILE.read_text("utf-8"))


def test_f1_by_month() -> None:
    f1 = published.f1()
    assert f1["month"].tolist() == debugml.months_between("2020-01", "2020-06")
    assert dict(zip(f1["month"], f1["f1"], strict=True)) == NUMBERS["f1"]
    # As the talk shows them: the fall after release.
    assert f1["f1"].round(3).tolist() == [0.668, 0.666, 0.659, 0.571, 0.553, 0.597]


def test_march_by_day() -> None:
    march = published.march()
    assert march["day"].tolist() == list(pd.date_range("2020-03-01", "2020-03-30"))
    rows = [[i + 1, *row] for i, row in enumerate(march.iloc[:, 1:].values.tolist())]
    assert rows == NUMBERS["march"]["rows"]
    # On the first day the two are the same thing.
    assert march["cumulative_f1"][0] == march["daily_f1"][0]
    assert march["cumulative_f1"].iloc[-1] == pytest.approx(NUMBERS["f1"]["2020-03"], abs=1e-3)


@pytest.mark.parametrize("months", ["january_february", "january_march"])
def test_ks_tables(months: str) -> None:
    table = published.ks(months)
    assert table.values.tolist() == NUMBERS["ks"][months]["rows"]
    assert sorted(table["feature"]) == sorted(debugml.FEATURES)
    # Published in order of p, which says little at this n.
    assert table["p_value"].is_monotonic_increasing


def test_unknown_table() -> None:
    with pytest.raises(SettingError, match="january_february or january_march"):
        published.ks("january_april")


def test_rows_and_hardware() -> None:
    assert published.january_rows() == {"raw": 6_405_008, "featurized": 6_382_762}
    assert published.hardware() == NUMBERS["hardware"]
    published.hardware().clear()
    assert published.hardware() == NUMBERS["hardware"], "a caller may change its copy"


def test_credit() -> None:
    assert "Shankar" in published.CREDIT and "2021" in published.CREDIT
    assert "Shankar" in FILE.read_text("utf-8").splitlines()[0]
