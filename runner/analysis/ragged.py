"""Many small groups of values at once: rows of a matrix, padded with NaN, sorted row by row.

The formulae are those of runner.intervals, which tests hold them to; here they run over 10^6
trials in array operations instead of one group at a time.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from runner.analysis.trials import Floats, Wholes
from runner.intervals import MAD_TO_SD, cut_each_side, sign_p


class Bounds(NamedTuple):
    """Median and interval of every row."""

    middle: Floats
    low: Floats
    high: Floats


class Groups:
    """Values in groups: `ids` from 0 to count-1 for every value."""

    def __init__(self, ids: Wholes, count: int) -> None:
        self.count = count
        # Numbers of 16 bits are sorted by radix, in one tenth of the time.
        narrow = ids.astype(np.uint16) if count <= 1 << 16 else ids
        self._order = np.argsort(narrow, kind="stable")
        self.sizes = np.bincount(ids, minlength=count)
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    @cached_property
    def _matrices(self) -> list[tuple[Wholes, Wholes]]:
        """Return for groups of like size their numbers, and where their values stand (-1: none)."""
        result = []
        bits = np.ceil(np.log2(np.maximum(self.sizes, 1))).astype(np.int64)
        for bit in np.unique(bits[self.sizes > 0]):
            members = np.flatnonzero((bits == bit) & (self.sizes > 0))
            sizes = self.sizes[members][:, None]
            place = np.arange(int(sizes.max()))[None, :]
            within = self._order[
                np.minimum(self._starts[members][:, None] + place, len(self._order) - 1)
            ]
            result.append((members, np.where(place < sizes, within, -1)))
        return result

    def members(self, group: int) -> Wholes:
        """Return where a group's values stand."""
        start = int(self._starts[group])
        return np.asarray(self._order[start : start + int(self.sizes[group])], dtype=np.int64)

    def sorted_rows(self, values: Floats) -> Iterator[tuple[Wholes, Floats]]:
        """Yield group numbers with their values as sorted rows, NaN last."""
        padded = np.append(values, np.nan)
        for members, places in self._matrices:
            yield members, np.sort(padded[places], axis=1)

    def median(self, values: Floats) -> Floats:
        """Return each group's median of what is not NaN."""
        result = np.full(self.count, np.nan)
        if np.isnan(values).all():
            return result
        for members, rows in self.sorted_rows(values):
            result[members] = middle(rows, counts(rows))
        return result


def counts(rows: Floats) -> Wholes:
    """Return how many values of each row are not NaN."""
    return np.asarray((~np.isnan(rows)).sum(axis=1), dtype=np.int64)


def pick(rows: Floats, place: Wholes) -> Floats:
    """Return from each row the value at its place; NaN where the place is below 0."""
    if not rows.size:
        return np.full(len(rows), np.nan)
    found = np.take_along_axis(rows, np.maximum(place, 0)[:, None], axis=1)[:, 0]
    return np.where(place >= 0, found, np.nan)


def middle(rows: Floats, n: Wholes) -> Floats:
    """Return each sorted row's median."""
    upper = np.where(n > 0, n // 2, -1)
    return np.asarray((pick(rows, np.where(n > 0, (n - 1) // 2, -1)) + pick(rows, upper)) / 2)


def cuts(n: Wholes, level: float) -> Wholes:
    """Return cut_each_side of each count."""
    found, inverse = np.unique(n, return_inverse=True)
    table = np.array([cut_each_side(int(one), level) for one in found], dtype=np.int64)
    return table[inverse] if len(table) else np.zeros(0, dtype=np.int64)


def bounds(rows: Floats, n: Wholes, level: float) -> Bounds:
    """Return each sorted row's median with its exact interval; infinite where n is too small."""
    k = cuts(n, level)
    low = np.where(k > 0, pick(rows, k - 1), -np.inf)
    high = np.where(k > 0, pick(rows, np.where(k > 0, n - k, -1)), np.inf)
    return Bounds(middle(rows, n), low, high)


def spread(values: Floats, centre: Floats, n: Wholes) -> Floats:
    """Return each row's robust spread around its median."""
    return MAD_TO_SD * middle(np.sort(np.abs(values - centre[:, None]), axis=1), n)


def widest_gap(rows: Floats, n: Wholes, share: float) -> Floats:
    """Return the largest gap of each sorted row that has at least `share` on either side."""
    place = np.arange(rows.shape[1] - 1)[None, :] + 1
    least = np.ceil(share * n)[:, None]
    within = (place >= least) & (place <= n[:, None] - least)
    gaps = np.where(within, np.diff(rows, axis=1), 0.0)
    return np.asarray(gaps.max(axis=1, initial=0.0))


def sign_ps(not_above: Wholes, not_below: Wholes, n: Wholes) -> Floats:
    """Return the sign test's p of each row's counts."""
    least = np.minimum(not_above, not_below)
    key = n * (int(n.max()) + 1 if len(n) else 1) + least
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    table = [sign_p(int(least[i]), int(n[i] - least[i]), int(n[i])) for i in first]
    return np.array(table)[inverse] if table else np.zeros(0)


def ranks(values: Floats) -> Floats:
    """Return each value's rank in its row from 1, NaN where it is NaN; ties by place.

    Log-ratios of timers do not tie; where they do, the order of rounds decides.
    """
    order = np.argsort(values, axis=1, kind="stable")
    result = np.empty(values.shape)
    places = np.broadcast_to(np.arange(1.0, values.shape[1] + 1), values.shape)
    np.put_along_axis(result, order, places, axis=1)
    return np.where(np.isnan(values), np.nan, result)
