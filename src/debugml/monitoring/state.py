"""A monitor's state in one file, to go on with after a restart."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import StoreError
from ..summary import Ints
from .cells import DayCells

_KEY = b"debugml.monitor"
_NAMES = ("n", "p", "p_squared")


def save(cells: DayCells, settings: Mapping[str, Any], path: Path) -> None:
    """Write a monitor's cells that are not empty, with its settings, to a Parquet file.

    Parameters
    ----------
    cells : DayCells
    settings : mapping
        Of JSON values; ``bins`` among them.

    Raises
    ------
    StoreError
        If the file can't be written; one of that name is then as it was.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "monitor.parquet"
    ...     save(DayCells({18322: np.ones((3, 2, 4), dtype="int64")}), {"bins": 4}, path)
    ...     load(path)[1]
    {'bins': 4}
    """
    parts = []
    for day, values in sorted(cells.days.items()):
        label, cell = np.nonzero(values[0])
        where = np.column_stack([np.full(len(label), day), label, cell])
        parts.append(np.column_stack([where, values[:, label, cell].T]))
    rows = np.concatenate(parts) if parts else np.zeros((0, 6), dtype="int64")
    names = ("day", "label", "bin", *_NAMES)
    columns = {name: pa.array(rows[:, i], pa.int64()) for i, name in enumerate(names)}
    columns["day"] = columns["day"].cast(pa.int32()).cast(pa.date32())
    about = {_KEY: json.dumps(dict(settings)).encode()}
    table = pa.table(columns).replace_schema_metadata(about)
    try:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            pq.write_table(table, whole)
            whole.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path}: the monitor can't be written there ({error.strerror}). "
            "Name a file in a folder that exists and that you may write to"
        ) from error


def load(path: Path) -> tuple[DayCells, dict[str, Any]]:
    """Cells and settings, as `save` took them.

    Raises
    ------
    StoreError
        If the file is absent, damaged, or not a monitor's.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     try:
    ...         load(Path(folder) / "monitor.parquet")
    ...     except StoreError as error:
    ...         print("not a monitor" in str(error))
    True
    """
    try:
        table = pq.read_table(path)
        settings: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
        day = table["day"].cast(pa.int32()).to_numpy()
        label, cell = table["label"].to_numpy(), table["bin"].to_numpy()
        values = np.column_stack([table[name].to_numpy() for name in _NAMES])
        days: dict[int, Ints] = {}
        for one in np.unique(day):
            here = day == one
            cells = np.zeros((3, 2, settings["bins"]), dtype=np.int64)
            cells[:, label[here], cell[here]] = values[here].T
            days[int(one)] = cells
        return DayCells(days), settings
    except (OSError, KeyError, IndexError, ValueError, TypeError, pa.ArrowException) as error:
        raise StoreError(
            f"{path}: not a monitor that debugml saved ({error}). "
            "Give the file that Monitor.save wrote, or start a new monitor"
        ) from error
