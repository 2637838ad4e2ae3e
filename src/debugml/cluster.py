"""Where the partitions of a Dask frame are computed: this process, this machine, or a cluster.

Unset, Dask's own threads in this process do the work. With ``DEBUGML_SCHEDULER=local`` it is
done by processes on this machine, as many as its cores and memory allow; with an address
such as ``tcp://10.0.0.5:8786``, by the workers of the scheduler that answers there.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib
import importlib.util
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import settings
from .errors import SettingError

ANSWER = 5.0
"""Seconds within which a scheduler has to answer."""

_log = logging.getLogger("debugml")


@dataclass
class _Connection:
    """The client of this process, and the cluster behind it if that is ours to end."""

    scheduler: str
    engine: str
    by_argument: bool
    client: Any
    cluster: Any
    process: int

    def alive(self) -> bool:
        # A forked child shares nothing with the threads that served its parent.
        return self.process == os.getpid() and self.client.status == "running"

    def close(self) -> None:
        if self.process == os.getpid():
            self.client.close()
            if self.cluster is not None:
                self.cluster.close()


_present: _Connection | None = None


def connect(scheduler: str | None = None, engine: str = "dask") -> Any:
    """The client of the scheduler that this process uses, made at the first call.

    `debugml.load` calls it for the engines in partitions. A later call without an argument
    gives the same client; another scheduler closes it and connects anew. At the end of the
    process a client is closed, and with it a cluster that was started here.

    Parameters
    ----------
    scheduler : str, optional
        An address, ``"local"``, or ``"threads"`` for Dask's own threads. Default:
        ``DEBUGML_SCHEDULER``.
    engine : str
        ``"dask-cudf"`` gives each GPU of this machine a worker, where the scheduler is local.

    Returns
    -------
    distributed.Client or None
        None for Dask's own threads, and where a client of the caller's own is in use.

    Raises
    ------
    SettingError
        If the scheduler can't be read, does not answer within 5 seconds, or its workers
        lack debugml; or if a package is missing.

    Notes
    -----
    A local cluster starts Python anew for each worker. So a script has to do its work under
    ``if __name__ == "__main__":``, as with every pool of processes.

    Examples
    --------
    >>> connect("threads") is None
    True
    """
    global _present
    asked = settings.scheduler(scheduler)
    if _present is not None and _present.alive():
        stays = scheduler is None and _present.by_argument
        if stays or (asked, engine) == (_present.scheduler, _present.engine):
            _present.by_argument |= scheduler is not None
            return _present.client
        disconnect()
    if asked == settings.THREADS:
        return None
    said = "scheduler" if scheduler is not None else "DEBUGML_SCHEDULER"
    _require("distributed", f"{said} is {asked!r}", "debugml[dask]")
    client, cluster = _local(said, engine) if asked == settings.LOCAL else (_at(asked, said), None)
    _present = _Connection(asked, engine, scheduler is not None, client, cluster, os.getpid())
    _say(client, asked)
    return client


def disconnect() -> None:
    """Close the client of this process, and the cluster that was started for it.

    Examples
    --------
    >>> disconnect()
    """
    global _present
    if _present is not None:
        _present.close()
    _present = None


atexit.register(disconnect)


def _local(said: str, engine: str) -> tuple[Any, Any]:
    distributed = _distributed()
    make = distributed.LocalCluster
    # Only this machine is listened to. Any free port: another cluster may run beside this.
    options: dict[str, Any] = {"dashboard_address": "127.0.0.1:0"}
    if engine == "dask-cudf":
        _require("dask_cuda", f"{said} is 'local' on the engine dask-cudf", "debugml[gpu]")
        import dask_cuda

        make = dask_cuda.LocalCUDACluster
    else:
        # As many processes as there are cores, and to each its share of the memory.
        options |= {"processes": True}
    try:
        cluster = make(**options)
        return distributed.Client(cluster), cluster
    except (OSError, RuntimeError, TimeoutError) as error:
        raise SettingError(
            f"{said} is 'local', and no worker could be started ({_first_line(error)}). In a "
            'script, put what it does under `if __name__ == "__main__":`, since each worker '
            "starts by reading the script"
        ) from error


def _at(address: str, said: str) -> Any:
    distributed = _distributed()
    try:
        # In a thread: a notebook's own has a loop that runs already.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, _greet(address)).result()
        client = distributed.Client(address, timeout=ANSWER)
    except (OSError, TimeoutError, ValueError, RuntimeError, MemoryError) as error:
        # A server of another kind sends what reads as a message of any length: MemoryError.
        raise SettingError(
            f"{said} is {address!r}, where no Dask scheduler answers ({_first_line(error)}). "
            "Start one with `dask scheduler`, or use 'local' for processes on this machine"
        ) from error
    if not client.scheduler_info()["workers"]:
        # No error: some clusters start their workers when there is work.
        _log.warning("%s has no workers yet; start some with `dask worker %s`", address, address)
        return client
    found = client.run(importlib.util.find_spec, "debugml")
    lacking = sorted(worker for worker, spec in found.items() if spec is None)
    if lacking:
        client.close()
        raise SettingError(
            f"{said} is {address!r}, whose worker {lacking[0]} has no debugml: install the same "
            "version of it on each worker"
        )
    return client


async def _greet(address: str) -> None:
    """Shake hands with the scheduler. A client alone would wait for ever for one that is deaf."""
    distributed = _distributed()
    async with asyncio.timeout(ANSWER):
        secrets = distributed.Security().get_connection_args("client")
        comm = await distributed.comm.connect(address, timeout=ANSWER, **secrets)
        await comm.close()


def _say(client: Any, scheduler: str) -> None:
    where = f"Dask: {scheduler}, {len(client.scheduler_info()['workers'])} workers"
    text = f"{where}, dashboard {client.dashboard_link}" if client.dashboard_link else where
    if scheduler == settings.LOCAL and importlib.util.find_spec("bokeh") is None:
        text += " (it needs bokeh: pip install bokeh)"
    # In a terminal only: on a page it would be output. Elsewhere it is a line for the log.
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
    else:
        _log.info(text)


def _distributed() -> Any:
    # Imported where it is used, and as a package without types, which it is.
    return importlib.import_module("distributed")


def _require(package: str, said: str, extra: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise SettingError(f"{said}, which needs {package}: pip install '{extra}'")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
