"""TLC's yellow-taxi files from 2009 to today: which columns came when, and under what names.

Names of columns since 2015 and codes of vendors, payments and rates are those of TLC's data
dictionaries. Headers, text codes and faults of the earlier files are as the public loaders in
``toddwschneider/nyc-taxi-data`` handle them, types of 2009's Parquet as Spark shows them. All this
was put together without TLC's files at hand. Uncertain: which months have which spelling
(``RateCodeID``, ``Airport_fee``), so case is ignored; which texts besides the known ones stand for
payments (they load as missing); and whether all rows of late 2016 are too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

CSV, PARQUET = "CSV", "Parquet"

PAYMENTS = {
    **dict.fromkeys(("CREDIT", "CRE", "CRD"), 1.0),
    **dict.fromkeys(("CASH", "CAS", "CSH"), 2.0),
    **dict.fromkeys(("NO CHARGE", "NOC", "NO"), 3.0),
    **dict.fromkeys(("DISPUTE", "DIS"), 4.0),
    **dict.fromkeys(("UNKNOWN", "UNK"), 5.0),
}
"""How the first years wrote payments, in capitals, and TLC's code for each."""

# TLC's dictionary has no code for DDS (Digital Dispatch Systems); 3 is the public loaders' choice.
VENDORS = {"CMT": 1.0, "VTS": 2.0, "DDS": 3.0}
FLAGS = {"1": "Y", "1.0": "Y", "0": "N", "0.0": "N"}

TEXTS: dict[str, Mapping[str, float | str]] = {
    "VendorID": VENDORS,
    "payment_type": PAYMENTS,
    "store_and_fwd_flag": FLAGS,
}
"""What the first years wrote as text, by our names of columns."""

OPTIONAL = frozenset({"congestion_surcharge", "airport_fee", "cbd_congestion_fee"})
"""Columns that a file may lack whatever its month: they load as missing."""

LONG_ROWS = ("2010-02", "2010-03")
"""Months whose CSV has a few rows of too many fields; such rows are left out, with a warning."""


@dataclass(frozen=True)
class Era:
    """Months whose files look alike.

    Attributes
    ----------
    name, first, last : str
        ``last`` is empty for the era that goes on.
    format : str
        ``"CSV"`` or ``"Parquet"``.
    columns : mapping
        From the file's names, in its order, to ours.
    came : str
        What changed against the era before.
    texts : bool
        Whether times, payments, vendors and codes may be text.
    """

    name: str
    first: str
    last: str
    format: str
    columns: Mapping[str, str] = field(repr=False)
    came: str
    texts: bool = False

    @property
    def coordinates(self) -> bool:
        """Whether a trip's ends are coordinates, in degrees; else they are zone ids."""
        return "pickup_longitude" in self.columns.values()


def _named(theirs: str, ours: str) -> dict[str, str]:
    return dict(zip(theirs.split(), ours.split(), strict=True))


_MONEY = "fare_amount extra mta_tax tip_amount tolls_amount"
_ENDS = "pickup_longitude pickup_latitude RatecodeID store_and_fwd_flag"
_START = "VendorID tpep_pickup_datetime tpep_dropoff_datetime passenger_count trip_distance"
_FIRST = f"{_START} {_ENDS} dropoff_longitude dropoff_latitude payment_type {_MONEY} total_amount"

_2009 = _named(
    "vendor_name Trip_Pickup_DateTime Trip_Dropoff_DateTime Passenger_Count Trip_Distance "
    "Start_Lon Start_Lat Rate_Code store_and_forward End_Lon End_Lat Payment_Type Fare_Amt "
    "surcharge mta_tax Tip_Amt Tolls_Amt Total_Amt",
    _FIRST,
)
_2010 = _named(
    "vendor_id pickup_datetime dropoff_datetime passenger_count trip_distance pickup_longitude "
    "pickup_latitude rate_code store_and_fwd_flag dropoff_longitude dropoff_latitude payment_type "
    "fare_amount surcharge mta_tax tip_amount tolls_amount total_amount",
    _FIRST,
)
_2015_NAMES = (
    f"{_START} {_ENDS} dropoff_longitude dropoff_latitude payment_type {_MONEY} "
    "improvement_surcharge total_amount"
)
_2015 = _named(_2015_NAMES, _2015_NAMES)
_2016_NAMES = (
    f"{_START} RatecodeID store_and_fwd_flag PULocationID DOLocationID payment_type {_MONEY} "
    "improvement_surcharge total_amount"
)
_2016 = _named(_2016_NAMES, _2016_NAMES)
_2019 = _2016 | {"congestion_surcharge": "congestion_surcharge"}
_2011_PARQUET = _2019 | {"airport_fee": "airport_fee"}
_2023_PARQUET = _2019 | {"Airport_fee": "airport_fee"}
_2025_PARQUET = _2023_PARQUET | {"cbd_congestion_fee": "cbd_congestion_fee"}

