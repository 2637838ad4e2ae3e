"""Addresses of folders that trips are read from: on web servers, and in S3's buckets."""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from .errors import SettingError

_LIKE = {"s3": "s3://bucket/trips", "http": "http://server/trips", "https": "https://server/trips"}


def is_address(source: str) -> bool:
    """Whether a source is an address, from which files are fetched before they are read.

    Examples
    --------
    >>> is_address("sample"), is_address("https://server/trips")
    (False, True)
    """
    return "://" in source


def checked(text: str, said: str) -> str:
    """An address of a folder, without a slash at its end.

    Parameters
    ----------
    text : str
    said : str
        What names it, for an error: ``source``, or an environment variable.

    Raises
    ------
    SettingError
        If files can't be read from it, or it holds a password.

    Examples
    --------
    >>> checked("s3://trips/yellow/", "source")
    's3://trips/yellow'
    """
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.scheme != "s3" else parts.netloc
        _ = parts.port if parts.scheme != "s3" else None
    except ValueError as error:
        raise SettingError(f"{said} is {text!r}: not an address ({error})") from error
    if parts.scheme == "file":
        raise SettingError(f"{said} is {text!r}: give a folder of this machine by its path alone")
    if parts.scheme not in ("http", "https", "s3"):
        raise SettingError(
            f"{said} is {text!r}: debugml reads addresses that begin with https://, http:// or s3://"
        )
    if not host or any(character.isspace() for character in text):
        named = "bucket" if parts.scheme == "s3" else "server"
        raise SettingError(f"{said} is {text!r}: it names no {named}, as in {_LIKE[parts.scheme]}")
    if "@" in parts.netloc:
        raise SettingError(
            f"{said} names a user or password within its address: those would be written to disk. "
            "S3's credentials are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
            "debugml has none for web servers"
        )
    if parts.scheme != "s3" and (parts.query or parts.fragment):
        raise SettingError(
            f"{said} is {text!r}: give the address that file names are added to, without '?' or '#'"
        )
    if parts.scheme == "s3" and importlib.util.find_spec("s3fs") is None:
        raise SettingError(
            f"{said} is {text!r}, and s3fs, which reads such addresses, is not installed: "
            "pip install 'debugml[s3]'"
        )
    return text.rstrip("/")
