"""Where figures come from: gathered from frames, said in a mark, no part of the drawing."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, strategies as st

import debugml as dm
from debugml import figures, published
from debugml.figures import drift, features, palette, tables
from debugml.figures.annotate import canvas
from debugml.figures.origin import months_in_words, panel
from debugml.figures.picture import Picture
from debugml.figures.provenance import capturing, made_from, sourced
from debugml.figures.tables import Table, table

MONTHS = [f"{year}-{month:02}" for year in (2018, 2019, 2020) for month in range(1, 13)]


def entry(name: str = "scores", **more: Any) -> dict[str, Any]:
    """What a kept result's frame carries."""
    return {
        "result": name,
        "parameters": {"train": "2020-01", "months": MONTHS, "seed": 0},
        "months": MONTHS,
        "rows": 360_000,
        "data": "a" * 64,
        "digest": "b" * 64,
        "code": "c" * 64,
        "engine": "pandas",
        "device": "AMD EPYC, 2 cores, 24 GB, Linux",
        "started": "2026-03-09T07:41:12+00:00",
        "seconds": 14.25,
        **more,
    }


def frame(*entries: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame({"month": ["2020-02"], "F1": [0.7]})
    made.attrs["provenance"] = list(entries)
    return made


@sourced
def line(*frames: Any, high: Any = 0.7) -> Picture:
    """A picture of anything."""
    with canvas((340, 200)) as (fig, ax):
        ax.plot([0, 1], [0.1, 0.7], color=palette.colour("forest"))
        return Picture(fig, "F1 rises from 0.1 to 0.7, for the test.")


@sourced
def listed(first: pd.DataFrame) -> Table:
    """A table drawn by another figure."""
    return table(first)


def said(shown: Picture | Table) -> dict[str, str]:
    """The panel's terms, each with its text."""
    mark = re.search(r"<details.*</details>", shown.shown)
    assert mark
    return {
        (div.findtext("dt") or ""): " | ".join("".join(dd.itertext()) for dd in div.findall("dd"))
        for div in ET.fromstring(mark[0]).iter("div")
        if div.find("dt") is not None
    }


def public() -> Iterator[tuple[str, Any]]:
    """Every public function of the figures that draws."""
    for module in pkgutil.iter_modules(figures.__path__):
        loaded = importlib.import_module(f"debugml.figures.{module.name}")
        for name, thing in vars(loaded).items():
            own = inspect.isfunction(thing) and thing.__module__ == loaded.__name__
            if own and name[0] != "_" and thing.__annotations__.get("return") in DRAWN:
                yield f"{module.name}.{name}", thing


DRAWN = {"Picture", "Table", Picture, Table}


def test_every_figure_says_where_it_comes_from() -> None:
    found = dict(public())
    assert len(found) > 60
    assert [name for name, thing in found.items() if getattr(thing, "sourced", "") != name] == []


def test_signature_and_docstring_are_the_functions_own() -> None:
    assert list(inspect.signature(table).parameters)[:3] == ["frame", "formats", "labels"]
    assert ">>>" in (table.__doc__ or "")
    assert (line.__name__, line.__doc__) == ("line", "A picture of anything.")


def test_gathered_from_frames_series_lists_and_dicts_each_once() -> None:
    one, two, three = (frame(entry(name)) for name in ("one", "two", "three"))
    shown = line(one, [two.set_index("month"), one], high={"f1": three["F1"], "n": 3})
    assert shown.provenance
    assert [e["result"] for e in shown.provenance.entries] == ["one", "two", "three"]
    assert shown.provenance.unnamed == 0
    # The same result with other parameters is another.
    assert len(line(one, frame(entry("one", parameters={"seed": 1}))).provenance.entries) == 2  # type: ignore[union-attr]


def test_the_panel_says_all_that_the_frames_carry() -> None:
    terms = said(line(frame(entry()), frame(entry("facts", parameters={}))))
    assert terms["Trips"] == "2018-01 to 2020-12, 36 files, 360,000 rows, aaaaaaaaaaaa"
    first, second = terms["Results"].split(" | ")
    assert first == (
        'scores(train="2020-01", months=2018-01 to 2020-12, seed=0)'
        "bbbbbbbbbbbb, code cccccccccccc, 9 March 2026, 14.2 s"
    )
    assert second.startswith("facts()")
    assert terms["Ran on"] == "pandas, AMD EPYC, 2 cores, 24 GB, Linux"
    assert terms["Make it again"] == "debugml reproduce test_provenance.line"
    assert "Computed" not in terms


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ((), {"Computed": "from a formula or a made-up example: no data"}),
        ((frame(),), {"Computed": "on this page"}),
        ((published.f1(),), {"Published": "Shankar 2021"}),
        ((published.f1(), frame()), {"Computed": "in part on this page"}),
        ((frame(entry()), published.march()), {"Published": "Shankar 2021", "Result": "scores"}),
        ((frame({"months": ["2020-01"], "rows": 3}),), {"Trips": "2020-01, 3 rows"}),
        ((frame({"months": ["2020-01"], "rows": 3}),), {"Computed": "on this page"}),
        ((frame(entry(months=[], rows=0)),), {"Trips": "none: "}),
    ],
)
def test_what_is_not_a_result_says_so(frames: tuple[Any, ...], expected: dict[str, str]) -> None:
    terms = said(line(*frames))
    for term, text in expected.items():
        assert terms[term].startswith(text)
    if "Published" in expected:
        assert "Computed" not in terms or "in part" in terms["Computed"]


