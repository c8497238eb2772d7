"""What a run found under one interpreter, as the rules of the claims ask for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isnan, nan, nextafter
from typing import Any, NamedTuple

import pandas as pd

from runner.analysis.claims.machines import virtualisation
from runner.analysis.pairs import quotient
from runner.findings import Findings
from runner.intervals import FALSE_DISCOVERY_RATE

FAIR, PRODUCER, JOINED = "fair", "producer", "joined"
PLACEMENTS = ("free", "apart", "together")

Record = dict[str, Any]
"""A row of a frame, inside this file alone."""


class Cells(NamedTuple):
    """A pattern of cells. Payloads and topologies match by the name before the colon."""

    transports: tuple[str, ...]
    payloads: tuple[str, ...] = ("int",)
    topologies: tuple[str, ...] = ("one_to_one",)

    def has(self, context: "Context") -> bool:
        """Return whether the pattern covers a context."""
        payload, topology = _name(context.payload), _name(context.topology)
        return payload in self.payloads and topology in self.topologies

    def told(self) -> str:
        """Return the pattern in words."""
        transports, payloads, topologies = map(", ".join, self)
        return f"{transports} with {payloads} by {topologies}"


class Context(NamedTuple):
    """The axes that two transports share when they are compared."""

    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str


class Reading(NamedTuple):
    """The speed of `a` over that of `b` by one clock, with the interval to judge by.

    `through` is the reference by which two parts of a split block meet, "" for a direct reading.
    `adjusted` tells an interval corrected for the choice among all comparisons (FCR) from a plain
    one of 95 %, `pooled` one over several sittings.
    """

    machine: str
    blocks: tuple[str, ...]
    context: Context
    a: str
    b: str
    clock: str
    ratio: float
    low: float
    high: float
    rounds: int
    spread: float
    rounds_needed: float
    through: str = ""
    adjusted: bool = False
    pooled: bool = False

    def inverse(self) -> "Reading":
        """Return the same comparison with its arms exchanged."""
        low, high = _inverse(self.high), _inverse(self.low)
        return self._replace(a=self.b, b=self.a, ratio=1 / self.ratio, low=low, high=high)

    def over(self, other: "Reading") -> "Reading":
        """Return a over other's a, both measured against the same b: the variances add."""
        ratio, low, high = quotient(
            (self.ratio, self.low, self.high), (other.ratio, other.low, other.high)
        )
        return self._replace(
            blocks=(*self.blocks, *other.blocks),
            b=other.a,
            ratio=ratio,
            low=low,
            high=high,
            rounds=min(self.rounds, other.rounds),
            rounds_needed=nan,
            spread=nan,
            through=self.b,
            adjusted=self.adjusted and other.adjusted,
            pooled=self.pooled or other.pooled,
        )

    def figures(self) -> str:
        """Return the ratio with its interval."""
        if self.high == inf:
            rounds = f"{self.rounds} round{'' if self.rounds == 1 else 's'}"
            return f"{self.ratio:.3g} [no interval from {rounds}]"
        return f"{self.ratio:.3g} [{self.low:.3g}\u2013{self.high:.3g}]"


class Answer(NamedTuple):
    """A probe's answer."""

    answer: str
    detail: str


