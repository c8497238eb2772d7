"""What things are called in a report, and the order in which they stand."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from runner.model import python_order
from runner.report import text

TRANSPORTS: Mapping[str, str] = MappingProxyType(
    {
        "os_pipe": "os.pipe",
        "pipe": "Pipe",
        "pipe_simplex": "Pipe(duplex=False)",
        "pipe_bytes": "Pipe.send_bytes",
        "pipe_buffered": "Pipe with a sender thread",
        "pipe_locked": "Pipe with locks",
        "queue": "Queue",
        "simple_queue": "SimpleQueue",
        "joinable_queue": "JoinableQueue",
        "manager_queue": "Manager().Queue",
        "pool_manager_queue": "Manager().Queue in a Pool",
        "pool_initializer_queue": "Queue in a Pool",
        "thread_queue": "queue.Queue (threads)",
    }
)
"""Pretty names by the harness's names, in the order in which tables list them."""

CEILING = "os_pipe"
"""The transport that bounds the others: a bare pipe with no pickle."""

PAYLOADS = ("int", "str", "bytes", "dict", "object", "ndarray", "made_ndarray")
TOPOLOGIES = (
    "one_to_one",
    "fan_out",
    "fan_in",
    "request_reply",
    "request_reply_poll",
    "scatter_gather",
)
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "ok": "measured",
        "planned": "planned, not yet measured",
        "unsupported": "this interpreter cannot",
        "excluded": "left out by a rule of the matrix",
        "unavailable": "no such interpreter or image here",
        "failed": "raised an exception",
        "crashed": "ended by a signal or an exit code",
        "timeout": "did not end in time",
        "oom": "ran out of memory",
        "corrupt": "a message was lost, doubled, reordered or altered",
        "lost": "the machine went away",
    }
)
"""What each status means, in the order in which they are listed."""

MODES: Mapping[str, str] = MappingProxyType({"one core": "1c", "two cores": "2c", "mixed": "1c+2c"})
"""Short signs of the modes in which a cell ran, by CPU over wall time."""


def transport(name: str) -> str:
    """Return the pretty name of a transport, or the name itself, cut, where it has none."""
    return TRANSPORTS.get(name) or text.line(name, 60)


def value(axis: str, name: str) -> str:
    """Return how a value of an axis is written."""
    return transport(name) if axis == "transport" else name


version_key = python_order
"""The sort key by which 3.9 stands before 3.10, and other implementations last."""


def transport_key(name: str) -> tuple[int, str]:
    """Return a sort key in the order of TRANSPORTS, unknown names last."""
    known = list(TRANSPORTS)
    return (known.index(name) if name in TRANSPORTS else len(known), name)


def payload_key(name: str) -> tuple[object, ...]:
    """Return a sort key: by kind, then by size."""
    kind, _, size = name.partition(":")
    place = PAYLOADS.index(kind) if kind in PAYLOADS else len(PAYLOADS)
    return (place, kind, payload_items(name) or 0, size)


def payload_items(name: str) -> int | None:
    """Return the number of characters, bytes or array items that a payload's name tells."""
    size = name.partition(":")[2]
    if not re.fullmatch(r"\d+(x\d+)*", size):
        return None
    total = 1
    for part in size.split("x"):
        total *= int(part)
    return total


def payload_bytes(name: str) -> int | None:
    """Return a message's size in bytes where the payload's name tells it, else None."""
    kind = name.partition(":")[0]
    items = payload_items(name)
    if items is None:
        return None
    width = {"bytes": 1, "str": 1, "ndarray": 8, "made_ndarray": 8}.get(kind)
    return None if width is None else items * width


def topology_key(name: str) -> tuple[int, str]:
    """Return a sort key in the order of TOPOLOGIES, unknown names last."""
    kind = name.partition(":")[0]
    return (TOPOLOGIES.index(kind) if kind in TOPOLOGIES else len(TOPOLOGIES), name)


def messages_key(name: str) -> tuple[int, int, str]:
    """Return a sort key: calibrated counts first, then fixed numbers by size."""
    return (1, int(name), name) if name.isdecimal() else (0, 0, name)
