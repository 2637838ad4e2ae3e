"""Release after release: each policy decides month by month, and each month is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..by_day import FIGURES as BY_DAY, day_sums
from ..errors import SettingError
from ..features import LABEL, TIME
from ..losses import floored_losses
from ..metrics import THRESHOLD, Score, ScoreCounts
from ..resampling import resample_days
from ..summary import Floats
from .forests import Forests
from .policy import ALWAYS_YES, LAST_RATE, RetrainingPolicy
from .view import View

AGAINST = {
    "every month": ("f1", "log_loss_floored"),
    "never": ("f1", "log_loss_floored"),
    ALWAYS_YES: ("f1",),
}
"""What each is compared with, and by which figures: paired standard errors over days."""

FIGURES = ("f1", "auc", "log_loss", "log_loss_floored", "brier", "skill", "skill_own_rate")


@dataclass(frozen=True)
class _Service:
    """What forecasts one month: a forest, or a constant at some month's rate."""

    kind: str
    since: int


def simulate(
    forests: Forests, policies: Sequence[RetrainingPolicy], *, draws: int = 1000
) -> pd.DataFrame:
    """Every policy through one history, with one window.

    The first model is trained at the start of the second month. At the start of each later
    one a policy sees what has arrived by then, and may retrain on those of the window's records
    whose label has arrived. Then the month is scored, all of it, with the labels as they turn
    out. A model that several policies ask for is fitted once.

    Two forecasts without a model run along: always yes, with the first training data's base
    rate as its probability; and the same with the rate of last month's labels, renewed monthly.

    Parameters
    ----------
    forests : Forests
        Those of one history and window. What they have fitted already is not fitted again;
        their seed fixes the draws of days, too.
    policies : sequence of RetrainingPolicy
    draws : int
        Resamples of each month's days.

    Returns
    -------
    DataFrame, one row a policy and scored month
        ``policy``, ``window``, ``month``; ``n``, ``base_rate``, ``always_yes_f1``; ``f1``,
        ``auc``, ``log_loss``, ``log_loss_floored`` (`losses.FLOOR`), ``certain`` (records given a
        probability of exactly 0 or 1 that were the other), ``brier``, ``skill`` (against the
        base rate of the training data of the model in service), ``skill_own_rate``; ``age``
        (months since it was trained, 1 in its first month), ``retrained``; and if it was
        trained now, else 0: ``rows`` (records that the window held), ``drawn`` (records × trees
        that the fit drew) and ``fit_seconds``. For each of `AGAINST` that takes part, such as
        never: ``f1_se_never`` and ``log_loss_floored_se_never``, the standard error of the
        month's difference to it, days resampled, both on the same draws.

    Raises
    ------
    SettingError
        If there are no policies, two share a name, or there are fewer than 2 draws.
    RecordsError
        If too few labels have arrived to train on.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> from debugml.retraining import History, Size, every, last
    >>> history = History.of({m: featurize(load(m)) for m in ("2020-01", "2020-02", "2020-03")})
    >>> table = simulate(Forests(history, last(1), size=Size(trees=2)), [every(1)], draws=10)
    >>> table[["policy", "month", "retrained"]].values.tolist()[:2]
    [['every month', '2020-02', False], ['every month', '2020-03', True]]
    """
    names = [*(policy.name for policy in policies), ALWAYS_YES, LAST_RATE]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not policies:
        said = f"two policies are called {twice[0]!r}" if twice else "no policies"
        raise SettingError(f"{said}: give at least one, each with its own name")
    if draws < 2:
        raise SettingError(f"{draws} draws: a standard error needs 2, and better 1,000")
    turns = range(1, len(forests.history.months))
    served = {policy.name: _served(policy, forests) for policy in policies}
    served[ALWAYS_YES] = [_Service("constant", 1) for _ in turns]
    served[LAST_RATE] = [_Service("constant", turn) for turn in turns]
    judge = _Judge(forests, draws)
    rows = [
        {"policy": name, "window": forests.window.name}
        | judge.row(turn, service, {a: served[a][turn - 1] for a in AGAINST if a in served})
        for name, services in served.items()
        for turn, service in zip(turns, services, strict=True)
    ]
    return pd.DataFrame(rows)


