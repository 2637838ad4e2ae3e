"""The engines that hold a frame: pandas or cuDF in one piece, Dask in partitions of either.

All that differs between them is here. Elsewhere one body of code works on the dataframe API
that they share, part by part: `by_part` for rows that become rows, `summary.summarise` for
rows that become one summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ENGINES = ("pandas", "dask", "cudf", "dask-cudf")

DISTRIBUTED = ("dask", "dask-cudf")
"""Engines whose frames are in partitions, which may lie on other machines."""

NEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pandas": ("", ()),
    "dask": ("dask", ("dask", "distributed")),
    "cudf": ("gpu", ("cudf",)),
    "dask-cudf": ("gpu", ("cudf", "dask_cudf", "distributed")),
}
"""The extra of debugml that brings what an engine needs, and the packages that it needs."""


def has_gpu() -> bool:
    """Whether CUDA finds a GPU here; asked of CuPy, which comes with cuDF.

    Examples
    --------
    >>> has_gpu() in (True, False)
    True
    """
    try:
        import cupy
    except ImportError:
        return False
    return bool(cupy.cuda.is_available())


def in_partitions(frame: Any) -> bool:
    """Whether a frame is in partitions, Dask's; else it is one piece, in this process.

    Examples
    --------
    >>> import pandas as pd
    >>> in_partitions(pd.DataFrame({"x": [1]}))
    False
    """
    return hasattr(frame, "map_partitions")


def on_gpu(frame: Any) -> bool:
    """Whether a frame's rows lie in a GPU's memory: cuDF's, in one piece or in partitions.

    Examples
    --------
    >>> import pandas as pd
    >>> on_gpu(pd.DataFrame({"x": [1]}))
    False
    """
    part = frame._meta if in_partitions(frame) else frame
    return hasattr(part, "to_pandas")


def moved(frame: Any, *, gpu: bool) -> Any:
    """A frame in a GPU's memory, or out of it; partitions stay partitions.

    Examples
    --------
    >>> import pandas as pd
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
    >>> import pandas as pd
    >>> by_part(pd.DataFrame({"x": [1, 2]}), lambda part, by: part * by, 3)["x"].tolist()
    [3, 6]
    """
    if not in_partitions(frame):
        return function(frame, *args)
    from dask.delayed import delayed

    meta = function(frame._meta, *args) if meta is None else meta
    # Nodes of the graph that all parts share: a model is sent once, not with each part.
    shared = [delayed(arg, traverse=False) for arg in args]
    return frame.map_partitions(function, *shared, meta=meta)


def by_range(frame: Any, column: str, bounds: Sequence[Any]) -> Any:
    """The rows of a Dask frame moved, so that each partition has one range of a column.

    One shuffle, over the disks of the workers: memory stays that of a few partitions. Rows of
    a partition are in no order.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
    column : str
        Numbers or times, none missing.
    bounds : sequence of shape (ranges + 1,)
        Ascending; range i holds the values from ``bounds[i]`` up to, not with,
        ``bounds[i + 1]``, the last range that too. All values lie within.

    Examples
    --------
    >>> import pandas as pd
    >>> import dask.dataframe as dd
    >>> frame = dd.from_pandas(pd.DataFrame({"x": [3, 1, 2, 0]}), npartitions=2)
    >>> [sorted(part["x"]) for part in by_range(frame, "x", [0, 2, 4]).partitions]
    [[0, 1], [2, 3]]
    """
    return frame.set_index(column, divisions=list(bounds)).reset_index()


def numbered(frame: Any, name: str) -> Any:
    """The frame with one more column, ascending as its rows come: the order to sort by later.

    Parameters
    ----------
    frame : DataFrame
        Of any engine.
    name : str
        Of the new int64 column. In partitions it is the partition's number times 2**40, plus
        the row's.

    Examples
    --------
    >>> import pandas as pd
    >>> numbered(pd.DataFrame({"x": [5, 3]}), "order")["order"].tolist()
    [0, 1]
    """
    if not in_partitions(frame):
        return _number(frame, name, 0)
    import dask.dataframe as dd
    from dask.delayed import delayed

    number = delayed(_number)
    parts = [number(part, name, at) for at, part in enumerate(frame.to_delayed())]
    return dd.from_delayed(parts, meta=_number(frame._meta, name, 0))


def _number(frame: Any, name: str, partition: int) -> Any:
    import numpy as np

    first = partition << 40
    return frame.assign(**{name: np.arange(first, first + len(frame))})


def through_pandas(part: Any, function: Callable[..., Any], *args: Any) -> Any:
    """A function of a pandas frame, on a part of any engine: its result is that engine's again.

    Examples
    --------
    >>> import pandas as pd
    >>> through_pandas(pd.DataFrame({"x": [1, 2]}), lambda part: part["x"] * 2).tolist()
    [2, 4]
    """
    return moved(function(to_pandas(part), *args), gpu=on_gpu(part))


def concat(frames: list[Any]) -> Any:
    """Frames of one engine, one below the other, with a fresh index where they are in one piece.

    Examples
    --------
    >>> import pandas as pd
    >>> concat([pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]})])["x"].tolist()
    [1, 2]
    """
    if in_partitions(frames[0]):
        import dask.dataframe as dd

        return dd.concat(frames)  # type: ignore[no-untyped-call]
    if not on_gpu(frames[0]):
        import pandas as pd

        return pd.concat(frames, ignore_index=True)
    import cudf

    return cudf.concat(frames, ignore_index=True)


def weekday(times: Any) -> Any:
    """The day of the week of a series of times in one piece: Monday is 0.

    Examples
    --------
    >>> import pandas as pd
    >>> weekday(pd.Series(pd.to_datetime(["2020-03-01", "2020-03-02"]))).tolist()
    [6, 0]
    """
    # pandas gave up the name that cuDF has.
    return times.dt.day_of_week if hasattr(times.dt, "day_of_week") else times.dt.weekday


def to_pandas(frame: Any) -> Any:
    """A frame or series of any engine as pandas, here: only for what fits this machine's memory.

    Examples
    --------
    >>> import pandas as pd
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
    >>> import pandas as pd
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
