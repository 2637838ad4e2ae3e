"""What the store keeps: artifacts, and the runs that used and made them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .. import machine, settings


@dataclass(frozen=True)
class Artifact:
    """Something that a run used or made, known by its bytes.

    Attributes
    ----------
    digest : str
        SHA-256 in hex.
    name : str
        What people call it: a file's name, a result's name.
    kind : str
        ``"trips"``, ``"model"``, ``"decision"``, ``"release"``, ``"predictions"``,
        ``"result"``, ``"figure"``, ``"slide"``, ``"page"``, or whatever is of use elsewhere.
    rows : int, optional

    Examples
    --------
    >>> Artifact("3f2a", "yellow_tripdata_2020-01.parquet", "trips", 10_000).rows
    10000
    """

    digest: str
    name: str
    kind: str
    rows: int | None = None


@dataclass(frozen=True)
class Run:
    """What was done, with what, by which code, where and when.

    Attributes
    ----------
    name : str
        The function that ran.
    used, made : tuple of Artifact
    parameters : dict
        Of the function; JSON values.
    code : str
        Digest of the source that it reaches (`debugml.closure`).
    engine, device : str
        ``"pandas"``; the machine in words.
    versions : dict of str to str
        Python's and the libraries'.
    started : str
        ISO 8601, UTC.
    seconds : float

    Examples
    --------
    >>> file, forest = Artifact("3f2a", "2020-01", "trips"), Artifact("9b1c", "forest", "model")
    >>> Run("fit_forest", (file,), (forest,), {"seed": 0}, "c0de", "pandas", "laptop", {}).seconds
    0.0
    """

    name: str
    used: tuple[Artifact, ...]
    made: tuple[Artifact, ...]
    parameters: Mapping[str, Any]
    code: str
    engine: str
    device: str
    versions: Mapping[str, str]
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    seconds: float = 0.0

    @classmethod
    def here(
        cls,
        name: str,
        used: Iterable[Artifact],
        made: Iterable[Artifact],
        parameters: Mapping[str, Any],
        code: str,
        *,
        started: datetime | str | None = None,
        seconds: float = 0.0,
    ) -> Run:
        """A run of this process: with its engine, machine and versions, by default of now.

        Started at a moment to the second, or as the text says.

        Examples
        --------
        >>> Run.here("fit_forest", (), (), {"seed": 0}, "c0de").engine
        'pandas'
        """
        if not isinstance(started, str):
            started = (started or datetime.now(UTC)).isoformat(timespec="seconds")
        return cls(
            name,
            tuple(used),
            tuple(made),
            parameters,
            code,
            settings.engine(),
            machine.device(settings.engine()),
            machine.versions(),
            started,
            round(seconds, 3),
        )

    def identity(self) -> str:
        """What tells a run from another, as JSON: all that it was, but not how long and where.

        Two runs of the same function in the same second, with other parameters or files, may
        make the same bytes; they are two runs all the same.

        Examples
        --------
        >>> Run("fit", (), (), {"seed": 0}, "c0de", "pandas", "laptop", {}, "now").identity()
        '["fit", "now", "c0de", {"seed": 0}, [], []]'
        """
        used, made = (sorted(a.digest for a in side) for side in (self.used, self.made))
        parts = [self.name, self.started, self.code, dict(self.parameters), used, made]
        return json.dumps(parts, sort_keys=True)
