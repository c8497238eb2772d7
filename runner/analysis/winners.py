"""Which transport to choose for each Python, payload and worker count; ties are named."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
import pandas as pd

from runner.analysis.pairs import Pair, cell_of, lookup, worst_modes
from runner.findings import WINNERS
from runner.model import AXES

COLUMNS = ("machine", *(axis for axis in AXES if axis != "transport"), *WINNERS)

BASELINES = ("os_pipe", "thread_queue")
"""Bounds of what is possible, and no choice: no objects cross the one, no process the other."""

_Pairs = Mapping[tuple[str, str], Pair]
_Rates = Mapping[tuple[object, ...], tuple[float, ...]]


class Field(NamedTuple):
    """The arms of a context with their scores, and the comparisons made among them.

    `shared` are the arms by which the parts of a split block can meet.
    """

    scores: Mapping[str, float]
    pairs: _Pairs
    shared: frozenset[str]

    def joined(self, other: "Field") -> "Field":
        """Return the field of two parts: scores are counted from an arm that both have."""
        shared = self.shared & other.shared
        arm = min(shared, default=None)
        ahead = self.scores[arm] - other.scores[arm] if arm is not None else 0.0
        moved = {name: score + ahead for name, score in other.scores.items()}
        return Field({**moved, **self.scores}, {**other.pairs, **self.pairs}, shared)

    def ranked(self) -> list[str]:
        """Return the arms that can be chosen, the fastest first."""
        names = [name for name in self.scores if name not in BASELINES]
        return sorted(names, key=lambda name: -self.scores[name])

    def against(self, best: str, other: str) -> Pair | None:
        """Return one arm over another: as compared, or else by way of an arm that both met."""
        met = self._met(best, other)
        if met is not None:
            return met
        for arm in sorted(self.shared):
            first, second = self._met(best, arm), self._met(other, arm)
            if first is not None and second is not None:
                return first.over(second)
        return None

    def _met(self, a: str, b: str) -> Pair | None:
        if (a, b) in self.pairs:
            return self.pairs[a, b]
        return self.pairs[b, a].flipped() if (b, a) in self.pairs else None


def winners_frame(
    order: pd.DataFrame, pairs: Sequence[Pair], arms: pd.DataFrame, cells: pd.DataFrame
) -> pd.DataFrame:
    """Return the frame findings.WINNERS, with `machine` first: one row for each context.

    `order` is ranking.ranking, `arms` names its numbers (`block`, `arm`, `name`, `id`, `machine`
    and the family), `pairs` are those of pairs.fair_pairs, and `cells` the frame of cells. The
    parts of a split block are one context.
    """
    ranked = order.merge(arms[arms["family"] == "transport"], on=["block", "arm"])
    rates = lookup(cells, ["rate"])
    fields = [reduce(Field.joined, parts) for parts in _contexts(_fields(ranked, pairs))]
    rows = [_row(field, rates) for field in fields if field.ranked()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _fields(ranked: pd.DataFrame, pairs: Sequence[Pair]) -> Iterable[Field]:
    """Yield the field of each block, or part of one, in which transports were compared."""
    found: dict[tuple[str, str], dict[tuple[str, str], Pair]] = {}
    for pair in pairs:
        found.setdefault((pair.machine, pair.block), {})[pair.a, pair.b] = pair
    scores: dict[tuple[str, str], dict[str, float]] = {}
    columns = (ranked[name] for name in ("machine", "id", "name", "score"))
    for machine, block, name, score in zip(*columns, strict=True):
        scores.setdefault((machine, block), {})[name] = score
    for key, scored in scores.items():
        if key in found:
            yield Field(scored, found[key], frozenset(scored))


def _contexts(fields: Iterable[Field]) -> Iterable[list[Field]]:
    grouped: dict[tuple[object, ...], list[Field]] = {}
    for field in fields:
        pair = next(iter(field.pairs.values()))
        grouped.setdefault((pair.machine, *pair.shared.values()), []).append(field)
    return grouped.values()


def _row(field: Field, rates: _Rates) -> dict[str, object]:
    best, *others = field.ranked()
    against = {name: field.against(best, name) for name in others}
    verdicts = {name: pair.verdict for name, pair in against.items() if pair is not None}
    tied = [name for name in others if verdicts.get(name) == "same"]
    beaten = [name for name in others if verdicts.get(name) in ("faster", "slightly faster")]
    rest = [name for name in others if name not in tied]
    runner_up = against[rest[0]] if rest else None
    deciding = [against[name] for name in (*tied, *rest[:1])]
    any_pair = next(iter(field.pairs.values()))
    (rate,) = rates.get(cell_of(any_pair, "transport", best), (np.nan,))
    return {
        "machine": any_pair.machine,
        **{axis: value for axis, value in any_pair.shared.items() if axis != "transport"},
        "winners": (best, *tied),
        "best_rate": rate,
        "runner_up": rest[0] if rest else "",
        "runner_up_ratio": runner_up.ratio if runner_up else np.nan,
        "runner_up_low": runner_up.low if runner_up else np.nan,
        "runner_up_high": runner_up.high if runner_up else np.nan,
        "decided": len(tied) + len(beaten) == len(others),
        "compared": len(others) + 1,
        "modes": worst_modes(pair.modes for pair in deciding if pair is not None),
    }
