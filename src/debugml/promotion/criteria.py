"""The criteria of a gate, and the file that names their limits."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from ..errors import DataError, SettingError
from ..features import FEATURES
from .checks import DataLimits

_TIE = 1e-12
"""Sums of floats differ in their last digits; so small a difference is none."""

By = Literal["low", "estimate", "high"]

SAID = {
    "f1_above_always_yes": "F1 less that of always saying yes",
    "skill": "skill",
    "f1_against_champion": "F1 less the champion's",
    "log_loss_against_champion": "the champion's log loss (floored) less the challenger's",
    "worst_slice": "skill in the worst slice",
    "calibration": "calibration in the large, the gap between mean probability and base rate,",
    "data": "the number of data checks that failed",
}
"""What each criterion measures, in words."""

AGAINST_CHAMPION = ("f1_against_champion", "log_loss_against_champion")


@dataclass(frozen=True)
class Criterion:
    """One condition.

    Attributes
    ----------
    name : str
        One of `SAID`.
    limit : float
        What the figure must lie above; for ``calibration``, at most.
    by : str
        Which end of the interval must keep the limit: ``"low"`` (the figure is shown to be
        above), ``"estimate"``, ``"high"`` (it is not shown to be below).
    columns : tuple of str
        To slice by, for ``worst_slice``.
    minimum : int
        Records in a slice.

    Examples
    --------
    >>> criterion = Criterion("skill", 0.0, "low")
    >>> criterion.met(0.02, -0.01, 0.05), criterion.met(0.02, 0.01, 0.03)
    (False, True)
    """

    name: str
    limit: float
    by: By
    columns: tuple[str, ...] = ()
    minimum: int = 0

    def met(self, value: float, low: float, high: float) -> bool:
        """Whether a figure and its interval keep the limit."""
        if self.name == "calibration":
            return value <= self.limit
        # Shown to be better wants more than a tie; not shown to be worse allows one.
        if self.by == "high":
            return high >= self.limit - _TIE
        return (low if self.by == "low" else value) > self.limit + _TIE


@dataclass(frozen=True)
class Rules:
    """What a gate's file says.

    Attributes
    ----------
    criteria : tuple of Criterion
    data : DataLimits, optional
        None: data are not checked.
    level : float
        Of the two-sided intervals.
    draws, seed : int
        Resamples of days.
    """

    criteria: tuple[Criterion, ...]
    data: DataLimits | None
    level: float = 0.95
    draws: int = 2000
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The rules as JSON values."""
        return asdict(self)


def read_rules(path: str | Path) -> Rules:
    """Rules from a TOML file.

    Raises
    ------
    DataError
        If the file is absent or not TOML.
    SettingError
        If a key is not known or a value is not what it should be, by file and key.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "gate.toml"
    ...     _ = path.write_text("[skill]\\nlimit = 0.01\\nby = 'low'\\n")
    ...     read_rules(path).criteria
    (Criterion(name='skill', limit=0.01, by='low', columns=(), minimum=0),)
    """
    path = Path(path)
    try:
        asked = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror}). Name a gate's file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML ({error}). Correct that line") from error
    known = {"level", "draws", "seed", *_SECTIONS, "data"}
    _require_known(path, "", asked, known)
    criteria = tuple(_criterion(path, name, asked[name]) for name in _SECTIONS if name in asked)
    data = _data(path, asked["data"]) if "data" in asked else None
    if not criteria and data is None:
        raise SettingError(f"{path}: asks for nothing. Name a criterion: {', '.join(_SECTIONS)}")
    top = _Reader(path, "", asked)
    return Rules(
        criteria,
        data,
        top.number("level", 0.95, lambda v: 0.5 <= v < 1, "a number from 0.5 to below 1"),
        top.whole("draws", 2000, 100),
        top.whole("seed", 0, 0),
    )


_LIMIT_BY = {"limit", "by"}
_SECTIONS: dict[str, set[str]] = {
    "f1_above_always_yes": _LIMIT_BY,
    "skill": _LIMIT_BY,
    "f1_against_champion": {"margin"},
    "log_loss_against_champion": {"margin"},
    "worst_slice": {*_LIMIT_BY, "columns", "minimum"},
    "calibration": {"limit"},
}


@dataclass(frozen=True)
class _Reader:
    """The values of one section, each refused by file and key if it is not what it should be."""

    path: Path
    section: str
    values: Mapping[str, Any]

    def refuse(self, key: str, wanted: str) -> SettingError:
        where = f"[{self.section}] {key}" if self.section else key
        if key not in self.values:
            return SettingError(f"{self.path}: {where} is missing. Give {wanted}")
        return SettingError(f"{self.path}: {where} is {self.values[key]!r}. Give {wanted}")

    def number(
        self, key: str, default: float | None, holds: Callable[[float], bool], wanted: str
    ) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not holds(value):
            raise self.refuse(key, wanted)
        return float(value)

    def whole(self, key: str, default: int, least: int) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.refuse(key, f"a whole number of {least} or more")
        return value

    def columns(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.values.get(key, default)
        fine = isinstance(value, list | tuple) and all(v in FEATURES for v in value)
        if not fine or not value:
            raise self.refuse(key, f"a list of columns among {', '.join(FEATURES)}")
        return tuple(value)


def _criterion(path: Path, name: str, values: Any) -> Criterion:
    read = _section(path, name, values, _SECTIONS[name])
    if name in AGAINST_CHAMPION:
        margin = read.number("margin", None, lambda v: 0 <= v < 1, "a number from 0 to below 1")
        return Criterion(name, -margin, "low")
    if name == "calibration":
        limit = read.number("limit", None, lambda v: 0 <= v <= 1, "a number from 0 to 1")
        return Criterion(name, limit, "estimate")
    limit = read.number("limit", None, lambda v: -1 <= v <= 1, "a number from -1 to 1")
    by = read.values.get("by")
    if by not in ("low", "estimate", "high"):
        raise read.refuse("by", "'low', 'estimate' or 'high'")
    if name != "worst_slice":
        return Criterion(name, limit, by)
    return Criterion(name, limit, by, read.columns("columns"), read.whole("minimum", 200, 1))


def _data(path: Path, values: Any) -> DataLimits:
    usual = DataLimits()
    read = _section(path, "data", values, {each.name for each in fields(DataLimits)})
    shares = {
        key: read.number(key, getattr(usual, key), lambda v: 0 <= v <= 1, "a share from 0 to 1")
        for key in ("missing", "zero", "label_rate", "repeated")
    }
    times = {
        key: read.number(key, getattr(usual, key), lambda v: v >= 1, "a number of 1 or more")
        for key in ("rows", "median")
    }
    months = read.whole("months", usual.months, 1)
    return DataLimits(
        months=months, measured=read.columns("measured", usual.measured), **shares, **times
    )


def _section(path: Path, name: str, values: Any, known: set[str]) -> _Reader:
    if not isinstance(values, dict):
        raise SettingError(f"{path}: {name} is {values!r}. Write a section, [{name}]")
    _require_known(path, name, values, known)
    return _Reader(path, name, values)


def _require_known(path: Path, section: str, values: Mapping[str, Any], known: set[str]) -> None:
    for key in values:
        if key not in known:
            where = f"[{section}] {key}" if section else key
            raise SettingError(f"{path}: no key {where}. Take one of {', '.join(sorted(known))}")
