"""The lineage of everything that the study has kept, on this machine and in the clone."""

from __future__ import annotations

from .. import settings
from ..keep import PROVENANCE, read_record, recorded
from ..keep.record import once
from ..lineage import Lineage
from ..lineage.tables import holds
from ..trips import samples


def ledger() -> Lineage:
    """The lineage store in ``DEBUGML_HOME``, with the runs of all kept results in it.

    What was computed here is recorded when it is. Of all results that are kept, the committed
    ones, those in ``DEBUGML_HOME`` and those of a recorded study in use, the runs that the store
    lacks are added, those behind them too: so nothing is lost with a store that was deleted or
    locked, or with a process that was killed before it recorded its run.
    A store that can't be written is given as it is.

    Raises
    ------
    StoreError
        If the store can't be opened, or a kept result's record can't be read.

    Examples
    --------
    >>> any(run.name == "monthly_scores" for run in ledger().runs())
    True
    """
    store = Lineage(settings.home() / "lineage.sqlite")
    if store.read_only:
        return store
    committed = sorted((samples.folder() / "results").glob("[!.]*/[!.]*/"))
    # Whatever else lies there is no result.
    here = sorted((settings.home() / "results").glob(f"[!.]*/[!.]*/{PROVENANCE}"))
    study = recorded.in_use()
    elsewhere = study.folders() if study else []
    folders = (*committed, *(path.parent for path in here), *elsewhere)
    records = [read_record(folder) for folder in folders]
    runs = once(run for record in records for run in (*record.behind, record.run))
    with store.reading() as connection:
        lacking = [run for run in runs if not holds(connection, run)]
    if lacking:
        store.add_all(lacking)
    return store
