"""What was in service, and what it was worth: with a gate, with none, and with no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..alarms.periods import Period
from ..by_day import FIGURES, POSITIVE, TP, YES, N
from ..errors import RecordsError, SettingError
from ..features import LABEL
from ..metrics import always_yes_f1
from ..summary import Floats
from ..training import predict_proba
from .candidate import scored
from .evidence import Draws, sums_by_day
from .rolling import Fit

CONSTANT = "constant"
"""No model: the decision is yes, the probability the base rate of the month before."""

SERVED = ("f1", "log_loss")


def plan(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which model each way of working has in service, month by month.

    A decision needs a whole validation month, so a gated model of month t, promoted on month
    t+1, serves from month t+2 on. Without a gate the model of month t+1 serves in t+2. ``no
    gate, as old`` ships the models that the gate judges, unjudged.

    All ways assume that on the first of a month all labels of the month before are there. With
    labels that come late each of them waits longer.

    Parameters
    ----------
    histories : mapping from a name to DataFrame
        Of `rolling.gated_history`: one gate each, on the same months.

    Returns
    -------
    DataFrame, one row a month and a way
        ``month``, ``way`` (the gates' names, ``"no gate"``, ``"no gate, as old"``,
        ``"constant"``), ``model`` (training month, or "constant").

    Raises
    ------
    SettingError
        If there is no history, or not all have the same months.

    Examples
    --------
    >>> history = pd.DataFrame(
    ...     {
    ...         "train": ["2020-01", "2020-02"], "validate": ["2020-02", "2020-03"],
    ...         "in_service": ["none", "2020-02"],
    ...     }
    ... )
    >>> plan({"gate": history})["model"].tolist()
    ['constant', '2020-02', '2020-01', 'constant']
    """
    if not histories:
        raise SettingError("no histories to plan by: give one of gated_history, or more")
    rows = []
    first = next(iter(histories.values()))
    months = [*first["validate"]]
    for name, history in histories.items():
        if [*history["validate"]] != months:
            raise SettingError(
                f"the history of {name} is of other months than that of {next(iter(histories))}: "
                "give histories of the same folds"
            )
    for turn, month in enumerate(months[1:]):
        ways = {
            name: str(history["in_service"].iloc[turn]).replace("none", CONSTANT)
            for name, history in histories.items()
        }
        ways |= {
            "no gate": months[turn],
            "no gate, as old": first["train"].iloc[turn],
            CONSTANT: CONSTANT,
        }
        rows += [{"month": month, "way": way, "model": model} for way, model in ways.items()]
    return pd.DataFrame(rows)


