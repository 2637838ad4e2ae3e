"""The colours of figures, tables and pages: named roles, each with a light and a dark value.

A figure asks for the role that a line plays, never for a colour, so that the forest is the same
blue on every slide and the page's light/dark toggle can recolour it. Every text and graphic role
reads at 4.5:1 or more on its paper, ``faint`` at 3:1; ``grid``, ``wash`` and ``taxi`` are surfaces.
`talk/theme/tokens.css` carries the same values as ``--dm-<role>``.

>>> colour("forest")
'#084a9e'
>>> ROLES["always_yes"].css
'--dm-always-yes'
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

RoleName: TypeAlias = Literal[
    "ink",
    "muted",
    "faint",
    "grid",
    "paper",
    "wash",
    "taxi",
    "forest",
    "always_yes",
    "base_rate",
    "ranking",
    "alarm",
    "card",
    "cash",
    "missing",
    "reference",
    "current",
    "published",
]
Kind: TypeAlias = Literal["text", "graphic", "line", "surface"]


@dataclass(frozen=True)
class Role:
    """One role: its name, its two colours, and what it is for."""

    name: RoleName
    light: str
    dark: str
    kind: Kind

    @property
    def css(self) -> str:
        """The custom property that carries this role on a page."""
        return f"--dm-{self.name.replace('_', '-')}"

    @property
    def var(self) -> str:
        """What a figure writes in place of the colour, with the light value to fall back on."""
        return f"var({self.css}, {self.light})"


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role("ink", "#15171c", "#f3f2ee", "text"),
        Role("muted", "#4e535d", "#b9bcc4", "text"),
        Role("faint", "#878c97", "#737985", "line"),
        Role("grid", "#e4e5e8", "#2c3037", "surface"),
        Role("paper", "#ffffff", "#15171b", "surface"),
        Role("wash", "#f4f4f1", "#1e2126", "surface"),
        Role("taxi", "#ffc400", "#ffc400", "surface"),
        Role("forest", "#084a9e", "#5aa2f7", "graphic"),
        Role("always_yes", "#b25400", "#ffae57", "graphic"),
        Role("base_rate", "#6a6f7b", "#a3a8b4", "graphic"),
        Role("ranking", "#00805c", "#5ee6b8", "graphic"),
        Role("alarm", "#c8102e", "#ff7d85", "graphic"),
        Role("card", "#5a3fb8", "#b4a3ff", "graphic"),
        Role("cash", "#1f7a3d", "#63d08a", "graphic"),
        Role("missing", "#c2387a", "#ff93c4", "graphic"),
        Role("reference", "#5f6d7e", "#9db0c6", "graphic"),
        Role("current", "#c64600", "#ff9550", "graphic"),
        Role("published", "#2f333b", "#e2e0d9", "graphic"),
    )
}

TOGETHER: tuple[tuple[RoleName, ...], ...] = (
    ("forest", "always_yes", "base_rate", "ranking"),
    ("card", "cash", "missing"),
    ("reference", "current"),
    ("forest", "alarm", "base_rate"),
    ("published", "forest", "base_rate"),
)
"""Roles that share a figure, and so must stay apart for a colour-blind reader."""


def colour(role: RoleName) -> str:
    """The light value of a role, which `Picture` later swaps for the page's own.

    >>> colour("paper")
    '#ffffff'
    """
    return ROLES[role].light


def tint(role: RoleName, strength: float) -> tuple[float, float, float, float]:
    """A role as a see-through fill: bands, bars behind a line, the cells of a heat map.

    Strength runs from 0 (paper) to 1 (the role itself). Being transparent, it darkens with a
    dark page, where a mixed colour would stay light.

    >>> tint("forest", 0.25)[3]
    0.25
    """
    value = ROLES[role].light
    red, green, blue = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, min(max(strength, 0.0), 1.0)


def css() -> str:
    """The palette as custom properties, as `talk/theme/tokens.css` must carry it.

    >>> print(css().splitlines()[1])
      --dm-ink: #15171c;
    """

    def block(selector: str, shade: Literal["light", "dark"]) -> str:
        lines = [f"  {role.css}: {getattr(role, shade)};" for role in ROLES.values()]
        return "\n".join([f"{selector} {{", *lines, "}"])

    return "\n".join([block(":root", "light"), block(".quarto-dark", "dark")]) + "\n"
