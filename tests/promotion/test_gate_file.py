"""The gate's TOML: what it says is what is asked, and a mistake is named by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugml.errors import DataError, SettingError
from debugml.promotion import Gate
from debugml.promotion.criteria import SAID


def write(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_default_gate_asks_for_everything() -> None:
    rules = Gate.default().rules
    asked = [criterion.name for criterion in rules.criteria]
    assert [*asked, "data"] == list(SAID)
    limits = {criterion.name: (criterion.limit, criterion.by) for criterion in rules.criteria}
    assert limits["f1_above_always_yes"] == (0.0, "low")
    assert limits["f1_against_champion"] == (-0.02, "low")
    assert rules.data is not None and rules.data.median == 1.25


def test_a_section_that_is_left_out_is_not_asked(tmp_path: Path) -> None:
    rules = Gate.read(write(tmp_path, "draws = 500\n[calibration]\nlimit = 0.1\n")).rules
    assert [c.name for c in rules.criteria] == ["calibration"]
    assert rules.data is None and rules.draws == 500 and rules.level == 0.95


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[skil]\nlimit = 0", r"no key skil\. Take one of"),
        ("[skill]\nlimit = 0\nby = 'low'\nabove = 1", r"no key \[skill\] above"),
        ("[skill]\nby = 'low'", r"\[skill\] limit is missing\. Give a number from -1 to 1"),
        ("[skill]\nlimit = 'x'\nby = 'low'", r"\[skill\] limit is 'x'\. Give a number"),
        ("[skill]\nlimit = true\nby = 'low'", r"\[skill\] limit is True"),
        ("[skill]\nlimit = nan\nby = 'low'", r"\[skill\] limit is nan"),
        ("[skill]\nlimit = 0\nby = 'lower'", r"\[skill\] by is 'lower'\. Give 'low'"),
        ("[f1_against_champion]\nmargin = -0.1", r"margin is -0.1\. Give a number from 0"),
        ("[worst_slice]\nlimit = 0\nby = 'high'", r"\[worst_slice\] columns is missing"),
        (
            "[worst_slice]\nlimit = 0\nby = 'high'\ncolumns = ['trip_time']\nminimum = 0.5",
            "minimum is 0.5",
        ),
        ("[data]\nzero = 2", r"\[data\] zero is 2\. Give a share"),
        ("[data]\nmeasured = 'trip_time'", r"\[data\] measured is 'trip_time'\. Give a list"),
        ("[data]\nmeasured = ['speed']", r"measured is \['speed'\]\. Give a list of .* trip_speed"),
        ("[worst_slice]\nlimit = 0\nby = 'high'\ncolumns = ['hour']", r"columns is \['hour'\]"),
        ("data = 3", r"data is 3\. Write a section, \[data\]"),
        ("level = 95\n[calibration]\nlimit = 0.1", r"level is 95\. Give a number from 0\.5"),
        ("draws = 10\n[calibration]\nlimit = 0.1", r"draws is 10\. Give a whole number of 100"),
        ("", r"asks for nothing\. Name a criterion"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingError, match=said) as caught:
        Gate.read(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        Gate.read(tmp_path / "absent.toml")
    with pytest.raises(DataError, match="not TOML"):
        Gate.read(write(tmp_path, "skill = ="))
