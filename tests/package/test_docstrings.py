"""Everything public is documented, and every public function shows an example that runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import debugml

PACKAGE = Path(debugml.__file__).parent
# Rendering and figures are shown by the pages that they make; the command by its help.
CORE = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0]
    not in (
        "render",
        "book",
        "figures",
        "cli.py",
        "cli_data.py",
        "cli_exercises.py",
        "cli_lineage.py",
        "cli_study.py",
    )
)

NO_EXAMPLE = {
    # It would show a folder or a machine, which differ everywhere.
    "settings.home": "a path of this machine",
    "settings.cache": "a path of this machine",
    "trips.samples.folder": "a path of this machine",
    "published.hardware": "as long as the table that shows it",
    # Their work is on files; the tests of trips write them.
    "trips.files.find_file": "needs a folder of files",
    "trips.files.read_file": "shown by load",
    "trips.files.file_digest": "shown by digests",
    "trips.samples.sample_path": "shown by load",
    "trips.files.groups_of": "needs a file",
    "trips.files.has_coordinates": "needs a file",
    "trips.files.months_in": "needs a folder of files",
    "trips.files.require_whole": "needs a file",
    "trips.csv_files.csv_names": "needs a file",
    "trips.csv_files.read_csv": "needs a file",
    "trips.csv_files.require_whole_csv": "needs a file",
    # They need a server or a cache; the tests of trips run both.
    "trips.cache.entries": "needs a cache",
    "trips.cache.find": "needs a cache",
    "trips.cache.keep": "needs a cache",
    "trips.cache.read_record": "needs a cache",
    "trips.cache.remains": "needs a cache",
    "trips.cache.remove": "needs a cache",
    "trips.cache.verify": "needs a cache",
    "trips.cache.write_record": "needs a cache",
    "trips.cache.writing": "needs a cache",
    "trips.command.clear": "needs a cache",
    "trips.command.fetch_months": "needs a server",
    "trips.command.list_months": "shown by the command",
    "trips.command.verify_all": "needs a cache",
    "trips.fetch.fetch": "needs a server",
    "trips.fetch.suffix_there": "needs a server",
    "trips.remote.is_there": "needs a server",
    "trips.remote.open_file": "needs a server",
    "trips.remote_s3.is_there_s3": "needs a server",
    "trips.remote_s3.open_s3": "needs a server",
    "trips.remote_s3.sizes": "needs a server",
    # Parts of something whose example shows them.
    "deployment.replay.replay_features": "shown by replay",
    "keep.kept.kept": "needs a function at the top of a module: shown by the study",
    "keep.entries.write": "writes a folder",
    "keep.entries.read": "needs a kept result's folder",
    "keep.entries.read_record": "needs a kept result's folder",
    "keep.recorded.open_study": "needs a folder",
    "keep.recorded.save": "writes a folder",
    "lineage.tables.version_of": "shown by Lineage",
    "lineage.tables.is_foreign": "shown by Lineage",
    "lineage.tables.holds": "shown by Lineage.add",
    "lineage.tables.insert": "shown by Lineage.record",
    "lineage.tables.run_of": "shown by Lineage.runs",
    "lineage.tables.artifacts_of": "shown by Lineage.runs",
    "lineage.tables.whole_run": "shown by Lineage.runs",
    "output.let_go": "closes standard output",
    "lineage.mlflow.export": "needs the extra mlflow",
    # The command's parts need a store; its tests write one.
    "lineage.command.list_runs": "needs a store",
    "lineage.command.back": "needs a store",
    "lineage.command.rests": "needs a store",
    "lineage.command.reviewed": "needs two files",
    "lineage.command.exported": "needs a store",
    # They run student code, or write its notebooks; their tests do so in a folder.
    "exercises.command.check_notebook": "needs a notebook",
    "exercises.command.check_paths": "needs a notebook",
    "exercises.command.found": "needs a folder",
    "exercises.command.list_all": "as long as the list",
    "exercises.command.new": "writes a folder",
    "exercises.command.status": "this person's own",
    "exercises.limits.contain": "there is no way back",
    "exercises.material.warm": "takes seconds, and shows nothing",
    "exercises.notebook.new_notebook": "writes a folder",
    "exercises.notebook.write_copies": "needs a project",
    "exercises.roster.warm": "takes seconds, and shows nothing",
    "exercises.server.answered": "shown by check",
    "exercises.server.serve": "takes over standard input and output",
    "exercises.source.folder": "a path of this machine",
    "exercises.submission.cells_of": "needs a notebook",
    "exercises.submission.run_cells": "shown by the command",
    "exercises.wire.read": "shown by write",
    # They read or run the project's pages; their tests write a small project.
    "reproduce.again.reproduce": "needs a project",
    "reproduce.again.run_page": "needs a project",
    "reproduce.command.run": "needs a project",
    "reproduce.command.ledger_here": "needs a project",
    "reproduce.command.list_all": "needs a project",
    "reproduce.pages.steps": "needs a project",
    "reproduce.shown.shown": "needs a project",
    "reproduce.shown.figures_on": "needs a project",
    "reproduce.shown.record_shown": "needs a project",
    "study.committed.recompute": "writes the committed results",
    "study.recording.save": "writes a folder",
    "study.recording.use": "writes down the user's choice",
    "study.estimate.estimate_errors": "shown by the table that it makes",
    "study.base.in_memory": "shown by load",
    "study.base.payment": "shown by month_facts",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def public() -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef, bool]]:
    """Name, node, and whether it is a function at the top of a module."""
    for path in CORE:
        name = module_name(path)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                yield f"{name}.{node.name}", node, isinstance(node, ast.FunctionDef)
                for inner in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(inner, ast.FunctionDef) and inner.name[0] != "_":
                        yield f"{name}.{node.name}.{inner.name}", inner, False


@pytest.mark.parametrize("path", CORE, ids=lambda path: module_name(path) or "debugml")
def test_every_module_says_what_it_is_and_stays_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 300


def test_everything_public_has_a_docstring() -> None:
    assert [name for name, node, _ in public() if not ast.get_docstring(node)] == []


def test_every_public_function_has_an_example_or_a_reason() -> None:
    kept = ("result", "Result")  # the study's results take seconds: pages show them
    lacking = {
        name
        for name, node, is_function in public()
        if is_function
        and ">>>" not in (ast.get_docstring(node) or "")
        and not any(isinstance(d, ast.Name) and d.id in kept for d in node.decorator_list)
        and not name.startswith("closure.syntax.")  # inner workings of closure.reach
        and not name.startswith("training.with_")  # shown by fit_forest and predict_proba
        and not name.startswith("exercises.topics.")  # shown by the exercises' pages
    }
    assert sorted(lacking) == sorted(NO_EXAMPLE)
