"""A number in prose is computed in place, or its sentence says whose it is."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from pathlib import Path

import pytest
from talk_sources import ROOT, TALK, TOPICS, deck, minutes, pieces

import debugml as dm
from debugml.render.source import Line, _split

RULES = tomllib.loads((Path(__file__).parent / "prose_numbers.toml").read_text("utf-8"))
ALLOWED = [re.compile(rule["pattern"]) for rule in [*RULES["allowed"], *RULES["fixed"]]]

_TEENS = "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten"
_LARGE = "hundred|thousand|million|billion|dozen"
NUMBER = re.compile(
    rf"""
    (?<![\w#@/.-])[+−-]?\d[\d,]*(?:\.\d+)?(?:\s?%|(?:st|nd|rd|th)\b)?   # 12, 6,400,000, 0.67, 5 %
    | \b(?:(?:{_SMALL}|a|an|half\sa|few|several)[\s-])?(?:{_TEENS}|{_TENS}|{_LARGE})\b
    | \b(?:{_SMALL})\s(?:per\scent|percent|%)
    """,
    re.X | re.I,
)
# How long a slide takes, and the number of a list's item.
PLAN = re.compile(r"^\*\*Minutes: [\d.]+\*\*|^\s*\d+\. ")
SENTENCE = re.compile(r"(?<=[.!?:;])[”\")*]*\s+(?=[A-Z“\"*\[`(])")

# A computed value takes the words of its size along: `{python} x` million.
CODE = re.compile(rf"`[^`]*`(?:\{{[^}}]*\}})?(?: (?:{_LARGE})\b)?")
MATH = re.compile(r"\$\$.*?\$\$|\$(?! )[^$]+\$")
SHORTCODE = re.compile(r"\{\{<.*?>\}\}")
TARGET = re.compile(r"(?<=\])\([^)]*\)")
ATTRIBUTES = re.compile(r"(?<=[\])`}\w\"”*])\s*\{[#.][^}]*\}")
URL = re.compile(r"<?https?://[^\s>)]+>?")
CITATION = re.compile(r"@[\w:-]+(?<!:)")
REFERENCE = re.compile(r"@(?:fig|tbl|sec|eq|lst)-[\w-]+")
CREDIT = re.compile(r"@(?!(?:fig|tbl|sec|eq|lst)-)\w|\.published\b")


WRITTEN = {
    "talk/original.qmd": "from the map, which is checked below, and from the slides' titles",
    "talk/figures.qmd": "from the captions, which are checked where they are written",
}
"""Pages that a script writes, and from what."""


def lines_of(name: str) -> list[Line]:
    """A file's own lines, without its front matter; includes stay where they are."""
    text = (ROOT / name).read_text("utf-8")
    front, first = _split(text, name)
    titles = [
        Line(match[1], name, number)
        for number, line in enumerate(front.splitlines(), 2)
        if (match := re.match(r"(?:title|subtitle|description): \"?(.*?)\"?$", line))
    ]
    body = text.split("\n")[first - 1 :]
    return titles + [Line(line, name, number) for number, line in enumerate(body, first)]


def without_code(text: str) -> str:
    """A line of prose without code, mathematics, addresses and attributes."""
    for pattern in (CODE, MATH, SHORTCODE, TARGET, URL, ATTRIBUTES):
        text = pattern.sub(" ", text)
    return text


def literal_numbers(lines: list[Line], exceptions: list[str]) -> list[str]:
    """Each number that nothing computed and nobody is credited for: place, number, sentence."""
    found = []
    for piece in pieces(lines):
        alt = piece.kind == "option" and piece.text.startswith("fig-alt: ")
        if piece.kind not in ("prose", "caption", "heading") and not alt:
            continue
        for sentence in SENTENCE.split(PLAN.sub("", piece.text)):
            if CREDIT.search(CODE.sub(" ", sentence)):
                continue
            plain = REFERENCE.sub(" ", without_code(sentence))
            for pattern in [*map(re.compile, exceptions), *ALLOWED]:
                plain = pattern.sub(" ", plain)
            for match in NUMBER.finditer(CITATION.sub(" ", plain)):
                found.append(f"{piece.where}: {match[0].strip()} in {sentence.strip()[:70]!r}")
    return found


def pages() -> list[str]:
    """What people read: the front page, the talk's pages, chapters and slides.

    Not the exercises: their numbers are criteria and made-up cases, which nothing measures.
    """
    found = ["index.qmd"]
    for pattern in ("*.qmd", "chapters/*.qmd", "slides/*.qmd"):
        found += [path.relative_to(ROOT).as_posix() for path in sorted(TALK.glob(pattern))]
    return [name for name in found if name not in WRITTEN]


@pytest.mark.parametrize("rule", RULES["fixed"], ids=lambda rule: rule["name"])
def test_what_the_package_fixes_is_so(rule):
    forest = inspect.signature(dm.fit_forest).parameters
    manifest = json.loads((ROOT / "data_samples" / "manifest.json").read_text("utf-8"))
    months = dm.months_between("2018-01", "2020-12")
    assert set(months) <= set(re.findall(r"\d{4}-\d\d", json.dumps(manifest)))
    found = {
        "sample rows": len(dm.load("2020-01")),
        "features": len(dm.FEATURES),
        "months": len(months),
        "pairs of months": len(months) - 1,
        "trees": forest["n_estimators"].default,
        "depth": forest["max_depth"].default,
        "topics": len(TOPICS),
        "minutes of the deck": sum(minutes(one) or 0 for one in deck()),
    }
    assert found[rule["name"]] == rule["value"]


def test_the_map_of_the_original_repeats_no_number():
    slides = tomllib.loads((TALK / "source-map.toml").read_text("utf-8"))["slide"]
    said = [text for s in slides for text in (s["heading"], *(p["says"] for p in s["points"]))]
    lines = [Line(text, "source-map", number) for number, text in enumerate(said, 1)]
    assert literal_numbers(lines, []) == []


@pytest.mark.parametrize("name", pages())
def test_every_number_is_computed_or_credited(name):
    found = literal_numbers(lines_of(name), list(RULES["pages"].get(name, {})))
    assert found == [], "\n".join(["", *found])


def test_every_exception_is_still_needed_and_has_a_reason():
    assert all(len(rule["reason"].split()) >= 3 for rule in RULES["allowed"])
    for name, phrases in RULES["pages"].items():
        text = "\n".join(line.text for line in lines_of(name))
        assert [phrase for phrase in phrases if not re.search(phrase, text)] == [], name
        assert all(len(reason.split()) >= 3 for reason in phrases.values()), name


def test_what_counts_as_a_number():
    def numbers(*texts):
        lines = [Line(text, "page.qmd", number) for number, text in enumerate(texts, 1)]
        return [one.split(": ")[1].split(" in ")[0] for one in literal_numbers(lines, [])]

    assert numbers("F1 fell to 0.61 by 3 a.m. on 31 March 2020.") == ["0.61"]
    assert numbers("About 94 % of a thousand trips, two of them paid.") == ["94 %", "a thousand"]
    assert numbers("Of 10,000 trips, eleven features and eleven others.") == ["eleven"]
    assert numbers("Nearly `{python} x` of [12 months](a.qmd#b2){.c3}, $n = 5$.") == ["12"]
    assert numbers("It was 0.67 [@shankar2021]. Ours is 0.73.") == ["0.73"]
    assert numbers("Published: 0.67 and 0.66 [published]{.published}") == []
    assert numbers("As @fig-x shows, 12 fell.") == ["12"]
    assert numbers("```{python}", "#| label: a", "x = 12", "```", '::: {.a w="50%"}', ":::") == []
    assert numbers("```{python}", '#| fig-cap: "Of 12 months"', "```") == ["12"]
    assert numbers("A dozen trips, half a million rows, seventeen days, three ways.") == [
        "A dozen",
        "half a million",
        "seventeen",
    ]
