"""The verb `try`: a file of the user's own held against the contract, as its author needs it."""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner import output, process
from runner.errors import BadInputError, EnvironmentLacksError
from runner.executors.base import Agent
from runner.model import Cell, PlannedCell, Record, Status, Trial
from runner.pipeline.contract_matrix import LARGE, matrix_of
from runner.pipeline.places import opened
from runner.report import figures

SHARED_MEMORY = Path("/dev/shm")
MESSAGES, FEW = 200, 20
"""Of a trial, and of one with large messages, or round trips, or many processes."""
TIMEOUT = 5.0
MOST_LATE = 3
"""Trials that hang after which no more are tried."""
SETTLED_WITHIN = 1.0
"""Seconds after which what a trial has made or started must be gone."""
GROUPS = {
    "delivery": "order and content",
    "payloads": "payloads",
    "transports": "transports",
    "topologies": "topologies",
    "start methods": "start methods",
    "placements": "placements",
    "faults": "is noticed that",
    "clean-up": "clean-up",
}
"""The parts of the contract, and how a line of theirs begins."""
_WAITS_FOR_END = re.compile(r'one_to_one\.py", line [0-9]+,? in _wrong\b')
"""A frame of a worker to which all messages of a phase have come."""
_GROUP_OF = {
    "payload": "payloads",
    "transport": "transports",
    "topology": "topologies",
    "workers": "topologies",
    "start_method": "start methods",
    "placement": "placements",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One trial of the contract: what it asks, and how it must end."""

    group: str
    what: str
    trial: Trial
    expected: Status = Status.OK


def try_file(*, file: str, name: str | None, python: str | None, as_json: bool) -> int:
    """Try one name of a file on each interpreter; return 1 where the contract is broken.

    `file` may hold the name as well, as in `./messages.py:order`; a recorded message needs none.
    EnvironmentLacksError where nothing could be tried under one that `python` names, or under any.
    """
    kind, value, matrix = matrix_of(*_split(file, name), python)
    own = [one.path for one in matrix.files]
    found: list[dict[str, object]] = []
    with opened(matrix) as prepared:
        for interpreter in dict.fromkeys(one.cell.python for one in prepared.plan.cells):
            cells = [one for one in prepared.plan.cells if one.cell.python == interpreter]
            agent = prepared.agents.get(interpreter)
            if not as_json:
                output.line(f"{interpreter}: {kind} {value}")
            found += _tried(interpreter, cells, agent, own, quiet=as_json)
    failed = sum(one["result"] == "failed" for one in found)
    if as_json:
        output.data(json.dumps({"version": 1, "kind": kind, "name": value, "steps": found}))
    if failed:
        return 1
    tried = dict.fromkeys(one["python"] for one in found if one["result"] == "ok")
    untried = [
        one for one in dict.fromkeys(str(one["python"]) for one in found) if one not in tried
    ]
    nothing = f"nothing could be tried under {', '.join(untried)}"
    if untried and (python or not tried):
        message = f"{value}: {nothing}"
        raise EnvironmentLacksError(message)
    if not as_json:
        under = f" under {', '.join(map(str, tried))}; {nothing}"
        output.line(f"it keeps the contract{under}" if untried else "ok: it keeps the contract")
    return 0


def _split(file: str, name: str | None) -> tuple[Path, str]:
    path, _, last = file.rpartition(":")
    if name is None and path:
        return Path(path), last
    if name is None and file.endswith(".py"):
        message = f"{file}: what of it? Name a class or a function, as in {file}:order"
        raise BadInputError(message)
    return Path(file), name or ""


def _steps(cells: Sequence[PlannedCell]) -> Iterator[Step]:
    """Yield the trials of one interpreter: first what must work, then what must be noticed."""
    plain = cells[0].cell
    for one in cells:
        cell = one.cell
        if one.status is not Status.PLANNED:
            continue
        count = FEW if cell.topology != plain.topology or cell.payload.endswith(LARGE) else MESSAGES
        trial = Trial(cell, count, 10, count // 4, TIMEOUT, leftovers=SETTLED_WITHIN)
        yield Step(_group(cell, plain), _differing(cell, plain), trial)
    for role in ("worker", "producer"):
        for fault, expected in (("kill", Status.CRASHED), ("raise", Status.FAILED)):
            trial = Trial(
                plain, MESSAGES, 10, 0, TIMEOUT, f"{role}:{fault}", leftovers=SETTLED_WITHIN
            )
            how = "is killed" if fault == "kill" else "raises"
            yield Step("faults", f"a {role} {how}", trial, expected)


def _group(cell: Cell, plain: Cell) -> str:
    """Return the part of the contract that a cell tries: by the first axis that differs."""
    differing = (axis for axis, value in cell._asdict().items() if value != getattr(plain, axis))
    return next((_GROUP_OF[axis] for axis in differing if axis in _GROUP_OF), "delivery")


def _differing(cell: Cell, plain: Cell) -> str:
    """Return in what a cell differs from the plain one, for a message."""
    return (
        ", ".join(
            f"{value} workers" if axis == "workers" else str(value)
            for axis, value in cell._asdict().items()
            if axis not in ("python", "messages") and value != getattr(plain, axis)
        )
        or f"{plain.topology}, {plain.payload}"
    )


class _Results:
    """The results of the steps on one interpreter, said as they come.

    `own` are the paths of the user's files. What fails for the same cause as an earlier step is
    said behind all of them, with that step's name.
    """

    def __init__(self, python: str, own: Sequence[str], *, quiet: bool) -> None:
        self.found: list[dict[str, object]] = []
        self._python, self._own, self._quiet = python, own, quiet
        self._first: dict[tuple[object, ...], str] = {}
        self._again: dict[tuple[str, str], list[str]] = {}

    def note(self, result: str, group: str, what: str, detail: str = "") -> None:
        """Keep a result, and say one that is not ok, unless it is for a cause that was said."""
        one = {"result": result, "group": group, "what": what, "detail": detail}
        self.found.append({"python": self._python, **one})
        if self._quiet or result == "ok":
            return
        mark = "FAIL" if result == "failed" else "-"
        earlier = self._first.setdefault((mark, *_cause(detail, self._own)), what)
        if earlier != what:
            self._again.setdefault((mark, earlier), []).append(what)
            return
        first, *rest = detail.splitlines() or [""]
        output.line(f"  {mark:<4} {what}: {first}")
        for line in rest:
            output.line(f"         {line}")

    def sum_up(self, seconds: float) -> None:
        """Say what else failed, what holds by parts of the contract, and how much was tried."""
        for (mark, first), steps in self._again.items():
            output.line(f"  {mark:<4} for the same reason as {first}: {'; '.join(steps)}")
        for group, words in GROUPS.items():
            known = ((str(one["what"]), one["group"], one["result"]) for one in self.found)
            fine = [what for what, its, result in known if (its, result) == (group, "ok")]
            if fine:
                output.line(f"  ok   {words}: {'; '.join(fine)}")
        counts = Counter(str(one["result"]) for one in self.found)
        said = [f"{counts[one]} {one}" for one in ("ok", "failed", "unsupported") if counts[one]]
        output.line(f"  {', '.join(said)}; {figures.seconds(seconds)}")


def _tried(
    python: str,
    cells: Sequence[PlannedCell],
    agent: Agent | None,
    own: Sequence[str],
    *,
    quiet: bool,
) -> list[dict[str, object]]:
    """Run the steps on one interpreter; say and return the result of each."""
    results = _Results(python, own, quiet=quiet)
    note = results.note
    faults = list(agent.describe().faults.values()) if agent else []
    for fault in faults:
        note("failed", "support", "it does not load", fault)
    for reason, what in ({} if faults else _lacking(cells)).items():
        note("unsupported", "support", what, reason)
    if agent is None or cells[0].status is not Status.PLANNED:
        return results.found
    started, late = time.monotonic(), 0
    left: list[tuple[Step, list[str]]] = []
    for step in _steps(cells):
        if late == MOST_LATE:
            note("failed", step.group, step.what, "left out, as all that follows: too many hang")
            break
        before = _segments()
        record = agent.run([step.trial])[0]
        late += record.status is Status.TIMEOUT
        result, why = _judged(step, record, own)
        note(result, step.group, step.what, why)
        reported = {one for one in record.facts.get("left", "").split("\n") if one}
        left.append((step, sorted(reported | {str(SHARED_MEMORY / one) for one in _left(before)})))
    for what, detail in _untidy(left).items():
        note("failed" if detail else "ok", "clean-up", what, detail)
    if not quiet:
        results.sum_up(time.monotonic() - started)
    return results.found


def _judged(step: Step, record: Record, own: Sequence[str]) -> tuple[str, str]:
    """Return the result of a step, and why it is not ok."""
    if record.status is step.expected:
        return "ok", ""
    if record.status is Status.UNSUPPORTED:
        return "unsupported", record.detail
    due = "" if step.expected is Status.OK else f", where {step.expected} is due"
    return "failed", f"{record.status}{due}: {own_part(record.detail, own)}".strip()


def _lacking(cells: Sequence[PlannedCell]) -> dict[str, str]:
    """Return what cannot be tried by the reason why not."""
    found: dict[str, dict[str, None]] = {}
    for one in cells:
        if one.status is not Status.PLANNED and "has 1 worker by nature" not in one.reason:
            found.setdefault(one.reason, {})[_differing(one.cell, cells[0].cell)] = None
    return {reason: "; ".join(names) for reason, names in found.items()}


def _untidy(left: Sequence[tuple[Step, list[str]]]) -> dict[str, str]:
    """Return what was left behind the trials, and those with a fault, "" where nothing was."""
    found = {}
    for faults, words in ((False, "after a trial"), (True, "after a killed or failing peer")):
        asked = [(step.what, there) for step, there in left if (step.group == "faults") == faults]
        untidy = [(what, there) for what, there in asked if there]
        if asked:
            found[words if untidy else f"nothing is left {words}"] = ""
        if untidy:
            what, there = untidy[0]
            more = f"; {len(untidy) - 1} more left something" if len(untidy) > 1 else ""
            found[words] = f"left {', '.join(there)} ({what}{more})"
    return found


def _cause(detail: str, own: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return what failures of one cause share: the error, and where it is in the user's files."""
    lines = detail.splitlines() or [""]
    error = lines[-1] if "Traceback" in lines[0] else lines[0]
    if lines[0].startswith(Status.CORRUPT):
        error = re.sub(r"[0-9]+", "N", error)  # which message it is, and of how many
    frames = re.findall(r'File "([^"]+)", line ([0-9]+)', detail)
    return error, tuple(sorted({f"{path}:{line}" for path, line in frames if path in own}))


def own_part(detail: str, own: Sequence[str]) -> str:
    """Return what of a trial's detail its author needs: of stacks where each process was."""
    first, *blocks = re.split(r"\n(?=(?:supervisor|\w+(?:-[0-9]+)?):\n)", detail)
    if not blocks:
        return detail
    shown = [first]
    if _WAITS_FOR_END.search(detail):
        shown.append("the messages arrived, None (the end of a phase) did not")
    for block in blocks:
        name, *lines = block.splitlines()
        frames = [line.strip() for line in lines if line.strip().startswith("File ")]
        if name != "supervisor:" and frames:
            innermost = frames[-1] if "(most recent call last)" in block else frames[0]
            known = [one for one in frames if any(f'"{path}"' in one for path in own)]
            shown += [f"{name} {one}" for one in dict.fromkeys([innermost, *known])]
    return "\n".join(shown)


def _segments() -> set[str]:
    """Return the names in shared memory that belong to us."""
    try:
        return {
            one.name
            for one in os.scandir(SHARED_MEMORY)
            if one.stat(follow_symlinks=False).st_uid == os.getuid()
        }
    except OSError:
        return set()


def _left(before: set[str]) -> set[str]:
    """Return the names that came since `before` and stay: other programs have some for a moment."""
    deadline = process.AWAKE.now() + SETTLED_WITHIN
    left = _segments() - before
    while left and process.AWAKE.now() < deadline:
        time.sleep(0.05)
        left &= _segments()
    return left
