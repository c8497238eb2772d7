"""N pipes against one shared queue over worker counts: the comparison a reader asked for."""

from collections.abc import Iterable, Mapping, Sequence

from runner.model import AXES
from runner.results import CellSummary, Comparison, Crossover
from runner.statistics import OPPOSITE

SHARED_AXES = tuple(axis for axis in AXES if axis not in ("transport", "workers"))

TOPOLOGY = "fan_out"
SHARED_PIPES = ("pipe_locked",)
NO_PROCESSES = ("thread_queue",)


def has_own_channel(transport: str) -> bool:
    """Return whether each worker has a channel of its own: a pipe that is not shared by locks."""
    return transport.startswith("pipe") and transport not in SHARED_PIPES


def is_shared(transport: str) -> bool:
    """Return whether all workers, being processes, read from one channel."""
    queue = transport.endswith("queue") and transport not in NO_PROCESSES
    return queue or transport in SHARED_PIPES


def crossovers_of(found: Iterable[Comparison], cells: Iterable[CellSummary]) -> list[Crossover]:
    """Return a row for each pair of a pipe and a queue and each worker count.

    `found` are the comparisons of transports that a report speaks of. `crossover` is the least
    worker count at which the decided winner is another than at the last decided count below; the
    same for all rows of a pair, None where the winner never changes.
    """
    known = {cell.place: cell for cell in cells}
    groups: dict[tuple[object, ...], list[Comparison]] = {}
    for one in found:
        side = _oriented(one)
        if side is not None:
            shared = tuple(getattr(side, axis) for axis in SHARED_AXES)
            groups.setdefault((side.machine, *shared, side.a, side.b), []).append(side)
    rows = []
    for group in groups.values():
        ordered = sorted(group, key=lambda one: one.workers)
        change = _crossover(ordered)
        rows += [_row(one, known, change) for one in ordered]
    return rows


def _oriented(one: Comparison) -> Comparison | None:
    """Return it with the own channels as `a`, or None where it opposes no such two."""
    if one.topology.partition(":")[0] != TOPOLOGY:
        return None
    if has_own_channel(one.a) and is_shared(one.b):
        return one
    return one.flipped() if has_own_channel(one.b) and is_shared(one.a) else None


def _row(
    one: Comparison, known: Mapping[tuple[object, ...], CellSummary], change: int | None
) -> Crossover:
    own, shared = known.get(one.cell(one.a)), known.get(one.cell(one.b))
    return Crossover(
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
        queue_rate=shared.rate if shared else None,
        pipe_share_low=own.share_low if own else None,
        queue_share_low=shared.share_low if shared else None,
        queue_share_high=shared.share_high if shared else None,
        crossover=change,
    )


def _crossover(ordered: Sequence[Comparison]) -> int | None:
    last = ""
    for one in ordered:
        if one.verdict not in OPPOSITE:
            continue
        side = one.verdict.removeprefix("slightly ")
        if last and side != last:
            return one.workers
        last = side
    return None
