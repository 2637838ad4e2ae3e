"""Exact D in passes over parts: scipy's, for any split, and with little kept of each part."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings, strategies as st
from scipy import stats

from debugml.drift import cells, ks, ks_table, passes
from debugml.errors import RecordsError
from debugml.summary import ValueCounts

NAN = float("nan")
SMALL = {passes: ("CELLS", 32), cells: ("WHOLE_SPAN", 4)}
"""So few that samples of a few dozen values take several passes, in slices."""

numbers = st.one_of(
    st.lists(st.one_of(st.floats(-1e6, 1e6, width=32), st.just(NAN)), min_size=1, max_size=60),
    st.lists(st.sampled_from([-0.0, 0.0, 1.5, -1.5, 1e-45, -1e-45, 3.4e38, NAN]), min_size=1),
    st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=60),
    st.lists(st.integers(-(2**24), 2**24).map(float), min_size=1, max_size=60),
)


def in_passes(one: list[Any], other: list[Any], dtype: str) -> tuple[passes.Search, int]:
    """The search over parts of two columns, merged from the last to the first; and its passes."""

    def merged(parts: list[Any], count: Any) -> Any:
        return reduce(lambda a, b: b.merge(a), [count(part) for part in parts])

    first = [merged(side, lambda p: cells.First.of(p, dtype)) for side in (one, other)]
    search, n = passes.Search(*first), 1
    while (look := search.look()) is not None:
        found = [merged(side, look.count) for side in (one, other)]
        assert all(len(each.cell) <= passes.CELLS for each in found)
        search.learn(*found)
        n += 1
    return search, n


@pytest.mark.filterwarnings("ignore:ks_2samp")
@pytest.mark.parametrize("sizes", [{}, SMALL])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=120, deadline=None)
@given(numbers, numbers, st.integers(1, 5))
@example([-0.0, 1.0], [0.0, 1.0], 2)
def test_d_is_scipys_for_any_split(
    dtype: str, sizes: dict[Any, tuple[str, int]], one: list[float], other: list[float], parts: int
) -> None:
    a, b = (np.array(side).astype(dtype) for side in (one, other))
    here, there = a[~np.isnan(a)], b[~np.isnan(b)]
    assume(len(here) and len(there))
    with pytest.MonkeyPatch.context() as patch:
        for module, (name, value) in sizes.items():
            patch.setattr(module, name, value)
        split = [[side[i::parts] for i in range(parts)] for side in (a, b)]
        found = in_passes(split[0], split[1], dtype)[0]
        whole = in_passes([a], [b], dtype)[0]
    expected = stats.ks_2samp(here, there, method="asymp").statistic
    assert abs(found.gap.size) == pytest.approx(expected, abs=1e-12)
    assert found.gap == whole.gap
    assert found.n == (len(here), len(there))
    if expected:
        # The same place, sign and counts as in memory.
        memory = ks(ValueCounts.of(a), ValueCounts.of(b))
        assert found.gap.location == memory.location
        assert (found.gap.at_one, found.gap.at_other) == (
            memory.at_reference,
            memory.at_current,
        )
        assert np.sign(found.gap.size) == memory.sign


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2))
def test_keys_keep_the_order_of_values(values: list[float]) -> None:
    array = np.sort(np.array(values))
    keys = cells.keys_of(array, "float64")
    assert ((keys[1:] > keys[:-1]) == (array[1:] > array[:-1])).all()
    assert [cells.value_of(int(key), "float64") for key in keys] == array.tolist()


@pytest.mark.parametrize("shift", [0.0, 0.003, 3.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_long_columns_need_three_passes(dtype: str, shift: float) -> None:
    generator = np.random.default_rng(5)
    a = generator.lognormal(0, 1, 400_000).astype(dtype)
    b = (generator.lognormal(0, 1, 300_000) + shift).astype(dtype)
    found, needed = in_passes(np.array_split(a, 3), np.array_split(b, 2), dtype)
    assert abs(found.gap.size) == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic)
    assert found.gap.size == ks(ValueCounts.of(a), ValueCounts.of(b)).sign * abs(found.gap.size)
    assert needed <= 3


def test_whole_numbers_need_one_pass() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.integers(1, 266, 50_000), generator.integers(3, 264, 40_000)
    found, needed = in_passes(np.array_split(a.astype("f4"), 4), [b.astype("f4")], "float32")
    assert needed == 1
    assert abs(found.gap.size) == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic)


def test_equal_samples_longer_than_the_cells_are_looked_at_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The worst case: no gap anywhere, so nothing can be left out.
    monkeypatch.setattr(passes, "CELLS", 1 << 10)
    a = np.random.default_rng(5).normal(size=20_000)
    found, needed = in_passes([a], [a[::-1]], "float64")
    assert found.gap.size == 0
    assert needed > 20


def test_what_is_kept_does_not_grow_with_the_sample() -> None:
    generator = np.random.default_rng(5)
    kept = []
    for n in (200_000, 800_000):
        column = generator.lognormal(0, 1, n).astype("f4")
        kept.append(len(cells.First.of(column, "float32").in_cells().cell))
    assert kept[1] < 1.3 * kept[0] < 0.05 * 200_000


@pytest.mark.parametrize("partitions", [1, 7])
def test_every_kind_of_column_on_dask(partitions: int) -> None:
    import dask.dataframe as dd

    generator = np.random.default_rng(5)
    n = 4_000

    def frame(shift: float) -> pd.DataFrame:
        real = generator.normal(shift, 2, n)
        return pd.DataFrame(
            {
                "f8": real,
                "f4": real.astype("f4"),
                "cents": real.round(2),
                "gaps": np.where(real > 1, NAN, real),
                "i8": (real * 1e5).astype("i8"),
                "big": (real * 1e15).astype("i8"),
                "u1": generator.integers(0, 9, n).astype("u1"),
                "flag": real > 0.5,
                "nullable": pd.array(np.where(real > 1, NAN, real), dtype="Float64"),
                "none here": np.where(np.arange(n) < n - 9, NAN, real),
            }
        )

    before, after = frame(0), frame(0.1)
    here = ks_table(before, after)
    lazy = [dd.from_pandas(side, npartitions=partitions) for side in (before, after)]
    for there in (ks_table(*lazy), ks_table(before, lazy[1]), ks_table(lazy[0], after)):
        pd.testing.assert_frame_equal(there.to_frame(), here.to_frame(), check_exact=True)
        assert {n: r.sign for n, r in there.results.items()} == {
            n: r.sign for n, r in here.results.items()
        }


def test_each_pass_reads_each_partition_once() -> None:
    import dask.dataframe as dd

    reads: list[int] = []

    def read(seed: int) -> pd.DataFrame:
        reads.append(seed)
        generator = np.random.default_rng(seed)
        return pd.DataFrame(
            {"x": generator.normal(size=90_000), "y": generator.normal(size=90_000)}
        )

    meta = pd.DataFrame({"x": [0.0], "y": [0.0]}).head(0)
    frame = dd.from_map(read, [1, 2, 3, 4], meta=meta)
    current = pd.DataFrame({"x": [0.5, 1.5], "y": [0.1, 0.2]})
    table = ks_table(frame, current)
    whole = pd.concat([read(seed) for seed in (1, 2, 3, 4)])
    assert table["y"].statistic == ks_table(whole, current)["y"].statistic
    assert 8 <= len(reads) - 4 <= 12
    assert reads.count(1) == reads.count(4)


def test_errors_name_the_column() -> None:
    import dask.dataframe as dd

    frame = pd.DataFrame({"speed": [1.0, 2.5], "gone": [NAN, NAN]})
    bad = dd.from_pandas(frame.assign(speed=[0.5, np.inf]), npartitions=2)
    with pytest.raises(RecordsError, match="column speed: the sample holds infinities"):
        ks_table(frame, bad, ["speed"])
    lazy = dd.from_pandas(frame, npartitions=2)
    with pytest.raises(RecordsError, match="column gone: the reference sample has no values"):
        ks_table(lazy, frame)
