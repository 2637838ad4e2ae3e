"""A project of one page whose kept results are its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugml import study

MONTHS = ("2020-01", "2020-02")
"""What the page asks for: `study.month_facts` of these, kept nowhere yet."""


def one_page_project(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write it, go there, and give its folder."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "_quarto.yml").write_text("project:\n  type: website\n")
    (root / "page.qmd").write_text(page)
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(study.month_facts, "_committed", lambda: tmp_path / "committed")
    monkeypatch.setattr(study.month_facts, "_read", {})
    monkeypatch.chdir(root)
    return root