def _served(policy: RetrainingPolicy, forests: Forests) -> list[_Service]:
    """Which forest serves each month: decided at its start, by what had arrived."""
    serving, found = 1, [_Service("forest", 1)]
    for turn in range(2, len(forests.history.months)):
        if policy.decide(View(forests, turn, serving, policy.sees)):
            serving = turn
        found.append(_Service("forest", serving))
    return found


class _Judge:
    """Scores of each forecast and month, and its resamples: each worked out once."""

    def __init__(self, forests: Forests, draws: int) -> None:
        self.forests, self.seed, self.draws = forests, forests.seed, draws
        self._spreads: dict[tuple[int, _Service], dict[str, Floats]] = {}

    def row(self, turn: int, service: _Service, against: dict[str, _Service]) -> dict[str, Any]:
        is_forest = service.kind == "forest"
        labels, p = self._labels(turn), self._probabilities(turn, service)
        figures = self._score(turn, service).to_dict()
        figures["log_loss_floored"] = float(floored_losses(labels, p).mean())
        trained = is_forest and service.since == turn
        row = {
            "month": self.forests.history.months[turn],
            **{name: figures[name] for name in ("n", "base_rate", "always_yes_f1", *FIGURES)},
            "certain": int((p == 1 - labels).sum()),
            "age": turn - service.since + 1,
            "retrained": trained and turn > 1,
            "rows": self.forests.read[turn] if trained else 0,
            "drawn": self.forests.drawn(turn) if trained else 0,
            "fit_seconds": round(self.forests.seconds[turn], 3) if trained else 0.0,
        }
        own = self._spread(turn, service)
        for name, other in against.items():
            there, ending = self._spread(turn, other), name.replace(" ", "_")
            for figure in AGAINST[name]:
                apart = own[figure] - there[figure]
                row[f"{figure}_se_{ending}"] = float(np.std(apart, ddof=1))
        return row

    def _score(self, turn: int, service: _Service) -> Score:
        if service.kind == "forest":
            return self.forests.score(service.since, turn)
        p = self._probabilities(turn, service)
        score = ScoreCounts.of(self._labels(turn), p).score(float(p[0]))
        # It says yes whatever its probability, where a model would say no below one half.
        return replace(score, f1=score.always_yes_f1)

    def _probabilities(self, turn: int, service: _Service) -> Floats:
        if service.kind == "forest":
            return self.forests.predicted(service.since, turn)
        return np.full(len(self._labels(turn)), self._rate(service.since))

    def _spread(self, turn: int, service: _Service) -> dict[str, Floats]:
        """F1 and floored log loss in each resample of a month's days, the same for all."""
        if (turn, service) not in self._spreads:
            p, times = self._probabilities(turn, service), self.forests.history.frames[turn][TIME]
            yes = (p > THRESHOLD) | (service.kind == "constant")
            day = pd.factorize(times.dt.normalize(), sort=True)[0]
            # Skill is not asked for, so its constant does not matter.
            sums = day_sums(day, self._labels(turn), p, 0.5, yes)
            generator = np.random.default_rng([self.seed, turn, 2])
            drawn = resample_days(len(sums), self.draws, generator) @ sums
            self._spreads[turn, service] = {
                "f1": BY_DAY["f1"](drawn),
                "log_loss_floored": BY_DAY["log_loss"](drawn),
            }
        return self._spreads[turn, service]

    def _labels(self, turn: int) -> Any:
        return self.forests.history.frames[turn][LABEL].to_numpy()

    def _rate(self, turn: int) -> float:
        """Share of high tips among last month's labels that are there when `turn` begins."""
        return float(self.forests.history.labelled(turn - 1, turn)[LABEL].mean())
