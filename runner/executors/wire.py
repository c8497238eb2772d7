"""The agent protocol, version 2, in model values: requests to bytes, lines to answers.

The docstring of the harness's `__main__` is the protocol. Lines without the mark are others' and
are skipped; one with it that is not of the protocol raises WireError, which shows its beginning.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError

from runner import process
from runner.errors import IpcmatrixError
from runner.model import Capabilities, Names, ProbeAnswer, Record, Status, Trial
from runner.model.trials import AS_SENT, Count

PROTOCOL = 2
MEASURED = (
    Status.OK,
    Status.UNSUPPORTED,
    Status.FAILED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OOM,
    Status.CORRUPT,
)
"""Statuses that a harness can report; planning and execution set the others."""
SHOWN = 160
"""How much of a bad line a message shows."""
MARK = process.fresh_mark()
"""The mark at the start of the harness's lines: its argument after `agent`."""


class WireError(IpcmatrixError):
    """A harness broke the protocol: another version of it, or a stray print."""


class Ready(NamedTuple):
    """The agent has started and waits for requests."""

    pid: int


class Described(NamedTuple):
    """The answer to `describe`."""

    capabilities: Capabilities


class TrialDone(NamedTuple):
    """One trial's record: `trial` is its place in the request, from 0."""

    id: str
    trial: int
    record: Record


class RunDone(NamedTuple):
    """Every trial of the request has been answered."""

    id: str


class Probed(NamedTuple):
    """The answer to `probe`."""

    id: str
    answer: ProbeAnswer


class FactsRead(NamedTuple):
    """The answer to `facts`: what the agent sees from inside."""

    facts: Mapping[str, str]


class Refused(NamedTuple):
    """A request that the agent cannot understand, with its reason; `id` is "" where it has none."""

    id: str
    error: str


Answer = Ready | Described | TrialDone | RunDone | Probed | FactsRead | Refused


def encode_describe() -> bytes:
    """Return the request for the interpreter's capabilities."""
    return _line({"op": "describe"})


def encode_facts() -> bytes:
    """Return the request for what the agent sees from inside."""
    return _line({"op": "facts"})


def encode_exit() -> bytes:
    """Return the request to end."""
    return _line({"op": "exit"})


def encode_run(request: str, invocation: str, trials: Sequence[Trial]) -> bytes:
    """Return the request, named `request`, to run the trials in one invocation."""
    return _line(
        {
            "op": "run",
            "id": request,
            "invocation": invocation,
            "trials": [encode_trial(trial) for trial in trials],
        }
    )


def encode_probe(request: str, name: str, timeout: float) -> bytes:
    """Return the request, named `request`, for one probe within `timeout` seconds."""
    return _line({"op": "probe", "id": request, "name": name, "timeout": timeout})


def encode_trial(trial: Trial) -> dict[str, str | int | float]:
    """Return a trial as the protocol's object; the axes `python` and `messages` are not in it."""
    cell = trial.cell
    return {
        "transport": cell.transport,
        "payload": cell.payload,
        "topology": cell.topology,
        "workers": cell.workers,
        "start_method": cell.start_method,
        "placement": cell.placement,
        "messages": trial.messages,
        "warmup": trial.warmup,
        "verify": trial.verify,
        "timeout": trial.timeout,
        "fault": trial.fault,
        **({"leftovers": trial.leftovers} if trial.leftovers else {}),
    }


class _Line(BaseModel):
    """All that an agent's line may hold; which fields go together is in _SHAPES."""

    model_config = AS_SENT

    ready: Literal[True] | None = None
    protocol: int | None = None
    pid: Count | None = None
    describe: Capabilities | None = None
    facts: Mapping[str, str] | None = None
    id: str | None = None
    trial: Count | None = None
    record: Record | None = None
    end: Literal[True] | None = None
    probe: ProbeAnswer | None = None
    error: str | None = None


_SHAPES: Sequence[tuple[frozenset[str], Callable[[Any], Answer]]] = (
    (frozenset({"ready", "protocol", "pid"}), lambda line: Ready(line.pid)),
    (frozenset({"describe"}), lambda line: Described(_ordered(line.describe))),
    (frozenset({"facts"}), lambda line: FactsRead(line.facts)),
    (
        frozenset({"id", "trial", "record"}),
        lambda line: TrialDone(line.id, line.trial, _measured(line.record)),
    ),
    (frozenset({"id", "end"}), lambda line: RunDone(line.id)),
    (frozenset({"id", "probe"}), lambda line: Probed(line.id, line.probe)),
    (frozenset({"id", "error"}), lambda line: Refused(line.id or "", line.error)),
    (frozenset({"error"}), lambda line: Refused("", line.error)),
)
_NAMES = TypeAdapter(Names)


def decode(line: bytes) -> Answer:
    """Return the meaning of an agent's line; raise WireError if it breaks the protocol."""
    try:
        read = _Line.model_validate_json(line)
        if read.protocol not in (None, PROTOCOL):
            message = f"the harness speaks protocol {read.protocol}, this program {PROTOCOL}"
            raise ValueError(message)
        named = {name for name in read.model_fields_set if getattr(read, name) is not None}
        named |= read.model_fields_set & {"id"}
        for shape, answer in _SHAPES:
            if named == shape:
                return answer(read)
    except ValueError as error:
        raise _complaint(line, _first(error)) from None
    raise _complaint(line, f"no answer has {' and '.join(sorted(named)) or 'no fields'}")


def decode_names(answer: bytes) -> Names:
    """Return what the JSON of a harness's `names` says, or raise WireError."""
    try:
        return _NAMES.validate_json(answer)
    except ValueError as error:
        raise _complaint(answer, _first(error)) from None


def _measured(record: Record) -> Record:
    """Return a record that a harness can have made; ValueError for one that contradicts itself."""
    if record.status not in MEASURED:
        message = f"record.status is {record.status}, which no harness says of a trial"
        raise ValueError(message)
    if record.status is Status.OK and not record.seconds:
        message = "the record is ok, but has no seconds"
        raise ValueError(message)
    quarters = record.quarter_seconds
    if quarters and (len(quarters) != 4 or list(quarters) != sorted(quarters)):
        message = f"record.quarter_seconds is {list(quarters)}, neither empty nor four that rise"
        raise ValueError(message)
    return record


def _ordered(capabilities: Capabilities) -> Capabilities:
    """Return capabilities whose rules have spans; ValueError for one whose end is before it."""
    for place, rule in enumerate(capabilities.rules):
        if rule.workers and rule.workers[0] > rule.workers[1]:
            message = f"describe.rules.{place}.workers is {rule.workers}, not (least, most)"
            raise ValueError(message)
    return capabilities


def _first(error: ValueError) -> str:
    """Return the first complaint of a check, with the path of the field that it is about."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return f"{path}: {first['msg']}" if path else first["msg"]


def _complaint(line: bytes, reason: str) -> WireError:
    shown = line[:SHOWN].decode("ascii", errors="backslashreplace")
    dots = "…" if len(line) > SHOWN else ""
    message = f"the harness wrote a line that is not of the protocol: {reason}: {shown!r}{dots}"
    return WireError(message)


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"
