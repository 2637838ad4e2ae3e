"""Diagrams and counts of the pipeline say what their tables and frames say."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from debugml.figures import pipelines
from debugml.figures.picture import Picture
from debugml.figures.style import SMALL, styled


def rests_of(code: int = 40) -> pd.DataFrame:
    files = [f"yellow_tripdata_2020-0{month}.parquet" for month in (1, 2, 3)]
    rows = [
        ("prediction", "predictions 2020-03, row 7", 0, False),
        ("decision", "hold", 0, False),
        ("run", "fit_forest", 0, True),
        ("run", "replay", 0, False),
        *(("file", name, 10_000, name == files[0]) for name in files),
        ("feature", "trip_time", 0, True),
        ("library", "numpy", 0, False),
        ("library", "scikit-learn", 0, True),
        *(("code", f"debugml.training.f{n}", 0, n < 3) for n in range(code)),
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "rows", "model"])


def bins() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "low": [0.4, 0.5, 0.6],
            "high": [0.5, 0.6, 0.7],
            "n": [500, 300, 100],
            "promised": [0.45, 0.55, 0.65],
            "observed": [0.4, 0.6, 0.6],
        }
    )


def real() -> Picture:
    facts = pd.DataFrame({"month": ["2020-01"], "trips": [10_000], "refunds": [31]})
    spread = pd.DataFrame(
        {
            "month": ["2020-01", "2020-04"],
            "trip_speed_middle": [10.2, 14.9],
            "airport": [0.071, 0.05],
        }
    )
    return pipelines.real(facts, spread, "2020-01", "2020-04")


DRAWN: dict[str, Callable[[], Picture]] = {
    "people": pipelines.people,
    "cycle": pipelines.cycle,
    "system": pipelines.system,
    "real": real,
    "rests": lambda: pipelines.rests(rests_of()),
    "wrong": lambda: pipelines.wrong(bins()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_small_cut_off_or_over_another(name: str) -> None:
    figure = DRAWN[name]()._fig
    with styled():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
    sheet = figure.bbox
    boxes = []
    for text in figure.axes[0].texts:
        assert text.get_fontsize() >= SMALL
        box = text.get_window_extent(renderer)
        assert box.x0 >= -1 and box.x1 <= sheet.x1 + 1, text.get_text()
        assert box.y0 >= -1 and box.y1 <= sheet.y1 + 1, text.get_text()
        boxes.append((text.get_text(), box.shrunk(0.96, 0.8)))
    for place, (said, box) in enumerate(boxes):
        for other, beside in boxes[place + 1 :]:
            assert not box.overlaps(beside), (said, other)


def test_the_algorithm_has_three_meanings_each_wider_than_the_one_before() -> None:
    meaning = [person for person in pipelines.PEOPLE if person.algorithm]
    assert len(meaning) == 3
    place = pipelines.STAGES.index
    widths = [place(p.means[1]) - place(p.means[0]) for p in meaning]
    assert widths == sorted(set(widths))
    alt = pipelines.people().alt
    assert all(p.name in alt and p.asks in alt and p.algorithm in alt for p in pipelines.PEOPLE)
    assert alt.startswith(f"{len(pipelines.PEOPLE)} people touch one prediction")


def test_the_cycle_names_every_step_and_owner_once() -> None:
    alt = pipelines.cycle().alt
    for station in pipelines.CYCLE:
        assert f"{station.name} ({station.topics})" in alt
        assert station.owner in alt
    assert "One step trains." in alt and "5 hands" in alt


def test_modules_of_the_system_are_modules() -> None:
    import debugml

    for part in pipelines.SYSTEM:
        assert hasattr(debugml, part.module), part.module
    assert "files (trips): training, validation, test set" in pipelines.system().alt


def test_what_a_prediction_rests_on_is_counted_from_the_frame() -> None:
    picture = pipelines.rests(rests_of())
    said = "1 decision, 2 runs, 3 files, 1 feature, 2 libraries, 40 functions and classes"
    assert said in picture.alt
    assert "3 of the functions and classes are the model's own" in picture.alt
    texts = [text.get_text() for text in picture._fig.axes[0].texts]
    assert "30,000 trips, 2020-01 to 2020-03" in texts
    assert "blue: the model’s own part, here 3 of 40" in texts


def test_the_wrong_are_counted_among_the_yes_only() -> None:
    expected, came = pipelines.wrong_shares(bins())
    assert expected == pytest.approx((300 * 0.45 + 100 * 0.35) / 400)
    assert came == pytest.approx(0.4)
    picture = pipelines.wrong(bins())
    assert "42 were expected to be wrong, and 40 were" in picture.alt
    drawn = [len(line.get_xdata()) for line in picture._fig.axes[0].lines]
    assert drawn == [100, 0, 60, 40]


def test_real_data_are_told_with_the_frames_numbers() -> None:
    alt = real().alt
    assert "31 of 10,000 fares" in alt and "7 % begin" in alt and "from 10 to 15 miles" in alt


@pytest.mark.parametrize(
    ("name", "steps"), [("people", 1), ("system", 2), ("rests", 5), ("wrong", 1)]
)
def test_steps_add_up(name: str, steps: int) -> None:
    svg = DRAWN[name]().svg
    found = {f'data-fragment-index="{step}"' in svg for step in range(steps)}
    assert found == {True} and f'data-fragment-index="{steps}"' not in svg
