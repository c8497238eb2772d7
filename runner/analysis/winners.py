"""Which transport to choose for each Python, payload and worker count; ties are named."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from runner.analysis.blocks import Unit
from runner.analysis.ranking import scores
from runner.model import AXES, Catalogue
from runner.results import CellSummary, Comparison, Winner, worst_modes


class Field(NamedTuple):
    """The arms of a context with their scores, and the comparisons made among them.

    `shared` are the arms by which the parts of a split block can meet; `bounds` can be no choice:
    no objects cross the one kind, no process the other.
    """

    scores: Mapping[str, float]
    pairs: Mapping[tuple[str, str], Comparison]
    shared: frozenset[str]
    bounds: frozenset[str]

    def joined(self, other: "Field") -> "Field":
        """Return the field of two parts: scores are counted from an arm that both have."""
        shared = self.shared & other.shared
        arm = min(shared, default=None)
        ahead = self.scores[arm] - other.scores[arm] if arm is not None else 0.0
        moved = {name: score + ahead for name, score in other.scores.items()}
        return Field(
            {**moved, **self.scores},
            {**other.pairs, **self.pairs},
            shared,
            self.bounds | other.bounds,
        )

    def ranked(self) -> list[str]:
        """Return the arms that can be chosen, the fastest first."""
        names = [name for name in self.scores if name not in self.bounds]
        return sorted(names, key=lambda name: -self.scores[name])

    def against(self, best: str, other: str) -> Comparison | None:
        """Return one arm over another: as compared, or through an arm compared with both."""
        met = self._met(best, other)
        if met is not None:
            return met
        for arm in sorted(self.shared):
            first, second = self._met(best, arm), self._met(other, arm)
            if first is not None and second is not None:
                return first.over(second)
        return None

    def _met(self, a: str, b: str) -> Comparison | None:
        if (a, b) in self.pairs:
            return self.pairs[a, b]
        return self.pairs[b, a].flipped() if (b, a) in self.pairs else None


def winners_of(
    blocks: Iterable[Sequence[Unit]],
    found: Iterable[Comparison],
    cells: Iterable[CellSummary],
    catalogue: Catalogue,
) -> list[Winner]:
    """Return the winners of each context in which transports were compared.

    `found` are the comparisons of transports that a report speaks of. The parts of a split block
    are one context.
    """
    pairs: dict[tuple[str, str], dict[tuple[str, str], Comparison]] = {}
    for one in found:
        pairs.setdefault((one.machine, one.block), {})[one.a, one.b] = one
    contexts: dict[tuple[object, ...], list[Field]] = {}
    for units in blocks:
        block = units[0].block
        ranked = scores(units) if block.compared_axis == "transport" else {}
        if ranked and (own := pairs.get((block.machine, block.id))):
            key = (block.machine, *block.shared.values())
            bounds = frozenset(arm for arm in ranked if catalogue.bounds(arm))
            contexts.setdefault(key, []).append(Field(ranked, own, frozenset(ranked), bounds))
    rates = {cell.place: cell.rate for cell in cells}
    fields = [reduce(Field.joined, parts) for parts in contexts.values()]
    return [_winner(field, rates) for field in fields if field.ranked()]


def _winner(field: Field, rates: Mapping[tuple[object, ...], float | None]) -> Winner:
    best, *others = field.ranked()
    against = {name: field.against(best, name) for name in others}
    verdicts = {name: pair.verdict for name, pair in against.items() if pair is not None}
    tied = [name for name in others if verdicts.get(name) == "equal"]
    beaten = [name for name in others if verdicts.get(name) == "faster"]
    rest = [name for name in others if name not in tied]
    runner_up = against[rest[0]] if rest else None
    deciding = [against[name] for name in (*tied, *rest[:1])]
    any_pair = next(iter(field.pairs.values()))
    shared = {axis: getattr(any_pair, axis) for axis in AXES if axis != "transport"}
    return Winner(
        machine=any_pair.machine,
        **shared,
        winners=(best, *tied),
        best_rate=rates.get(any_pair.cell(best)),
        runner_up=rest[0] if rest else "",
        runner_up_ratio=runner_up.ratio if runner_up else None,
        runner_up_low=runner_up.low if runner_up else None,
        runner_up_high=runner_up.high if runner_up else None,
        decided=len(tied) + len(beaten) == len(others),
        compared=len(others) + 1,
        modes=worst_modes(pair.modes for pair in deciding if pair is not None),
    )
