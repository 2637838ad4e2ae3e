"""Files behind an address: fetched once, whole, whatever the server does."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pandas as pd
import pytest
from faulty_server import Faulty, serving

import debugml as dm
from debugml.errors import DataError, MonthError
from debugml.trips import cache, fetch as fetching, samples
from debugml.trips.fetch import Patience, fetch

MONTH = "2020-01"
NAME = f"yellow_tripdata_{MONTH}.parquet"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """A server of one month, and a cache of the test's own."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / NAME).write_bytes((samples.folder() / NAME).read_bytes())
    monkeypatch.setenv("DEBUGML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "PATIENCE", Patience(tries=3, first=0.01, silence=0.5))
    with serving(folder) as told:
        told.after = (folder / NAME).stat().st_size // 3
        yield told


def size_of(server: Faulty) -> int:
    return (server.folder / NAME).stat().st_size


def cached(server: Faulty) -> list[str]:
    folder = cache.folder_of(server.address)
    return sorted(path.name for path in folder.glob("*") if not path.name.startswith("."))


def refused(server: Faulty, *said: str) -> None:
    """Fetching ends in an error that says all of this, and nothing has the file's name."""
    with pytest.raises(DataError) as caught:
        dm.load(MONTH, source=server.address)
    message = str(caught.value)
    for words in (server.address, *said):
        assert words in message, message
    assert "\n" not in message and "Traceback" not in message
    assert NAME not in cached(server)


def test_a_month_is_fetched_once_and_loaded_as_from_its_folder(server: Faulty) -> None:
    loaded = dm.load(MONTH, source=server.address)
    pd.testing.assert_frame_equal(loaded, dm.load(MONTH, source="sample"))
    dm.load(MONTH, source=server.address + "/", columns="tip_amount")
    assert server.gets == [""] and cached(server) == [NAME, f"{NAME}.json"]
    digest = hashlib.sha256((server.folder / NAME).read_bytes()).hexdigest()
    assert dm.trips.digests(MONTH, source=server.address) == {NAME: digest}


def test_the_cache_answers_without_the_server(server: Faulty) -> None:
    fetch(server.address, MONTH)
    (server.folder / NAME).unlink()
    assert len(dm.load(MONTH, source=server.address)) == 10_000


def test_preferred_is_parquet_then_csv_then_compressed(server: Faulty) -> None:
    trips = dm.load(MONTH).head(30)
    (server.folder / NAME).unlink()
    trips.to_csv(server.folder / NAME.replace("parquet", "csv.gz"), index=False)
    assert fetch(server.address, MONTH).path.name.endswith(".csv.gz")
    pd.testing.assert_frame_equal(
        dm.load(MONTH, source=server.address), trips, check_exact=False, rtol=1e-12
    )
    cache.remove(fetch(server.address, MONTH).path)
    trips.head(20).to_csv(server.folder / NAME.replace("parquet", "csv"), index=False)
    assert len(dm.load(MONTH, source=server.address)) == 20


def test_absent_month(server: Faulty) -> None:
    with pytest.raises(MonthError, match=r"no trips of 2020-07: http://.*\.csv\.gz.*address"):
        dm.load("2020-07", source=server.address)


@pytest.mark.parametrize(
    "fault", ["500", "503", "429", "cut", "stall", "longer", "shorter", "page"]
)
def test_a_passing_fault_is_survived(server: Faulty, fault: str) -> None:
    server.plan = [fault]
    assert len(dm.load(MONTH, source=server.address)) == 10_000
    # Who was promised more bytes than there are asks for them, in vain, before starting again.
    assert len(server.gets) == (3 if fault == "longer" else 2)
    assert cache.verify(cache.find(server.address, MONTH)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "tries", "said"),
    [
        ("500", 3, "answers 500 Internal Server Error"),
        ("403", 1, "403"),
        ("400", 1, "answers 400"),
        ("stall", 3, "silent for 0.5 seconds"),
        ("longer", 3, "bytes"),
        ("shorter", 3, "not the file"),
        ("page", 3, "not a whole Parquet file"),
    ],
)
def test_a_lasting_fault_is_one_clear_error(
    server: Faulty, fault: str, tries: int, said: str
) -> None:
    server.always, server.ranges = fault, False
    refused(server, said)
    assert len(server.gets) == tries


