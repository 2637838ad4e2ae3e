"""The file of a Jupyter notebook, whoever made its cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def notebook_text(cells: Sequence[dict[str, Any]]) -> str:
    """The file's text: JSON of nbformat 4.5 for a Python kernel, the same for the same cells.

    Examples
    --------
    >>> json.loads(notebook_text([]))["nbformat"]
    4
    """
    whole = {
        "cells": list(cells),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
