"""The findings of a run on one interpreter, in the form that the claims' rules need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, nextafter
from typing import NamedTuple

from runner.model.environment_hash import mapping
from runner.results import CellSummary, Comparison, Context, Findings, ProbeResult
from runner.statistics import FALSE_DISCOVERY_RATE
from runner.studies.pipe_vs_queue.data import Cells

END_TO_END, SEND, JOIN = "end_to_end", "send", "join"
PLACEMENTS = ("free", "apart", "together")
CONTAINERS = ("docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt")
"""Values for machines without virtualisation: a container shares its machine's kernel."""


class Answer(NamedTuple):
    """A probe's answer."""

    answer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found on one interpreter; `others` holds the other interpreters'.

    `readings` may be judged by; `invalid` are those of blocks whose control differs. `answers` has
    one mapping, from a probe's name to its answer, for each machine; `virtualisation` is what
    each machine's facts say about virtual machines.
    """

    python: str
    readings: list[Comparison] = field(default_factory=list)
    invalid: list[Comparison] = field(default_factory=list)
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    statuses: list[CellSummary] = field(default_factory=list)
    others: Mapping[str, "Evidence"] = field(default_factory=dict)
    virtualisation: Mapping[str, str] = field(default_factory=dict)

    def pair(
        self, a: str, b: str, cells: Cells, clocks: Sequence[str] = (END_TO_END,)
    ) -> list[Comparison]:
        """Return every reading of a over b in these cells, free placement and auto count first.

        Where a slow block was split, the two are compared through the baseline of its parts.
        """
        asked = [one for one in self.readings if one.clock in clocks and cells.has(one.context)]
        found = {_place(one): _turned(one, a) for one in asked if {one.a, one.b} == {a, b}}
        for first, second in _meeting(asked, a, b):
            found.setdefault(_place(first), first.over(second))
        return sorted(found.values(), key=_order)


def gather(findings: Findings, probes: Sequence[ProbeResult]) -> dict[str, Evidence]:
    """Return the evidence for each interpreter that has cells or answers."""
    alone: dict[str, Evidence] = {}
    virtual = virtualisation(findings.runs)

    def of(python: str) -> Evidence:
        return alone.setdefault(python, Evidence(python, virtualisation=virtual))

    for cell in findings.cells:
        of(cell.python).statuses.append(cell)
    for one in findings.comparisons:
        if one.compared_axis == "transport" and not one.control and one.ratio is not None:
            own = of(one.python)
            (own.invalid if one.verdict == "invalid" else own.readings).append(judged_by(one))
    for answer in probes:
        reply = Answer(answer.answer, answer.detail)
        of(answer.python).answers.setdefault(answer.machine, {})[answer.probe] = reply
    return {name: replace(one, others=alone) for name, one in alone.items()}


def judged_by(one: Comparison) -> Comparison:
    """Return it with the interval that may decide among many: the FCR-adjusted one, if it has one.

    A plain one reaches across 1 where Benjamini-Hochberg does not let a difference be claimed.
    """
    if one.fcr_low is not None and one.fcr_high is not None:
        return replace(one, low=one.fcr_low, high=one.fcr_high)
    if one.q > FALSE_DISCOVERY_RATE:
        low, high = min(one.low, nextafter(1, 0)), max(one.high, nextafter(1, 2))
        return replace(one, low=low, high=high)
    return one


def figures(one: Comparison) -> str:
    """Return the ratio with its interval."""
    if one.high == inf:
        rounds = f"{one.rounds} round{'' if one.rounds == 1 else 's'}"
        return f"{one.ratio:.3g} [no interval from {rounds}]"
    return f"{one.ratio:.3g} [{one.low:.3g}\u2013{one.high:.3g}]"


def _place(reading: Comparison) -> tuple[Context, str]:
    return reading.context, reading.clock


def _meeting(
    readings: Sequence[Comparison], a: str, b: str
) -> Iterator[tuple[Comparison, Comparison]]:
    """Yield a's and b's readings against a third transport, in one context each."""
    mine, theirs = (
        {
            (_place(one), _turned(one, arm).b): _turned(one, arm)
            for one in readings
            if arm in (one.a, one.b)
        }
        for arm in (a, b)
    )
    for key, reading in mine.items():
        if key in theirs:
            yield reading, theirs[key]


def _turned(reading: Comparison, a: str) -> Comparison:
    return reading if reading.a == a else reading.flipped()


def _order(reading: Comparison) -> tuple[object, ...]:
    context = reading.context
    place = PLACEMENTS.index(context.placement) if context.placement in PLACEMENTS else 9
    chief = (reading.clock != END_TO_END, place, context.messages != "auto")
    return (*chief, context._replace(machine=""), reading.machine)


def virtualisation(runs: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return what each machine's facts say of virtual machines, "" where they say nothing."""
    cpus = {str(run.get("machine")): mapping(mapping(run, "machine_facts"), "cpu") for run in runs}
    return {machine: str(cpu.get("virtualisation", "")) for machine, cpu in cpus.items()}


def is_virtual(kind: str) -> bool | None:
    """Return whether a processor's facts show a virtual machine; None if they do not say."""
    if kind in ("", "unknown"):
        return None
    return kind != "none" and kind.split(maxsplit=1)[0] not in CONTAINERS
