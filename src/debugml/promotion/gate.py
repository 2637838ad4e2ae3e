"""The promotion gate: every criterion must be met, and each says in words whether it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..by_day import FIGURES
from ..errors import SettingError
from .candidate import Candidate, require_same_records
from .checks import Facts, check_data
from .criteria import AGAINST_CHAMPION, SAID, Criterion, Rules, read_rules
from .decision import Decision
from .evidence import Draws, Estimate, slice_skills, sums_by_day

_DEFAULT = "gate.toml"


class Gate:
    """Decides whether a challenger replaces what is in service.

    Parameters
    ----------
    rules : Rules
        As `Gate.read` and `Gate.default` get them from a file.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train, test = (featurize(load(m, source="sample")) for m in ("2020-01", "2020-02"))
    >>> model = fit_forest(train, n_estimators=40)
    >>> gate = Gate.default().without("data")
    >>> decision = gate.decide(Candidate.of(model, test, months=("2020-01", "2020-02")))
    >>> decision.outcome, decision.failed
    ('hold', ('f1_above_always_yes',))
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    @classmethod
    def read(cls, path: str | Path) -> Gate:
        """The gate that a TOML file describes: see `criteria.read_rules` for errors."""
        return cls(read_rules(path))

    @classmethod
    def default(cls) -> Gate:
        """The gate of the package's own ``gate.toml``, which is there to be copied and changed."""
        return cls.read(Path(__file__).with_name(_DEFAULT))

    def without(self, *names: str) -> Gate:
        """The same gate with some criteria not asked.

        Raises
        ------
        SettingError
            If the gate has no such criterion, or none would be left.
        """
        asked = [c.name for c in self.rules.criteria] + ["data"] * (self.rules.data is not None)
        strange = [name for name in names if name not in asked]
        if strange:
            raise SettingError(
                f"no criterion {strange[0]!r} in this gate: it has {', '.join(asked)}"
            )
        left = tuple(c for c in self.rules.criteria if c.name not in names)
        data = None if "data" in names else self.rules.data
        if not left and data is None:
            raise SettingError(
                f"without {', '.join(names)} this gate asks for nothing: leave one of them in"
            )
        return Gate(replace(self.rules, criteria=left, data=data))

    def decide(self, challenger: Candidate, champion: Candidate | None = None) -> Decision:
        """Promote the challenger, or hold it.

        Parameters
        ----------
        challenger : Candidate
        champion : Candidate, optional
            What is in service, scored on the same records. None: nothing is, and the criteria
            against a champion are not asked.

        Returns
        -------
        Decision
            ``"promote"`` if every criterion is met, else ``"hold"`` with a reason for each that
            is not.

        Raises
        ------
        RecordsError
            If the two were scored on different records, or on fewer than 14 days.
        SettingError
            If the gate checks data and the challenger came without facts of its months; or if
            there is nothing to ask, as each criterion wants a champion and there is none.
        """
        asked = [c for c in self.rules.criteria if champion or c.name not in AGAINST_CHAMPION]
        if not asked and self.rules.data is None:
            raise SettingError(
                f"nothing to ask about {challenger.name}: this gate only compares with a champion. "
                "Give one, or add a criterion that needs none"
            )
        rows = self._measured(challenger, champion, asked)
        if self.rules.data is not None:
            rows.append(_data_row(self._failed_checks(challenger)))
        failed = [row["reason"] for row in rows if not row["passed"]]
        reasons = failed or [f"all {len(rows)} criteria are met"]
        return self._decision("hold" if failed else "promote", reasons, rows, challenger, champion)

    def review(self, current: Candidate, previous: Candidate) -> Decision:
        """Roll a released model back, or leave it in service.

        The burden is turned round: a release is undone only where it is *shown* to be worse
        than its predecessor by more than the margin, on the same later records, and only on
        data that pass their checks.

        Parameters
        ----------
        current, previous : Candidate
            The model in service and the one before it, scored on records since the release.

        Returns
        -------
        Decision
            ``"roll back"`` or ``"hold"``, which here means: leave it in service.

        Raises
        ------
        RecordsError, SettingError
            As `decide`; and if the gate has no criterion against a champion.
        """
        asked = [replace(c, by="high") for c in self.rules.criteria if c.name in AGAINST_CHAMPION]
        if not asked:
            raise SettingError(
                f"this gate compares with no champion: add [{'] or ['.join(AGAINST_CHAMPION)}]"
            )
        rows = self._measured(current, previous, asked)
        worse = [row["reason"] for row in rows if not row["passed"]]
        doubts = self._failed_checks(current) if self.rules.data is not None else []
        if self.rules.data is not None:
            rows.append(_data_row(doubts))
        if doubts:
            reasons = [f"the data are in doubt, so nothing is concluded: {rows[-1]['reason']}"]
        else:
            reasons = worse or [f"not shown to be worse than {previous.name}"]
        outcome = "roll back" if worse and not doubts else "hold"
        return self._decision(outcome, reasons, rows, current, previous)

    def _measured(
        self, challenger: Candidate, champion: Candidate | None, asked: list[Criterion]
    ) -> list[dict[str, Any]]:
        if champion is not None:
            require_same_records(challenger, champion)
        period = challenger.period
        draws = Draws.of(period, self.rules.draws, self.rules.level, self.rules.seed)
        totals = draws.totals(sums_by_day(period, challenger.base_rate))
        theirs = (
            None
            if champion is None
            else draws.totals(sums_by_day(champion.period, champion.base_rate))
        )
        rows = []
        for criterion in asked:
            said = SAID[criterion.name]
            if criterion.name == "worst_slice":
                worst = _worst(challenger, criterion, draws)
                found = Estimate(worst["skill"], worst["low"], worst["high"])
                said = f"{said}, {worst['slice']} with {worst['n']:,} records,"
            elif criterion.name in AGAINST_CHAMPION and theirs is not None:
                figure = FIGURES[criterion.name.removesuffix("_against_champion")]
                better = figure(totals) - figure(theirs)
                found = draws.estimate(-better if "loss" in criterion.name else better)
            else:
                found = draws.estimate(FIGURES[criterion.name](totals))
            rows.append(_row(criterion, said, found))
        return rows

    def _failed_checks(self, candidate: Candidate) -> list[str]:
        assert self.rules.data is not None
        if not candidate.facts:
            raise SettingError(
                f"{candidate.name} came without facts of its months, and this gate checks data: "
                "make it by Candidate.of, or leave [data] out"
            )
        known: list[Facts] = list(candidate.before)
        failed: list[str] = []
        for facts in candidate.facts:
            table = check_data(facts, known, self.rules.data)
            failed += list(table.loc[~table["passed"], "reason"])
            known.append(facts)
        return failed

    def _decision(
        self,
        outcome: Any,
        reasons: list[str],
        rows: list[dict[str, Any]],
        challenger: Candidate,
        champion: Candidate | None,
    ) -> Decision:
        used = dict.fromkeys((*challenger.used, *(champion.used if champion else ())))
        return Decision(
            outcome,
            tuple(reasons),
            pd.DataFrame(rows),
            challenger.name,
            champion.name if champion else "",
            tuple(used),
            self.rules.to_dict(),
        )


