"""The rules of claims that compare one comparison with another."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from statistics import median
from types import MappingProxyType

from runner.model import FREE
from runner.results import Comparison
from runner.studies.pipe_vs_queue.bounds import (
    blocks_of,
    interval_kind,
    label,
    missing,
    over,
    shown,
)
from runner.studies.pipe_vs_queue.data import Band, Claim, Judgement, Verdict
from runner.studies.pipe_vs_queue.evidence import SEND, Evidence, figures, is_virtual

ALIKE = 1.1
"""Two intervals that together span no more than this factor are taken as equal."""
OVERLAP = "too wide to tell: more rounds narrow them (--rounds)"
ENOUGH = 10
"""Rounds from which on a spread says something."""
CALMER = 2.0
"""A cause that divides the spread by this factor explains most of it."""
MAKING = Band(0.7, 1.1)
"""Share of the making in the whole: 2.9 s of 3.4 s is 0.85; a fifth of tolerance to each side."""


def differs_by_payload(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether the ratio of Pipe to Queue is another for other payloads."""
    readings = evidence.pair("pipe", "queue", claim.cells[0])
    groups = _grouped(readings, lambda one: one.context._replace(payload=""))
    groups = [group for group in groups if len({one.context.payload for one in group}) > 1]
    return _spanned(groups) if groups else missing(claim, evidence)


