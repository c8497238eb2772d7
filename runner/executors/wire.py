"""The agent protocol, version 1, in model values: requests to bytes, lines to answers.

The docstring of the harness's `__main__` is the protocol. Lines without the mark are others' and
are skipped; one with it that is not of the protocol raises WireError, which shows its beginning.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from runner import process
from runner.errors import IpcmatrixError
from runner.executors.fields import Fields, MismatchError, reject, text
from runner.executors.values import read_capabilities, read_probe, read_record, same_protocol
from runner.model import Capabilities, ProbeAnswer, Record, Trial

SHOWN = 160
"""How much of a bad line a message shows."""
MARK = process.fresh_mark()
"""What the harness begins its lines with: it is told so when it is started, after `agent`."""

Value = TypeVar("Value")


class WireError(IpcmatrixError):
    """A harness wrote what is not of the protocol: another version of it, or a stray print."""


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


class FactsTold(NamedTuple):
    """The answer to `facts`: what the agent sees from inside."""

    facts: Mapping[str, str]


class Refused(NamedTuple):
    """A request that the agent cannot understand, with its reason; `id` is "" where it has none."""

    id: str
    error: str


Answer = Ready | Described | TrialDone | RunDone | Probed | FactsTold | Refused


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
    }


def decode(line: bytes) -> Answer:
    """Return what an agent's line says; raise WireError for what is not of the protocol."""
    try:
        return _answer(Fields(_parse(line), "the answer"))
    except MismatchError as error:
        _complain(line, str(error))


def decode_record(value: object) -> Record:
    """Return the record of a parsed RECORD object, or raise WireError."""
    return _checked(read_record, value)


def decode_capabilities(value: object) -> Capabilities:
    """Return what a parsed answer to `describe` says, or raise WireError."""
    return _checked(read_capabilities, value)


def _answer(fields: Fields) -> Answer:
    answer: Answer
    if "ready" in fields:
        answer = _ready(fields)
    elif "describe" in fields:
        answer = Described(read_capabilities(fields.take("describe")))
    elif "facts" in fields:
        answer = FactsTold(fields.mapping("facts", text))
    elif "error" in fields:
        name = fields.take("id") if "id" in fields else None
        answer = Refused("" if name is None else str(name), fields.text("error"))
    else:
        answer = _answer_to(fields.text("id"), fields)
    fields.finish()
    return answer


def _answer_to(request: str, fields: Fields) -> Answer:
    if "record" in fields:
        return TrialDone(request, fields.whole("trial"), read_record(fields.take("record")))
    if "probe" in fields:
        return Probed(request, read_probe(fields.take("probe")))
    if fields.take("end") is not True:
        reject("end is not true")
    return RunDone(request)


def _ready(fields: Fields) -> Ready:
    if fields.take("ready") is not True:
        reject("ready is not true")
    same_protocol(fields)
    return Ready(fields.whole("pid"))


def _parse(line: bytes) -> object:
    try:
        value: object = json.loads(line.decode("ascii"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reject(f"it is not JSON in ASCII ({error})")
    return value


def _no_constant(name: str) -> NoReturn:
    reject(f"{name} is no number of JSON")


def _checked(read: Callable[[object], Value], value: object) -> Value:
    try:
        return read(value)
    except MismatchError as error:
        _complain(json.dumps(value).encode(), str(error))


def _complain(line: bytes, reason: str) -> NoReturn:
    shown = line[:SHOWN].decode("ascii", errors="backslashreplace")
    dots = "…" if len(line) > SHOWN else ""
    message = f"the harness wrote a line that is not of the protocol: {reason}: {shown!r}{dots}"
    raise WireError(message)


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"
