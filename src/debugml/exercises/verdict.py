"""What a check says: passed or not, why, and what the mistake would cost."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from .exercise import Finding


@dataclass(frozen=True)
class Verdict:
    """The result of one check; shows itself in a notebook, prints itself elsewhere.

    Attributes
    ----------
    exercise : str
        Name of the exercise.
    findings : tuple of Finding
    seconds : float
        That the check took.
    output : str
        The beginning of what the student's code printed.
    """

    exercise: str
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether there is a finding, and none is a mistake."""
        return bool(self.findings) and all(each.passed for each in self.findings)

    @property
    def misconceptions(self) -> tuple[str, ...]:
        """Names of the common mistakes that were recognised."""
        return tuple(each.misconception for each in self.findings if each.misconception)

    def to_dict(self) -> dict[str, Any]:
        """As values of JSON.

        Examples
        --------
        >>> Verdict("trips-payment-shares", (Finding(True, "Right."),)).to_dict()["passed"]
        True
        """
        return {
            "exercise": self.exercise,
            "passed": self.passed,
            "seconds": round(self.seconds, 3),
            "findings": [vars(each) for each in self.findings],
        }

    def __str__(self) -> str:
        lines = [f"{self.exercise}: {'passed' if self.passed else 'not yet'}"]
        for each in self.findings:
            lines.append(f"  {'✓' if each.passed else '✗'} {each.says}")
            if each.misconception:
                lines.append(f"    This is a common one: {each.misconception}.")
            if each.cost:
                lines.append(f"    In production: {each.cost}")
        if self.output and not self.passed:
            lines += ["    It printed:", *(f"    | {line}" for line in _head(self.output))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = "#1a7f4b" if self.passed else "#b3261e"
        said = [f"<strong>{'Passed' if self.passed else 'Not yet'}</strong>"]
        for each in self.findings:
            said.append(f"<div>{'✓' if each.passed else '✗'} {html.escape(each.says)}</div>")
            if each.misconception:
                name = html.escape(each.misconception)
                said.append(f"<div>A common one: <strong>{name}</strong>.</div>")
            if each.cost:
                said.append(f"<div><em>In production:</em> {html.escape(each.cost)}</div>")
        if self.output and not self.passed:
            said.append(f"<pre>{html.escape(chr(10).join(_head(self.output)))}</pre>")
        inside = "".join(said)
        return f'<div style="border-left:4px solid {colour};padding:.3em .9em">{inside}</div>'


def _head(output: str, lines: int = 8) -> list[str]:
    found = output.rstrip().split("\n")
    return found[:lines] + ([f"… and {len(found) - lines:,} more lines"] if found[lines:] else [])
