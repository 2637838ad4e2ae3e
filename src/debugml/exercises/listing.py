"""The exercises as the site lists them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .exercise import LEVELS, Exercise
from .roster import exercise, of_topic


@dataclass(frozen=True)
class Words:
    """Markdown that shows itself as such."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def facts(name: str) -> Words:
    """The line under an exercise's heading: level, kind, minutes, and its name.

    Examples
    --------
    >>> print(facts("trips-payment-shares"))
    [Level 1 (first steps) · write a function · 10 minutes · `trips-payment-shares`]{.facts}
    """
    each = exercise(name)
    level = f"Level {each.level} ({LEVELS[each.level]})"
    return Words(f"[{level} · {each.kind} · {each.minutes} minutes · `{name}`]{{.facts}}")


def listed(topics: Sequence[str], base: str = "", levels: Collection[int] = tuple(LEVELS)) -> Words:
    """A table of topics' exercises, each linked to its place, in Markdown.

    Parameters
    ----------
    topics : sequence of str
    base : str
        Path from the page to the exercises' pages, with its slash.
    levels : collection of int
        Those to list.

    Examples
    --------
    >>> print(str(listed(["trips"])).splitlines()[0])
    | exercise | kind | level | minutes |
    """
    # The dashes are the columns' widths, in shares.
    widths = f"| :{26 * '-'} | :{10 * '-'} | {5 * '-'}: | {6 * '-'}: |"
    lines = ["| exercise | kind | level | minutes |", widths]
    for topic in topics:
        chosen = [each for each in of_topic(topic) if each.level in levels]
        lines += [_row(each, f"{base}{topic}.qmd") for each in chosen]
    return Words("\n".join(lines))


def _row(each: Exercise, page: str) -> str:
    link = f"[{each.title}]({page}#sec-exercise-{each.name})"
    return f"| {link} | {each.kind} | {each.level} | {each.minutes} |"
