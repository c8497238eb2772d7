"""A channel for each worker against one that all share, over worker counts."""

from collections.abc import Iterable, Sequence

from runner.model import AXES, Catalogue
from runner.results import CellSummary, Comparison, Crossover
from runner.statistics import OPPOSITE

SHARED_AXES = tuple(axis for axis in AXES if axis not in ("transport", "workers"))

TOPOLOGY = "fan_out"
"""The topology in which the question is asked: one producer that deals out."""


def crossovers_of(
    found: Iterable[Comparison], cells: Iterable[CellSummary], catalogue: Catalogue
) -> list[Crossover]:
    """Return a row for each pair of such transports and each worker count.

    `found` are the comparisons of transports that a report speaks of. `crossover` is the least
    worker count at which the decided winner is another than at the last decided count below; the
    same for all rows of a pair, None where the winner never changes.
    """
    known = {cell.place: cell for cell in cells}
    groups: dict[tuple[object, ...], list[Comparison]] = {}
    for one in found:
        side = _oriented(one, catalogue)
        if side is not None:
            shared = tuple(getattr(side, axis) for axis in SHARED_AXES)
            groups.setdefault((side.machine, *shared, side.a, side.b), []).append(side)
    rows = []
    for group in groups.values():
        ordered = sorted(group, key=lambda one: one.workers)
        change = _crossover(ordered)
        for one in ordered:
            own, common = known.get(one.cell(one.a)), known.get(one.cell(one.b))
            rows.append(
                Crossover(
                    machine=one.machine,
                    **{axis: getattr(one, axis) for axis in SHARED_AXES},
                    pipe=one.a,
                    queue=one.b,
                    workers=one.workers,
                    ratio=one.ratio,
                    low=one.low,
                    high=one.high,
                    verdict=one.verdict,
                    modes=one.modes,
                    pipe_rate=own.rate if own else None,
                    queue_rate=common.rate if common else None,
                    pipe_share_low=own.share_low if own else None,
                    queue_share_low=common.share_low if common else None,
                    queue_share_high=common.share_high if common else None,
                    crossover=change,
                )
            )
    return rows


def _oriented(one: Comparison, catalogue: Catalogue) -> Comparison | None:
    """Return it with the own channels as `a`, or None where it does not compare such a pair."""
    if one.topology.partition(":")[0] != TOPOLOGY:
        return None
    if catalogue.own_channels(one.a) and catalogue.one_channel(one.b):
        return one
    return one.flipped() if catalogue.own_channels(one.b) and catalogue.one_channel(one.a) else None


def _crossover(ordered: Sequence[Comparison]) -> int | None:
    last = ""
    for one in ordered:
        if one.verdict not in OPPOSITE:
            continue
        if last and one.verdict != last:
            return one.workers
        last = one.verdict
    return None
