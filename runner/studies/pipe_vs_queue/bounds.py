"""The rule of claims that set a bound on a ratio: the verdict over all readings of it."""

from collections.abc import Iterable, Sequence

from runner.results import CellSummary, Comparison
from runner.studies.pipe_vs_queue.data import Band, Cells, Claim, Judgement, Speed, Verdict
from runner.studies.pipe_vs_queue.evidence import (
    END_TO_END,
    JOIN,
    SEND,
    Evidence,
    figures,
)

MOST_SHOWN = 3
DELIVERY_CLOCKS = (END_TO_END, JOIN)
"""The clocks that stop when the messages have arrived; the producer's is shown, never judged by."""


def judge_speed(claim: Claim, evidence: Evidence, speed: Speed) -> Judgement:
    """Return the verdict over all contexts in which the pairs were measured."""
    readings = [
        reading
        for a, b in speed.pairs
        for cells in claim.cells
        for reading in evidence.pair(a, b, cells, DELIVERY_CLOCKS)
    ]
    if not readings:
        return missing(claim, evidence)
    if speed.every:
        readings = _without_excused(readings, speed.band)
    judged = over(readings, speed.band)
    a, b = speed.pairs[0]
    for cells in claim.cells:
        for reading in evidence.pair(a, b, cells, (SEND,)):
            basis = f"{judged.basis}; until the last send returned: {label(reading)}"
            return judged._replace(basis=basis)
    return judged


def over(readings: Sequence[Comparison], band: Band) -> Judgement:
    """Return one verdict over several readings; a claim speaks of all contexts measured.

    It holds if every reading is inside. One outside refutes it, or makes it depend if others are
    inside; with an open one among those inside it is not decided.
    """
    by_verdict: dict[Verdict, list[Comparison]] = {}
    for reading in readings:
        by_verdict.setdefault(band.verdict(reading.low, reading.high), []).append(reading)
    holding = by_verdict.get(Verdict.HOLDS, [])
    against = by_verdict.get(Verdict.REFUTED, [])
    open_ones = by_verdict.get(Verdict.NOT_DECIDED, [])
    blocks = blocks_of([*holding, *against, *open_ones])
    bound = f"{band.in_words()}; {interval_kind(readings)}"
    if holding and against:
        basis = f"({bound}): {shown(holding)}; not so: {shown(against)}"
        return Judgement(Verdict.DEPENDS, basis, blocks)
    if open_ones and not against:
        inside = f"; inside it: {shown(holding)}" if holding else ""
        return Judgement(Verdict.NOT_DECIDED, _too_wide(open_ones, bound) + inside, blocks)
    verdict = Verdict.HOLDS if holding else Verdict.REFUTED
    basis = f"{shown(holding or against)} (bound: {bound})"
    if open_ones:
        basis += f"; across the bound: {shown(open_ones)}"
    return Judgement(verdict, basis, blocks)


def interval_kind(readings: Iterable[Comparison]) -> str:
    """Return in words what intervals these readings were judged by."""
    adjusted = [one.fcr_low is not None for one in readings]
    if not any(adjusted):
        return "plain 95 % intervals"
    if all(adjusted):
        return "FCR-adjusted intervals"
    return f"{sum(adjusted)} of {len(adjusted)} intervals FCR-adjusted, else plain 95 %"


def blocks_of(readings: Iterable[Comparison]) -> tuple[str, ...]:
    """Return the ids of the blocks that the readings come from, each once."""
    blocks = (block for reading in readings for block in reading.block.split(";"))
    return tuple(dict.fromkeys(blocks))


def label(reading: Comparison) -> str:
    """Return a reading with a label that identifies it."""
    context = reading.context
    parts = [context.placement]
    parts += [context.payload] if context.payload != "int" else []
    parts += [f"{context.topology} {context.workers}"] if context.topology != "one_to_one" else []
    parts += [f"{context.messages} messages"] if context.messages != "auto" else []
    parts += [context.start_method] if context.start_method != "default" else []
    parts += [f"{reading.clock} time"] if reading.clock != END_TO_END else []
    parts += [f"through {reading.through}"] if reading.through else []
    return f"{reading.a}/{reading.b} {figures(reading)} ({', '.join(parts)})"


def shown(readings: Sequence[Comparison]) -> str:
    """Return the first few readings, and how many more there are."""
    by_pair = {(one.a, one.b): one for one in reversed(readings)}
    shown = [*by_pair.values()][::-1]
    shown += [one for one in readings if one not in shown and one.clock == END_TO_END]
    text = ", ".join(map(label, shown[:MOST_SHOWN]))
    more = len(readings) - MOST_SHOWN
    return f"{text} and {more} more" if more > 0 else text


def missing(claim: Claim, evidence: Evidence, needed: str = "against each other") -> Judgement:
    """Return not decided: what was not measured, why, and the command that measures it."""
    command = (
        f"to measure it: ipcmatrix run --profile pipe_vs_queue --only python={evidence.python}"
    )
    known = [one for one in evidence.statuses if any(_covers(c, one) for c in claim.cells)]
    if any(cells.has(one.context) for cells in claim.cells for one in evidence.invalid):
        what = "measured, but the baseline differs from its own control (A/A)"
        return Judgement(Verdict.NOT_DECIDED, f"{what}; measure again on a quieter machine")
    stopped = [one for one in known if one.status != "ok" and one.reason]
    if stopped:
        first = stopped[0]
        what = f"{first.transport} with {first.context.payload}: {first.status}, {first.reason}"
        return Judgement(Verdict.NOT_DECIDED, f"{what}; once that is mended, {command}")
    wanted = " and ".join(cells.in_words() for cells in claim.cells)
    return Judgement(Verdict.NOT_DECIDED, f"not measured {needed}: {wanted}; {command}")


def _without_excused(readings: Sequence[Comparison], band: Band) -> list[Comparison]:
    """Return the readings without those that hold where another pair of the context does not."""
    verdicts = [(one, band.verdict(one.low, one.high)) for one in readings]
    broken = {_place(one) for one, verdict in verdicts if verdict is Verdict.REFUTED}
    return [
        one
        for one, verdict in verdicts
        if verdict is not Verdict.HOLDS or _place(one) not in broken
    ]


def _place(reading: Comparison) -> tuple[object, ...]:
    return (reading.context, reading.clock)


def _covers(cells: Cells, status: CellSummary) -> bool:
    return status.transport in cells.transports and cells.has(status.context)


def _too_wide(readings: Sequence[Comparison], bound: str) -> str:
    verb = "reaches" if len(readings) == 1 else "reach"
    return f"{shown(readings)} {verb} across the bound ({bound}); {_more(readings)}"


def _more(readings: Sequence[Comparison]) -> str:
    """Return what narrows these: for pooled sessions no number of rounds is known."""
    if any(one.tau is not None for one in readings):
        return "more sessions narrow it (--sessions)"
    needed = [one.rounds_needed for one in readings if one.rounds_needed is not None]
    if len(needed) < len(readings):
        return "more rounds narrow it (--rounds)"
    return f"about {max(needed):.0f} rounds would narrow it (--rounds)"
