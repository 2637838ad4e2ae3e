"""Turn a rebuilt embedding back onto the axes that a model learned."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import RecordsError, SettingError
from ..summary import Floats
from .embeddings import DIGITS, EmbeddingTable


def procrustes(new: npt.ArrayLike, old: npt.ArrayLike) -> Floats:
    """The orthogonal matrix R that brings ``new @ R`` closest to ``old`` (Schönemann 1966).

    Closest in squares; with U S Vᵀ the singular value decomposition of newᵀ old, R = U Vᵀ.
    R may turn and mirror, and changes no length and no angle.

    Parameters
    ----------
    new, old : array of shape (vectors, dimensions)
        Row by row the same thing.

    Returns
    -------
    float64 array of shape (dimensions, dimensions)

    Raises
    ------
    SettingError
        If shapes differ.
    RecordsError
        If a value is not finite, or newᵀ old has a lower rank than there are dimensions: then
        more than one R is closest.

    Examples
    --------
    >>> new = [[0.0, 1.0], [-2.0, 0.0]]    # old, turned by a right angle
    >>> old = [[1.0, 0.0], [0.0, 2.0]]
    >>> (new @ procrustes(new, old)).round(6).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    a, b = np.asarray(new, dtype=np.float64), np.asarray(old, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2:
        raise SettingError(f"shapes {a.shape} and {b.shape}: give vectors of one shape, row by row")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise RecordsError("a vector is not finite: leave it out of both")
    u, s, vt = np.linalg.svd(a.T @ b)
    if len(s) == 0 or s[-1] <= 1e-12 * s[0] or s[0] == 0:
        raise RecordsError(
            f"{len(a)} vectors do not fix a turn in {a.shape[1]} dimensions: give more vectors"
        )
    turn: Floats = u @ vt
    return turn


def align(new: EmbeddingTable, old: EmbeddingTable) -> EmbeddingTable:
    """The new table turned onto the old one's axes by orthogonal Procrustes.

    One turn for pickups and dropoffs together, found from the zones that both tables have.
    Distances between zones stay those of the new table, and zones without a vector stay
    without one. A table built on other data does not become the old one: see
    `neighbour_overlap` for what alignment can't bring back.

    Returns
    -------
    EmbeddingTable
        Whose `axes` are the old one's: a model trained on the old table takes it.

    Raises
    ------
    SettingError
        If the tables have other dimensions.
    RecordsError
        If they have too few zones in common.

    Examples
    --------
    >>> from debugml import load; from debugml.horizons import zone_embeddings
    >>> january = load("2020-01", source="sample")
    >>> old, new = zone_embeddings(january), zone_embeddings(january, seed=2)
    >>> bool(np.allclose(align(new, old).pickup, old.pickup, atol=1e-5))
    True
    """
    if new.dimensions != old.dimensions:
        raise SettingError(
            f"{new.dimensions} and {old.dimensions} dimensions: build both tables with the same"
        )
    turn = procrustes(*(_common(table, new.known & old.known) for table in (new, old)))
    return EmbeddingTable(
        (new.pickup @ turn).round(DIGITS) + 0.0,
        (new.dropoff @ turn).round(DIGITS) + 0.0,
        space=old.axes,
    )


def neighbour_overlap(new: EmbeddingTable, old: EmbeddingTable, k: int = 10) -> float:
    """Share of each zone's k nearest zones that it keeps, on average over zones.

    Nearest by the cosine of pickup and dropoff vector together, which no turn changes: the
    overlap tells whether two tables say the same *about zones*, whatever their axes.

    Parameters
    ----------
    k : int
        Neighbours, fewer than the zones that both tables have.

    Returns
    -------
    float
        From 0 to 1. Two random orders give about k / zones.

    Raises
    ------
    SettingError
        If k is not at least 1 and less than the zones in common.

    Examples
    --------
    >>> from debugml import load; from debugml.horizons import zone_embeddings
    >>> january = load("2020-01", source="sample")
    >>> neighbour_overlap(zone_embeddings(january, seed=2), zone_embeddings(january))
    1.0
    """
    both = new.known & old.known
    if not 1 <= k < both.sum():
        raise SettingError(f"k is {k}: take 1 to {both.sum() - 1}, one less than the common zones")
    near = []
    for table in (new, old):
        joined = np.hstack([table.pickup[both], table.dropoff[both]])
        unit = joined / np.linalg.norm(joined, axis=1, keepdims=True)
        # Rounded: zones as near as each other keep their order on any axes.
        cosine = (unit @ unit.T).round(4)
        np.fill_diagonal(cosine, -2)
        near.append(np.argsort(-cosine, axis=1, kind="stable")[:, :k])
    kept = [len(np.intersect1d(a, b)) for a, b in zip(*near, strict=True)]
    return float(np.mean(kept)) / k


def _common(table: EmbeddingTable, both: npt.NDArray[np.bool_]) -> Floats:
    return np.vstack([table.pickup[both], table.dropoff[both]])
