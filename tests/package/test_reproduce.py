"""Which results a figure rests on, and whether it comes out the same when computed anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from one_page_project import MONTHS, one_page_project
from typer.testing import CliRunner

from debugml import study
from debugml.cli import app
from debugml.errors import RenderError, SettingError
from debugml.keep import Computed, entries
from debugml.lineage import Artifact, Lineage, Run, affected
from debugml.render.project import load_project
from debugml.reproduce import ALL, record_shown, reproduce, run_page, shown
from debugml.reproduce.compare import difference, leaves, measured
from debugml.reproduce.flow import Flow
from debugml.reproduce.present import present
from debugml.reproduce.shown import figures_on
from debugml.reproduce.sources import Result, Trips

ROOT = Path(__file__).parents[2]
DECK = "talk/slides.qmd"

PAGE = """---
title: "A page"
---

## Payment {#sec-payment}

```{python}
#| label: setup
#| include: false
import debugml as dm

facts = dm.study.month_facts(("2020-01", "2020-02"))
```

Text with `{python} len(facts)`.

```{python}
#| label: fig-shares
#| fig-cap: "Shares."
dm.figures.trips.payment_shares(facts)
```

## Later {#sec-later}

```{python}
#| label: fig-rates
#| fig-cap: "Rates."
dm.figures.trips.payment_base_rates(facts[facts["card"] > 0], "2020-02")
```

```{python}
#| label: not-run
#| eval: false
dm.figures.trips.payment_shares(nowhere)
```
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one page, whose kept results are its own."""
    return one_page_project(PAGE, tmp_path, monkeypatch)


def sources(code: str) -> dict[str, set[str]]:
    """By figure, what a page's code draws it from."""
    found: dict[str, set[str]] = {}
    for drawn in Flow().read("import debugml as dm\n" + code):
        texts = {s.month if isinstance(s, Trips) else str(s) for s in drawn.sources}
        found.setdefault(drawn.figure, set()).update(texts)
    return found