def test_nobody_listens(server: Faulty) -> None:
    server.address = "http://127.0.0.1:9"
    refused(server, "connection failed", "refused", "Try again later")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1, signed by itself; certificate and key in one file."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_may_be_another_is_not_believed(
    server: Faulty, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(server.folder, context) as secure:
        refused(secure, "certificate is not valid", "self-signed")
        assert secure.gets == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert len(dm.load(MONTH, source=secure.address)) == 10_000


def test_a_cut_download_goes_on_where_it_was_cut(server: Faulty) -> None:
    server.plan = ["cut", "cut"]
    fetch(server.address, MONTH)
    assert server.gets[0] == "" and all(asked.startswith("bytes=") for asked in server.gets[1:])
    assert server.sent == size_of(server)


def test_getting_further_renews_patience(server: Faulty) -> None:
    server.after = 50_000
    server.always = "cut"
    fetch(server.address, MONTH)
    assert len(server.gets) > 3 and server.sent == size_of(server)


@pytest.mark.parametrize("how", ["no ranges", "no etags"])
def test_a_server_that_cannot_resume_starts_again(server: Faulty, how: str) -> None:
    server.plan = ["cut"]
    server.ranges, server.etags = how != "no ranges", how != "no etags"
    fetch(server.address, MONTH)
    assert server.sent > size_of(server)
    assert len(dm.load(MONTH, source=server.address)) == 10_000


@pytest.mark.parametrize("heeds", [True, False])
def test_a_file_that_changes_between_two_tries_is_not_mixed(server: Faulty, heeds: bool) -> None:
    server.always, server.heeds = "cut", heeds
    server.ranges = False
    refused(server, "times in a row", "kept")
    new = (samples.folder() / NAME.replace("2020-01", "2020-02")).read_bytes()
    (server.folder / NAME).write_bytes(new)
    server.always, server.ranges, server.gets = "", True, []
    entry = fetch(server.address, MONTH)
    assert server.gets[0].startswith("bytes=") and len(server.gets) == (1 if heeds else 2)
    assert entry.path.read_bytes() == new


def test_all_but_the_name_was_there(server: Faulty) -> None:
    server.always, server.ranges = "cut", False
    refused(server)
    folder = cache.folder_of(server.address)
    (folder / f"{NAME}.part").write_bytes((server.folder / NAME).read_bytes())
    server.always, server.ranges, server.sent = "", True, 0
    fetch(server.address, MONTH)
    assert server.sent == 0 and cached(server) == [NAME, f"{NAME}.json"]


