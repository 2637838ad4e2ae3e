"""Work on the study's results in processes of their own, several side by side."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Done = TypeVar("Done")

PROCESSES = max(1, min(4, os.cpu_count() or 1))

Lane = list[int]
"""Numbers of results that one process computes, one after the other."""


def in_processes(
    waves: Iterable[list[Lane]],
    task: Callable[[int], Done],
    done: Callable[[int, Done], None],
    *,
    processes: int,
    died: Callable[[int], Done] | None = None,
) -> None:
    """Do a task for every number: lanes of a wave side by side, one wave after the other.

    A process keeps what it has fitted or loaded for the lanes that follow. All end with the one
    that called, however that ends.

    Parameters
    ----------
    waves : iterable of list of lane
    task : function
        Top-level: it is called in another process.
    done : function
        Called with each number and what its task gave, as soon as that is there.
    processes : int
        How many at once.
    died : function, optional
        Stands in for a task whose process died; what follows runs in a new one.

    Raises
    ------
    Exception
        What a task raises; `BrokenProcessPool` if its process died and there is no ``died``.

    Examples
    --------
    >>> import math
    >>> roots = {}
    >>> in_processes([[[1, 4], [9]]], math.isqrt, roots.__setitem__, processes=1)
    >>> roots
    {1: 1, 4: 2, 9: 3}
    """
    workers = [_Worker(task, died, alone=processes == 1) for _ in range(processes)]
    stop = threading.Event()
    try:
        with ThreadPoolExecutor(processes) as threads:
            for wave in waves:
                lanes: SimpleQueue[Lane] = SimpleQueue()
                for lane in wave:
                    lanes.put(lane)
                running = [threads.submit(_work, w, lanes, done, stop) for w in workers]
                try:
                    for each in running:
                        each.result()
                except BaseException:
                    # An interruption does not wait for what runs, which may take hours.
                    stop.set()
                    for worker in workers:
                        worker.end()
                    raise
    finally:
        for worker in workers:
            worker.end()


class _Worker(Generic[Done]):
    """One process at a time, which does one task at a time."""

    def __init__(
        self, task: Callable[[int], Done], died: Callable[[int], Done] | None, alone: bool
    ) -> None:
        self._task, self._died, self._alone = task, died, alone
        self._ended = False
        self._start()

    def _start(self) -> None:
        # The process ends when nobody holds the other end of its pipe any more.
        watched, self._held = multiprocessing.Pipe(duplex=False)
        # Spawned, not forked: a fork would copy the locks of threads that it does not have.
        fresh = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, fresh, _begin, (watched, self._alone))

    def do(self, number: int) -> Done:
        try:
            return self._pool.submit(self._task, number).result()
        except BrokenProcessPool:
            if self._died is None or self._ended:
                raise
            self._stop()
            self._start()
            return self._died(number)

    def end(self) -> None:
        self._ended = True
        self._stop()

    def _stop(self) -> None:
        self._held.close()
        self._pool.shutdown(cancel_futures=True)


def _begin(watched: Connection, alone: bool) -> None:
    # The one that called hears of an interruption, and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    if not alone:
        # Small matrices: threads of several processes would mostly wait for each other.
        threadpool_limits(1, user_api="blas")


def _end_with(watched: Connection) -> None:
    """End this process when the one that started it ends, whatever it is doing."""
    try:
        watched.recv()
    except (EOFError, OSError):
        os._exit(1)


def _work(
    worker: _Worker[Done],
    lanes: SimpleQueue[Lane],
    done: Callable[[int, Done], None],
    stop: threading.Event,
) -> None:
    while not stop.is_set():
        try:
            lane = lanes.get_nowait()
        except Empty:
            return
        for number in lane:
            done(number, worker.do(number))