FALLS = "dm.figures.alarms.falls"
FLOWS = {
    "through names": ("a = dm.study.cps(); b = a.head(); FALLS(b[b['n'] > 1])", {"cps()"}),
    "assigned anew": ("a = dm.study.cps(); a = dm.study.seeds(); FALLS(a)", {"seeds()"}),
    "not what else is there": ("a, b = dm.study.cps(), dm.study.seeds(); FALLS(b)", {"seeds()"}),
    "unpacked": ("a, b = some(dm.study.cps()); FALLS(b)", {"cps()"}),
    "positional": (
        "FALLS(dm.study.cdfs('2020-03', '2020-04'))",
        {"cdfs(current='2020-04', reference='2020-03')"},
    ),
    "a default spelled out": (
        f"FALLS(dm.study.slices(month={study.slices.parameters()['month']!r}))",
        {"slices()"},
    ),
    "a number of it": ("row = dm.study.cps().iloc[0]; FALLS(row.n)", {"cps()"}),
    "in a list, by keyword": ("FALLS(frames=[dm.study.cps()])", {"cps()"}),
    "both branches": (
        "if x:\n a = dm.study.cps()\nelse:\n a = dm.study.seeds()\nFALLS(a)",
        {"cps()", "seeds()"},
    ),
    "a loop": ("for m in ('2020-03', '2020-04'):\n FALLS(dm.load(m))", {"2020-03", "2020-04"}),
    "what a turn leaves to the next": (
        "b = 0\nfor m in x:\n FALLS(b)\n b = dm.study.cps()",
        {"cps()"},
    ),
    "comprehension": (
        "FALLS({m: dm.study.slices(month=m) for m in ('2020-04', '2020-05')})",
        {"slices(month='2020-04')", "slices(month='2020-05')"},
    ),
    "collected": ("a = []\nfor m in x:\n a.append(dm.study.cps())\nFALLS(a)", {"cps()"}),
    "put into a column": ("a = f()\na['n'] = dm.study.cps()['n']\nFALLS(a)", {"cps()"}),
    "a function of the page": (
        "a = dm.study.cps()\ndef g(x):\n return a[x]\nFALLS(g(1))",
        {"cps()"},
    ),
    "a function's parameter hides": (
        "a = dm.study.cps()\ndef g(a):\n return a\nFALLS(g(1))",
        set(),
    ),
    "trips and models": (
        "t = dm.featurize(dm.load(['2020-01', '2020-02']))\n"
        "FALLS(dm.replay(dm.fit_forest(t), '2020-03').daily())",
        {"2020-01", "2020-02", "2020-03"},
    ),
    "months between": (
        "FALLS(dm.load(dm.months_between('2019-12', '2020-01')))",
        {"2019-12", "2020-01"},
    ),
    "unknown months": ("FALLS(dm.load(month))", {"unknown"}),
    "unknown parameters": ("FALLS(dm.study.slices(month=chosen))", {"slices(…)"}),
    "with": ("with f(dm.study.cps()) as a:\n FALLS(a)", {"cps()"}),
    "packed arguments": ("FALLS(dm.study.slices(**chosen))", {"slices(…)"}),
    "packed in order": ("FALLS(dm.study.slices(*chosen))", {"slices(…)"}),
    "nested loops": (
        "for a in ('2020-02', '2020-03'):\n for b in ('2020-04', '2020-05'):\n"
        "  FALLS(dm.study.cdfs(a, b))",
        {
            f"cdfs(current='{b}', reference='{a}')"
            for a in ("2020-02", "2020-03")
            for b in ("2020-04", "2020-05")
        },
    ),
    "both branches' values": (
        "m = '2020-04'\nif x:\n m = '2020-05'\nFALLS(dm.study.slices(month=m))",
        {"slices(month='2020-04')", "slices(month='2020-05')"},
    ),
    "a branch that is unknown": (
        "m = '2020-04'\nif x:\n m = f()\nFALLS(dm.study.slices(month=m))",
        {"slices(…)"},
    ),
    "changed in place": (
        "m = ['2020-04']\nm.append(x)\nFALLS(dm.load(m))",
        {"unknown"},
    ),
    "a parameter hides a value": (
        "m = '2020-04'\ndef g(m):\n return dm.study.slices(month=m)\nFALLS(g('2020-05'))",
        {"slices(…)"},
    ),
    "another name of a result": (
        "f = dm.study.slices\nFALLS(f('2020-04'))",
        {"slices(month='2020-04')"},
    ),
    "another name of the study": ("s = dm.study; FALLS(s.cps())", {"cps()"}),
    "one of two results": (
        "f = dm.study.cps if x else dm.study.seeds\nFALLS(f())",
        {"cps()", "seeds()"},
    ),
    "results in a loop": (
        "for f in (dm.study.cps, dm.study.seeds):\n FALLS(f())",
        {"cps()", "seeds()"},
    ),
    "a result given on": ("FALLS(map(dm.study.slices, months))", {"slices(…)"}),
    "a result in a lambda": ("f = lambda m: dm.study.slices(m)\nFALLS(f(1))", {"slices(…)"}),
    "a result in a dict": ("f = {'a': dm.study.cps}\nFALLS(f['a']())", {"cps(…)"}),
    "a result by its text": ("FALLS(getattr(dm.study, name)())", {"unknown(…)"}),
    "another name of a figure": ("draw = FALLS\ndraw(dm.study.cps())", {"cps()"}),
    "another name of a module": (
        "alarms = dm.figures.alarms\nalarms.falls(dm.study.cps())",
        {"cps()"},
    ),
    "a figure given on": ("list(map(FALLS, [dm.study.cps()]))", {"cps()"}),
    "a figure that a function draws": (
        "def draw(frame):\n return FALLS(frame)\ndraw(dm.study.cps())",
        {"cps()"},
    ),
    "a name that is another now": ("draw = FALLS\ndraw = print\nFALLS(draw(1))", set()),
    "nothing": ("FALLS(pd.DataFrame())", set()),
}


@pytest.mark.parametrize("case", FLOWS)
def test_what_a_figure_rests_on(case: str) -> None:
    code, expected = FLOWS[case]
    assert sources(code.replace("FALLS", FALLS)) == {"alarms.falls": expected}