def test_a_cached_file_that_changed_is_fetched_again(server: Faulty) -> None:
    entry = fetch(server.address, MONTH)
    damaged = bytearray(entry.path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    entry.path.write_bytes(damaged)
    assert cache.verify(entry) is not None
    assert len(dm.load(MONTH, source=server.address)) == 10_000
    assert len(server.gets) == 2 and cache.verify(entry) is None


def test_a_copied_cache_has_other_times_and_counts(server: Faulty) -> None:
    entry = fetch(server.address, MONTH)
    os.utime(entry.path, (1, 1))
    fetch(server.address, MONTH)
    assert len(server.gets) == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "cannot be written (Permission denied)")],
)
def test_a_disk_that_takes_no_more(
    server: Faulty, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fails(file: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fails)
        with pytest.raises(DataError, match="DEBUGML_CACHE") as caught:
            fetch(server.address, MONTH)
    assert said in str(caught.value) and str(cache.folder_of(server.address)) in str(caught.value)
    assert NAME not in cached(server)
    server.sent = 0
    fetch(server.address, MONTH)
    assert server.sent == 0, "what had come was not kept"


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for half a month."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip("mounting a small disk needs root's rights")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_midway(
    server: Faulty, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUGML_CACHE", str(tiny))
    refused_part = cache.folder_of(server.address) / f"{NAME}.part"
    with pytest.raises(DataError, match=r"the disk is full .*DEBUGML_CACHE"):
        fetch(server.address, MONTH)
    kept = refused_part.stat().st_size
    assert 0 < kept < size_of(server) and NAME not in cached(server)
    subprocess.run(["mount", "-o", "remount,size=1m", str(tiny)], check=True)
    server.sent = 0
    entry = fetch(server.address, MONTH)
    assert server.sent == size_of(server) - kept and cache.verify(entry) is None


def test_a_cache_that_may_not_be_written(
    server: Faulty,
    monkeypatch: pytest.MonkeyPatch,
    as_nobody: Callable[[Callable[[], str]], str],
) -> None:
    import filelock  # noqa: F401  (who is nobody may not read the installation)

    # Not under pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        monkeypatch.setenv("DEBUGML_CACHE", f"{folder}/cache")

        def attempt() -> str:
            try:
                fetch(server.address, MONTH)
            except DataError as error:
                return str(error)
            return "it was fetched"

        message = as_nobody(attempt)
    assert f"{folder}/cache" in message and "DEBUGML_CACHE" in message
    assert "the cache cannot be written (Permission denied)" in message


def test_a_cache_that_is_no_folder(server: Faulty, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be written .*DEBUGML_CACHE"):
        fetch(server.address, MONTH)


def test_dask_fetches_where_the_partition_is(server: Faulty) -> None:
    trips = dm.load(MONTH, source=server.address, engine="dask")
    assert server.gets == [] and server.heads == 1
    assert float(trips["tip_amount"].sum().compute()) == dm.load(MONTH)["tip_amount"].sum()
    assert server.gets == [""]
    with pytest.raises(MonthError, match="2020-05"):
        dm.load("2020-05", source=server.address, engine="dask")


def test_dask_with_a_server_that_answers_no_head(server: Faulty) -> None:
    server.head = False
    assert len(dm.load(MONTH, source=server.address, engine="dask")) == 10_000


SCRIPT = """
import sys
from debugml.trips import fetch
fetch.PATIENCE = fetch.Patience(tries=2, first=0.01, silence=30)
print(fetch.fetch(sys.argv[1], sys.argv[2]).sha256, flush=True)
"""


def start(server: Faulty) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, server.address, MONTH], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_four_processes_fetch_once(server: Faulty) -> None:
    server.pause = 0.2
    running = [start(server) for _ in range(4)]
    told = [process.communicate(timeout=60)[0].strip() for process in running]
    digest = hashlib.sha256((server.folder / NAME).read_bytes()).hexdigest()
    assert told == [digest] * 4
    assert len(server.gets) == 1


@pytest.mark.slow
def test_what_a_killed_process_fetched_is_not_fetched_again(server: Faulty) -> None:
    server.plan = ["stall"]
    process = start(server)
    part = cache.folder_of(server.address) / f"{NAME}.part"
    deadline = time.monotonic() + 30
    while not (part.is_file() and part.stat().st_size > 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.stalled.set()
    had = part.stat().st_size
    assert 0 < had < size_of(server) and cached(server) == [part.name, f"{part.name}.json"]
    server.sent = 0
    second = start(server)
    digest = hashlib.sha256((server.folder / NAME).read_bytes()).hexdigest()
    assert second.communicate(timeout=60)[0].strip() == digest
    assert server.sent == size_of(server) - had
    assert cached(server) == [NAME, f"{NAME}.json"]


@pytest.mark.slow
def test_workers_that_share_no_disk_fetch_what_they_read(server: Faulty, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    name = NAME.replace("2020-01", "2020-02")
    (server.folder / name).write_bytes((samples.folder() / name).read_bytes())
    trips = dm.load([MONTH, "2020-02"], source=server.address, engine="dask")

    def keep_in(folder: str) -> None:
        os.environ["DEBUGML_CACHE"] = folder

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = list(client.scheduler_info()["workers"])
        for number, worker in enumerate(workers):
            own = str(tmp_path / f"cache {number}")
            client.run(keep_in, own, workers=[worker])
        total = float(trips["fare_amount"].sum().compute())
    assert total == pytest.approx(dm.load([MONTH, "2020-02"])["fare_amount"].sum(), abs=1e-6)
    assert cached(server) == [], "the client fetched what its workers read"
    fetched = [path.name for path in tmp_path.glob("cache ?/*/*.parquet")]
    assert sorted(fetched) == [NAME, name]