class Served:
    """F1 and log loss of each way in each month, with one set of resamples of days for all.

    Parameters
    ----------
    frames : mapping from month to DataFrame
        As `debugml.featurize` gives them, in order of time.
    planned : DataFrame
        Of `plan`.
    fit : function
        From a month and its features to a model.
    draws, seed : int
        Resamples of days within each month.

    Raises
    ------
    RecordsError
        If the frames are not in order of time, lack a month or a model's month, or there is none
        before a month of the plan: its base rate is the constant.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> frames = {m: featurize(load(m, source="sample")) for m in ("2020-01", "2020-02")}
    >>> ways = {"month": "2020-02", "way": ["no gate", "constant"], "model": ["2020-01", CONSTANT]}
    >>> found = Served(frames, pd.DataFrame(ways), lambda m, f: fit_forest(f, 40), draws=200)
    >>> found.means("constant")[["way", "figure", "value"]].round(2).values.tolist()[:2]
    [['no gate', 'f1', 0.72], ['constant', 'f1', 0.73]]
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        planned: pd.DataFrame,
        fit: Fit,
        draws: int = 1000,
        seed: int = 0,
    ) -> None:
        self._drawn: dict[tuple[str, str, str], Floats] = {}
        _require_frames(frames, planned)
        names, rows = list(frames), []
        for month, part in planned.groupby("month", sort=True):
            frame = frames[str(month)]
            last = frames[names[names.index(str(month)) - 1]]
            rate = float(last[LABEL].mean())
            resampled: Draws | None = None
            totals: dict[str, Floats] = {}
            for row in part.itertuples():
                model = str(row.model)
                if model not in totals:
                    period, trained = _served(str(month), frame, model, rate, frames, fit)
                    sums = sums_by_day(period, trained)
                    if model == CONSTANT:
                        # Always yes, whichever side of one half the base rate lies on.
                        sums[:, [YES, TP]] = sums[:, [N, POSITIVE]]
                    resampled = resampled or Draws.of(period, draws, seed=seed)
                    totals[model] = resampled.totals(sums)
                found = {name: FIGURES[name](totals[model]) for name in SERVED}
                self._drawn |= {(str(month), str(row.way), k): v for k, v in found.items()}
                base_rate = float(frame[LABEL].mean())
                rows.append(
                    {
                        "month": str(month), "way": str(row.way), "model": model,
                        "n": len(frame), "base_rate": base_rate,
                        "always_yes_f1": float(always_yes_f1(base_rate)),
                    }
                    | {name: float(values[0]) for name, values in found.items()}
                )  # fmt: skip
        self.monthly = pd.DataFrame(rows)

    def means(self, versus: str, months: Sequence[str] | None = None) -> pd.DataFrame:
        """Means over months, each month counting alike, and how they differ from one way's.

        Parameters
        ----------
        versus : str
            A way.
        months : sequence of str, optional
            By default all.

        Returns
        -------
        DataFrame, one row a figure and a way
            ``way``, ``figure`` (``f1``, ``log_loss``), ``months``, ``value``, ``difference``
            (from ``versus``) with ``low``, ``high``: 95 %, days resampled within each month.
            Log loss is floored.

        Raises
        ------
        SettingError
            If a way or a month was not planned.
        """
        known = [*dict.fromkeys(self.monthly["month"])]
        ways = [*dict.fromkeys(self.monthly["way"])]
        names = known if months is None else list(months)
        if versus not in ways:
            raise SettingError(f"no way {versus!r} was planned: take one of {', '.join(ways)}")
        strange = [month for month in names if month not in known]
        if strange or not names:
            said = f"month {strange[0]} was not planned" if strange else "no months"
            raise SettingError(f"{said}: take some of {known[0]} to {known[-1]}")
        rows = []
        for figure in SERVED:
            for way in ways:
                mean, other = (
                    np.mean([self._drawn[month, which, figure] for month in names], axis=0)
                    for which in (way, versus)
                )
                low, high = np.quantile((mean - other)[1:], [0.025, 0.975])
                rows.append(
                    {
                        "way": way, "figure": figure, "months": len(names),
                        "value": float(mean[0]), "difference": float(mean[0] - other[0]),
                        "low": float(low), "high": float(high),
                    }
                )  # fmt: skip
        return pd.DataFrame(rows)


def _served(
    month: str,
    frame: pd.DataFrame,
    model: str,
    rate: float,
    frames: Mapping[str, pd.DataFrame],
    fit: Fit,
) -> tuple[Period, float]:
    """A month as a model scored it, and the base rate that the model was trained at."""
    if model == CONSTANT:
        return scored(month, frame, np.full(len(frame), rate)), rate
    forest = fit(model, frames[model])
    return scored(month, frame, predict_proba(forest, frame)), forest.base_rate


def _require_frames(frames: Mapping[str, pd.DataFrame], planned: pd.DataFrame) -> None:
    names = list(frames)
    if names != sorted(names):
        raise RecordsError(f"months {', '.join(names)}: give the frames in order of time")
    wanted = {*planned["month"], *planned["model"]} - {CONSTANT}
    lacking = sorted(wanted - set(names))
    if lacking:
        raise RecordsError(f"{lacking[0]} is planned, but there is no frame of it: give one")
    if names and names[0] in set(planned["month"]):
        raise RecordsError(
            f"{names[0]} is the first frame, so the base rate before it is not known: "
            "give the month before, or plan from the second on"
        )
