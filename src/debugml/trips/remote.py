"""Files behind addresses, ``https://``, ``http://`` and ``s3://``: asked for from any byte on.

One `Answer` for both kinds, and the three ways in which there is none: the file is not there
(`AbsentError`), or may not be read (`ForbiddenError`), or trying again may help (`PassingError`).
"""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import version as installed
from urllib.parse import quote

BLOCK = 1 << 20
"""Bytes that are read and written at a time, at most."""

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that say: not now."""


class AbsentError(Exception):
    """The server has no such file."""


class ForbiddenError(Exception):
    """The server does not give the file to this caller, or does not say whether it has it."""


class PassingError(Exception):
    """The server can't be reached, or failed, or was cut off: another try may help.

    Parameters
    ----------
    said : str
        What happened.
    wait : float
        Seconds that the server asks to wait for, 0 where it says nothing.
    """

    def __init__(self, said: str, wait: float = 0.0) -> None:
        super().__init__(said)
        self.wait = wait


class HopelessError(Exception):
    """Another try would end alike: an answer that is no file, or a server that can't be trusted."""


@dataclass(frozen=True)
class Answer:
    """What a server says of a file, and its bytes.

    Attributes
    ----------
    size : int or None
        Bytes of the whole file, where the server says it.
    version : str or None
        Its ETag, or when it was last changed: the same as long as the file is the same.
    start : int
        The first byte that comes.
    blocks : iterator of bytes
        The bytes from there on. Raises `PassingError`.
    """

    size: int | None
    version: str | None
    start: int
    blocks: Iterator[bytes]


def open_file(address: str, start: int, version: str | None, silence: float) -> Answer:
    """Ask for a file's bytes from one on.

    Parameters
    ----------
    address : str
        Of the file: ``https://…``, ``http://…`` or ``s3://bucket/key``.
    start : int
        How many bytes are here already; the answer may begin at 0 all the same.
    version : str, optional
        What those bytes are of: of another version the answer begins at 0.
    silence : float
        Seconds without a byte that are taken for a failure.

    Raises
    ------
    AbsentError, ForbiddenError, PassingError, HopelessError
        See there.
    """
    if address.startswith("s3://"):
        from .remote_s3 import open_s3

        return open_s3(address, start, version, silence)
    headers = {"Accept-Encoding": "identity"}
    if start and version:
        headers |= {"Range": f"bytes={start}-", "If-Range": version}
    try:
        response = _request(address, "GET", headers, silence)
    except urllib.error.HTTPError as error:
        # All that there is has come before, and only its end was not yet noticed.
        total = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
        if error.code == 416 and start and total and int(total[1]) == start:
            return Answer(start, version, start, iter(()))
        if error.code == 416 and start:
            return open_file(address, 0, None, silence)
        raise _failure(error.code, error.reason, error.headers) from error
    found = response.headers
    if found.get("Content-Encoding", "identity") != "identity":
        raise HopelessError("the server sends the file in another encoding than its own")
    length = _number(found.get("Content-Length"))
    size, begins = length, 0
    if response.status == 206:
        part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", found.get("Content-Range", ""))
        if part is None:
            raise HopelessError("the server sends a part of the file and does not say which")
        begins, size = int(part[1]), _number(part[2])
    elif response.status != 200:
        raise HopelessError(f"the server answers {response.status} {response.reason}")
    # A weak ETag does not promise the same bytes.
    etag = found.get("ETag")
    told = etag if etag and not etag.startswith("W/") else found.get("Last-Modified")
    return Answer(size, told, begins, _blocks(response, length, silence))


def is_there(address: str, silence: float) -> bool:
    """Whether a server has a file; a server that does not answer that question may have it.

    Raises
    ------
    ForbiddenError, PassingError, HopelessError
        See there.
    """
    if address.startswith("s3://"):
        from .remote_s3 import is_there_s3

        return is_there_s3(address, silence)
    try:
        _request(address, "HEAD", {}, silence).close()
    except urllib.error.HTTPError as error:
        if error.code in (405, 501):
            return True
        failure = _failure(error.code, error.reason, error.headers)
        if isinstance(failure, AbsentError):
            return False
        raise failure from error
    return True


def _request(
    address: str, method: str, headers: dict[str, str], silence: float
) -> http.client.HTTPResponse:
    agent = {"User-Agent": f"debugml/{installed('debugml')}"}
    # A folder's name may have blanks or letters that an address can't have.
    written = quote(address, safe=":/%@[]~!$&'()*+,;=")
    request = urllib.request.Request(written, method=method, headers=agent | headers)
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=silence)
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise HopelessError(
                f"the server's certificate is not valid ({error.reason.verify_message})"
            ) from error
        raise PassingError(_said(error.reason, silence)) from error
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(_said(error, silence)) from error
    return response


def _blocks(
    response: http.client.HTTPResponse, length: int | None, silence: float
) -> Iterator[bytes]:
    came = 0
    with response:
        while True:
            try:
                # What has come, not what was asked for: the rest may never come.
                block = response.read1(BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise PassingError(_said(error, silence)) from error
            if not block:
                break
            came += len(block)
            yield block
    if length is not None and came < length:
        raise PassingError(f"the connection ended after {came:,} of {length:,} bytes")


def _said(error: object, silence: float) -> str:
    if isinstance(error, TimeoutError):
        return f"the server fell silent for {silence:g} seconds"
    if isinstance(error, OSError):
        return f"the connection failed ({error.strerror or error})"
    return f"the connection failed ({error or type(error).__name__})"


def _failure(code: int, reason: str, headers: Message) -> Exception:
    said = f"the server answers {code} {reason}".rstrip()
    if code in (404, 410):
        return AbsentError(said)
    if code in (401, 403):
        return ForbiddenError(said)
    if code in _TRY_AGAIN:
        return PassingError(said, float(_number(headers.get("Retry-After")) or 0))
    return HopelessError(said)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
