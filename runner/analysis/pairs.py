"""Head-to-heads as values, to be looked up and turned round."""

from collections.abc import Iterable, Mapping
from math import exp, hypot, inf, log
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from runner.model import AXES

OPPOSITE: Mapping[str, str] = {
    "faster": "slower",
    "slightly faster": "slightly slower",
    "slightly slower": "slightly faster",
    "slower": "faster",
}
"""Verdicts that decide who is faster, and what they are from the other side."""

MODES = ("same", "partly mixed", "mixed")
"""In how many rounds two arms ran on different numbers of cores: none, some, more than 10 %."""


class Pair(NamedTuple):
    """Arm `a` over arm `b` by the fair clock; `shared` holds the axes, the compared one empty."""

    machine: str
    block: str
    shared: Mapping[str, object]
    a: str
    b: str
    ratio: float
    low: float
    high: float
    verdict: str
    modes: str

    def flipped(self) -> Self:
        """Return the same comparison seen from the other arm."""
        return self._replace(
            a=self.b,
            b=self.a,
            ratio=1 / self.ratio,
            low=1 / self.high,
            high=1 / self.low if self.low > 0 else np.inf,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
        )

    def over(self, other: Self) -> Self:
        """Return a over other's a, which never met but were both compared with the same b.

        The variances of the two log-ratios add; without a test of its own such a pair is `faster`
        or `slower` where its interval lies clear of 1, never `same`, and `invalid` where one of
        the two is.
        """
        ratio, low, high = quotient(
            (self.ratio, self.low, self.high), (other.ratio, other.low, other.high)
        )
        verdict = "faster" if low > 1 else "slower" if high < 1 else "inconclusive"
        return self._replace(
            b=other.a,
            ratio=ratio,
            low=low,
            high=high,
            verdict="invalid" if "invalid" in (self.verdict, other.verdict) else verdict,
            modes=worst_modes((self.modes, other.modes)),
        )


def worst_modes(found: Iterable[str]) -> str:
    """Return the word for comparisons taken together: `mixed` where any of them is."""
    return max(found, key=MODES.index, default=MODES[0])


Interval = tuple[float, float, float]
"""A ratio with the ends of its interval."""


def quotient(first: Interval, second: Interval) -> Interval:
    """Return the ratio of two independent ratios: on the log scale their half-widths add squared.

    An end that is not known (0 or inf) leaves the result's open.
    """
    ratio = first[0] / second[0]
    down = hypot(_gap(first[0], first[1]), _gap(second[2], second[0]))
    up = hypot(_gap(first[2], first[0]), _gap(second[0], second[1]))
    return ratio, ratio * exp(-down), ratio * exp(up)


def _gap(upper: float, lower: float) -> float:
    return log(upper / lower) if lower > 0 and upper < inf else inf


def fair_pairs(head_to_heads: pd.DataFrame, family: str) -> list[Pair]:
    """Return the comparisons of a family by the fair clock, twins left out, in order."""
    fair = (head_to_heads["clock"] == "fair") & (head_to_heads["family"] == family)
    frame = head_to_heads[fair & ~head_to_heads["twin"].astype(bool)]
    axes = zip(*(frame[axis].tolist() for axis in AXES), strict=True)
    names = [name for name in Pair._fields if name != "shared"]
    rest = zip(*(frame[name].tolist() for name in names), strict=True)
    return [
        Pair(machine, block, dict(zip(AXES, shared, strict=True)), *others)
        for shared, (machine, block, *others) in zip(axes, rest, strict=True)
    ]


def lookup(frame: pd.DataFrame, names: list[str]) -> dict[tuple[object, ...], tuple[float, ...]]:
    """Return the figures of each cell by machine and axes."""
    keys = zip(*(frame[name].tolist() for name in ("machine", *AXES)), strict=True)
    figures = zip(*(frame[name].tolist() for name in names), strict=True)
    return dict(zip(keys, figures, strict=True))


def cell_of(pair: Pair, axis: str, value: str) -> tuple[object, ...]:
    """Return machine and axes of the cell that an arm of the pair is."""
    return (pair.machine, *(value if one == axis else pair.shared[one] for one in AXES))
