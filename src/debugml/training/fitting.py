"""A forest together with its training run, for the lineage of whatever rests on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from .. import closure
from ..lineage import Artifact, Run
from .files import model_digest
from .fit import fit_forest
from .forest import Forest


def fitted(
    fit: Callable[[], Forest],
    name: str,
    used: Iterable[Artifact] = (),
    parameters: Mapping[str, Any] | None = None,
) -> tuple[Forest, Run]:
    """Fit a forest, and say so: the model and its training run.

    Give the run to `debugml.lineage.note`, each time that the model is asked for, so that
    every result that rests on it knows.

    Parameters
    ----------
    fit : function
        Without arguments.
    name : str
        What people call the model.
    used : iterable of lineage.Artifact
        The files that it was trained on, and whatever else it was made from.
    parameters : mapping
        JSON values.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> model, run = fitted(lambda: fit_forest(train, 2), "forest 2020-01", parameters={"seed": 0})
    >>> run.name, run.made[0].name, run.made[0].rows
    ('fit_forest', 'forest 2020-01', 9969)
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    model = fit()
    seconds = time.perf_counter() - clock
    made = Artifact(model_digest(model), name, "model", model.rows)
    run = Run.here(
        "fit_forest", used, [made], parameters or {}, _code(), started=started, seconds=seconds
    )
    return model, run


@cache
def _code() -> str:
    return closure.of_function(fit_forest).digest
