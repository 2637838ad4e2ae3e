"""Zone embeddings: where trips go from a zone, and where they come from, in a few numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SchemaError, SettingError
from ..summary import Floats, Ints

ZONES = 263
"""TLC's taxi zones are 1 to 263; 264 and 265 mean that the zone is not known."""

DIGITS = 6
"""Decimals of a vector. More would only tell one machine's arithmetic from another's."""

METHODS = ("svd", "als")
_RIDGE, _ROUNDS = 1.0, 100


@dataclass(frozen=True, eq=False)
class EmbeddingTable:
    """A vector for each zone as a pickup, and one as a dropoff.

    Attributes
    ----------
    pickup, dropoff : float64 array of shape (263, dimensions)
        Row i is zone i + 1; a zone without trips has zeros.
    space : str
        Digest of the table whose axes these are; empty if they are its own. Columns of two
        tables mean the same only if `axes` agree.

    Examples
    --------
    >>> table = EmbeddingTable(np.eye(263)[:, :2], np.eye(263)[:, :2])
    >>> table.dimensions, table.axes == table.digest
    (2, True)
    """

    pickup: Floats
    dropoff: Floats
    space: str = ""

    def __post_init__(self) -> None:
        shapes = {self.pickup.shape, self.dropoff.shape}
        if len(shapes) > 1 or self.pickup.ndim != 2 or len(self.pickup) != ZONES:
            raise SettingError(
                f"vectors of shape {self.pickup.shape} and {self.dropoff.shape}: "
                f"give two arrays of shape ({ZONES}, dimensions)"
            )

    @property
    def dimensions(self) -> int:
        """Numbers in each vector."""
        return int(self.pickup.shape[1])

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of the vectors: the table's version."""
        whole = hashlib.sha256(repr(self.pickup.shape).encode())
        for part in (self.pickup, self.dropoff):
            # Adding 0 makes −0 and 0, which are equal, the same bytes.
            whole.update(np.ascontiguousarray(part + 0.0, dtype="<f8").tobytes())
        return whole.hexdigest()

    @property
    def axes(self) -> str:
        """What a model that learned from these columns depends on."""
        return self.space or self.digest

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: ``pickup_0`` … then ``dropoff_0`` …"""
        return tuple(f"{end}_{i}" for end in ("pickup", "dropoff") for i in range(self.dimensions))

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Zones that have a vector, as a pickup or as a dropoff; shape (263,)."""
        found: npt.NDArray[np.bool_] = (np.hstack([self.pickup, self.dropoff]) != 0).any(axis=1)
        return found

    def look_up(self, trips: pd.DataFrame) -> pd.DataFrame:
        """Vectors of each trip's two zones, float32, shape (trips, 2 × dimensions).

        Zones that are no taxi zone (264, 265, −1 for missing) have zeros, as have zones that
        the table saw no trip of.

        Raises
        ------
        SchemaError
            If ``PULocationID`` or ``DOLocationID`` is missing.
        """
        starts, ends = _zones(trips)
        padded = [
            np.vstack([part, np.zeros(self.dimensions)]) for part in (self.pickup, self.dropoff)
        ]
        both = np.hstack([padded[0][starts], padded[1][ends]]).astype("float32")
        return pd.DataFrame(both, columns=list(self.names), index=trips.index)


