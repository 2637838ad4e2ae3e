"""Three years of months, and what a forest of any month scored in any later one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...trips import months_between, samples

Floats = npt.NDArray[np.float64]
Policy = Callable[[pd.DataFrame], bool]

MONTHS = tuple(months_between("2018-01", "2020-12"))


@dataclass(frozen=True)
class Scores:
    """What every month's forest scored; a month is known by its place in `MONTHS`.

    Attributes
    ----------
    brier : array of shape (months, months)
        Of the forest of a month (row) in a later one (column).
    rates : array
        Base rate of each month.
    d : array
        The largest D of a feature between each month and the one before it.
    """

    brier: Floats
    rates: Floats
    d: Floats


def committed(name: str) -> pd.DataFrame:
    """A result of the study as it travels with the package; for those with one setting.

    To ask `debugml.study` for it would digest the package's code first, which takes longer
    than a check may.
    """
    (found,) = (samples.folder() / "results" / name).glob("*/result.parquet")
    return pd.read_parquet(found)


@cache
def scores() -> Scores:
    """From committed results: forests of one month with all of its labels, seed 0."""
    later, next_month = committed("estimates"), committed("rolling_folds")
    at = {month: place for place, month in enumerate(MONTHS)}
    rates = np.full(len(MONTHS), np.nan)
    rates[next_month["validate"].map(at)] = next_month["base_rate"]
    # Skill compares with a constant at the rate of training. The first month is trained on but
    # never scored: its rate is the one that makes both versions of skill agree.
    first = later[later["train"] == MONTHS[0]].iloc[0]
    rate = first["base_rate"]
    constant = rate * (1 - rate) * (1 - first["skill_own_rate"]) / (1 - first["skill"])
    away = np.sqrt(constant - rate * (1 - rate))
    rates[0] = rate + away if first["skill"] > first["skill_own_rate"] else rate - away
    brier = np.full((len(MONTHS), len(MONTHS)), np.nan)
    for frame, scored in ((later, "month"), (next_month, "validate")):
        train, month = frame["train"].map(at).to_numpy(), frame[scored].map(at).to_numpy()
        spread = rates[month] * (1 - rates[month]) + (rates[train] - rates[month]) ** 2
        brier[train, month] = (1 - frame["skill"].to_numpy()) * spread
    adjacent = committed("ks_adjacent")
    d = np.full(len(MONTHS), np.nan)
    d[adjacent["month"].map(at)] = adjacent["statistic"]
    return Scores(brier, rates, d)


def play(policy: Policy, first: str = "2018-01", last: str = "2019-12") -> pd.DataFrame:
    """Play a retraining policy through a history.

    A forest of the first month serves from the second on. At the start of each later month the
    policy is asked; if it says True, a forest of the month that has just ended takes over.

    Parameters
    ----------
    policy : callable
        From the months served so far, one row each, to True or False.
    first, last : str
        From ``"2018-01"`` to ``"2020-12"``.

    Returns
    -------
    DataFrame, one row a month served
        ``age`` (months since the forest's own month), ``trained_rate`` (base rate of that
        month), ``base_rate``, ``brier`` and ``d`` of the month served, ``retrained`` (whether
        the policy asked for a new forest before it).

    Examples
    --------
    >>> int(play(lambda known: True, "2018-01", "2018-06")["retrained"].sum())
    4
    """
    places = (MONTHS.index(first), MONTHS.index(last) + 1)
    return played(lambda known: bool(policy(known)), *places, scores())


def worth(policy: Policy, first: str = "2018-01", last: str = "2019-12") -> dict[str, float]:
    """What a policy keeps of the gain of monthly retraining, and at which share of its fits.

    Parameters
    ----------
    policy : callable
    first, last : str
        As `play`.

    Returns
    -------
    dict of ``kept`` and ``fits``
        1 and 1 for a policy that always says True, 0 and 0 for one that never does.

    Examples
    --------
    >>> worth(lambda known: True)
    {'kept': 1.0, 'fits': 1.0}
    """
    found = play(policy, first, last)
    kept = gain_kept(found, MONTHS.index(first), MONTHS.index(last) + 1, scores())
    return {"kept": kept, "fits": float(found["retrained"].iloc[1:].mean())}


def gain_kept(found: pd.DataFrame, begin: int, end: int, known: Scores) -> float:
    """Of the Brier score that retraining every month gains over never, the share kept."""
    turns = np.arange(begin + 2, end)
    never, monthly = known.brier[begin, turns].mean(), known.brier[turns - 1, turns].mean()
    return float((never - found["brier"].iloc[1:].mean()) / (never - monthly))


def played(
    decide: Callable[[pd.DataFrame], bool], begin: int, end: int, known: Scores
) -> pd.DataFrame:
    """As `play`, from one place to the place before another."""
    turns = np.arange(begin + 1, end)
    model = np.full(len(turns), begin)
    retrained = np.zeros(len(turns), dtype=bool)
    for at in range(1, len(turns)):
        retrained[at] = decide(_served(turns[:at], model[:at], known))
        model[at] = turns[at] - 1 if retrained[at] else model[at - 1]
    return _served(turns, model, known).assign(retrained=retrained)


def _served(
    turns: npt.NDArray[np.int64], model: npt.NDArray[np.int64], known: Scores
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": turns - model,
            "trained_rate": known.rates[model],
            "base_rate": known.rates[turns],
            "brier": known.brier[model, turns],
            "d": known.d[turns],
        }
    )
