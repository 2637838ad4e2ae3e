"""Can a classifier tell the two samples apart? By how much, and from which columns?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ...errors import RecordsError
from ...summary import Floats, Ints
from .evidence import Evidence, check_at_least, two_samples
from .scaling import Scaling, values_of

TREES, DEPTH = 20, 8
"""Of the default domain classifier."""


@dataclass(frozen=True)
class DomainAUC:
    """How well a classifier tells reference from current, and what it goes by.

    Attributes
    ----------
    auc : float
        Mean over the folds, on rows held out: 0.5 if the samples are alike, 1 if any row
        gives its sample away.
    auc_low, auc_high : float
        Smallest and largest of the folds: no interval, they share their training rows.
    importances : DataFrame
        One row a column, the most telling first: ``column``, ``importance`` (mean fall of the
        AUC when the column is shuffled among the held-out rows). Empty if not asked for.
    """

    auc: float
    auc_low: float
    auc_high: float
    importances: pd.DataFrame


def domain_test(
    reference: npt.ArrayLike, current: npt.ArrayLike, seed: int = 0, estimator: Any = None
) -> Evidence:
    """Classifier two-sample test (Lopez-Paz and Oquab 2017).

    Trained on half of each sample, tested on the other: without a shift nothing is right more
    often than by tossing a coin. One-sided binomial test of the accuracy. Half of the rows
    never bear witness, so it needs more of them than other tests. The larger sample is
    thinned to the size of the smaller, so that guessing the larger is no help.

    Parameters
    ----------
    reference, current : arrays of shape (n, dimensions) and (m, dimensions)
        Four rows or more each.
    seed : int
        Fixes the halves, and the default estimator.
    estimator : scikit-learn classifier, optional
        A copy of it is fitted; default: extremely randomised trees, 20 of depth 8.

    Returns
    -------
    Evidence
        ``statistic`` is the accuracy on the held-out rows.

    Raises
    ------
    RecordsError
        As for `two_samples`.

    Examples
    --------
    >>> here, there = np.zeros((40, 1)), np.ones((40, 1))
    >>> domain_test(here, there).statistic
    1.0
    """
    one, other = two_samples(reference, current, least=4)
    generator = np.random.default_rng(seed)
    n = min(len(one), len(other))
    # Shuffled, so that the first half is a random one.
    pair = [sample[generator.permutation(len(sample))[:n]] for sample in (one, other)]
    half = n // 2
    train = np.concatenate([sample[:half] for sample in pair])
    test = np.concatenate([sample[half:] for sample in pair])
    model = _estimator(estimator, seed).fit(train, np.repeat([0, 1], half))
    right = int((model.predict(test) == np.repeat([0, 1], n - half)).sum())
    p = float(stats.binom.sf(right - 1, len(test), 0.5))
    return Evidence(right / len(test), p)


def domain_auc(
    reference: Any,
    current: Any,
    columns: Sequence[str] | None = None,
    folds: int = 5,
    seed: int = 0,
    estimator: Any = None,
    permute: bool = True,
) -> DomainAUC:
    """AUC of a domain classifier by cross-validation, and the columns that it goes by.

    A classifier trained to tell the samples apart (Lopez-Paz and Oquab 2017), judged by its AUC
    on rows held out (Clémençon, Depecker and Vayatis 2009, "AUC optimization and the two-sample
    problem"); importances by permutation (Breiman 2001).

    Parameters
    ----------
    reference, current : DataFrame
    columns : sequence of str, optional
        Default: those of the reference that hold numbers.
    folds : int
        Each holds an equal share of both samples.
    seed : int
        Fixes folds, shuffles and the default estimator.
    estimator : scikit-learn classifier with ``predict_proba``, optional
        Default: as for `domain_test`.
    permute : bool
        Whether to ask for importances, which take longer than all the rest.

    Raises
    ------
    SchemaError
        If a column is absent or holds no numbers.
    RecordsError
        If a sample has fewer rows than folds, or a value is NaN or infinite.
    SettingError
        If there are fewer than two folds.

    Examples
    --------
    >>> before = pd.DataFrame({"hour": np.arange(50) % 24, "speed": np.arange(50) % 7})
    >>> after = before.assign(speed=before["speed"] + 5)
    >>> found = domain_auc(before, after)
    >>> found.auc > 0.7, found.importances["column"].iloc[0]
    (True, 'speed')
    """
    from sklearn.metrics import roc_auc_score

    check_at_least(folds, 2, "folds")
    names = Scaling.of(reference, columns).columns
    values = [values_of(frame, names) for frame in (reference, current)]
    fewest = min(len(v) for v in values)
    if fewest < folds:
        raise RecordsError(f"{fewest} rows in a sample for {folds} folds: ask for fewer folds")
    generator = np.random.default_rng(seed)
    fold = np.concatenate([generator.permutation(np.arange(len(v)) % folds) for v in values])
    rows, domain = np.concatenate(values), np.repeat([0, 1], [len(v) for v in values])
    asked = names if permute else ()
    aucs, falls = [], np.zeros((folds, len(asked)))
    for k in range(folds):
        held = fold == k
        model = _estimator(estimator, seed).fit(rows[~held], domain[~held])
        truth, part = domain[held], rows[held]
        aucs.append(float(roc_auc_score(truth, model.predict_proba(part)[:, 1])))
        for j in range(len(asked)):
            mixed = _shuffled(part, j, generator)
            falls[k, j] = aucs[-1] - roc_auc_score(truth, model.predict_proba(mixed)[:, 1])
    found = pd.DataFrame({"column": list(asked), "importance": falls.mean(axis=0)})
    return DomainAUC(
        float(np.mean(aucs)),
        min(aucs),
        max(aucs),
        found.sort_values("importance", ascending=False, kind="stable", ignore_index=True),
    )


def _shuffled(rows: Floats, column: int, generator: np.random.Generator) -> Floats:
    mixed = rows.copy()
    order: Ints = generator.permutation(len(rows))
    mixed[:, column] = rows[order, column]
    return mixed


def _estimator(given: Any, seed: int) -> Any:
    from sklearn.base import clone
    from sklearn.ensemble import ExtraTreesClassifier

    if given is not None:
        return clone(given)
    return ExtraTreesClassifier(TREES, max_depth=DEPTH, random_state=seed)