def differs_by_workers(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether N workers give another ratio of N pipes to one queue than one worker does."""
    readings = evidence.pair("pipe", "queue", claim.cells[0])
    groups = _grouped(readings, lambda one: one.context._replace(topology="", workers=0))
    groups = [group for group in groups if len({one.context.topology for one in group}) > 1]
    return _spanned(groups) if groups else missing(claim, evidence)


def same_by_send_time(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether stopping the clock at the last send gives the same ratio as delivery."""
    whole = evidence.pair("pipe", "queue", claim.cells[0])
    early = evidence.pair("pipe", "queue", claim.cells[0], (SEND,))
    groups = _grouped([*whole, *early], lambda one: one.context)
    groups = [group for group in groups if len({one.clock for one in group}) > 1]
    if not groups:
        return missing(claim, evidence)
    differs = _spanned(groups)
    opposite = {Verdict.HOLDS: Verdict.REFUTED, Verdict.REFUTED: Verdict.HOLDS}
    return differs._replace(verdict=opposite.get(differs.verdict, differs.verdict))


def narrower_than_27(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether Pipe leads Queue by less than on Python 2.7, in the same context."""
    old = evidence.others.get("2.7", Evidence("2.7"))
    before = {one.context: one for one in old.pair("pipe", "queue", claim.cells[0])}
    pairs = [
        (one, before[one.context])
        for one in evidence.pair("pipe", "queue", claim.cells[0])
        if one.context in before
    ]
    if not pairs:
        judged = missing(claim, evidence)
        return judged._replace(basis=f"{judged.basis}; 2.7 is needed in the same run")
    return _ordered([(on_27, here) for here, on_27 in pairs], "on 2.7")


def gains_by_making(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether Queue gains on Pipe when the producer has to make each array."""
    made, kept = (evidence.pair("queue", "pipe_simplex", cells) for cells in claim.cells)
    pairs = [
        (one, other)
        for one in made
        for other in kept
        if one.context._replace(payload="") == other.context._replace(payload="")
    ]
    return _ordered(pairs, "with the making") if pairs else missing(claim, evidence)


def making_share(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide the making's share: threads hand over a reference, so their time is the making's."""
    shares = evidence.pair("pipe_buffered", "thread_queue", claim.cells[0])
    return over(shares, MAKING) if shares else missing(claim, evidence)


def costs_by_layer(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether Queue pays for what it adds to the one-way Pipe on which it is built."""
    cells = claim.cells[0]
    base = evidence.pair("pipe_simplex", "queue", cells)
    if not base:
        return missing(claim, evidence)
    raced = evidence.pair("pipe", "queue", cells)
    ladder = evidence.pair("pipe_simplex", "simple_queue", cells)[:1]
    ladder += evidence.pair("simple_queue", "queue", cells)[:1]
    judged = over(base, Band(low=1.0))
    steps = f"{judged.basis}; step by step: {shown(ladder)}" if ladder else judged.basis
    against = [one for one in raced if one.high < 1.0]
    if judged.verdict is Verdict.HOLDS and against:
        basis = f"on which Pipe: {steps}; the two-way Pipe() is another channel: {shown(against)}"
        return Judgement(Verdict.DEPENDS, basis, judged.rests_on)
    return judged._replace(basis=steps)


def varies_by_virtual_machine(claim: Claim, evidence: Evidence) -> Judgement:
    """Decide whether ratios scatter because of the virtual machine: by machines of both kinds.

    Machines of one kind decide nothing; the effect of pinning there is information only.
    """
    readings = evidence.pair("pipe", "queue", claim.cells[0])
    known = [one for one in readings if one.rounds >= ENOUGH and one.spread is not None]
    free = [one for one in known if one.context.placement == FREE]
    if not free:
        return missing(claim, evidence, f"from {ENOUGH} rounds on")
    kinds = {one.machine: is_virtual(evidence.virtualisation.get(one.machine, "")) for one in free}
    there = [one for one in free if kinds[one.machine]]
    bare = [one for one in free if kinds[one.machine] is False]
    if there and bare:
        return _compared(there, bare)
    basis = f"{_pinning(known)}; {_lacking(evidence.virtualisation, kinds)}"
    return Judgement(Verdict.NOT_DECIDED, basis, blocks_of(known))


def _grouped(
    readings: Sequence[Comparison], key: Callable[[Comparison], Hashable]
) -> list[list[Comparison]]:
    groups: dict[Hashable, list[Comparison]] = {}
    for reading in readings:
        groups.setdefault((reading.machine, key(reading)), []).append(reading)
    return list(groups.values())


def _spanned(groups: Sequence[Sequence[Comparison]]) -> Judgement:
    """Return holds where two intervals of a group are apart, refuted where all are alike.

    One group apart is enough, whatever the open ones would say; alike they are only together.
    """
    read = [one for group in groups for one in group]
    blocks = blocks_of(read)
    parts = []
    verdicts = set()
    for group in groups:
        least, most = min(group, key=lambda one: one.high), max(group, key=lambda one: one.low)
        if most.low > least.high:
            verdicts.add(Verdict.HOLDS)
        else:
            verdicts.add(Verdict.REFUTED if _alike(group) else Verdict.NOT_DECIDED)
        parts.append(f"{label(most)} against {label(least)}")
    basis = f"{interval_kind(read)}: {'; '.join(parts)}"
    if verdicts >= {Verdict.HOLDS, Verdict.REFUTED}:
        return Judgement(Verdict.DEPENDS, basis, blocks)
    if Verdict.HOLDS in verdicts:
        return Judgement(Verdict.HOLDS, basis, blocks)
    if Verdict.NOT_DECIDED not in verdicts:
        return Judgement(Verdict.REFUTED, basis, blocks)
    return Judgement(Verdict.NOT_DECIDED, f"{basis}; {OVERLAP}", blocks)


def _alike(readings: Sequence[Comparison]) -> bool:
    """Return whether readings are certainly equal but for a tenth."""
    return max(one.high for one in readings) <= ALIKE * min(one.low for one in readings)


def _ordered(pairs: Sequence[tuple[Comparison, Comparison]], what: str) -> Judgement:
    """Return holds if each first reading is above its second, refuted if one is not.

    The two are measured apart: their quotient is above 1, below it, or within a tenth of it.
    """
    read = [one for pair in pairs for one in pair]
    blocks = blocks_of(read)
    quotients = [one.over(other) for one, other in pairs]
    above = [one for one in quotients if one.low > 1]
    against = [
        one
        for one in quotients
        if one.high < 1 or (one.low <= 1 and ALIKE * one.low >= 1 and one.high <= ALIKE)
    ]
    text = "; ".join(
        f"{label(one)} {what}, else {label(other)}: {figures(quotient)} times"
        for (one, other), quotient in zip(pairs, quotients, strict=True)
    )
    basis = f"{interval_kind(read)}: {text}"
    if above and against:
        return Judgement(Verdict.DEPENDS, basis, blocks)
    if against:
        return Judgement(Verdict.REFUTED, basis, blocks)
    if len(above) < len(pairs):
        return Judgement(Verdict.NOT_DECIDED, f"{basis}; {OVERLAP}", blocks)
    return Judgement(Verdict.HOLDS, basis, blocks)


def _compared(there: Sequence[Comparison], bare: Sequence[Comparison]) -> Judgement:
    """Return holds where bare machines are calmer by the factor, refuted where they are not."""
    before, after = _spread(there), _spread(bare)
    basis = f"spread of the log-ratio {before:.3f} on virtual machines, {after:.3f} on bare ones"
    basis += "; the machines may differ in more than that"
    verdict = Verdict.NOT_DECIDED
    if before >= CALMER * after:
        verdict = Verdict.HOLDS
    elif before <= after:
        verdict = Verdict.REFUTED
    else:
        basis += f"; from {CALMER:g} times as wide it would hold: measure more machines"
    return Judgement(verdict, basis, blocks_of([*there, *bare]))


def _pinning(known: Sequence[Comparison]) -> str:
    """Return the spread where the scheduler chooses the cores, and the spread when pinned."""
    free = [one for one in known if one.context.placement == FREE]
    pinned = [one for one in known if one.context.placement != FREE]
    said = f"spread of the log-ratio {_spread(free):.3f} free"
    return f"{said}, {_spread(pinned):.3f} pinned, on the same machine" if pinned else said


def _lacking(virtualisation: Mapping[str, str], kinds: Mapping[str, bool | None]) -> str:
    seen = ", ".join(sorted({virtualisation.get(one, "") or "unknown" for one in kinds}))
    wanted = "a virtual one" if False in kinds.values() else "one without virtualisation"
    return (
        f"virtualisation here is {seen}, and one kind of machine does not decide: measure the same "
        f"on {wanted} too, and report both runs together"
    )


def _spread(readings: Sequence[Comparison]) -> float:
    return median(one.spread or 0.0 for one in readings)


RULES: Mapping[str, Callable[[Claim, Evidence], Judgement]] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            differs_by_payload,
            differs_by_workers,
            same_by_send_time,
            narrower_than_27,
            gains_by_making,
            making_share,
            costs_by_layer,
            varies_by_virtual_machine,
        )
    }
)
"""The rules of this file by the names that data.yaml knows."""
