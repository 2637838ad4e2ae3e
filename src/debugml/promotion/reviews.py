"""Would what was released have been rolled back, once its first month in service was known?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from .decision import Decision
from .gate import Gate
from .rolling import Fold, again

COLUMNS = ["criterion", "value", "low", "high", "limit", "passed"]


def reviewed(
    turns: Iterable[Fold],
    history: pd.DataFrame,
    gate: Gate,
    record: Callable[[Decision], object] | None = None,
) -> pd.DataFrame:
    """Each release against its predecessor, on the release's first month in service.

    Each review stands by itself: the history goes on as if nothing had been rolled back.
    Left out are the first release, which has no predecessor, and one of the last month,
    whose first month in service is not known.

    Parameters
    ----------
    turns : iterable of pairs
        Of `rolling.folds`.
    history : DataFrame
        Of `rolling.gated_history`, on the same folds.
    gate : Gate
        With at least one criterion against a champion.
    record : function, optional
        Called with each decision.

    Returns
    -------
    DataFrame, one row a figure of a release
        ``release``, ``previous`` (training months), ``month`` (of the review), ``outcome``,
        ``criterion``, ``value``, ``low``, ``high``, ``limit``, ``passed``; the release's figure
        less its predecessor's, better being more, or the number of failed data checks.

    Raises
    ------
    SettingError
        As `Gate.review` does.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> months = ("2019-12", "2020-01", "2020-02", "2020-03")
    >>> frames = {m: featurize(load(m, source="sample")) for m in months}
    >>> from debugml.promotion import folds, gated_history
    >>> turns = list(folds(frames, lambda m, f: fit_forest(f, 20)))
    >>> gate = Gate.default().without("f1_above_always_yes", "f1_against_champion", "data")
    >>> table = reviewed(turns, gated_history(turns, gate), gate)
    >>> table[["release", "previous", "month", "outcome"]].values.tolist()
    [['2020-01', '2019-12', '2020-03', 'hold']]
    """
    made = list(turns)
    by_month = {candidate.facts[0].month: (model, candidate) for model, candidate in made}
    parts = []
    for turn, row in enumerate(history.to_dict("records")[:-1]):
        if row["outcome"] != "promote" or row["champion"] == "none":
            continue
        later = made[turn + 1][1]
        release, previous = str(row["train"]), str(row["champion"])
        decision = gate.review(again(*by_month[release], later), again(*by_month[previous], later))
        if record is not None:
            record(decision)
        about = {"release": release, "previous": previous, "month": later.period.name}
        checks = decision.checks.assign(**about, outcome=decision.outcome)
        parts.append(checks[[*about, "outcome", *COLUMNS]])
    if not parts:
        return pd.DataFrame(columns=["release", "previous", "month", "outcome", *COLUMNS])
    return pd.concat(parts, ignore_index=True)
