"""What made a result, and what made what it used: as runs, as JSON, and on its frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..lineage import Artifact, Run
from ..provenance import of_trips

T = TypeVar("T", Artifact, Run)

FILES = "trips"
"""The kind of the artifacts that are files."""

_SHARED = ("engine", "device", "versions")
"""What the runs behind a result mostly share with it: written only where it differs."""


@dataclass(frozen=True)
class Record:
    """The run that made a result, and the runs behind it.

    Attributes
    ----------
    run : Run
        It made one artifact, the result. It used the files, and what the results, models
        and so on that it asked for gave it.
    behind : tuple of Run
        The runs that made these, those behind them first; each once.
    source : str
        Where the trips came from, in words (`settings.source_in_words`); empty for the samples.
    """

    run: Run
    behind: tuple[Run, ...] = ()
    source: str = ""

    def files(self) -> tuple[Artifact, ...]:
        """The files that the result rests on, its own and those behind it, each name once.

        Examples
        --------
        >>> month = Artifact("d1", "yellow_tripdata_2020-01.parquet", "trips", 10_000)
        >>> table = Artifact("d2", "table", "result", 3)
        >>> run = Run("table", (month,), (table,), {}, "c0de", "pandas", "laptop", {})
        >>> [file.name for file in Record(run).files()]
        ['yellow_tripdata_2020-01.parquet']
        """
        runs = (*self.behind, self.run)
        return tuple({a.name: a for r in runs for a in r.used if a.kind == FILES}.values())

    def on_frame(self) -> dict[str, Any]:
        """What the result's frame carries; its months are also those of the runs behind it.

        Examples
        --------
        >>> month = Artifact("d1", "yellow_tripdata_2020-01.parquet", "trips", 10_000)
        >>> table = Artifact("d2", "table", "result", 3)
        >>> run = Run("table", (month,), (table,), {}, "c0de", "pandas", "laptop", {})
        >>> carried = Record(run).on_frame()
        >>> carried["result"], carried["months"], carried["rows"]
        ('table', ['2020-01'], 10000)
        """
        run = self.run
        files = self.files()
        digests = {a.name: a.digest for a in files}
        return {
            "result": run.name,
            "parameters": dict(run.parameters),
            **of_trips(digests, rows_of(files), run.engine, self.source),
            "digest": run.made[0].digest,
            "code": run.code,
            "device": run.device,
            "started": run.started,
            "seconds": run.seconds,
        }

    def to_json(self) -> dict[str, Any]:
        """Name, parameters, data (files with digest and rows), what else was used, result,
        code, engine, where, when, and the runs behind it.

        What the runs behind it used and made stands once, under ``artifacts``; they name each
        by its place there.
        """
        run = self.run
        artifacts = once(a for each in self.behind for a in (*each.used, *each.made))
        place = {artifact: number for number, artifact in enumerate(artifacts)}
        return {
            "name": run.name,
            "parameters": dict(run.parameters),
            "data": {
                a.name: {"sha256": a.digest, "rows": a.rows} for a in run.used if a.kind == FILES
            },
            "used": [_to_json(a) for a in run.used if a.kind != FILES],
            "result": {"sha256": run.made[0].digest, "rows": run.made[0].rows},
            "code": run.code,
            "engine": run.engine,
            "device": run.device,
            "versions": dict(run.versions),
            "started": run.started,
            "seconds": run.seconds,
            "artifacts": [_to_json(artifact) for artifact in artifacts],
            "behind": [_behind(each, run, place) for each in self.behind],
        } | ({"source": self.source} if self.source else {})


def from_json(about: Mapping[str, Any]) -> Record:
    """The record that `Record.to_json` wrote.

    Raises
    ------
    LookupError, TypeError
        If it is none.

    Examples
    --------
    >>> table = Artifact("d2", "table", "result", 3)
    >>> record = Record(Run("table", (), (table,), {}, "c0de", "pandas", "laptop", {}))
    >>> from_json(record.to_json()) == record
    True
    """
    files = [
        Artifact(file["sha256"], name, FILES, file["rows"]) for name, file in about["data"].items()
    ]
    result = Artifact(about["result"]["sha256"], about["name"], "result", about["result"]["rows"])
    # Entries of before the chain was kept have neither "used" nor "behind".
    used = [_artifact(a) for a in about.get("used", [])]
    run = _run({**about, "used": [], "made": []}, (*files, *used), (result,))
    artifacts = [_artifact(a) for a in about.get("artifacts", [])]
    behind = [
        _run(
            {**{name: about[name] for name in _SHARED}, **each},
            *(
                # Older entries have the artifact itself in place of its number.
                tuple(_artifact(a) if isinstance(a, dict) else artifacts[a] for a in each[side])
                for side in ("used", "made")
            ),
        )
        for each in about.get("behind", [])
    ]
    return Record(run, tuple(behind), about.get("source", ""))


def rows_of(files: Iterable[Artifact]) -> int | None:
    """Rows of all files together; None if those of one are not known.

    Examples
    --------
    >>> rows_of([Artifact("d1", "january", "trips", 3), Artifact("d2", "february", "trips", 2)])
    5
    """
    counts = [file.rows for file in files]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def once(things: Iterable[T]) -> tuple[T, ...]:
    """Runs by their identity, artifacts by what they are: each once, in the first's place.

    Examples
    --------
    >>> month, table = Artifact("d1", "january", "trips"), Artifact("d2", "table", "result")
    >>> [artifact.name for artifact in once([month, table, month])]
    ['january', 'table']
    """
    found: dict[object, T] = {}
    for thing in things:
        # Runs hold dicts, so they have no hash.
        key = thing.identity() if isinstance(thing, Run) else thing
        found.setdefault(key, thing)
    return tuple(found.values())


def _behind(run: Run, above: Run, place: Mapping[Artifact, int]) -> dict[str, Any]:
    about = {
        "name": run.name,
        "parameters": dict(run.parameters),
        "used": [place[a] for a in run.used],
        "made": [place[a] for a in run.made],
        "code": run.code,
        "started": run.started,
        "seconds": run.seconds,
    }
    own = {"engine": run.engine, "device": run.device, "versions": dict(run.versions)}
    shared = {"engine": above.engine, "device": above.device, "versions": dict(above.versions)}
    return about | {name: own[name] for name in _SHARED if own[name] != shared[name]}


def _to_json(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "kind": artifact.kind,
        "sha256": artifact.digest,
        "rows": artifact.rows,
    }


def _artifact(about: Mapping[str, Any]) -> Artifact:
    return Artifact(about["sha256"], about["name"], about["kind"], about["rows"])


def _run(about: Mapping[str, Any], used: tuple[Artifact, ...], made: tuple[Artifact, ...]) -> Run:
    return Run(
        name=about["name"],
        used=used,
        made=made,
        parameters=about["parameters"],
        code=about["code"],
        engine=about["engine"],
        device=about["device"],
        versions=about["versions"],
        started=about["started"],
        seconds=about["seconds"],
    )
