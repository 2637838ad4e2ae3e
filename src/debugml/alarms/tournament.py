"""How good were the alarms? Hits, misses and false alarms, beside what chance would score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import RecordsError, SettingError
from .truth import DID_NOT, FELL, SUSPECT, UNDECIDED


class Prices(NamedTuple):
    """What mistakes cost, in the unit of one false alarm.

    >>> Prices(miss=10).false_alarm
    1.0
    """

    false_alarm: float = 1.0
    """Somebody looks for a fall that is not there."""
    miss: float = 5.0
    """A fall that nobody looks for."""


def tournament(
    decisions: pd.DataFrame, truths: pd.DataFrame, prices: Prices | None = None
) -> pd.DataFrame:
    """Each policy against the truth, and against random alarms at its own rate.

    Parameters
    ----------
    decisions : DataFrame
        `decide`: ``period``, ``policy``, ``sees``, ``alarm``.
    truths : DataFrame
        `truth`: ``period``, ``truth``. Periods that are undecided or suspect are not scored;
        alarms in them are counted apart.
    prices : Prices, optional
        Of a false alarm (1) and of a miss (5).

    Returns
    -------
    DataFrame, one row a policy, in the order given
        ``policy``, ``sees``, ``scored`` (periods with a truth), ``falls`` (of them), ``hits``,
        ``misses``, ``false_alarms``, ``alarms`` (hits and false alarms), ``unscored_alarms``;
        ``precision`` and ``recall`` with ``…_low``, ``…_high`` (95 %, Clopper and Pearson 1934;
        NaN where nothing is divided); ``false_alarm_rate`` with bounds; ``cost``;
        ``cost_random`` with bounds: what as many alarms at random periods would cost (mean and
        central 95 %, hypergeometric); ``p_random``: the chance that they hit as many falls;
        ``price_false_alarm``, ``price_miss``. All intervals take periods as independent.

    Raises
    ------
    RecordsError
        If the two tables hold different periods, a policy has not exactly one decision on
        each, or a truth is unknown.
    SettingError
        If a price is negative.

    Examples
    --------
    >>> decisions = pd.DataFrame(
    ...     {"period": ["a", "b", "c"], "policy": "p", "sees": "labels", "alarm": [1, 1, 0]}
    ... )
    >>> truths = pd.DataFrame({"period": ["a", "b", "c"], "truth": ["fell", "did not", "did not"]})
    >>> row = tournament(decisions, truths).iloc[0]
    >>> int(row["hits"]), int(row["false_alarms"]), float(row["precision"]), float(row["cost"])
    (1, 1, 0.5, 1.0)
    """
    prices = prices or Prices()
    if min(prices) < 0:
        raise SettingError(f"a price of {min(prices)}: give 0 or more")
    _check(decisions, truths)
    outcome = decisions["period"].map(truths.set_index("period")["truth"])
    rows = []
    for policy in decisions["policy"].unique():
        own = decisions["policy"] == policy
        alarm, true = decisions.loc[own, "alarm"].astype(bool), outcome[own]
        fell, did_not = true == FELL, true == DID_NOT
        counts = {
            "scored": int((fell | did_not).sum()),
            "falls": int(fell.sum()),
            "hits": int((alarm & fell).sum()),
            "misses": int((~alarm & fell).sum()),
            "false_alarms": int((alarm & did_not).sum()),
            "alarms": int((alarm & (fell | did_not)).sum()),
            "unscored_alarms": int((alarm & ~(fell | did_not)).sum()),
        }
        quiet = counts["scored"] - counts["falls"]
        rows.append(
            {"policy": policy, "sees": decisions.loc[own, "sees"].iloc[0], **counts}
            | _share("precision", counts["hits"], counts["alarms"])
            | _share("recall", counts["hits"], counts["falls"])
            | _share("false_alarm_rate", counts["false_alarms"], quiet)
            | {"cost": counts["false_alarms"] * prices.false_alarm + counts["misses"] * prices.miss}
            | _at_random(counts, prices)
            | {"price_false_alarm": prices.false_alarm, "price_miss": prices.miss}
        )
    return pd.DataFrame(rows)


def _check(decisions: pd.DataFrame, truths: pd.DataFrame) -> None:
    """One truth a period, and one decision of each policy on each."""
    twice = truths.loc[truths["period"].duplicated(), "period"]
    if len(twice):
        raise RecordsError(f"two truths for period {twice.iloc[0]}: give one")
    answers = (FELL, DID_NOT, UNDECIDED, SUSPECT)
    strange = truths.loc[~truths["truth"].isin(answers), "truth"]
    if len(strange):
        raise RecordsError(f"a truth is {strange.iloc[0]!r}: give {', '.join(answers)}")
    unlike = set(truths["period"]) ^ set(decisions["period"])
    if unlike:
        raise RecordsError(
            f"period {min(unlike)} has decisions or a truth, not both: judge the same periods"
        )
    for policy, part in decisions.groupby("policy", sort=False):
        if len(part) != len(truths) or part["period"].nunique() != len(truths):
            raise RecordsError(
                f"policy {policy!r} has {len(part)} decisions on {len(truths)} periods: "
                "give one on each"
            )
    if decisions["alarm"].isna().any():
        raise RecordsError("an alarm is missing: give true or false for each period")


def _share(name: str, part: int, whole: int) -> dict[str, float]:
    if whole == 0:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    low, high = stats.binomtest(part, whole).proportion_ci(method="exact")
    return {name: part / whole, f"{name}_low": float(low), f"{name}_high": float(high)}


def _at_random(counts: dict[str, int], prices: Prices) -> dict[str, float]:
    """As many alarms, dealt out to the scored periods by chance: hits are hypergeometric."""
    scored, alarms, falls = counts["scored"], counts["alarms"], counts["falls"]
    possible = np.arange(falls + 1)
    at_most = stats.hypergeom.cdf(possible, scored, falls, alarms) if scored else np.ones(1)

    def cost(hits: float) -> float:
        return float((alarms - hits) * prices.false_alarm + (falls - hits) * prices.miss)

    return {
        "cost_random": cost(alarms * falls / scored if scored else 0),
        "cost_random_low": cost(possible[np.argmax(at_most >= 0.975)]),
        "cost_random_high": cost(possible[np.argmax(at_most >= 0.025)]),
        "p_random": 1.0 if counts["hits"] == 0 else float(1 - at_most[counts["hits"] - 1]),
    }
