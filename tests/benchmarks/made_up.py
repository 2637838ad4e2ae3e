"""Months of any size, made up from the sample trips: for speed and memory, never for a finding.

Trips are drawn with replacement from the real ones that come with debugml; distance and time
are jittered, so that they don't repeat. Whatever is measured on them says "made up".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import debugml as dm
from debugml.trips import months_between
from debugml.trips.samples import sample_path
from debugml.trips.schema import COLUMNS

ROW_GROUP = 250_000
"""Trips in a row group, or so; as many are in memory at a time."""

SPREAD = 0.1
"""Standard deviation of the logarithm of the factor on distance and time."""

HOUR = 3_600_000_000
"""In microseconds."""

NOTE = "made up: drawn with replacement from debugml's sample trips, distance and time jittered"


def trips(month: str, rows: int, seed: int) -> pd.DataFrame:
    """A made-up month in memory, as `debugml.load` would give it.

    >>> made = trips("2020-01", 25_000, seed=0)
    >>> made.shape, bool(made["tpep_dropoff_datetime"].is_monotonic_increasing)
    ((25000, 20), True)
    """
    made = pa.concat_tables(_chunks(month, rows, seed)).to_pandas()
    # Columns that came after the samples' years are missing throughout.
    frame: pd.DataFrame = made.reindex(columns=list(COLUMNS)).astype(COLUMNS)
    return frame


def write_months(folder: Path, months: str | Iterable[str], rows: int, seed: int) -> list[Path]:
    """The same months as TLC's files, `rows` trips in each, written a row group at a time.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_months(Path(folder), ["2020-01", "2020-02"], 1_000, seed=0)
    ...     print([path.name for path in written])
    ['yellow_tripdata_2020-01.parquet', 'yellow_tripdata_2020-02.parquet']
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for month in [months] if isinstance(months, str) else months:
        path = folder / f"yellow_tripdata_{month}.parquet"
        part = path.with_suffix(".part")
        schema = pq.read_schema(sample_path(month)).remove_metadata().with_metadata({"note": NOTE})
        with pq.ParquetWriter(part, schema, compression="zstd") as file:
            for chunk in _chunks(month, rows, seed):
                file.write_table(chunk.cast(schema))
        paths.append(part.replace(path))
    return paths


def features(first: str, last: str, n: int, seed: int) -> pd.DataFrame:
    """Made-up rows as `debugml.featurize` gives them: eleven features, label, dropoff time.

    Drawn from the samples of all months from `first` to `last`, in no order; the label and the
    dropoff time are those of the trip that was drawn.

    >>> features("2020-01", "2020-02", 1_000, seed=0).shape
    (1000, 13)
    """
    parts = [dm.featurize(dm.load(m, source="sample")) for m in months_between(first, last)]
    pool = pd.concat(parts, ignore_index=True)
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(pool), n)
    made = {name: pool[name].to_numpy()[at] for name in pool}
    seconds = np.maximum(np.round(made["trip_time"] * rng.lognormal(0, SPREAD, n)), 1)
    miles = np.round(100 * made["trip_distance"] * rng.lognormal(0, SPREAD, n)) / 100
    made["trip_time"] = seconds.astype(np.float32)
    made["trip_distance"] = miles.astype(np.float32)
    made["trip_speed"] = (miles / (seconds + 1e-7)).astype(np.float32)
    return pd.DataFrame(made)


def _chunks(month: str, rows: int, seed: int) -> Iterator[pa.Table]:
    """A month in dropoff order, piece by piece.

    A trip drawn is placed at random between its own dropoff and the next one in the sample (an
    hour on at most), so sorting each piece sorts the month.
    """
    pool = pq.read_table(sample_path(month)).sort_by("tpep_dropoff_datetime")
    ends = pool["tpep_dropoff_datetime"].to_numpy().astype("datetime64[us]").astype(np.int64)
    starts = pool["tpep_pickup_datetime"].to_numpy().astype("datetime64[us]").astype(np.int64)
    miles = pool["trip_distance"].to_numpy()
    gaps = np.minimum(np.diff(ends, append=ends[-1]), HOUR)
    rng = np.random.default_rng([seed, int(month.replace("-", ""))])
    pieces = max(1, round(rows / ROW_GROUP))
    edges = np.linspace(0, len(ends), pieces + 1)
    for piece, count in enumerate(rng.multinomial(rows, np.full(pieces, 1 / pieces))):
        place = np.sort(rng.uniform(edges[piece], edges[piece + 1], count))
        at = np.minimum(place.astype(np.int64), len(ends) - 1)
        end = ends[at] + ((place - at) * gaps[at]).astype(np.int64) // 1_000_000 * 1_000_000
        factor = rng.lognormal(0, SPREAD, (2, count))
        start = end - np.round((ends - starts)[at] / 1e6 * factor[0]).astype(np.int64) * 1_000_000
        made = {
            "tpep_pickup_datetime": pa.array(start).cast(pa.timestamp("us")),
            "tpep_dropoff_datetime": pa.array(end).cast(pa.timestamp("us")),
            "trip_distance": pa.array(np.round(miles[at] * factor[1], 2)),
        }
        # A table without chunks: taking from many would be slow.
        drawn = pool.combine_chunks().take(pa.array(at))
        for name, values in made.items():
            drawn = drawn.set_column(drawn.column_names.index(name), name, values)
        yield drawn
