"""Back to the files and forward to what rests on them, by an independent walk over the runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from debugml.errors import SettingError
from debugml.lineage import Artifact, Lineage, Run, affected, backtrace
from debugml.lineage.tree import of_affected, of_trace, plain


def thing(number: int, kind: str = "result") -> Artifact:
    return Artifact(f"{number:064x}", f"thing {number}", kind, number)


def run(used: Sequence[Artifact], made: Sequence[Artifact], name: str = "", second: int = 0) -> Run:
    started = f"2026-01-02T03:{second // 60:02}:{second % 60:02}+00:00"
    name = name or f"make {made[0].name}"
    return Run(name, tuple(used), tuple(made), {"seed": 0}, "c0de", "pandas", "here", {}, started)


FILE = Artifact("a1" * 32, "yellow_tripdata_2020-01.parquet", "trips", 10)
LATER = Artifact("a2" * 32, "yellow_tripdata_2020-03.parquet", "trips", 12)
MODEL = Artifact("b1" * 32, "forest 2020-01", "model", 9)
DECISION = Artifact("c1" * 32, "hold: forest 2020-01", "decision")
RELEASE = Artifact("d1" * 32, "release 2020-03-01", "release")
PREDICTIONS = Artifact("e1" * 32, "predictions 2020-03", "predictions", 12)
STORY = (
    run([FILE], [MODEL], "fit", 1),
    run([MODEL, FILE], [DECISION], "decide", 2),
    run([MODEL, DECISION], [RELEASE], "release", 3),
    run([RELEASE, LATER], [PREDICTIONS], "replay", 4),
)


@pytest.fixture
def store(tmp_path: Path) -> Lineage:
    return filled(tmp_path, STORY)


def filled(folder: Path, runs: Sequence[Run]) -> Lineage:
    store = Lineage(folder / "lineage.sqlite")
    store.record_all(runs)
    return store


def test_the_story_by_hand(store: Lineage) -> None:
    trace = backtrace(store, "predictions 2020-03#11")
    assert (trace.artifact, trace.row) == (PREDICTIONS, 11)
    assert [r.name for r in trace.runs()] == ["replay", "release", "fit", "decide"]
    assert trace.files() == [FILE, LATER]
    (release, later) = trace.used
    assert (release.artifact, later.artifact, later.run) == (RELEASE, LATER, None)
    model, decision = release.used
    # The model is followed where it stands first, and named where it stands again.
    assert [t.artifact for t in model.used] == [FILE]
    assert [(t.artifact, t.note) for t in decision.used] == [(MODEL, "shown above"), (FILE, "")]
    assert str(trace).splitlines()[0].startswith("predictions 2020-03, row 11 · predictions")
    about = json.loads(json.dumps(trace.to_dict()))
    assert about["row"] == 11 and about["files"][0]["digest"] == FILE.digest


def test_what_rests_on_a_file_by_hand(store: Lineage) -> None:
    frame = affected(store, "yellow_tripdata_2020-01.parquet")
    found = list(frame[["kind", "distance", "through"]].itertuples(index=False, name=None))
    assert found == [
        ("decision", 1, "decide"),
        ("model", 1, "fit"),
        ("release", 2, "release"),
        ("predictions", 3, "replay"),
    ]
    assert list(affected(store, "2020-03.parquet")["name"]) == ["predictions 2020-03"]
    assert affected(store, PREDICTIONS.name).empty
    text = plain(of_affected("January", frame))
    assert "January: 4 artifacts rest on it" in text and "3 runs away, through replay" in text


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        (MODEL.name, MODEL),
        (MODEL.digest, MODEL),
        (MODEL.digest[:6], MODEL),
        (MODEL.digest[:9].upper(), MODEL),
        ("PREDICTIONS", PREDICTIONS),
        (f"{PREDICTIONS.digest[:8]}#0", PREDICTIONS),
    ],
)
def test_ways_to_name_a_thing(store: Lineage, reference: str, meant: Artifact) -> None:
    assert backtrace(store, reference).artifact == meant


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("predictoins 2020-03", "no artifact 'predictoins 2020-03'. Near: predictions 2020-03"),
        ("b1b1b", "of a digest, give 6 digits"),
        ("b1b1b2", "no artifact 'b1b1b2'"),
        ("2020-03", "part of several names: .*Give one whole"),
        ("", "no artifact ''"),
        ("#3", "no artifact '#3'"),
        ("predictions 2020-03#12", "no row 12 in predictions 2020-03: it has rows 0 to 11"),
        (f"predictions 2020-03#{'9' * 5000}", "no row of 5000 digits"),
        ("predictions 2020-03#٣", "there is no artifact"),
        ("forest \udcff", r"'forest \\udcff' is not valid text"),
        ("forest 2020-01#1", r"forest 2020-01 \(model\) has no numbered records: leave out #1"),
    ],
)
def test_what_names_nothing_says_so(store: Lineage, reference: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        backtrace(store, reference)


def test_names_and_digests_that_mean_several_things(tmp_path: Path) -> None:
    alike = Artifact(MODEL.digest[:40] + "0" * 24, "another forest", "model")
    page, slide = (Artifact(f"{n}" * 64, "drift", kind) for n, kind in ((1, "page"), (2, "slide")))
    store = filled(tmp_path, [run([], [MODEL]), run([], [alike]), run([], [page, slide])])
    with pytest.raises(SettingError, match=r"2 digests begin with b1b1b1b1: .*Give more digits"):
        backtrace(store, "b1b1b1b1")
    with pytest.raises(SettingError, match="several kinds: page 111111111111; slide 2222"):
        backtrace(store, "drift")
    assert backtrace(store, MODEL.digest[:45]).artifact == MODEL


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no runs yet"):
        backtrace(Lineage(tmp_path / "lineage.sqlite"), "forest")


def test_a_name_means_what_was_seen_last(tmp_path: Path) -> None:
    old, new = (Artifact(f"{n}" * 64, "scores", "result") for n in (1, 2))
    store = filled(tmp_path, [run([], [old], second=1), run([], [new], second=2)])
    trace = backtrace(store, "scores")
    assert (trace.artifact, trace.versions) == (new, 2)
    assert "the last of 2 of that name" in str(trace)
    assert backtrace(store, old.digest).versions == 1


def test_of_many_makers_the_newest_by_start(tmp_path: Path) -> None:
    # Added in another order than they ran in, as committed results are.
    runs = [run([FILE], [MODEL], f"fit {second}", second) for second in (2, 3, 1)]
    trace = backtrace(filled(tmp_path, runs), MODEL.name)
    assert trace.run is not None and trace.run.name == "fit 3"
    assert trace.others == 2
    assert "2 other runs made the same" in str(trace)


def test_equal_bytes_under_two_names_keep_their_own_run(tmp_path: Path) -> None:
    one, two = (Artifact("f" * 64, name, "result") for name in ("empty a", "empty b"))
    store = filled(tmp_path, [run([FILE], [one], "a", 1), run([LATER], [two], "b", 2)])
    assert backtrace(store, "empty a").files() == [FILE]
    assert backtrace(store, "empty b").files() == [LATER]


def test_cycles_are_cut_where_they_close(tmp_path: Path) -> None:
    a, b = thing(1), thing(2)
    store = filled(tmp_path, [run([a, b], [b]), run([b, FILE], [a])])
    trace = backtrace(store, a.name)
    notes = [(t.artifact.name, t.note) for t in trace.walk()]
    cycle, file = "a cycle", FILE.name
    assert notes == [(a.name, ""), (b.name, ""), (a.name, cycle), (b.name, cycle), (file, "")]
    assert set(affected(store, a.name)["name"]) == {b.name}
    assert "a cycle" in plain(of_trace(trace))


def test_a_chain_longer_than_pythons_stack(tmp_path: Path) -> None:
    store = filled(tmp_path, [run([thing(n)], [thing(n + 1)]) for n in range(1100)])
    trace = backtrace(store, "thing 1100", most=None)
    assert len(trace.runs()) == 1100 and trace.files() == [thing(0)]
    assert "… 1,059 runs further back\n" in f"{trace}\n"
    cut = backtrace(store, "thing 1100")
    assert len(cut.runs()) == 251 and cut.files() == []
    assert [link.more for link in cut.walk() if link.more] == [1]
    assert cut.to_dict()["left_out"] == 1
    assert "210 runs further back at least" in str(cut)
    assert affected(store, thing(0).digest)["distance"].max() == 1100


graphs = st.lists(
    st.tuples(st.lists(st.integers(0, 7), max_size=3), st.lists(st.integers(0, 7), max_size=2)),
    min_size=1,
    max_size=10,
)


@settings(max_examples=30, deadline=None)
@given(graphs, st.integers(0, 7))
def test_any_graph_as_a_walk_over_plain_lists(
    tmp_path_factory: pytest.TempPathFactory,
    graph: list[tuple[list[int], list[int]]],
    start: int,
) -> None:
    runs = [
        run([thing(u) for u in used], [thing(m) for m in made], f"run {i}", i)
        for i, (used, made) in enumerate(graph)
    ]
    store = filled(tmp_path_factory.mktemp("graph"), runs)
    known = {artifact for each in runs for artifact in (*each.used, *each.made)}
    if thing(start) not in known:
        with pytest.raises(SettingError):
            backtrace(store, thing(start).digest)
        return
    # Back: each thing's newest maker, and what that used.
    makers = {a: each for each in runs for a in each.made}
    reached, waiting = set(), [thing(start)]
    while waiting:
        artifact = waiting.pop()
        if artifact not in reached:
            reached.add(artifact)
            waiting += makers[artifact].used if artifact in makers else ()
    trace = backtrace(store, thing(start).digest)
    assert {t.artifact for t in trace.walk()} == reached
    assert {r.name for r in trace.runs()} == {makers[a].name for a in reached if a in makers}
    assert set(trace.files()) == {a for a in reached if a not in makers}
    assert sum(not t.note for t in trace.walk() if t.run) == len(
        [a for a in reached if a in makers]
    )
    # Forward: by shortest distance, every run counts.
    distance, level = {thing(start): 0}, {thing(start)}
    while level:
        made = {m for each in runs if level & set(each.used) for m in each.made} - set(distance)
        distance |= dict.fromkeys(made, max(distance.values()) + 1)
        level = made
    del distance[thing(start)]
    frame = affected(store, thing(start).digest)
    found = dict(zip(frame["digest"], frame["distance"], strict=True))
    assert found == {artifact.digest: far for artifact, far in distance.items()}


def test_links_left_out_are_the_farthest_and_are_counted(tmp_path: Path) -> None:
    """A hundred things from a file each, and one made of all of them."""
    parts = [thing(n) for n in range(100)]
    runs = [run([FILE], [part], second=n) for n, part in enumerate(parts)]
    store = filled(tmp_path, [*runs, run(parts, [thing(100)], "join")])
    whole, cut = backtrace(store, "thing 100", most=None), backtrace(store, "thing 100", most=30)
    assert len(whole.used) == 100 and whole.more == 0
    assert (len(cut.used), cut.more) == (30, 70)
    # What is shown is whole but for what is counted.
    assert [link.artifact for link in cut.used] == parts[:30]
    assert [(len(link.used), link.more) for link in cut.used] == [(0, 1)] * 30
    assert cut.run is not None and cut.run.used == tuple(parts[:30])
    assert "… and 70 more" in str(cut)
    assert backtrace(store, "thing 100", most=200) == whole
    assert whole.run == store.runs_that_made(thing(100).digest)[0]
    with pytest.raises(SettingError, match="number of links is 0"):
        backtrace(store, "thing 100", most=0)


def halved(n: int) -> list[int]:
    """Three of the first half of those before it: 82 runs lie behind the last, by 234 links."""
    return sorted({n * k // 64 for k in (13, 23, 31)})


SHAPES: dict[str, Callable[[int], list[int]]] = {
    "many made before": halved,
    "a chain": lambda n: [n - 1],
    "a chain with shortcuts": lambda n: sorted({n - 1, n // 2, n // 3}),
    "one run that used all others": lambda n: list(range(n)) if n == 9999 else [],
}
"""From a thing's number to those that it was made of. All but the first have 9,999 runs behind."""