class CellStatus(NamedTuple):
    """What became of a cell."""

    transport: str
    context: Context
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found under one interpreter; `others` holds the other interpreters'.

    `readings` may be judged by; `invalid` are those of blocks whose twin differs. `answers` has
    one mapping, from a probe's name to its answer, for each machine; `virtualisation` is what
    each machine's facts tell of virtual machines.
    """

    python: str
    readings: Sequence[Reading] = ()
    invalid: Sequence[Reading] = ()
    answers: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)
    statuses: Sequence[CellStatus] = ()
    others: Mapping[str, "Evidence"] = field(default_factory=dict)
    virtualisation: Mapping[str, str] = field(default_factory=dict)

    def pair(self, a: str, b: str, cells: Cells, clocks: Sequence[str] = (FAIR,)) -> list[Reading]:
        """Return every reading of a over b in these cells, free placement and auto count first.

        Where a slow block was split, the two meet through the reference that its parts share.
        """
        asked = [one for one in self.readings if one.clock in clocks and cells.has(one.context)]
        found = {_place(one): _turned(one, a) for one in asked if {one.a, one.b} == {a, b}}
        for first, second in _meeting(asked, a, b):
            found.setdefault(_place(first), first.over(second))
        return sorted(found.values(), key=_order)


def gather(findings: Findings, probes: pd.DataFrame) -> dict[str, Evidence]:
    """Return the evidence for each interpreter that has cells or answers."""
    valid, invalid = _readings(findings.head_to_heads)
    answers, statuses = _answers(probes), _statuses(findings.cells)
    alone = {
        name: Evidence(
            name,
            valid.get(name, []),
            invalid.get(name, []),
            answers.get(name, {}),
            statuses.get(name, []),
            virtualisation=virtualisation(findings.runs),
        )
        for name in dict.fromkeys([*statuses, *valid, *invalid, *answers])
    }
    return {name: replace(one, others=alone) for name, one in alone.items()}


_ByPython = dict[str, list[Reading]]


def _name(value: str) -> str:
    return value.partition(":")[0]


def _inverse(bound: float) -> float:
    return 1 / bound if bound else inf


def _place(reading: Reading) -> tuple[str, Context, str]:
    return reading.machine, reading.context, reading.clock


def _meeting(readings: Sequence[Reading], a: str, b: str) -> Iterator[tuple[Reading, Reading]]:
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


def _turned(reading: Reading, a: str) -> Reading:
    return reading if reading.a == a else reading.inverse()


def _order(reading: Reading) -> tuple[object, ...]:
    context = reading.context
    place = PLACEMENTS.index(context.placement) if context.placement in PLACEMENTS else 9
    return (reading.clock != FAIR, place, context.messages != "auto", context, reading.machine)


def _readings(frame: pd.DataFrame) -> tuple[_ByPython, _ByPython]:
    """Return the comparisons of transports that may be judged by, and the invalid ones."""
    valid: _ByPython = {}
    invalid: _ByPython = {}
    if frame.empty:
        return valid, invalid
    known = frame[["ratio", "low", "high"]].notna().all(axis=1)
    kept = frame["family"].eq("transport") & ~frame["twin"].astype(bool) & known
    for row in _records(frame[kept]):
        side = invalid if row["verdict"] == "invalid" else valid
        side.setdefault(str(row["python"]), []).append(_reading(row))
    return valid, invalid


def _statuses(frame: pd.DataFrame) -> dict[str, list[CellStatus]]:
    found: dict[str, list[CellStatus]] = {}
    for row in _records(frame):
        status = CellStatus(
            str(row["transport"]), _context(row), str(row["status"]), _word(row["reason"])
        )
        found.setdefault(str(row["python"]), []).append(status)
    return found


def _answers(frame: pd.DataFrame) -> dict[str, dict[str, dict[str, Answer]]]:
    found: dict[str, dict[str, dict[str, Answer]]] = {}
    for row in _records(frame):
        answer = Answer(str(row["answer"]), str(row["detail"]))
        machines = found.setdefault(str(row["python"]), {})
        machines.setdefault(str(row.get("machine", "")), {})[str(row["probe"])] = answer
    return found


def _records(frame: pd.DataFrame) -> list[Record]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _reading(row: Record) -> Reading:
    low, high, adjusted = _interval(row)
    return Reading(
        machine=str(row["machine"]),
        blocks=(str(row["block"]),),
        context=_context(row),
        a=str(row["a"]),
        b=str(row["b"]),
        clock=str(row["clock"]),
        ratio=float(row["ratio"]),
        low=low,
        high=high,
        rounds=int(row["rounds"]),
        spread=_number(row["spread"]),
        rounds_needed=_number(row["rounds_needed"]),
        adjusted=adjusted,
        pooled=not isnan(_number(row["tau"])),
    )


def _interval(row: Record) -> tuple[float, float, bool]:
    """Return the interval that may decide among many, and whether it is the FCR-adjusted one.

    A plain one reaches across 1 where Benjamini–Hochberg does not let a difference be claimed.
    """
    low, high = _number(row.get("fcr_low")), _number(row.get("fcr_high"))
    if not isnan(low) and not isnan(high):
        return low, high, True
    low, high = float(row["low"]), float(row["high"])
    if _number(row.get("q")) > FALSE_DISCOVERY_RATE:
        low, high = min(low, nextafter(1, 0)), max(high, nextafter(1, 2))
    return low, high, False


def _context(row: Record) -> Context:
    words = {axis: str(row[axis]) for axis in Context._fields if axis != "workers"}
    return Context(workers=int(row["workers"]), **words)


def _word(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _number(value: Any) -> float:
    return nan if pd.isna(value) else float(value)
