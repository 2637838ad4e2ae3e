"""A Jupyter kernel of this interpreter, that always ends."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from debugml.errors import RenderError


@contextlib.asynccontextmanager
async def started(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Any]:
    """A notebook client with a running kernel.

    The kernel is started and ended here, not by the client's own context: that
    one takes over the process's signals, and a cancelled page must end its
    kernel at once.

    Parameters
    ----------
    folder : Path
        The kernel's working folder.
    environment : mapping
        Its whole environment.

    Raises
    ------
    RenderError
        If the kernel does not start.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbformat import v4

    class OwnInterpreter(KernelSpecManager):
        """Always this Python, whatever kernels the user has installed."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    with tempfile.TemporaryDirectory(prefix="dbg-", ignore_cleanup_errors=True) as scratch:
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=OwnInterpreter(),
            # Local sockets where there are any: nobody else on the machine can listen in.
            transport="tcp" if sys.platform == "win32" else "ipc",
            connection_file=str(Path(scratch) / "kernel.json"),
        )
        notebook = v4.new_notebook()  # type: ignore[no-untyped-call]
        client = NotebookClient(notebook, km=manager, timeout=None, allow_errors=True)
        # A folder of its own: no start-up file of the user changes what a page shows.
        variables = {**environment, "IPYTHONDIR": scratch}
        in_order = False
        try:
            try:
                await client.async_start_new_kernel(env=variables, cwd=str(folder))
                await client.async_start_new_kernel_client()
            except RuntimeError as error:
                raise RenderError(f"the Jupyter kernel did not start: {error}") from error
            yield client
            in_order = True
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await _end(manager, in_order=in_order)


async def _end(manager: Any, *, in_order: bool) -> None:
    """End a kernel; one that ends in order runs what it registered for its end."""
    if not in_order:
        await manager.shutdown_kernel(now=True)
        return
    # Not `shutdown_kernel`: that interrupts first, and the kernel then logs an error.
    await manager.request_shutdown()
    await manager.finish_shutdown()
    await manager.cleanup_resources()