def ten_thousand(tmp_path: Path, shape: str) -> Lineage:
    """A store of as many runs, each of which made one thing of those that the shape names."""
    used = SHAPES[shape]
    runs = [
        run([thing(u) for u in (used(n) if n else [])], [thing(n)], second=n % 3600)
        for n in range(10_000)
    ]
    return filled(tmp_path, runs)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_a_backtrace_over_ten_thousand_runs_takes_less_than_50_ms(
    tmp_path: Path, shape: str
) -> None:
    """In whatever shape, since so many links are followed and no more."""
    store = ten_thousand(tmp_path, shape)
    times = []
    for reference in ["thing 9999", thing(9999).digest] * 6:
        start = time.perf_counter()
        trace = backtrace(store, reference)
        times.append(time.perf_counter() - start)
        links = list(trace.walk())
        assert 100 < len(links) <= 251
        assert any(link.more for link in links) == (shape != "many made before")
    print(f"{shape}: {len(links)} links in {min(times) * 1000:.0f} ms")
    assert min(times) < 0.05, times


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_all_of_ten_thousand_runs_in_a_time_that_grows_with_their_number(
    tmp_path: Path, shape: str
) -> None:
    """All followed, not 250 links: no promise of 50 ms, but none of minutes either."""
    store = ten_thousand(tmp_path, shape)
    start = time.perf_counter()
    trace = backtrace(store, "thing 9999", most=None)
    seconds = time.perf_counter() - start
    behind, waiting = {9999}, [9999]
    while waiting:
        n = waiting.pop()
        new = set(SHAPES[shape](n) if n else []) - behind
        behind |= new
        waiting += new
    assert {link.artifact for link in trace.walk()} == {thing(n) for n in behind}
    print(f"{shape}: {len(trace.runs()):,} runs in {seconds:.2f} s")
    assert seconds < 5
