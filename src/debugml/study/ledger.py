"""The lineage of everything that the study has kept, on this machine and in the clone."""

from __future__ import annotations

from .. import settings
from ..keep import read_record
from ..keep.record import once
from ..lineage import Lineage
from ..lineage.tables import holds
from ..trips import samples


def ledger() -> Lineage:
    """The lineage store in ``DEBUGML_HOME``, with the runs of all committed results in it.

    What was computed here is recorded when it is. Of the committed results, which were
    computed elsewhere, the runs that the store lacks are added, those behind them too.
    A store that can't be written is given as it is.

    Raises
    ------
    StoreError
        If the store can't be opened, or a committed result's record can't be read.

    Examples
    --------
    >>> any(run.name == "monthly_scores" for run in ledger().runs())
    True
    """
    store = Lineage(settings.home() / "lineage.sqlite")
    if store.read_only:
        return store
    folders = sorted(
        folder
        for folder in (samples.folder() / "results").glob("*/*")
        if folder.is_dir() and not folder.name.startswith(".")
    )
    records = [read_record(folder) for folder in folders]
    runs = once(run for record in records for run in (*record.behind, record.run))
    with store.reading() as connection:
        lacking = [run for run in runs if not holds(connection, run)]
    for run in lacking:
        store.add(run)
    return store
