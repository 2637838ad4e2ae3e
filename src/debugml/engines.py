"""The engines that hold a frame: pandas or cuDF in one piece, Dask in partitions of either.

All that differs between them is here. Elsewhere one body of code works on the dataframe API
that they share, part by part: `by_part` for rows that become rows, `summary.summarise` for
rows that become one summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

ENGINES = ("pandas", "dask", "cudf", "dask-cudf")

DISTRIBUTED = ("dask", "dask-cudf")
"""Engines whose frames are in partitions, which may lie on other machines."""


def in_partitions(frame: Any) -> bool:
    """Whether a frame is in partitions, Dask's; else it is one piece, in this process.

    Examples
    --------
    >>> in_partitions(pd.DataFrame({"x": [1]}))
    False
    """
    return hasattr(frame, "map_partitions")


def on_gpu(frame: Any) -> bool:
    """Whether a frame's rows lie in a GPU's memory: cuDF's, in one piece or in partitions.

    Examples
    --------
    >>> on_gpu(pd.DataFrame({"x": [1]}))
    False
    """
    part = frame._meta if in_partitions(frame) else frame
    return hasattr(part, "to_pandas")


def moved(frame: Any, *, gpu: bool) -> Any:
    """A frame in a GPU's memory, or out of it; partitions stay partitions.

    Examples
    --------
    >>> moved(pd.DataFrame({"x": [1]}), gpu=False)["x"].tolist()
    [1]
    """
    if on_gpu(frame) == gpu:
        return frame
    if in_partitions(frame):
        return frame.to_backend("cudf" if gpu else "pandas")
    return _to_cudf(frame) if gpu else to_pandas(frame)


def by_part(frame: Any, function: Callable[..., Any], *args: Any, meta: Any = None) -> Any:
    """A function of a frame's rows, applied where they lie.

    Parameters
    ----------
    frame : DataFrame
        Of any engine.
    function : callable
        From a frame in one piece, and ``args``, to a frame or series of the same rows or of
        some of them; no row of the result may need two of the frame's.
    meta : optional
        What the result looks like, as Dask takes it; by default the function's own result
        for a frame without rows.

    Examples
    --------
    >>> by_part(pd.DataFrame({"x": [1, 2]}), lambda part, by: part * by, 3)["x"].tolist()
    [3, 6]
    """
    if not in_partitions(frame):
        return function(frame, *args)
    meta = function(frame._meta, *args) if meta is None else meta
    return frame.map_partitions(function, *args, meta=meta)


def through_pandas(part: Any, function: Callable[..., Any], *args: Any) -> Any:
    """A function of a pandas frame, on a part of any engine: its result is that engine's again.

    Examples
    --------
    >>> through_pandas(pd.DataFrame({"x": [1, 2]}), lambda part: part["x"] * 2).tolist()
    [2, 4]
    """
    return moved(function(to_pandas(part), *args), gpu=on_gpu(part))


def concat(frames: list[Any]) -> Any:
    """Frames of one engine, one below the other, with a fresh index where they are in one piece.

    Examples
    --------
    >>> concat([pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]})])["x"].tolist()
    [1, 2]
    """
    if in_partitions(frames[0]):
        import dask.dataframe as dd

        return dd.concat(frames)  # type: ignore[no-untyped-call]
    if isinstance(frames[0], pd.DataFrame):
        return pd.concat(frames, ignore_index=True)
    import cudf

    return cudf.concat(frames, ignore_index=True)


def to_pandas(frame: Any) -> Any:
    """A frame or series of any engine as pandas, here: only for what fits this machine's memory.

    Examples
    --------
    >>> to_pandas(pd.Series([1, 2])).tolist()
    [1, 2]
    """
    if in_partitions(frame):
        frame = frame.compute()
    return frame.to_pandas() if hasattr(frame, "to_pandas") else frame


def from_parts(
    read: Callable[..., pd.DataFrame], parts: Iterable[Any], meta: pd.DataFrame, engine: str
) -> Any:
    """One frame of what `read` gives for each part: at once, or one partition a part, lazily.

    Parameters
    ----------
    read : callable
        From a part to a pandas frame. On distributed engines it runs where the partition is.
    parts : iterable
        What `read` takes, one a partition.
    meta : DataFrame
        A frame as `read` gives, without rows.
    engine : str
        One of `ENGINES`.

    Examples
    --------
    >>> def read(n: int) -> pd.DataFrame:
    ...     return pd.DataFrame({"x": [n] * n})
    >>> from_parts(read, [1, 2], read(0), "pandas")["x"].tolist()
    [1, 2, 2]
    """
    if engine not in DISTRIBUTED:
        whole = concat([read(part) for part in parts])
        return whole if engine == "pandas" else _to_cudf(whole)
    import dask.dataframe as dd

    frame: Any = dd.from_map(read, list(parts), meta=meta)  # type: ignore[no-untyped-call]
    return frame if engine == "dask" else frame.to_backend("cudf")


def _to_cudf(frame: pd.DataFrame) -> Any:
    import cudf

    return cudf.from_pandas(frame)
