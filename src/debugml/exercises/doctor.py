"""Is this machine ready for the exercises? Each thing that they need, tried and explained."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from .. import settings
from ..errors import DebugmlError
from ..trips.samples import manifest, sample_path

OK, NOTE, FAULT = "ok", "note", "fault"


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
    state : str
        ``"ok"``; ``"note"``: works, but know this; ``"fault"``: exercises won't work.
    says : str
        What was found, and the way out.
    """

    what: str
    state: str
    says: str


def examine(*, thorough: bool = True) -> Iterator[Examined]:
    """Look at everything, one after another.

    Parameters
    ----------
    thorough : bool
        Also start the process that checks, which takes some seconds.

    Examples
    --------
    >>> [each.what for each in examine(thorough=False)][0]
    'Python'
    """
    looks: list[tuple[str, Callable[[], tuple[str, str]]]] = [
        ("Python", _python),
        ("system", _system),
        ("debugml", _package),
        ("libraries", _libraries),
        ("sample trips", _samples),
        ("exercises", _pages),
        ("progress", _home),
        ("memory", _memory),
        ("Jupyter", _jupyter),
        ("rendering", _rendering),
    ]
    if thorough:
        looks.append(("a check", _check))
    for what, look in looks:
        try:
            state, says = look()
        except (DebugmlError, OSError) as error:
            state, says = FAULT, str(error)
        yield Examined(what, state, says)


def _python() -> tuple[str, str]:
    said = f"{platform.python_version()} at {sys.executable}"
    if sys.prefix == sys.base_prefix:
        return NOTE, f"{said}; not in a virtual environment (python -m venv .venv makes one)"
    return OK, said


def _system() -> tuple[str, str]:
    said = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    if not hasattr(os, "fork"):
        return FAULT, f"{said}: answers are checked in forked processes; on Windows, work in WSL"
    if platform.system() == "Darwin":
        return NOTE, f"{said}: macOS does not limit memory, so an answer may use all there is"
    return OK, said


def _package() -> tuple[str, str]:
    return OK, f"{version('debugml')} at {Path(__file__).parents[1]}"


def _libraries() -> tuple[str, str]:
    wanted = [each for each in requires("debugml") or () if "extra ==" not in each]
    lacking, old = [], []
    for each in wanted:
        match = re.match(r"([\w.-]+)\s*(?:>=\s*([\d.]+))?", each)
        if match is None:
            continue
        name, least = match.groups()
        try:
            there = version(name)
        except PackageNotFoundError:
            lacking.append(name)
            continue
        if least and _number(there) < _number(least):
            old.append(f"{name} {there} (wants {least})")
    if lacking or old:
        problems = "; ".join(filter(None, [", ".join(lacking) and "absent: " + ", ".join(lacking),
                                           ", ".join(old)]))  # fmt: skip
        return FAULT, f"{problems}. Install debugml again: pip install debugml"
    shown = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scikit-learn"))
    return OK, f"{len(wanted)} of {len(wanted)} in place, {shown} among them"


def _samples() -> tuple[str, str]:
    files = manifest()
    for name in files:
        sample_path(name.removeprefix("yellow_tripdata_").removesuffix(".parquet"))
    source = os.environ.get("DEBUGML_SOURCE") or settings.SAMPLE
    said = f"{len(files)} months, all with the right checksum"
    if source != settings.SAMPLE:
        return NOTE, f"{said}; but DEBUGML_SOURCE is {source}: cells will load from there"
    return OK, said


def _pages() -> tuple[str, str]:
    from .roster import TOPICS, everything
    from .source import page

    there = [one.name for topic in TOPICS for one in page(topic).exercises]
    lacking = sorted({each.name for each in everything()} ^ set(there))
    if lacking:
        return FAULT, f"page and check differ in {', '.join(lacking)}. Install debugml again"
    return OK, f"{len(there)} in {len(TOPICS)} topics"


def _home() -> tuple[str, str]:
    home = settings.home()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=home):
        pass
    free = shutil.disk_usage(home).free / 2**30
    if free < 0.5:
        return NOTE, f"kept in {home}, where only {free:.1f} GB are free"
    return OK, f"kept in {home}, {free:,.0f} GB free; nothing leaves this machine"


def _memory() -> tuple[str, str]:
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError, AttributeError):
        return NOTE, "this system does not say how much is free; 2 GB are enough"
    if free < 1:
        return NOTE, f"{free:.1f} GB free: close something if a check is slow"
    return OK, f"{free:.1f} GB free"


def _jupyter() -> tuple[str, str]:
    if find_spec("ipykernel") is None:
        return FAULT, "no kernel to run notebooks with: pip install 'debugml[course]'"
    for name in ("jupyterlab", "notebook"):
        if find_spec(name):
            return OK, f"{name} {version(name)}"
    return NOTE, (
        "no JupyterLab here: pip install jupyterlab, or open notebooks in an editor that has "
        f"Jupyter, with the kernel {sys.executable}"
    )


def _rendering() -> tuple[str, str]:
    if quarto := shutil.which("quarto"):
        return OK, f"Quarto at {quarto}"
    if find_spec("nbclient") and find_spec("pypandoc"):
        return OK, "the embedded engine (no Quarto on the PATH, and none needed)"
    return NOTE, "talk and book can't be rendered (pip install 'debugml[talk]'); exercises work"


def _check() -> tuple[str, str]:
    import cloudpickle

    from .checking import examined
    from .material import MONTHS

    packed = cloudpickle.dumps(None)
    started = time.monotonic()
    examined("trips-payment-shares", packed)
    first = time.monotonic() - started
    started = time.monotonic()
    verdict = examined("trips-payment-shares", packed)
    again = time.monotonic() - started
    if not verdict.findings:
        return FAULT, "the process that checks gave no answer"
    said = f"{first:.1f} s for the first of a session, {again:.2f} s after it"
    return (OK if again < 1 else NOTE), f"{said} ({len(MONTHS)} months at hand)"


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", text)[:3])