def test_names_by_other_imports() -> None:
    code = "from debugml import figures as f, study\nfrom debugml.figures import alarms\n"
    found = sources(f"{code}f.alarms.falls(study.cps())\nalarms.roster(study.seeds())")
    assert found == {"alarms.falls": {"cps()"}, "alarms.roster": {"seeds()"}}


@pytest.mark.parametrize(
    "call",
    ["dm.figures.table(FRAME)", "dm.figures.tables.table(FRAME)", "table(FRAME)", "t.table(FRAME)"],
)
def test_a_table_is_a_figure(call: str) -> None:
    imports = "from debugml.figures import table, tables as t\n"
    found = sources(imports + call.replace("FRAME", "dm.study.cps()"))
    assert found == {"tables.table": {"cps()"}}


def test_shown_reads_and_does_not_run(project: Path) -> None:
    text = PAGE.replace("facts = ", "1 / 0\nfacts = ")
    (project / "page.qmd").write_text(text)
    table = shown(project)
    result = "month_facts(months=['2020-01', '2020-02'])"
    assert table.to_dict("records") == [
        {
            "page": "page.qmd",
            "label": label,
            "heading": heading,
            "figure": figure,
            "results": (result,),
            "months": (),
        }
        for label, heading, figure in (
            ("fig-shares", "sec-payment", "trips.payment_shares"),
            ("fig-rates", "sec-later", "trips.payment_base_rates"),
        )
    ]


def test_the_same_by_figure_by_label_and_all(project: Path) -> None:
    for name, figures in {
        "trips.payment_shares": ["trips.payment_shares"],
        "fig-rates": ["trips.payment_base_rates"],
        ALL: ["trips.payment_shares", "trips.payment_base_rates"],
    }.items():
        outcomes = list(reproduce(project, name))
        assert [outcome.figure for outcome in outcomes] == figures
        for outcome in outcomes:
            assert outcome.difference is None and outcome.months == list(MONTHS)


def plant(change: dict[str, Any]) -> None:
    """Put another frame in the place of a kept result, whole and with its digest."""
    frame = study.month_facts(MONTHS)
    record = study.month_facts.known(MONTHS)
    folder = study.month_facts._find(study.month_facts.key(MONTHS))
    assert record is not None and folder is not None
    wrong = frame.assign(**change)
    (folder / entries.RESULT).unlink()
    wrong.to_parquet(folder / entries.RESULT, index=False)
    about = record.to_json()
    about["result"]["sha256"] = entries.digest(wrong)
    (folder / entries.PROVENANCE).write_text(json.dumps(about))
    study.month_facts._read.clear()


def test_a_planted_wrong_frame_is_found(project: Path) -> None:
    right = study.month_facts(MONTHS)
    plant({"card": right["card"] + [0, 1e-6]})
    runner = CliRunner()
    found = runner.invoke(app, ["reproduce", "fig-shares"])
    assert found.exit_code == 1
    assert found.output.startswith("differs") and "column card, row 1" in found.output
    assert "1e-06 apart" in found.output and "2020-01 to 2020-02" in found.output
    assert runner.invoke(app, ["reproduce", "fig-shares", "--tolerance", "1e-5"]).exit_code == 0


def test_the_command_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study.month_facts(MONTHS)
    runner = CliRunner()
    same = runner.invoke(app, ["reproduce", "trips.payment_shares", "--page", "page.qmd"])
    assert same.exit_code == 0 and same.output.startswith("same ")
    assert same.output.count("\n") == 1 and "fig-shares" in same.output
    listed = runner.invoke(app, ["reproduce", "--list"])
    assert listed.exit_code == 0 and len(listed.output.splitlines()) == 2
    assert "month_facts(months=['2020-01', '2020-02'])" in listed.output
    for arguments, said in {
        ("trips.payment_share",): "trips.payment_shares",
        ("fig-shares", "--page", "pages.qmd"): "page.qmd",
        ("fig-shares", "--tolerance", "-1"): "tolerance",
        ("fig-shares", "--tolerance", "x"): "--help",
        (): "--list",
        ("fig-shares", "--list"): "--list",
    }.items():
        refused = runner.invoke(app, ["reproduce", *arguments])
        assert refused.exit_code == 2 and said in refused.stderr, (arguments, refused.output)
        assert refused.stderr.startswith("error: ") and refused.stderr.count("\n") == 1
        assert not refused.stdout
    monkeypatch.chdir("/")
    outside = runner.invoke(app, ["reproduce", "fig-shares"])
    assert outside.exit_code == 2 and "_quarto.yml" in outside.stderr


