"""What runs again, and what does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rendering import PROJECT, Site, page

import debugml
from debugml.render import command, keys
from debugml.render.cache import Cache
from debugml.render.cells import parse
from debugml.render.project import load_project
from debugml.render.source import read_source

MakeSite = Callable[[dict[str, str]], Site]

# Each run of this cell leaves a mark, so that runs can be counted.
COUNTED = "```{python}\nwith open('runs-NAME', 'a') as marks:\n    marks.write('x')\n```\n"


def counted(name: str, prose: str = "", code: str = "") -> str:
    return page(COUNTED.replace("NAME", name) + f"\n{prose}\n" + code)


def runs(site: Site, name: str) -> int:
    path = site.root / f"runs-{name}"
    return len(path.read_text()) if path.exists() else 0


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three pages, rendered once; a copy of it is as good as itself."""
    root = tmp_path_factory.mktemp("rendered") / "project"
    root.mkdir()
    (root / "_quarto.yml").write_text(PROJECT)
    for name, text in {"a": counted("a"), "b": counted("b"), "c": page("No code.")}.items():
        (root / f"{name}.qmd").write_text(text)
    assert command.render(root, [], engine="embedded") == 0
    return root


@pytest.fixture
def two(rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    shutil.copytree(rendered, tmp_path / "project")
    site = Site(tmp_path / "project", capsys)
    assert (runs(site, "a"), runs(site, "b")) == (1, 1)
    return site


def again(site: Site) -> tuple[int, int]:
    code, said = site.render()
    assert code == 0, said
    return runs(site, "a") - 1, runs(site, "b") - 1


def test_nothing_changed_nothing_runs(two: Site) -> None:
    stamps = {path: path.stat().st_mtime_ns for path in (two.root / "_site").rglob("*")}
    assert again(two) == (0, 0)
    assert stamps == {path: path.stat().st_mtime_ns for path in (two.root / "_site").rglob("*")}


def test_one_page_changed_runs_alone(two: Site) -> None:
    two.write({"a.qmd": counted("a", code="```{python}\nprint('more')\n```\n")})
    assert again(two) == (1, 0)
    assert "more" in two.html("a.html")


def test_prose_alone_is_converted_without_running(two: Site) -> None:
    two.write({"a.qmd": counted("a", prose="New prose.")})
    code, said = two.render()
    assert code == 0
    assert "0 run, 1 converted, 2 unchanged" in said
    assert runs(two, "a") == 1
    assert "New prose." in two.html("a.html")


def test_option_of_a_cell_counts(two: Site) -> None:
    text = counted("a").replace("with open", "#| echo: false\nwith open")
    two.write({"a.qmd": text})
    again(two)
    assert "with" not in two.html("a.html").split("<main")[1]


def test_expression_counts(two: Site) -> None:
    two.write({"a.qmd": counted("a", prose="It is `{python} 6 * 7`.")})
    assert again(two) == (1, 0)
    assert "It is 42." in two.html("a.html")


def test_include_counts(make_site: MakeSite) -> None:
    body = "{{< include _part.qmd >}}"
    site = make_site({"a.qmd": counted("a", body), "b.qmd": page("Text."), "_part.qmd": "Old.\n"})
    assert site.render()[0] == 0
    site.write({"_part.qmd": "Only other prose.\n"})
    assert again(site)[0] == 0
    assert "Only other prose." in site.html("a.html")
    site.write({"_part.qmd": "```{python}\nprint('from the part')\n```\n"})
    assert again(site)[0] == 1
    assert "from the part" in site.html("a.html")


def execution_keys(site: Site, profile: str | None = None) -> list[str | None]:
    """Under what the results of each page with code are kept."""
    project = load_project(site.root, profile)
    sources = [read_source(project, name) for name in ("a.qmd", "b.qmd")]
    return [keys.execution_key(project, source, parse(source)) for source in sources]


@pytest.fixture
def unrun(make_site: MakeSite) -> Site:
    return make_site({"a.qmd": counted("a"), "b.qmd": counted("b")})


@pytest.mark.parametrize(
    "change",
    [
        {"_variables.yml": "x: 2\n"},
        {"_environment": "X=2\n"},
        {"_environment.local": "X=2\n"},
        {"data_samples/manifest.json": '{"2020-01": "other"}'},
        {"data_samples/results/one.parquet": "2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_cells_could_read_is_in_every_key(unrun: Site, change: dict[str, str]) -> None:
    before = execution_keys(unrun)
    assert execution_keys(unrun) == before
    unrun.write(change)
    after = execution_keys(unrun)
    assert not set(before) & set(after)


def test_environment_change_runs_pages_again(two: Site) -> None:
    two.write({"_environment": "X=2\n"})
    assert again(two) == (1, 1)


def test_settings_in_the_environment_count(unrun: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = execution_keys(unrun)
    monkeypatch.setenv("UNRELATED", "1")
    assert execution_keys(unrun) == before
    monkeypatch.setenv("DEBUGML_ENGINE", "dask")
    assert not set(before) & set(execution_keys(unrun))


def test_profiles_never_share_a_key(unrun: Site) -> None:
    unrun.write({"_environment-gpu": "X=1\n"})
    assert not set(execution_keys(unrun)) & set(execution_keys(unrun, "gpu"))


def test_library_versions_count(unrun: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = execution_keys(unrun)
    assert keys.versions()["pandas"] != "absent"
    monkeypatch.setattr(keys, "versions", lambda: {"pandas": "0.1"})
    assert not set(before) & set(execution_keys(unrun))


def test_local_data_source_counts_by_listing(
    unrun: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("tlc")
    (folder / "one.parquet").write_text("1")
    monkeypatch.setenv("DEBUGML_SOURCE", str(folder))
    before = execution_keys(unrun)
    assert execution_keys(unrun) == before
    (folder / "two.parquet").write_text("2")
    assert not set(before) & set(execution_keys(unrun))


def test_bibliography_is_for_the_prose(make_site: MakeSite) -> None:
    entry = "@book{{a2020, title={{{title}}}, author={{Ann, A}}, year={{2020}}}}"
    site = make_site(
        {
            "_quarto.yml": PROJECT + "bibliography: refs.bib\n",
            "refs.bib": entry.format(title="Old"),
            "a.qmd": counted("a", "Says @a2020."),
        }
    )
    assert site.render()[0] == 0
    assert "<em>Old</em>" in site.html("a.html")
    site.write({"refs.bib": entry.format(title="New")})
    assert again(site)[0] == 0
    assert "<em>New</em>" in site.html("a.html")


def test_style_and_menus_need_neither_cells_nor_pandoc(two: Site) -> None:
    two.write({"_quarto.yml": PROJECT.replace("title: Site", "title: Renamed")})
    code, said = two.render()
    assert code == 0
    assert "0 run, 0 converted" in said
    assert "Renamed" in two.html("c.html")


def test_force_runs_everything(two: Site) -> None:
    assert two.render(force=True)[0] == 0
    assert (runs(two, "a"), runs(two, "b")) == (2, 2)


def test_one_page_may_be_asked_for(two: Site) -> None:
    two.write({"a.qmd": counted("a", prose="Words of a."), "c.qmd": page("Words of c.")})
    code, said = two.render("c.qmd")
    assert code == 0
    assert "1 pages" in said
    assert "Words of c." in two.html("c.html")
    assert "Words of a." not in two.html("a.html")
    code, said = two.render("nope.qmd")
    assert (code, "nope.qmd is no page of the project" in said) == (1, True)


def test_damaged_site_is_repaired_without_running(two: Site) -> None:
    whole = two.html("a.html")
    (two.root / "_site/a.html").write_text(whole[:100])
    (two.root / "_site/b.html").unlink()
    assert again(two) == (0, 0)
    assert two.html("a.html") == whole
    assert "<main" in two.html("b.html")


def test_damaged_cache_entry_is_made_anew(two: Site) -> None:
    for path in (two.root / ".debugml/pages/executed").iterdir():
        path.write_text(path.read_text()[:1])
    assert again(two) == (1, 1)


def test_pages_that_are_gone_leave_the_site(two: Site) -> None:
    (two.root / "c.qmd").unlink()
    (two.root / "_site/old_libs").mkdir()
    (two.root / "_site/old_libs/x.js").write_text("x")
    assert again(two) == (0, 0)
    assert not (two.root / "_site/c.html").exists()
    assert not (two.root / "_site/old_libs").exists()


def test_entry_is_written_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: cache.put("key", {"n": [number] * 5000}), range(40)))
    assert len(set(cache.get("key")["n"])) == 1
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["key.json"]


@pytest.mark.slow
def test_two_renders_at_once_leave_a_whole_site(make_site: MakeSite) -> None:
    site = make_site(
        {
            "_quarto.yml": PROJECT.replace("search: false", "search: true"),
            **{
                f"p{n}.qmd": page(f"Words{n}.\n\n```{{python}}\nprint({n} + 100)\n```")
                for n in range(3)
            },
        }
    )
    arguments = [sys.executable, "-m", "debugml.cli", "render", "--engine", "embedded"]
    both = [
        subprocess.Popen(arguments, cwd=site.root, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    for number in range(3):
        assert f"<code>{100 + number}</code>" in site.html(f"p{number}.html")
    assert (site.root / "_site/pagefind/pagefind.js").is_file()
    assert "0 run, 0 converted, 3 unchanged" in site.render()[1]


@pytest.mark.slow
def test_function_body_reruns_exactly_the_pages_that_reach_it(
    make_site: MakeSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("package") / "debugml"
    shutil.copytree(Path(debugml.__file__).parent, copy)
    module = copy / "lamps.py"
    module.write_text(
        'def red():\n    """Red."""\n    return shade()\n\n\ndef shade():\n    return 1\n\n\n'
        "def green():\n    return 2\n"
    )
    cell = "```{{python}}\nfrom debugml.lamps import {name}\nprint({name}())\n```\n"
    site = make_site(
        {
            "a.qmd": counted("a", code=cell.format(name="red")),
            "b.qmd": counted("b", code=cell.format(name="green")),
        }
    )

    def render() -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-m", "debugml.cli", "render", "--engine", "embedded"],
            cwd=site.root,
            env={**os.environ, "PYTHONPATH": str(copy.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return runs(site, "a"), runs(site, "b")

    assert render() == (1, 1)
    text = module.read_text()
    module.write_text(text.replace("return 1", "return 10"))
    assert render() == (2, 1)
    assert re.search("<code>10</code>", site.html("a.html"))
    module.write_text(text.replace("return 1", "return 10").replace('"Red."', '"Redder."'))
    assert render() == (2, 1)
    module.write_text(text.replace("return 1", "return 10").replace("return 2", "return 20"))
    assert render() == (2, 2)