def test_published_frames_name_their_source() -> None:
    for made in (published.f1(), published.march(), published.ks("january_march")):
        assert made.attrs["provenance"] == [{"published": "Shankar 2021"}]


def test_trips_loaded_on_the_page_name_their_month() -> None:
    train = dm.featurize(dm.load("2020-01", source="sample", engine="pandas"))
    terms = said(features.feature_rows(train, {"trip_distance": "miles"}))
    assert re.fullmatch(r"2020-01, 10,000 rows, [0-9a-f]{12}", terms["Trips"])
    assert terms["Computed"] == "on this page"


def test_the_drawing_knows_nothing_of_it() -> None:
    assert line(frame(entry())).svg == line(frame()).svg == line().svg
    assert tables.table(frame(entry())).html == tables.table(frame()).html
    assert "provenance" not in line(frame(entry())).svg


def test_a_figure_within_a_figure_has_no_mark_and_is_not_captured() -> None:
    with capturing() as outer:
        line(frame(), high=3)
        with capturing() as inner:
            shown = listed(frame(entry()))
    assert shown.shown.count("<details") == 1
    assert "debugml reproduce test_provenance.listed" in shown.shown
    assert [name for name, _, _ in outer] == ["test_provenance.line", "test_provenance.listed"]
    assert [name for name, _, _ in inner] == ["test_provenance.listed"]
    assert outer[0][2] == {"high": 3}
    line()
    assert len(outer) == 2


def test_a_figure_that_fails_leaves_no_trace() -> None:
    with capturing() as calls:
        with pytest.raises(ValueError, match="no column"):
            table(frame(), formats={"c": ".1f"})
        assert table(frame()).provenance
    assert len(calls) == 1


def test_frames_put_together_keep_their_sources() -> None:
    one, two = frame(entry("one")), frame(entry("two"))
    both = pd.concat([one, two])
    assert not both.attrs.get("provenance")
    shown = table(made_from(both, one, two["F1"], one))
    assert shown.provenance
    assert [e["result"] for e in shown.provenance.entries] == ["one", "two"]


def test_what_a_frame_carries_cannot_break_the_page() -> None:
    hostile = '</details><script>"&'
    terms = said(
        line(frame(entry(hostile, device=hostile, months=[hostile], parameters={hostile: hostile})))
    )
    assert "</details><script>" in terms["Result"]
    assert hostile in terms["Ran on"]


def test_a_mark_is_small_whatever_the_frames_carry() -> None:
    endless = {f"parameter_{i}": ["a" * 80] * 5 for i in range(30)}
    many = [entry(f"result_{i}", parameters=endless, device="d") for i in range(40)]
    for entries in (many, [entry(f"r{i}") for i in range(6)]):
        assert len(panel("alarms.falls", entries, 0).encode()) < 1_800
    assert "and 34 more" in panel("alarms.falls", many, 0)


@given(st.sets(st.sampled_from(MONTHS), min_size=1))
def test_spans_of_months_hold_these_months_and_no_others(months: set[str]) -> None:
    found: set[str] = set()
    for span in months_in_words(months).split(", "):
        first, _, last = span.partition(" to ")
        found |= set(MONTHS[MONTHS.index(first) : MONTHS.index(last or first) + 1])
    assert found == months


def test_under_quarto_the_mark_travels_with_its_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTO_FIG_WIDTH", "7")
    for shown in (line(frame(entry())), listed(frame(entry()))):
        text = shown._repr_mimebundle_()["text/markdown"]
        inside = text.removeprefix("`````{=html}\n").removesuffix("\n`````\n")
        assert "`" not in inside
        assert inside.startswith('<div class="dm-sourced"')
        assert inside.endswith("</details></div>")


def test_a_figure_of_a_formula_names_no_data() -> None:
    assert said(drift.two_normals((0.1,)))["Computed"].startswith("from a formula")
