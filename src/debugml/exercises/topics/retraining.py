"""Exercises on retraining: what may be learned from, which policy is beaten, and when to fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .histories import committed, scores
from .retraining_policy import examine_policy
from .retraining_window import WINDOW

# --- the frontier -------------------------------------------------------------------


def _unbeaten(policies: pd.DataFrame, strict: bool = False, equals: bool = False) -> set[str]:
    known = policies.dropna(subset="score")
    rows = list(zip(known["policy"], known["fits"].tolist(), known["score"].tolist(), strict=True))

    def beats(one: tuple[str, int, float], other: tuple[str, int, float]) -> bool:
        better = (one[1] < other[1], one[2] > other[2])
        as_good = one[1] <= other[1] and one[2] >= other[2]
        return all(better) if strict else as_good and (equals or any(better))

    return {
        str(mine[0])
        for at, mine in enumerate(rows)
        if not any(beats(row, mine) for row in rows[:at] + rows[at + 1 :])
    }


def _best(policies: pd.DataFrame) -> set[str]:
    top = policies["score"].max()
    return set(policies.loc[policies["score"] == top, "policy"])


def _against_next_cheaper(policies: pd.DataFrame) -> set[str]:
    known = policies.dropna(subset="score").sort_values(
        ["fits", "score"], ascending=[True, False], kind="stable"
    )
    better = known["score"].diff()
    return set(known.loc[better.isna() | (better > 0), "policy"])


def _one_of_equals(policies: pd.DataFrame) -> set[str]:
    return _unbeaten(policies.drop_duplicates(["fits", "score"]))


def _missing_as_zero(policies: pd.DataFrame) -> set[str]:
    return _unbeaten(policies.fillna({"score": 0.0}))


def _policies(figure: str, sign: int) -> pd.DataFrame:
    table = committed("retraining_policies")
    table = table[table["window"] == "last month"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "policy": table["policy"].astype(object),
            "fits": table["retrainings"].astype(int),
            "score": sign * table[figure].astype(float),
        }
    )


def _drawn_policies(rng: np.random.Generator) -> pd.DataFrame:
    size = int(rng.integers(8, 30))
    fits = rng.integers(0, 12, size)
    # Few values, so that there are ties; more fits mostly help.
    score = np.round(0.5 + 0.03 * np.sqrt(fits) + rng.normal(0, 0.03, size), 2)
    score[rng.random(size) < 0.1] = np.nan
    names = [f"policy {place}" for place in rng.permutation(size)]
    return pd.DataFrame({"policy": names, "fits": fits, "score": score})


def _table(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["policy", "fits", "score"])


def _policy_cases(rng: np.random.Generator) -> list[Case]:
    missing = float("nan")
    tied = _table(("a", 4, 0.6), ("b", 4, 0.6), ("c", 2, 0.5), ("d", 2, 0.5), ("e", 4, 0.5))
    cases = [
        Case("the chapter's policies by skill", (_policies("skill", 1),)),
        Case("the chapter's policies by log loss, its sign turned",
             (_policies("log_loss_floored", -1),)),
        Case("one policy", (_table(("only", 3, 0.5)),)),
        Case("policies that are equal in both", (tied,)),
        Case("as many fits, another score", (_table(("a", 3, 0.6), ("b", 3, 0.5)),)),
        Case("the same score, fewer fits", (_table(("a", 3, 0.6), ("b", 2, 0.6)),)),
        Case("a policy without a score",
             (_table(("a", 1, missing), ("b", 2, -0.1), ("c", 3, 0.2), ("d", 4, 0.1)),)),
    ]  # fmt: skip
    cases += [Case("policies drawn at random", (_drawn_policies(rng),)) for _ in range(5)]
    return cases


FRONTIER = Exercise(
    name="retraining-frontier",
    title="Which policies does nothing beat?",
    kind="write a function",
    level=2,
    minutes=15,
    section="sec-retraining-frontiers",
    slide="sec-slide-retraining-frontiers",
    examine=Trial(
        reference=_unbeaten,
        cases=_policy_cases,
        cost="A policy that another one beats in both is paid for, month after month, or one "
        "that was worth its price is never shown to those who decide.",
        misconceptions=(
            Misconception(
                "the best score alone",
                _best,
                "The dearest policy wins every time, by a hair, and nobody is asked what the "
                "hair is worth.",
            ),
            Misconception(
                "comparing with the next cheaper one only",
                _against_next_cheaper,
                "A policy that is better than a bad neighbour gets on the slide, though a much "
                "cheaper one beats both.",
            ),
            Misconception(
                "one of equals dropped",
                _one_of_equals,
                "Which of the two is left depends on the order of the table. The one that is "
                "easier to run may be the one that went.",
            ),
            Misconception(
                "equals beat each other",
                lambda policies: _unbeaten(policies, equals=True),
                "Two policies that nothing else beats vanish together, and the frontier has a "
                "hole where the good choice was.",
            ),
            Misconception(
                "beaten only if worse in both",
                lambda policies: _unbeaten(policies, strict=True),
                "A policy that costs more for the same score stays on the list, and is chosen "
                "by someone.",
            ),
            Misconception(
                "a missing score taken for zero",
                _missing_as_zero,
                "A policy whose run failed looks as if it had been measured.",
            ),
        ),
    ),
)

POLICY = Exercise(
    name="retraining-policy",
    title="When is a new forest worth its fit?",
    kind="choose and defend",
    level=3,
    minutes=35,
    section="sec-retraining-answer",
    slide="sec-slide-retraining-answer",
    examine=examine_policy,
)


def warm() -> None:
    """Every forest's score in every later month."""
    scores()


EXERCISES = (WINDOW, FRONTIER, POLICY)
