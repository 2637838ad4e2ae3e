"""Detectors on a stream: the released forest's spring, and the same forest in a calm one."""

from __future__ import annotations

import pandas as pd

from ..drift.rules import exceeds, significant
from ..drift.streaming import Detector, RiverDetector, WindowedKS, watch
from ..features import LABEL, TIME, featurize
from ..summary import ValueCounts
from ..training import predict
from .base import TRAIN, in_memory, model_of, result

WATCHED = "trip_speed"
TOLERANCE = 0.05
EVERY = 100
WEEK = 2300
"""Trips of a calm week on the samples, so that a window holds each weekday once."""


@result
def streamed_alarms(
    released: tuple[str, ...] = ("2020-03", "2020-04", "2020-05"),
    calm: tuple[str, ...] = ("2019-03", "2019-04", "2019-05"),
    usual: tuple[str, ...] = ("2020-01", "2019-01"),
    train: str = TRAIN,
    seed: int = 0,
) -> pd.DataFrame:
    """When each detector alarms after release, and how often in the same months of a calm year.

    The forest is the released one in both, so the calm year lies before its training. Trips
    come in the order of their dropoffs. Errors are the forest's, with labels that come at
    once; speed is compared with a usual month of the same year. Page–Hinkley and ADWIN watch
    a mean, whose scale a trip of no time would burst: they get each speed as the share of
    the usual month's trips that were no faster. Detectors of river have its default settings.

    One story, told once: two springs say nothing about how often a detector errs.

    Parameters
    ----------
    released, calm : tuple of str
        Months in a row, each of one year.
    usual : tuple of str
        The month that speed is compared with: for those after release, for the calm ones.

    Returns
    -------
    DataFrame, one row a detector and year
        ``detector``; ``watched`` (``errors`` or ``trip_speed``); ``year``; ``alarms``;
        ``first`` (day of the first alarm, ``none`` without); ``days`` (all of their days, in
        order, one a day, separated by blanks); ``n`` (trips).
    """
    model = model_of(train, seed)
    rows = []
    for months, compared in zip((released, calm), usual, strict=True):
        before = ValueCounts.of(featurize(in_memory(compared))[WATCHED])
        last = str(pd.Period(months[-1], "M").end_time.date())
        trips = pd.concat(
            [featurize(in_memory(month), f"{months[0]}-01", last) for month in months]
        ).sort_values(TIME, kind="stable", ignore_index=True)
        speed = trips[WATCHED].to_numpy(dtype="float64")
        streams = {
            "errors": (predict(model, trips) != trips[LABEL]).to_numpy(dtype="float64"),
            "rank": before.up_to(speed) / before.n,
            "trip_speed": speed,
        }
        for name, watched, detector in _detectors(before, looks=len(trips) // EVERY):
            alarms = watch(detector, streams[watched], trips[TIME])
            days = list(dict.fromkeys(alarms["time"].dt.strftime("%Y-%m-%d")))
            rows.append(
                {
                    "detector": name,
                    "watched": "errors" if watched == "errors" else WATCHED,
                    "year": months[0][:4],
                    "alarms": len(alarms),
                    "first": days[0] if days else "none",
                    "days": " ".join(days),
                    "n": len(trips),
                }
            )
    return pd.DataFrame(rows)


def _detectors(usual: ValueCounts, looks: int) -> list[tuple[str, str, Detector]]:
    """Name, stream, and a detector that has seen nothing yet."""
    windowed = [
        (f"{said}, {window} trips", "trip_speed", WindowedKS(usual, window, EVERY, rule))
        for window in (1000, WEEK)
        for said, rule in (
            ("KS, p < 0.05", significant(0.05, looks)),
            (f"KS, D > {TOLERANCE:g} shown", exceeds(TOLERANCE, 0.05, looks)),
        )
    ]
    return [
        ("DDM", "errors", RiverDetector("DDM")),
        ("ADWIN", "errors", RiverDetector("ADWIN")),
        ("Page–Hinkley", "errors", RiverDetector("PageHinkley")),
        ("ADWIN", "rank", RiverDetector("ADWIN")),
        ("Page–Hinkley", "rank", RiverDetector("PageHinkley")),
        *windowed,
    ]