def test_a_cell_that_fails_is_named(project: Path) -> None:
    text = PAGE.replace("facts = ", "\nboom = 1 / 0\nfacts = ")
    (project / "page.qmd").write_text(text)
    with pytest.raises(RenderError, match=r"page.qmd:\d+: .*line 4: ZeroDivisionError"):
        list(reproduce(project, "fig-shares"))
    with pytest.raises(SettingError, match="tolerance"):
        list(reproduce(project, "fig-shares", tolerance=float("nan")))


def test_a_page_leaves_no_trace(project: Path) -> None:
    (project / "_environment").write_text("DEBUGML_MADE_UP=1\n")
    text = PAGE.replace("facts = ", "import os; assert os.environ['DEBUGML_MADE_UP']\nfacts = ")
    (project / "page.qmd").write_text(text)
    here = Path.cwd()
    assert len(list(reproduce(project, ALL))) == 2
    assert "DEBUGML_MADE_UP" not in os.environ and Path.cwd() == here


def test_slides_and_figures_as_runs(project: Path, tmp_path: Path) -> None:
    store = Lineage(tmp_path / "lineage.sqlite")
    assert record_shown(store, project) == 0, "nothing was ever computed"
    study.month_facts(MONTHS)
    own = Lineage(tmp_path / "home" / "lineage.sqlite")
    assert record_shown(own, project) == 2 and record_shown(own, project) == 0
    (run,) = [run for run in own.runs() if run.made[0].name == "fig-shares"]
    record = study.month_facts.known(MONTHS)
    assert record is not None and run.used == record.run.made
    assert run.name == "show" and run.made[0].kind == "figure"
    file = record.run.used[0].digest
    assert {"fig-shares", "fig-rates"} <= set(affected(own, file)["name"])
    # Of another engine or code, under the same name and parameters: not what is shown now.
    other = Artifact("0" * 64, "month_facts", "result", 2)
    parameters = study.month_facts.parameters(MONTHS)
    own.record(
        Run("month_facts", (), (other,), parameters, "c", "pandas", "here", {}, "2999-01-01", 1.0)
    )
    assert record_shown(own, project) == 0


