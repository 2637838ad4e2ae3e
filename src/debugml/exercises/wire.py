"""Messages over a pipe: eight bytes of length, then the message."""

from __future__ import annotations

import os

_HEAD = 8


def write(pipe: int, message: bytes) -> None:
    """Write one message, all of it.

    Examples
    --------
    >>> here, there = os.pipe()
    >>> write(there, b"42")
    >>> read(here)
    b'42'
    >>> os.close(here)
    >>> os.close(there)
    """
    left = memoryview(len(message).to_bytes(_HEAD, "big") + message)
    while left:
        left = left[os.write(pipe, left) :]


def read(pipe: int) -> bytes | None:
    """The next message; none where the other end is closed."""
    head = _exactly(pipe, _HEAD)
    if head is None:
        return None
    return _exactly(pipe, int.from_bytes(head, "big"))


class Reader:
    """Puts messages together from pieces as they arrive.

    Examples
    --------
    >>> reader = Reader()
    >>> reader.feed(bytes(7))
    []
    >>> reader.feed(bytes([2]) + b"ok")
    [b'ok']
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """Take in a piece; the messages that it completes."""
        self._held += piece
        whole = []
        while len(self._held) >= _HEAD:
            end = _HEAD + int.from_bytes(self._held[:_HEAD], "big")
            if len(self._held) < end:
                break
            whole.append(bytes(self._held[_HEAD:end]))
            del self._held[:end]
        return whole


def _exactly(pipe: int, length: int) -> bytes | None:
    got = bytearray()
    while len(got) < length:
        piece = os.read(pipe, min(length - len(got), 1 << 20))
        if not piece:
            return None
        got += piece
    return bytes(got)
