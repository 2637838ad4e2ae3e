"""Rebuild `data_samples/` from the source distribution that carries the trips.

    pip download --no-deps --no-binary :all: great_expectations==1.24.1
    python tools/build_samples.py great_expectations-1.24.1.tar.gz
    python tools/build_samples.py great_expectations-1.24.1.tar.gz --verify

The first form rebuilds. `--verify` writes nothing: it reads each committed Parquet
file and each CSV of the archive, and
compares them row for row and value for value.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ARCHIVE = "great_expectations-1.24.1.tar.gz"
ARCHIVE_SHA256 = "d35f98a4a1ec27457b61a99ed194ad55eeabcd9c9677162dd2a5db853e9f2490"
INSIDE = "great_expectations-1.24.1/tests/test_sets/taxi_yellow_tripdata_samples"
MONTHS = [str(p) for p in pd.period_range("2018-01", "2020-12", freq="M")]
SAMPLES = Path(__file__).parent.parent / "data_samples"

# The archive's names -> TLC's own, with the types of TLC's Parquet files.
COLUMNS = {
    "vendor_id": ("VendorID", pa.int64()),
    "pickup_datetime": ("tpep_pickup_datetime", pa.timestamp("us")),
    "dropoff_datetime": ("tpep_dropoff_datetime", pa.timestamp("us")),
    "passenger_count": ("passenger_count", pa.float64()),
    "trip_distance": ("trip_distance", pa.float64()),
    "rate_code_id": ("RatecodeID", pa.float64()),
    "store_and_fwd_flag": ("store_and_fwd_flag", pa.string()),
    "pickup_location_id": ("PULocationID", pa.int64()),
    "dropoff_location_id": ("DOLocationID", pa.int64()),
    "payment_type": ("payment_type", pa.int64()),
    "fare_amount": ("fare_amount", pa.float64()),
    "extra": ("extra", pa.float64()),
    "mta_tax": ("mta_tax", pa.float64()),
    "tip_amount": ("tip_amount", pa.float64()),
    "tolls_amount": ("tolls_amount", pa.float64()),
    "improvement_surcharge": ("improvement_surcharge", pa.float64()),
    "total_amount": ("total_amount", pa.float64()),
    "congestion_surcharge": ("congestion_surcharge", pa.float64()),
}


def as_tlc(csv: Path) -> pa.Table:
    """One of the archive's CSV files in TLC's columns, in dropoff order."""
    trips = pd.read_csv(csv, parse_dates=["pickup_datetime", "dropoff_datetime"])
    if list(trips.columns) != list(COLUMNS):
        raise SystemExit(f"{csv.name}: columns are {list(trips.columns)}, not {list(COLUMNS)}")
    # Ties in dropoff keep the archive's order, so that a rebuild gives the same rows.
    trips = trips.sort_values("dropoff_datetime", kind="stable")
    fields = [pa.field(name, kind) for name, kind in COLUMNS.values()]
    arrays = [pa.Array.from_pandas(trips[old], type=kind) for old, (_, kind) in COLUMNS.items()]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def extract(archive: Path, into: Path) -> None:
    """Check the archive's hash and take out the 36 monthly CSV files."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != ARCHIVE_SHA256:
        raise SystemExit(
            f"{archive}: SHA-256 is {digest}, expected {ARCHIVE_SHA256}.\n"
            f"Download {ARCHIVE} again: pip download --no-deps --no-binary :all: "
            "great_expectations==1.24.1"
        )
    with tarfile.open(archive) as tar:
        for month in MONTHS:
            member = tar.extractfile(f"{INSIDE}/yellow_tripdata_sample_{month}.csv")
            assert member is not None
            (into / f"{month}.csv").write_bytes(member.read())


def rebuild(csvs: Path) -> None:
    """Write the 36 Parquet files and their manifest."""
    files = {}
    for month in MONTHS:
        table = as_tlc(csvs / f"{month}.csv")
        path = SAMPLES / f"yellow_tripdata_{month}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=19)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.name] = {"rows": table.num_rows, "sha256": digest}
        print(f"{path.name}  {table.num_rows} rows  {path.stat().st_size / 1e3:.0f} kB")
    manifest = {"source": ARCHIVE, "source_sha256": ARCHIVE_SHA256, "files": files}
    (SAMPLES / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def verify(csvs: Path) -> int:
    """Compare every committed row with the archive's; the number of months that differ."""
    different = 0
    for month in MONTHS:
        path = SAMPLES / f"yellow_tripdata_{month}.parquet"
        # `equals` wants the same schema, rows, order and nulls.
        same = pq.read_table(path).equals(as_tlc(csvs / f"{month}.csv"))
        different += not same
        print(f"{path.name}  {'equal, row for row' if same else 'DIFFERENT'}")
    return different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help=ARCHIVE)
    parser.add_argument("--verify", action="store_true", help="compare and write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        extract(arguments.archive, Path(folder))
        if arguments.verify:
            return 1 if verify(Path(folder)) else 0
        rebuild(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
