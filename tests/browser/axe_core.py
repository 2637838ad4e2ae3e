"""axe-core in a page: what it finds, in lines that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

# Rules that depend on the colours; the others needn't run again in the other mode.
COLOURS = ["color-contrast", "link-in-text-block"]

RUN = """async ([only, within]) => {
  const options = {resultTypes: ["violations"], ...(only && {runOnly: only})};
  // What is drawn is one image with its text alternative: its parts are not read out.
  const target = {include: within.map(one => [one]), exclude: [["svg.dm-picture > *"]]};
  const {violations} = await axe.run(target, options);
  return violations.flatMap(v => v.nodes.map(n => {
    const data = n.any.map(a => a.data).find(d => d && d.contrastRatio);
    const ratio = data ? ` ${data.fgColor} on ${data.bgColor}: ${data.contrastRatio}` : "";
    return `${v.id}: ${n.target.flat().join(" ")}${ratio} (${v.help})`;
  }));
}"""


@cache
def source() -> str:
    """axe-core itself, as the package carries it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(
    page: object, only: Sequence[str] | None = None, within: Sequence[str] = ("html",)
) -> list[str]:
    """What axe-core has against the page as it stands, one line an element.

    `only` names its rules; `within` are selectors of what to look at, those that the page has.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    there = [one for one in within if page.locator(one).count()]
    return page.evaluate(RUN, [only, there]) if there else []
