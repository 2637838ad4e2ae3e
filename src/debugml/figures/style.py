"""One look for every figure: its font, sizes, axes and helpers, without touching matplotlib's own.

Figures are 720 points wide and hold no text below 15 points. Shown across a 1280-pixel slide
that is 24 pixels, and in the book's column 16. Two half-width figures share a slide.

>>> with canvas("strip") as (fig, ax):
...     line = ax.plot([1, 2, 3], [0.73, 0.71, 0.61], color=colour("forest"))
>>> round(fig.get_figwidth() * 72)
720
>>> close(fig)
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib import font_manager
from matplotlib.figure import Figure

from .palette import RoleName, colour

FAMILY = "Schibsted Grotesk"
SMALL, BODY, LARGE = 15.0, 16.0, 20.0
"""Text sizes in points; nothing in a figure is smaller than ``SMALL``."""

Size: TypeAlias = Literal["slide", "strip", "tall", "half", "half-tall"]
SIZES: dict[str, tuple[float, float]] = {
    "slide": (720, 290),
    "strip": (720, 220),
    "tall": (720, 460),
    "half": (340, 310),
    "half-tall": (340, 400),
}
"""Width and height in points: full width below a slide's title, or one of two columns."""


# By name, so that a figure's pages are known to depend on their bytes.
_FONTS = ("fonts/SchibstedGrotesk-Bold.ttf", "fonts/SchibstedGrotesk-Regular.ttf")


@cache
def _register() -> None:
    for name in _FONTS:
        font_manager.fontManager.addfont(Path(__file__).parent / name)


@cache
def settings() -> dict[str, Any]:
    """The style as matplotlib settings.

    >>> settings()["svg.fonttype"]
    'none'
    """
    _register()
    ink, muted, faint, grid = colour("ink"), colour("muted"), colour("faint"), colour("grid")
    cycle: tuple[RoleName, ...] = ("forest", "always_yes", "ranking", "base_rate", "card", "alarm")
    return {
        "font.family": [FAMILY, "DejaVu Sans"],
        "font.size": BODY,
        "mathtext.fontset": "custom",
        "mathtext.rm": FAMILY,
        "mathtext.it": FAMILY,
        "mathtext.cal": FAMILY,
        "text.color": ink,
        "figure.dpi": 72,
        "figure.facecolor": "none",
        "figure.edgecolor": "none",
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "none",
        "savefig.edgecolor": "none",
        "axes.facecolor": "none",
        "axes.edgecolor": faint,
        "axes.labelcolor": muted,
        "axes.labelsize": SMALL,
        "axes.titlesize": BODY,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": ink,
        "axes.titlepad": 10,
        "axes.linewidth": 1.0,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.spines.left": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=[colour(role) for role in cycle]),
        "axes.unicode_minus": True,
        "axes.xmargin": 0.02,
        "grid.color": grid,
        "grid.linewidth": 1.0,
        "xtick.color": faint,
        "xtick.labelcolor": muted,
        "xtick.labelsize": SMALL,
        "xtick.major.size": 5,
        "xtick.major.pad": 5,
        "xtick.minor.visible": False,
        "ytick.color": faint,
        "ytick.labelcolor": muted,
        "ytick.labelsize": SMALL,
        "ytick.major.size": 0,
        "ytick.alignment": "center",
        "ytick.major.pad": 6,
        "lines.linewidth": 2.6,
        "lines.markersize": 7,
        "lines.solid_capstyle": "round",
        "lines.solid_joinstyle": "round",
        "patch.edgecolor": "none",
        "patch.force_edgecolor": False,
        "errorbar.capsize": 0,
        "legend.frameon": False,
        "legend.fontsize": SMALL,
        "svg.fonttype": "none",
        "svg.id": None,
    }


def styled(**more: Any) -> AbstractContextManager[None]:
    """The style for as long as a ``with`` block lasts, for a figure built without `canvas`.

    >>> with styled():
    ...     plt.rcParams["font.family"][0]
    'Schibsted Grotesk'
    """
    return mpl.rc_context(cast(Any, {**settings(), **more}))


@contextmanager
def canvas(
    size: Size | tuple[float, float] = "slide", *, rows: int = 1, cols: int = 1, **grid: Any
) -> Iterator[tuple[Figure, Any]]:
    """A figure and its axes in the style: one axes, or an array of them for several panels.

    The style holds inside the ``with`` block and matplotlib's own settings return after it.
    Further keywords go to ``plt.subplots`` (``sharex``, ``width_ratios`` …).

    >>> with canvas("tall", rows=2, sharex=True) as (fig, axes):
    ...     axes.shape
    (2,)
    >>> close(fig)
    """
    width, height = SIZES[size] if isinstance(size, str) else size
    with styled():
        fig, axes = plt.subplots(rows, cols, figsize=(width / 72, height / 72), **grid)
        engine = fig.get_layout_engine()
        if engine is not None:
            engine.set(w_pad=4 / 72, h_pad=4 / 72, wspace=0.06, hspace=0.06)
        try:
            yield fig, axes
        except BaseException:
            plt.close(fig)
            raise


def close(fig: Figure) -> None:
    """Let go of a figure that no `Picture` took.

    >>> with canvas() as (fig, ax):
    ...     close(fig)
    """
    plt.close(fig)