def _worst(challenger: Candidate, criterion: Criterion, draws: Draws) -> dict[str, Any]:
    """The slice that decides: the worst of those below the limit, else the worst of all."""
    table = slice_skills(
        challenger.period, challenger.base_rate, criterion.columns, criterion.minimum, draws
    )
    met = [criterion.met(*row) for row in table[["skill", "low", "high"]].to_numpy()]
    # The worst comes first, and False before True.
    return {str(k): v for k, v in table.iloc[int(np.argmin(met))].items()}


def _row(criterion: Criterion, said: str, found: Estimate) -> dict[str, Any]:
    passed = criterion.met(found.value, found.low, found.high)
    needed = {
        "low": "and must be shown to be above",
        "estimate": "and must be above",
        "high": "which is shown to be below",
    }[criterion.by]
    if criterion.name == "calibration":
        needed = "and must be at most"
    interval = f"{found.low:+.3f} to {found.high:+.3f}"
    if passed:
        reason = f"{said} is {found.value:+.3f} ({interval})"
    else:
        reason = f"{said} is {found.value:+.3f} ({interval}) {needed} {criterion.limit:g}"
    return {
        "criterion": criterion.name,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "limit": criterion.limit,
        "passed": bool(passed),
        "reason": reason.replace("-", "−"),
    }


def _data_row(failed: list[str]) -> dict[str, Any]:
    n = float(len(failed))
    more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    reason = "; ".join(failed[:3]) + more if failed else "all data checks passed"
    return {
        "criterion": "data",
        "value": n,
        "low": n,
        "high": n,
        "limit": 0.0,
        "passed": not failed,
        "reason": reason,
    }
