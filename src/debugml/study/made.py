"""How the results in use were made: one row each, for the page that tells it."""

from __future__ import annotations

import json

import pandas as pd

from ..keep import read_record, recorded
from ..trips import samples


def made() -> pd.DataFrame:
    """What made each result that travels with the source, the longest first; nothing is computed.

    Of the recorded study instead, where one is in use (`settings.study`).

    Returns
    -------
    DataFrame, one row a result
        ``result``; ``parameters`` (JSON); ``months`` of trips behind it and their ``rows``;
        ``behind`` (recorded runs that it rests on); ``started`` (UTC) and ``seconds``;
        ``device``; ``digest`` of its values, ``code`` of the source that it reaches (SHA-256);
        ``versions`` ("numpy 2.4.6, …").

    Raises
    ------
    StoreError
        If a record can't be read.
    SettingError
        If the settings name a recorded study that is not there.

    Examples
    --------
    >>> found = made()
    >>> bool((found["seconds"] >= 0).all()), "monthly_scores" in set(found["result"])
    (True, True)
    """
    study = recorded.in_use()
    folders = study.folders() if study else (samples.folder() / "results").glob("[!.]*/[!.]*/")
    rows = []
    for folder in sorted(folders):
        record = read_record(folder)
        run, carried = record.run, record.on_frame()
        rows.append(
            {
                "result": run.name,
                "parameters": json.dumps(dict(run.parameters)),
                "months": len(carried["months"]),
                "rows": carried["rows"] or 0,
                "behind": len(record.behind),
                "started": pd.Timestamp(run.started),
                "seconds": run.seconds,
                "device": run.device,
                "digest": run.made[0].digest,
                "code": run.code,
                "versions": ", ".join(f"{name} {said}" for name, said in run.versions.items()),
            }
        )
    return pd.DataFrame(rows).sort_values("seconds", ascending=False, ignore_index=True)
