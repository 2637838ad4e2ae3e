"""A finished figure as SVG that belongs to its page: recoloured with it, and read aloud.

>>> from debugml.figures.style import canvas, colour
>>> with canvas("strip") as (fig, ax):
...     line = ax.plot([0, 1], [0.7, 0.6], color=colour("forest"))
...     shown = Picture(fig, "F1 falls from 0.7 to 0.6.")
>>> 'aria-label="F1 falls from 0.7 to 0.6."' in shown.svg
True
>>> "var(--dm-forest, #084a9e)" in shown.svg
True
"""

import hashlib
import re
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .annotate import settle
from .build import step_of
from .display import bundle, framed, under_quarto
from .palette import ROLES
from .provenance import Provenance
from .style import FAMILY, styled

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FAMILY = re.compile(r"font-family: [^;]*(; )?")
_STACK = f"'{FAMILY}', 'Helvetica Neue', Arial, sans-serif"
_ROLE_OF = {role.light: role for role in ROLES.values()}


class Picture:
    """An SVG figure with its alternative text; it takes over the matplotlib figure and closes it.

    ``alt`` says what the figure shows, for a reader who cannot see it; it may not be empty. Every
    colour must come from `debugml.figures.palette`, or the figure could not follow the page into
    the dark. Drawn twice, the same figure gives the same text, byte for byte. What it was drawn
    from, its ``provenance``, is set by `debugml.figures.provenance.sourced`.
    """

    provenance: Provenance | None = None

    def __init__(self, fig: Figure, alt: str, *, name: str = "") -> None:
        try:
            self.alt = " ".join(alt.split())
            if not self.alt:
                raise ValueError("a picture needs alt text: one sentence with the figure's message")
            width, height = (float(side) * 72 for side in fig.get_size_inches())
            self.width, self.height = width, height
            self._fig = fig
            drawn = _draw(fig)
            self.id = (
                "dm-" + hashlib.sha256(f"{name}\0{self.alt}\0{drawn}".encode()).hexdigest()[:10]
            )
            self._plain = _tidy(drawn, self.id)
        finally:
            plt.close(fig)
        strangers = sorted(set(_HEX.findall(self._plain)) - set(_ROLE_OF))
        if strangers:
            raise ValueError(
                f"colours outside the palette: {', '.join(strangers)}; "
                "take them from debugml.figures.palette (colour, tint)"
            )

    @property
    def svg(self) -> str:
        """The figure for a page: an ``<svg>`` element whose colours are the page's own."""
        body = _HEX.sub(lambda match: _ROLE_OF[match[0]].var, self._plain)
        return self._element(f"width:100%;max-width:{self._widest};height:auto", body)

    @property
    def shown(self) -> str:
        """The figure as a page shows it, with the mark that opens where it comes from."""
        # A box of its own may scroll on a narrow screen; the mark stays where it is.
        svg = f'<div class="dm-figure">{self.svg}</div>' if self.provenance else self.svg
        return framed(svg, self.provenance, "figure", self._widest)

    @property
    def _widest(self) -> str:
        # As wide as its column; never more than 1.6 pixels a point, so that the text of a
        # full-width and of a half-width figure are of one size. The page may set --dm-point.
        return f"calc({self.width:g} * var(--dm-point, 1.06px))"

    def _element(self, fit: str, body: str) -> str:
        alt = self.alt.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        view = f"0 0 {self.width:g} {self.height:g}"
        inherit = (
            f"font-family:{_STACK};font-variant-numeric:tabular-nums;"
            "stroke-linejoin:round;stroke-linecap:butt"
        )
        return (
            f'<svg xmlns="{_SVG}" class="dm-picture" role="img" aria-label="{alt}" '
            f'viewBox="{view}" width="{self.width:g}" height="{self.height:g}" '
            f'style="{fit};{inherit}">{body}</svg>'
        )

    def save(self, path: str | Path) -> Path:
        """Write the figure by itself, in light colours on paper: ``.svg`` or ``.png``.

        >>> import tempfile
        >>> from debugml.figures.style import canvas
        >>> with tempfile.TemporaryDirectory() as folder, canvas() as (fig, ax):
        ...     Picture(fig, "Empty axes.").save(Path(folder) / "empty.svg").name
        'empty.svg'
        """
        path = Path(path)
        paper = f'<rect width="100%" height="100%" fill="{ROLES["paper"].light}"/>'
        standalone = self._element("height:auto", paper + self._plain)
        match path.suffix:
            case ".svg":
                path.write_text(standalone + "\n", encoding="utf-8")
            case ".png":
                with styled():
                    self._fig.savefig(path, dpi=144, facecolor=ROLES["paper"].light)
            case other:
                raise ValueError(f"{path.name}: a picture is saved as .svg or .png, not {other!r}")
        return path

    def _repr_html_(self) -> str | None:
        return None if under_quarto() else self.shown

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(self.shown, repr(self))

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"


def _draw(fig: Figure) -> str:
    """Matplotlib's own SVG, made the same each time: fixed ids, no date."""
    out = StringIO()
    with styled(**{"svg.hashsalt": "debugml"}):
        settle(fig)
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _tidy(drawn: str, prefix: str) -> str:
    """The inside of the ``<svg>``: no page-wide style, no stray ids, the page's fonts."""
    root = ET.fromstring(drawn.encode())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"}:
                parent.remove(child)
    used = set(_REFERENCE.findall(drawn)) | set(re.findall(r'href="#([^"]+)"', drawn))
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        if _HREF in element.attrib:
            element.set("href", f"#{prefix}-{element.attrib.pop(_HREF).removeprefix('#')}")
        own = element.attrib.pop("id", None)
        if own in used:
            element.set("id", f"{prefix}-{own}")
        if step := step_of(own):
            element.set("class", "fragment")
            element.set("data-fragment-index", str(step - 1))
        for key, value in element.attrib.items():
            value = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
            element.set(key, _FAMILY.sub("", value) if key == "style" else value)
    _prune(root)
    text = "".join(ET.tostring(child, encoding="unicode") for child in root)
    return re.sub(r"\n\s*", "\n", text).strip()


def _prune(element: ET.Element) -> None:
    """Drop what draws nothing: empty groups and the see-through paths behind figure and axes."""
    for child in list(element):
        _prune(child)
        empty = child.tag in {"g", "defs"} and not len(child)
        if empty or (child.attrib.keys() == {"d", "style"} and child.get("style") == "fill: none"):
            element.remove(child)
