"""Calling a student's function: what it raises is caught and told, with the line."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

SECONDS = 5.0
"""For one call of a function, in seconds."""


class TookTooLong(BaseException):
    """A call that went over its time; no `except Exception` of a student's catches it."""


@dataclass(frozen=True)
class Raised:
    """What came in place of a result.

    Attributes
    ----------
    says : str
        In words: "raised KeyError: 'n', in line 3 of it."
    over : bool
        Whether it went over a limit: no use to try it again.
    """

    says: str
    over: bool = False


def call(function: Callable[..., Any], args: tuple[Any, ...], seconds: float = SECONDS) -> Any:
    """What a function gives, or what it raised.

    Parameters
    ----------
    function : callable
    args : tuple
    seconds : float
        Time that it has.

    Returns
    -------
    any, or Raised

    Examples
    --------
    >>> call(lambda x: x + 1, (1,))
    2
    >>> call(lambda: {}["n"], ()).says
    "raised KeyError: 'n', in line 1 of it."
    """
    try:
        with within(seconds):
            return function(*args)
    except TookTooLong:
        return Raised(
            f"did not end within {seconds:g} seconds: is there an endless loop?", over=True
        )
    except MemoryError:
        return Raised("asked for more memory than a check has.", over=True)
    except SystemExit:
        return Raised("called exit(): in production, that takes the whole service down.")
    except KeyboardInterrupt:
        return Raised("was interrupted.")
    except BaseException as error:
        said = " ".join(str(error).split())
        name = type(error).__name__
        told = f"{name}: {said[:200]}" if said else name
        return Raised(f"raised {told}{_line(function, error)}.")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` in what runs inside, after that many seconds.

    Only in a main thread, where signals arrive; elsewhere there is no limit but that of the
    process.

    Examples
    --------
    >>> with within(1.0):
    ...     sum(range(10))
    45
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _line(function: Callable[..., Any], error: BaseException) -> str:
    """Where in the student's code it happened: the innermost line of the answer's own file."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == code.co_filename]
    inside = [line for line in lines if line >= code.co_firstlineno]
    return f", in line {inside[0] - code.co_firstlineno + 1} of it" if inside else ""
