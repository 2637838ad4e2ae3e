"""Every solution passes; every starter and every planted wrong answer fails, and helps."""

from __future__ import annotations

import pytest
from answers import NAMES, Wrong, one, packed, wrong_answers

from debugml.exercises.checking import examined
from debugml.exercises.roster import exercise
from debugml.exercises.trial import Trial

pytestmark = pytest.mark.slow
EVERY = pytest.mark.parametrize("name", NAMES)


@EVERY
def test_the_solution_passes(name):
    verdict = examined(name, packed(name, one(name).solution))
    assert verdict.passed, str(verdict)
    assert verdict.output == "", "a solution prints nothing"


@EVERY
def test_the_starter_fails_and_says_what_helps(name):
    verdict = examined(name, packed(name, one(name).starter))
    assert not verdict.passed
    mistakes = [each for each in verdict.findings if not each.passed]
    assert any(each.cost for each in mistakes), "say what it would cost in production"
    for line in one(name).solution.split("\n"):
        telling = line.strip()
        if len(telling) > 12 and telling not in one(name).starter:
            assert telling not in str(verdict), "the verdict shows the solution"


@EVERY
def test_three_or_more_wrong_answers_are_planted(name):
    planted = [each for each in wrong_answers() if each.exercise == name]
    assert len(planted) >= 3
    examine = exercise(name).examine
    if isinstance(examine, Trial):
        known = {each.name for each in examine.misconceptions}
        assert known <= {each.misconception for each in planted}


@pytest.mark.parametrize(
    "wrong",
    wrong_answers(),
    ids=[f"{each.exercise}-{at}" for at, each in enumerate(wrong_answers())],
)
def test_a_planted_wrong_answer_is_rejected_by_name(wrong: Wrong):
    verdict = examined(wrong.exercise, packed(wrong.exercise, wrong.code))
    assert not verdict.passed
    if wrong.misconception:
        assert wrong.misconception in verdict.misconceptions, str(verdict)


@EVERY
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_passes_whatever_is_drawn(name, seed):
    verdict = examined(name, packed(name, one(name).solution), seed=seed)
    assert verdict.passed, str(verdict)