def zone_embeddings(
    trips: pd.DataFrame, dimensions: int = 8, seed: int = 0, method: str = "svd"
) -> EmbeddingTable:
    """Zone embeddings from the matrix of trips by pickup and dropoff zone.

    With M the logarithm of 1 + trips, both methods give P (pickups) and D (dropoffs) such
    that P Dᵀ is about M. How well they do so doesn't change if both are turned by the same
    orthogonal matrix: the seed decides which turn it is, and no test upstream can notice.

    ``svd`` is the truncated singular value decomposition, U √S and V √S, by Lanczos
    iterations from a random start. Its turn is one of signs only. (scikit-learn's
    ``TruncatedSVD`` settles the signs by a rule, which is one more convention that another
    team may not have.) ``als`` minimises the squared error with a small ridge by alternating
    least squares from a random start (Koren et al. 2009), as one does with matrices too
    large for an SVD. Its turn is any.

    Parameters
    ----------
    trips : DataFrame
        With ``PULocationID`` and ``DOLocationID``, as `debugml.load` or `debugml.featurize`
        gives them. Trips from or to no known zone (264, 265, missing) are not counted.
    dimensions : int
        From 1 to 32.
    seed : int
        Fixes the random start.
    method : str
        ``"svd"`` or ``"als"``.

    Raises
    ------
    SchemaError
        If a column is missing.
    SettingError
        If the method is not known, the dimensions are no whole number or out of range, or the
        seed is no whole number of 0 or more.
    RecordsError
        If the matrix of trips has a lower rank than dimensions: what is left over would be
        rounding, not zones.

    Examples
    --------
    >>> from debugml import load
    >>> january = load("2020-01", source="sample")
    >>> table, again = zone_embeddings(january), zone_embeddings(january, seed=2)
    >>> table.pickup.shape, table.digest == again.digest
    ((263, 8), False)
    >>> bool(np.allclose(abs(table.pickup), abs(again.pickup), atol=1e-5))
    True
    """
    if method not in METHODS:
        raise SettingError(f"method is {method!r}: take one of {', '.join(METHODS)}")
    if not _whole(dimensions) or not 1 <= dimensions <= 32:
        raise SettingError(f"dimensions is {dimensions!r}: take a whole number from 1 to 32")
    if not _whole(seed) or seed < 0:
        raise SettingError(f"seed is {seed!r}: take a whole number of 0 or more")
    starts, ends = _zones(trips)
    seen = (starts < ZONES) & (ends < ZONES)
    counts = np.zeros((ZONES, ZONES))
    np.add.at(counts, (starts[seen], ends[seen]), 1)
    matrix = np.log1p(counts)
    rank = int(np.linalg.matrix_rank(matrix))
    if rank < dimensions:
        raise RecordsError(
            f"{(counts > 0).sum()} pairs of known zones have trips, and their matrix has rank "
            f"{rank}: give more trips, or take fewer dimensions than {dimensions}"
        )
    factors = _svd if method == "svd" else _als
    pickup, dropoff = factors(matrix, dimensions, np.random.default_rng(seed))
    # A zone without trips has exactly no vector, not a trace of rounding.
    pickup[counts.sum(axis=1) == 0] = 0
    dropoff[counts.sum(axis=0) == 0] = 0
    return EmbeddingTable(pickup.round(DIGITS) + 0.0, dropoff.round(DIGITS) + 0.0)


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _svd(matrix: Floats, dimensions: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    from scipy.sparse.linalg import svds

    start = generator.standard_normal(ZONES)
    u, s, vt = svds(matrix, k=dimensions, v0=start)
    order = np.argsort(-s, kind="stable")
    scale = np.sqrt(s[order])
    return u[:, order] * scale, vt[order].T * scale


def _als(matrix: Floats, dimensions: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    pickup: Floats = np.zeros((ZONES, dimensions))
    dropoff: Floats = 0.1 * generator.standard_normal((ZONES, dimensions))
    for _ in range(_ROUNDS):
        pickup = _ridge(dropoff, matrix.T)
        dropoff = _ridge(pickup, matrix)
    return pickup, dropoff


def _ridge(given: Floats, matrix: Floats) -> Floats:
    """The vectors whose products with the given ones are closest to the matrix's columns."""
    gram = given.T @ given + _RIDGE * np.eye(given.shape[1])
    solved: Floats = np.linalg.solve(gram, given.T @ matrix).T.astype(np.float64)
    return solved


def _zones(trips: Any) -> tuple[Ints, Ints]:
    """Row of each trip's pickup and dropoff zone; 263 where it is no known zone."""
    lacking = [name for name in ("PULocationID", "DOLocationID") if name not in trips.columns]
    if lacking:
        raise SchemaError(
            f"the trips have no column {', '.join(lacking)}: give what load or featurize returns"
        )
    both = []
    for name in ("PULocationID", "DOLocationID"):
        ids = trips[name].to_numpy(dtype="float64", na_value=-1)
        known = (ids >= 1) & (ids <= ZONES) & (ids == np.floor(ids))
        both.append(np.where(known, ids - 1, ZONES).astype(np.int64))
    return both[0], both[1]
