"""How a picture or a table reaches a notebook, a page of Quarto's, or one of our own.

>>> bundle("<b>7</b>", "seven")["text/plain"]
'seven'
"""

import os


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
