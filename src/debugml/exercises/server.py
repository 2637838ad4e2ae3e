"""The process that checks: it imports everything once, then forks for each piece of work.

Started by `debugml.exercises.client` as ``python -m debugml.exercises.server``; requests come on
standard input, replies go to what was standard output.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from .apart import Ran, apart
from .request import Request
from .wire import read, write


def serve() -> None:
    """Answer requests until the other end closes."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    _warm()
    while (request := read(requests)) is not None:
        asked: Request = pickle.loads(request)
        write(replies, pickle.dumps(answered(asked)))


def answered(request: Request) -> Ran:
    """The work of one request, done in a fork."""

    def work(send: Callable[[bytes], None]) -> None:
        sys.path[:0] = [each for each in request.path if each not in sys.path]
        if request.work == "run":
            from .submission import run_cells

            run_cells(request.cells, send)
        else:
            _examine(request, send)

    return apart(work, request.limits)


def _examine(request: Request, send: Callable[[bytes], None]) -> None:
    import numpy as np

    from .exercise import Finding
    from .roster import exercise
    from .unchanged import Watch

    try:
        answer: Any = pickle.loads(request.answer)
    except Exception as error:
        said = (
            f"The answer can't be rebuilt outside your notebook ({type(error).__name__}: {error})."
        )
        send(Finding(False, said).to_json())
        return
    watch = Watch(answer)
    for finding in exercise(request.exercise).examine(answer, np.random.default_rng(request.seed)):
        send(finding.to_json())
    for finding in watch.findings():
        send(finding.to_json())


def _warm() -> None:
    """Import what checks need, and compute what several of them share, before the first fork."""
    os.environ.setdefault("MPLBACKEND", "agg")
    # A fork has one thread only: pools that were started before it would wait for the others.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    import matplotlib.pyplot  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import debugml.figures
    import debugml.study  # noqa: F401

    from . import material, roster

    material.warm()
    roster.warm()


if __name__ == "__main__":
    serve()
