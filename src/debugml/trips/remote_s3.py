"""Files in S3, through s3fs: with credentials where there are some, else as anybody.

Credentials, region and endpoint are the AWS tools' own settings: ``AWS_ACCESS_KEY_ID``,
``AWS_PROFILE``, ``AWS_ENDPOINT_URL`` and the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from .remote import AbsentError, Answer, ForbiddenError, HopelessError, PassingError

T = TypeVar("T")

_BLOCK = 8 << 20
"""Bytes asked for at a time; each is a request of its own, of the version that was begun."""


def endpoint() -> str | None:
    """The server that stands for S3, if not Amazon's own.

    Examples
    --------
    >>> endpoint() is None or "://" in endpoint()
    True
    """
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def open_s3(address: str, start: int, version: str | None, silence: float) -> Answer:
    """Ask for an object's bytes from one on, as `remote.open_file` does."""
    files = _file_system(silence)
    found = _asked(lambda: files.info(address, refresh=True))
    size, told = int(found["size"]), str(found.get("ETag") or found.get("LastModified"))
    if found["type"] != "file":
        raise AbsentError("it is no file")
    begins = start if version == told and start <= size else 0
    return Answer(size, told, begins, _blocks(files, address, begins))


def is_there_s3(address: str, silence: float) -> bool:
    """Whether there is an object, as `remote.is_there` tells."""
    files = _file_system(silence)
    try:
        return bool(_asked(lambda: files.info(address, refresh=True))["type"] == "file")
    except AbsentError:
        return False


def sizes(address: str, silence: float) -> dict[str, int]:
    """The objects right under an address: their names, with bytes.

    Raises
    ------
    AbsentError, ForbiddenError, PassingError, HopelessError
        As `remote.open_file` does.
    """
    files = _file_system(silence)
    found = _asked(lambda: files.ls(address, detail=True, refresh=True))
    return {f["name"].rpartition("/")[2]: int(f["size"]) for f in found if f["type"] == "file"}


def _file_system(silence: float) -> Any:
    import botocore.session

    anonymous = botocore.session.Session().get_credentials() is None
    return _opened(endpoint(), anonymous, silence, os.getpid())


@lru_cache(maxsize=4)
def _opened(server: str | None, anonymous: bool, silence: float, process: int) -> Any:
    """A connection of this process's own: a fork can't go on with its parent's."""
    import s3fs

    files = s3fs.S3FileSystem(
        anon=anonymous,
        endpoint_url=server,
        config_kwargs={
            "connect_timeout": silence,
            "read_timeout": silence,
            "retries": {"max_attempts": 0},
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    # Whoever fetches tries again; two such loops, one in the other, would wait for minutes.
    files.retries = 1
    return files


def _blocks(files: Any, address: str, start: int) -> Iterator[bytes]:
    # Each request names the ETag: of an object that changes meanwhile nothing more comes.
    file = _asked(lambda: files.open(address, "rb", cache_type="none"))
    with file:
        file.seek(start)
        while block := _asked(lambda: file.read(_BLOCK)):
            yield block


def _asked(work: Callable[[], T]) -> T:
    """What s3fs gives, or one of our ways to say that there is nothing."""
    import botocore.exceptions as aws
    from fsspec.exceptions import FSTimeoutError

    try:
        return work()
    except FileNotFoundError as error:
        raise AbsentError("there is no such object") from error
    except PermissionError as error:
        raise ForbiddenError("S3 does not let this caller read it") from error
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.ParamValidationError) as error:
        raise HopelessError(str(error)) from error
    except (aws.ReadTimeoutError, aws.ConnectTimeoutError, FSTimeoutError, TimeoutError) as error:
        raise PassingError("the server fell silent") from error
    except (OSError, aws.BotoCoreError, aws.ClientError) as error:
        raise PassingError(f"S3 failed ({' '.join(str(error).split())})") from error
    except Exception as error:
        # s3fs lets errors of its HTTP library through, which differ by version.
        name = f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}"
        raise PassingError(f"the connection failed ({name})") from error
