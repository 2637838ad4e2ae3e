"""How a picture or a table reaches a notebook, a page of Quarto's, or one of our own.

>>> bundle("<b>7</b>", "seven")["text/plain"]
'seven'
"""

import os

from .provenance import Provenance


def framed(html: str, provenance: Provenance | None, kind: str, width: str = "") -> str:
    """A figure's HTML with the mark of where it comes from; alone where nobody said.

    ``kind`` is what a reader calls it; ``width`` the widest that it gets, in CSS, so that the
    mark stands under its corner.

    >>> framed("<svg></svg>", Provenance("drift.two_normals", (), 0), "figure")[:46]
    '<div class="dm-sourced"><svg></svg><details cl'
    >>> framed("<svg></svg>", None, "figure")
    '<svg></svg>'
    """
    if provenance is None:
        return html
    style = f' style="max-width:{width}"' if width else ""
    return f'<div class="dm-sourced"{style}>{html}{provenance.mark(kind)}</div>'


def bundle(html: str, plain: str) -> dict[str, str]:
    """The mime bundle of a piece of HTML.

    Quarto takes any ``text/html`` output for a JavaScript widget and makes its page load require.js
    and jQuery from a server elsewhere. Under Quarto, which names itself in the environment, the
    same HTML therefore travels as raw HTML inside Markdown.

    >>> sorted(bundle("<b>7</b>", "seven"))
    ['text/html', 'text/plain']
    """
    if under_quarto():
        return {"text/markdown": f"`````{{=html}}\n{html}\n`````\n", "text/plain": plain}
    return {"text/html": html, "text/plain": plain}


def under_quarto() -> bool:
    """Whether Quarto runs this cell; then nothing may offer ``text/html``, not even beside others.

    >>> under_quarto()
    False
    """
    return "QUARTO_FIG_WIDTH" in os.environ
