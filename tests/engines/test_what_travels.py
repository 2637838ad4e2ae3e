"""Only summaries reach the caller of a Dask frame, and only what needs an order is shuffled."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import dask
import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.deployment import Replay
from debugml.drift import ks_table, passes
from debugml.scoring import score_frame

PARTS = 4


class Spy:
    """Dask's scheduler of one thread, which remembers graphs and the size of what they gave."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.largest = 0

    def __call__(self, graph: Any, keys: Any, **options: Any) -> Any:
        # Dask gives a scheduler the graph, or an expression that makes it.
        graph = graph.__dask_graph__() if hasattr(graph, "__dask_graph__") else graph
        self.names += [str(key) for key in graph]
        found = dask.get(graph, keys, **options)
        self.largest = max(self.largest, len(pickle.dumps(found)))
        return found

    def shuffled(self) -> bool:
        return any(word in name for name in self.names for word in ("shuffle", "setindex", "p2p"))


def records(rows: int) -> Any:
    """Made-up records of a replay, ``rows`` in each partition, lazily."""
    import dask.dataframe as dd

    def read(seed: int) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        p = generator.random(rows)
        seconds = generator.integers(0, 20 * 86_400, rows)
        return pd.DataFrame(
            {
                "time": pd.Timestamp("2020-03-01") + pd.to_timedelta(seconds, unit="s"),
                "label": (generator.random(rows) < p).astype("i1"),
                "probability": p,
                "prediction": (p > 0.5).astype("i1"),
            }
        )

    return dd.from_map(read, range(PARTS), meta=read(0).head(0))


def watched(work: Callable[[], Any]) -> tuple[Any, Spy]:
    spy = Spy()
    with dask.config.set(scheduler=spy):
        return work(), spy


def test_daily_figures_need_no_shuffle_and_a_line_by_record_needs_one() -> None:
    stream = Replay.of(records(500))
    daily, spy = watched(lambda: stream.daily(draws=0))
    assert spy.names and not spy.shuffled()
    pd.testing.assert_frame_equal(
        daily, Replay.of(records(500).compute()).daily(draws=0), check_exact=True
    )
    line, spy = watched(lambda: stream.cumulative().compute())
    assert spy.shuffled()
    assert line["n"].tolist() == list(range(1, PARTS * 500 + 1))


def test_what_reaches_the_caller_does_not_grow_with_the_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So few cells that the smaller frame, too, has more values than that.
    monkeypatch.setattr(passes, "CELLS", 1 << 10)
    reference = records(2_000).compute()
    steps: dict[str, Callable[[Any], Any]] = {
        "daily": lambda frame: Replay.of(frame).daily(draws=0),
        "KS": lambda frame: ks_table(reference, frame, ["probability", "label"]),
        "cumulative": lambda frame: Replay.of(frame).cumulative(),
    }
    for name, step in steps.items():
        sizes = [
            watched(lambda n=n, step=step: step(records(n)))[1].largest for n in (5_000, 20_000)
        ]
        assert sizes[1] < 1.2 * sizes[0], name


def test_a_score_brings_home_sums(train: pd.DataFrame) -> None:
    def scored(rows: int) -> Any:
        return score_frame(records(rows), "label", "probability", 0.5)

    spies = [watched(lambda n=n: scored(n))[1] for n in (5_000, 20_000)]
    # One partition is looked at for where to part the ranges; it is the largest thing there.
    assert spies[1].largest < 20_000 * 8 * 4
    whole = records(5_000).compute()
    assert scored(5_000).auc == score_frame(whole, "label", "probability", 0.5).auc


@pytest.mark.parametrize("partitions", [1, 2, 9])
def test_ties_split_over_partitions_keep_their_order(partitions: int) -> None:
    import dask.dataframe as dd

    generator = np.random.default_rng(3)
    n = 900
    frame = pd.DataFrame(
        {
            # Three hundred moments for nine hundred records, in no order.
            "time": pd.Timestamp("2020-03-01")
            + pd.to_timedelta(generator.integers(0, 300, n), "m"),
            "label": generator.integers(0, 2, n).astype("i1"),
            "probability": generator.choice([0.2, 0.7, 0.9], n),
            "prediction": generator.integers(0, 2, n).astype("i1"),
        }
    )
    lazy = Replay.of(dd.from_pandas(frame, npartitions=partitions, sort=False)).cumulative()
    pd.testing.assert_frame_equal(lazy.compute(), Replay.of(frame).cumulative(), check_exact=True)
    score = score_frame(dd.from_pandas(frame, npartitions=partitions), "label", "probability", 0.4)
    expected = score_frame(frame, "label", "probability", 0.4)
    assert score.to_dict() == pytest.approx(expected.to_dict(), rel=1e-12)
    assert (score.auc, score.notes) == (expected.auc, expected.notes)


def test_a_model_is_in_the_graph_once(model: dm.Forest) -> None:
    features = dm.featurize(dm.load(["2020-01", "2020-02", "2020-03"], engine="dask"))
    graph = dict(dm.predict_proba(model, features).optimize().dask)
    size = sum(len(pickle.dumps(task)) for task in graph.values())
    assert size < 1.5 * len(pickle.dumps(model))