def test_what_is_shown_is_known_by_its_content(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study.month_facts(MONTHS)
    store = Lineage(tmp_path / "home" / "lineage.sqlite")
    assert record_shown(store, project) == 2
    page = project / "page.qmd"
    os.utime(page, (0, 4e9))
    assert record_shown(store, project) == 0, "a checkout gives files another time"
    page.write_text(PAGE.replace("Text with", "More text with\n\n"))
    assert record_shown(store, project) == 0, "prose is not code"
    page.write_text(PAGE.replace('"2020-02")\n```', '"2020-01")\n```'))
    assert record_shown(store, project) == 1, "an edited cell"
    page.write_text(PAGE)
    assert record_shown(store, project) == 1, "back again: that is shown now"
    newest = next(run for run in store.runs() if run.made[0].name == "fig-rates")
    first = [run for run in store.runs() if run.made[0].name == "fig-rates"][-1]
    assert newest.made == first.made and newest.started > first.started
    page.write_text(PAGE.replace("facts = ", "kept = 1\nfacts = "))
    assert record_shown(store, project) == 2, "a cell before both"
    monkeypatch.setenv("DEBUGML_ENGINE", "dask")
    assert record_shown(store, project) == 0, "nothing is kept of this engine"
    study.month_facts(MONTHS)
    record = study.month_facts.known(MONTHS)
    assert record is not None and record.run.engine == "dask"
    added = record_shown(store, project)
    # The same values are the same figure, whoever computed them.
    same = record.run.made == newest.used
    assert added == (0 if same else 2)


def test_digests_of_code_are_kept_while_no_file_changes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = study.month_facts._code
    result = Result("month_facts", json.dumps(study.month_facts.parameters(MONTHS)))
    assert present([result]) == {}
    path = tmp_path / "home" / "codes.json"
    assert json.loads(path.read_text())["codes"] == {"month_facts": code}

    def unread(*_: Any, **__: Any) -> None:
        raise AssertionError("the code is read again")

    monkeypatch.delitem(vars(study.month_facts), "_code")
    with monkeypatch.context() as patch:
        patch.setattr("debugml.closure.of_function", unread)
        assert present([result]) == {} and study.month_facts._code == code
    # Of another package's files, or not readable: it is read again.
    for text in (json.dumps({"package": "x", "codes": {"month_facts": "y"}}), "{", "[]"):
        monkeypatch.delitem(vars(study.month_facts), "_code", raising=False)
        path.write_text(text)
        assert present([result]) == {} and study.month_facts._code == code


def test_the_lineage_commands_know_the_slides(project: Path) -> None:
    study.month_facts(MONTHS)
    runner = CliRunner()
    rests = runner.invoke(app, ["lineage", "affected", "yellow_tripdata_2020-02.parquet", "--all"])
    assert rests.exit_code == 0 and "fig-shares" in rests.output, rests.output
    back = runner.invoke(app, ["lineage", "backtrace", "fig-shares"])
    assert back.exit_code == 0 and "yellow_tripdata_2020-02" in back.output, back.output
    (project / "page.qmd").write_text(PAGE.replace("facts = ", "facts = ("))
    noted = runner.invoke(app, ["lineage", "list"])
    assert noted.exit_code == 0 and "page.qmd" in noted.stderr and "left out" in noted.stderr


# Comparing.

FLOATS = st.floats(-1e6, 1e6)


@given(st.lists(FLOATS, min_size=1, max_size=5), st.floats(1e-12, 1e-3), st.data())
def test_one_number_moved_is_found_at_its_place(
    values: list[float], tolerance: float, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    frame = pd.DataFrame({"word": ["a"] * len(values), "x": values})
    for times, differs in ((0.4, False), (2.5, True)):
        moved = frame.copy()
        moved.loc[at, "x"] += times * tolerance * max(1.0, abs(values[at]))
        found = difference(frame, moved, tolerance, "argument 1")
        assert (found is not None) == differs
        if found is not None:
            assert found.where == f"argument 1, column x, row {at}"
            assert found.by == pytest.approx(abs(moved["x"] - frame["x"]).max())


BASE = {
    "month": ["2020-01", "2020-02"],
    "n": [1, 2],
    "f1": [0.5, np.nan],
    "fit_seconds": [1.0, 2.0],
    "day": pd.to_datetime(["2020-03-01", "2020-03-02"]),
}
UNEQUAL = {
    "text": {"month": ["2020-01", "2020-03"]},
    "integers": {"n": [1, 3]},
    "kind": {"n": [1.0, 2.0]},
    "NaN for a number": {"f1": [np.nan, np.nan]},
    "dates": {"day": pd.to_datetime(["2020-03-01", "2020-03-03"])},
    "one more column": {"m": 1},
}


@pytest.mark.parametrize("case", UNEQUAL)
def test_what_must_be_equal(case: str) -> None:
    frame = pd.DataFrame(BASE)
    assert difference(frame, frame.copy(), 0.1) is None
    assert difference(frame, frame.assign(**UNEQUAL[case]), 0.1) is not None
    assert difference(frame, frame[:1], 0.1) is not None


def test_measured_time_is_left_out_and_said() -> None:
    frame = pd.DataFrame(BASE)
    slower = frame.assign(fit_seconds=[7.0, 8.0])
    assert difference(frame, slower, 1e-9) is None
    assert leaves({"a": frame.set_index("month")}, "x").keys() == {"x['a']"}


def test_an_index_is_compared() -> None:
    one = leaves(pd.DataFrame(BASE).set_index("month"))[""]
    two = leaves(pd.DataFrame(BASE | {"month": ["a", "b"]}).set_index("month"))[""]
    found = difference(one, two, 0.1)
    assert found is not None and "index month" in found.where


def test_arguments_that_are_no_frames() -> None:
    assert difference(0.1, 0.1 + 1e-12, 1e-9) is None
    assert difference(0.1, 0.2, 1e-9, "x") is not None
    assert difference("a", "b", 1.0) is not None and difference(True, False, 1.0) is not None
    assert difference(1, "1", 1.0) is not None and difference(None, None, 0.0) is None
    assert difference(np.array([1.0, 2.0]), np.array([1.0, 2.1]), 0.01) is not None
    assert difference(np.zeros(2), np.zeros(3), 1.0) is not None


# The real deck.


def test_every_figure_of_the_deck_has_a_label_and_a_slide() -> None:
    deck = shown(ROOT, [DECK])
    assert len(deck) > 40 and (deck["label"] != "").all()
    assert deck["label"].is_unique and deck["heading"].str.startswith("sec-slide").all()
    results = deck.set_index("label")["results"]
    assert results["slide-drift-adjacent"] == ("ks_adjacent()",)
    assert results["slide-alarms-rang"] == ("alarm_history()", "alarm_scores()")
    everywhere = shown(ROOT)
    calls = everywhere.groupby("figure")["results"].agg(lambda r: {c for each in r for c in each})
    for figure, asked in deck.groupby("figure")["results"]:
        assert {c for each in asked for c in each} <= calls[figure]


PAGES = load_project(ROOT).pages

TAKEN_APART = {
    "fig-static": "gets numbers that were taken out of a frame, and numbers carry no provenance",
    "tbl-thresholds": "its note tells a number that was taken out of a frame",
}
"""Figures whose frames carry less than what the code was read to rest on, and why."""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_as_it_runs(page: str) -> None:
    """What reading the code says of each figure is what its frames carry when it is run."""
    project = load_project(ROOT)
    read_here = figures_on(project, [page])
    for (step, drawn), (_, figures, _) in zip(read_here, run_page(project, page), strict=True):
        assert [d.figure for d in drawn] == [f.name for f in figures], step.where
        for read, ran in zip(drawn, figures, strict=True):
            carried = {
                Result(entry["result"], json.dumps(entry["parameters"], sort_keys=True))
                for entry in ran.entries
                if "result" in entry
            }
            results = {s for s in read.sources if isinstance(s, Result)}
            if step.label in TAKEN_APART:
                assert carried < results, f"{step.where}: no exception any more"
            else:
                assert carried == results, step.where


def test_every_exception_is_a_figure() -> None:
    assert set(TAKEN_APART) <= set(shown(ROOT)["label"])


@pytest.mark.slow
def test_every_figure_of_the_deck_reproduces() -> None:
    """And its results are those that are committed: `test_study` compares the others."""
    deck = [drawn for _, drawn in figures_on(load_project(ROOT), [DECK])]
    sources = {s for drawn in deck for d in drawn for s in d.sources if isinstance(s, Result)}
    stale = [
        str(source)
        for source in sorted(sources)
        if not getattr(study, source.name).is_committed(**json.loads(source.parameters))
    ]
    assert not stale, f"run make study: the code has changed since these: {', '.join(stale)}"
    computed: Computed = {}
    outcomes = list(reproduce(ROOT, ALL, page=DECK, computed=computed))
    said = [(o.step.label, str(o.difference), o.unkept) for o in outcomes if o.status != "same"]
    assert said == []
    table = shown(ROOT, [DECK])
    drawn = [[o.step.label, o.figure] for o in outcomes]
    assert drawn == table[["label", "figure"]].to_numpy().tolist()
    assert {source.name for source in sources} <= {name for name, _ in computed}
    for (name, _), (frame, record) in computed.items():
        committed = getattr(study, name)(**record.run.parameters)
        took = measured(frame)
        pd.testing.assert_frame_equal(
            frame.drop(columns=took),
            committed.drop(columns=took),
            check_exact=False,
            rtol=0,
            atol=1e-9,
        )
