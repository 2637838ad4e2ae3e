"""Months from a real S3 endpoint on loopback, through s3fs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import debugml as dm
from debugml.errors import DataError, MonthError, SettingError
from debugml.trips import cache, fetch as fetching, samples
from debugml.trips.fetch import Patience, fetch
from debugml.trips.sources import listing

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto.server")
pytest.importorskip("s3fs")

MONTH = "2020-01"
NAME = f"yellow_tripdata_{MONTH}.parquet"
OPEN, CLOSED = "s3://open-trips/yellow", "s3://closed-trips/yellow"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    """A client with two buckets: one that anybody may read, and one that nobody else may."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    for bucket in ("open-trips", "closed-trips"):
        client.create_bucket(Bucket=bucket)
    put(client, NAME)
    body = (samples.folder() / NAME).read_bytes()
    client.put_object(Bucket="closed-trips", Key=f"yellow/{NAME}", Body=body)
    client.put_bucket_acl(Bucket="open-trips", ACL="public-read")
    return client


def put(client: Any, sample: str, name: str = NAME) -> None:
    body = (samples.folder() / sample).read_bytes()
    client.put_object(Bucket="open-trips", Key=f"yellow/{name}", Body=body, ACL="public-read")


@pytest.fixture
def s3(client: Any, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client; whoever loads has no credentials, and a cache of the test's own."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("DEBUGML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "PATIENCE", Patience(tries=2, first=0.01, silence=5))
    return client


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def signed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each request that is sent from now on, whether it is signed."""
    from aiobotocore.httpsession import AIOHTTPSession

    seen: list[bool] = []
    real = AIOHTTPSession.send

    async def send(self: Any, request: Any) -> Any:
        seen.append("Authorization" in request.headers)
        return await real(self, request)

    monkeypatch.setattr(AIOHTTPSession, "send", send)
    return seen


def test_anonymous_without_credentials(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = signed(monkeypatch)
    pd.testing.assert_frame_equal(dm.load(MONTH, source=OPEN), dm.load(MONTH, source="sample"))
    assert seen and not any(seen)
    entry = cache.find(OPEN, MONTH)
    assert entry is not None and cache.verify(entry) is None and entry.version


def test_signed_with_credentials(
    s3: Any, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = signed(monkeypatch)
    assert len(dm.load(MONTH, source=f"{CLOSED}/")) == 10_000
    assert seen and all(seen)


def test_listed(s3: Any, credentials: None) -> None:
    s3.put_object(Bucket="closed-trips", Key="yellow/yellow_tripdata_2009-05.csv.gz", Body=b"12345")
    s3.put_object(Bucket="closed-trips", Key="yellow/notes.txt", Body=b"12345")
    size = (samples.folder() / NAME).stat().st_size
    assert listing(CLOSED) == {"2009-05": 5, MONTH: size}
    assert listing("s3://closed-trips/nothing") == {}


def test_absent_month_and_bucket(s3: Any) -> None:
    for source in (OPEN, "s3://no-such-bucket/yellow"):
        with pytest.raises(MonthError, match=r"no trips of 2020-02: s3://.*address"):
            dm.load("2020-02", source=source)


def test_forbidden_is_said_and_not_tried_again(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = signed(monkeypatch)
    with pytest.raises(DataError, match=r"s3://closed.*credentials that were not given"):
        dm.load(MONTH, source=CLOSED)
    assert len(seen) <= 6  # Parquet, CSV, compressed CSV; s3fs asks twice for some


def test_a_passing_failure_is_survived(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiobotocore.httpsession import AIOHTTPSession
    from botocore.exceptions import EndpointConnectionError

    real, calls = AIOHTTPSession.send, []

    async def fails_first(self: Any, request: Any) -> Any:
        calls.append(request.method)
        if len(calls) == 1:
            raise EndpointConnectionError(endpoint_url=request.url)
        return await real(self, request)

    monkeypatch.setattr(AIOHTTPSession, "send", fails_first)
    assert len(dm.load(MONTH, source=OPEN)) == 10_000
    assert calls[0] == calls[1] == "HEAD" and "GET" in calls


def test_nobody_listens(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(DataError, match=r"^s3://open-trips/yellow/.*2 times in a row"):
        dm.load(MONTH, source=OPEN)


def test_goes_on_where_it_was_cut_and_not_with_another_object(s3: Any) -> None:
    whole = (samples.folder() / NAME).read_bytes()
    etag = s3.head_object(Bucket="open-trips", Key=f"yellow/{NAME}")["ETag"]
    folder = cache.folder_of(OPEN)
    folder.mkdir(parents=True)
    part = folder / f"{NAME}.part"
    about = {"address": f"{OPEN}/{NAME}", "version": etag, "size": len(whole)}
    cache.write_record(folder / f"{NAME}.part.json", about)
    part.write_bytes(whole[:50_000])
    seen: list[int] = []
    real = fetching.open_file

    def opened(address: str, *rest: Any) -> Any:
        answer = real(address, *rest)
        seen.append(answer.start)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "open_file", opened)
        entry = fetch(OPEN, MONTH)
        assert seen == [50_000] and entry.path.read_bytes() == whole
        cache.remove(entry.path)
        other = (samples.folder() / NAME.replace("2020-01", "2020-02")).read_bytes()
        put(s3, NAME.replace("2020-01", "2020-02"))
        cache.write_record(folder / f"{NAME}.part.json", about)
        part.write_bytes(whole[:50_000])
        changed = fetch(OPEN, MONTH).path.read_bytes()
    put(s3, NAME)
    assert changed == other and seen == [50_000, 0]


def test_the_same_bucket_elsewhere_is_another(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = cache.folder_of(OPEN)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere:9000")
    assert cache.folder_of(OPEN) != here


def test_dask_reads_where_the_partition_is(s3: Any) -> None:
    trips = dm.load(MONTH, source=OPEN, engine="dask")
    assert cache.find(OPEN, MONTH) is None
    assert len(trips) == 10_000 and cache.find(OPEN, MONTH) is not None


def test_without_s3fs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(SettingError, match=r"^source is 's3://b/x'.*debugml\[s3\]"):
        dm.load(MONTH, source="s3://b/x")
    monkeypatch.setenv("DEBUGML_SOURCE", "s3://b/x")
    with pytest.raises(SettingError, match=r"^DEBUGML_SOURCE is 's3://b/x'.*debugml\[s3\]"):
        dm.load(MONTH)
