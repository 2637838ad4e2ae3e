"""A decision: promote, hold or roll back, with its reasons, and its record in the lineage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import pandas as pd

from .. import closure
from ..lineage import Artifact, Run

Outcome = Literal["promote", "hold", "roll back"]


@dataclass(frozen=True)
class Decision:
    """What a gate decided, and why.

    Attributes
    ----------
    outcome : str
        ``"promote"``, ``"hold"`` or ``"roll back"``.
    reasons : tuple of str
        One sentence for each criterion that decided.
    checks : DataFrame, one row a criterion
        ``criterion``, ``value``, ``low``, ``high`` (the interval), ``limit``, ``passed``,
        ``reason``.
    subject, against : str
        The model that was judged, and the one that it was compared with ("" for none).
    used : tuple of lineage.Artifact
        Models and months' files.
    settings : mapping
        Of the gate; JSON values.

    Examples
    --------
    >>> checks = pd.DataFrame({"criterion": ["skill"], "value": [-0.1], "passed": [False]})
    >>> decision = Decision("hold", ("skill is below 0",), checks, "forest of 2020-01")
    >>> print(decision)
    hold forest of 2020-01: skill is below 0
    >>> decision.run().made[0].name
    'hold: forest of 2020-01'
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    checks: pd.DataFrame
    subject: str
    against: str = ""
    used: tuple[Artifact, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.outcome} {self.subject}: {'; '.join(self.reasons)}"

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the criteria that were not met."""
        return tuple(self.checks.loc[~self.checks["passed"], "criterion"])

    @property
    def gate(self) -> str:
        """16 hex digits that name the gate's limits."""
        said = json.dumps(dict(self.settings), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def digest(self) -> str:
        """SHA-256 of what was decided, about what, by which limits, figures and reasons."""
        said = [self.outcome, self.subject, self.against, *self.reasons]
        # Twelve digits: the last ones of a sum are one machine's.
        checks = self.checks.to_csv(index=False, float_format="%.12g")
        used = [artifact.digest for artifact in self.used]
        made_of = [said, used, dict(self.settings), checks]
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()

    def run(self) -> Run:
        """The decision as a run of the lineage: models and months in, one decision out.

        Give it to `lineage.Lineage.record`, or to `lineage.note` while a result is computed.
        """
        made = Artifact(self.digest, f"{self.outcome}: {self.subject}", "decision")
        name = "review" if self.outcome == "roll back" else "decide"
        parameters = {
            "subject": self.subject,
            "against": self.against,
            "reasons": list(self.reasons),
            "gate": self.gate,
        }
        return Run.here(name, self.used, (made,), parameters, _code())


@cache
def _code() -> str:
    from .gate import Gate

    return closure.of_function(Gate).digest