ERAS: tuple[Era, ...] = (
    Era("2009", "2009-01", "2009-12", CSV, _2009, "names of their own; codes as text", texts=True),
    Era(
        "2010 to 2014",
        "2010-01",
        "2014-12",
        CSV,
        _2010,
        "new names; three-letter payments; blanks in 2014's header, an empty line after it",
        texts=True,
    ),
    Era("2015", "2015-01", "2016-06", CSV, _2015, "codes as numbers; improvement_surcharge"),
    Era(
        "zones",
        "2016-07",
        "2018-12",
        CSV,
        _2016,
        "zone ids; in 2016 two empty fields at the end of each row",
    ),
    Era("congestion surcharge", "2019-01", "2022-04", CSV, _2019, "congestion_surcharge"),
    Era(
        "reissue of 2009",
        "2009-01",
        "2009-12",
        PARQUET,
        _2009,
        "as the CSV, with times as text",
        texts=True,
    ),
    Era(
        "reissue of 2010",
        "2010-01",
        "2010-12",
        PARQUET,
        _2010,
        "as the CSV, with times as text",
        texts=True,
    ),
    Era(
        "reissue",
        "2011-01",
        "2023-01",
        PARQUET,
        _2011_PARQUET,
        "zone ids; later surcharges, empty until they began; airport_fee",
    ),
    Era("airport fee", "2023-02", "2024-12", PARQUET, _2023_PARQUET, "spelt Airport_fee"),
    Era("CBD fee", "2025-01", "", PARQUET, _2025_PARQUET, "cbd_congestion_fee"),
)


def era_of(month: str, format: str) -> Era | None:
    """The era of a month's file, as TLC published it; none where there is no such file.

    Examples
    --------
    >>> era_of("2012-05", "CSV").coordinates, era_of("2012-05", "Parquet").coordinates
    (True, False)
    >>> era_of("2024-01", "CSV") is None
    True
    """
    for era in ERAS:
        if era.format == format and era.first <= month and month <= (era.last or month):
            return era
    return None


def era_with(names: Iterable[str]) -> Era:
    """The era whose columns are most like a file's, whatever its month: files get converted.

    Examples
    --------
    >>> era_with(["vendor_name", "Start_Lon", "Start_Lat"]).first
    '2009-01'
    """
    there = {name.lower() for name in names}
    # Of eras that fit alike the latest.
    return max(reversed(ERAS), key=lambda era: len(there & {name.lower() for name in era.columns}))


def our_names(file: object, names: Iterable[str]) -> tuple[Era, dict[str, str]]:
    """A file's era, and for each of our columns the name that the file has for it.

    Parameters
    ----------
    file : object
        What an error calls the file.
    names : iterable of str
        The file's columns, in its own spelling.

    Raises
    ------
    SchemaError
        Naming the columns that the file lacks and those that it has.

    Examples
    --------
    >>> era, found = our_names("a file", ERAS[0].columns)
    >>> found["tip_amount"], era.coordinates
    ('Tip_Amt', True)
    """
    present = [name for name in names if name]
    era = era_with(present)
    spelt = {name.lower(): name for name in reversed(present)}
    lacking = [
        n for n, our in era.columns.items() if n.lower() not in spelt and our not in OPTIONAL
    ]
    if lacking:
        raise SchemaError(
            f"{file}: no column {', '.join(lacking)}; it has {', '.join(present) or 'none'}. "
            "Expected TLC's columns: is it a yellow-taxi file of TLC's?"
        )
    # A file of any era may have columns of later ones.
    known = {our: our for our in OPTIONAL} | {our: theirs for theirs, our in era.columns.items()}
    found = {our: spelt[n.lower()] for our, n in known.items() if n.lower() in spelt}
    return era, found


def table() -> pd.DataFrame:
    """All eras: what changed in TLC's yellow-taxi files, and when.

    Returns
    -------
    DataFrame
        A row an era: ``era``, ``months``, ``format``, ``ends`` (zone ids or coordinates),
        ``columns`` (how many the file has) and ``came`` (what changed).

    Examples
    --------
    >>> table().query("ends == 'coordinates'")["months"].tolist()[-1]
    '2010-01 to 2010-12'
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "era": era.name,
            "months": f"{era.first} to {era.last}" if era.last else f"since {era.first}",
            "format": era.format,
            "ends": "coordinates" if era.coordinates else "zone ids",
            "columns": len(era.columns),
            "came": era.came,
        }
        for era in ERAS
    )
