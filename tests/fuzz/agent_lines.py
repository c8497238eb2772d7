"""Lines of an agent: those of the protocol with changes, other JSON, and bytes."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from runner.executors import wire
from tests.fuzz.target import Target

LONGEST = 700
RECORD = {
    "status": "ok",
    "detail": "",
    "messages": 20000,
    "seconds": 0.08,
    "per_worker": [5000, 15000],
    "latency": {"p50": 1e-05},
    "quarter_seconds": [0.02, 0.04, 0.06, 0.08],
    "bound_to": "0/1;1",
    "facts": {"capacity": "65536"},
}
DESCRIPTION = {
    **{name: {"pipe": ""} for name in ("transports", "payloads", "topologies", "probes")},
    **{name: {"free": ""} for name in ("start_methods", "placements", "facts")},
    **dict.fromkeys(("version", "implementation", "default_start_method"), "3.11"),
    "rules": [{"names": {"transport": ["pipe"]}, "workers": [2, 64], "reason": "two ends"}],
    "registry": {"transport": [{"name": "pipe", "label": "Pipe", "summary": "a duplex pipe"}]},
}
LINES: list[Any] = [
    {"ready": True, "protocol": wire.PROTOCOL, "pid": 4711},
    {"describe": DESCRIPTION},
    {"facts": {"cores": "0,1"}},
    {"id": "7", "trial": 0, "record": RECORD},
    {"id": "7", "end": True},
    {"id": "8", "probe": {"answer": "yes", "detail": "d", "figures": {"s": 1.5}}},
    {"id": None, "error": "no op"},
]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from([10**400, -1, 2**63, "ok", "planned", "lost", "\u202e", "x" * 2000]),
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=6), below, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def changed_lines(draw: st.DrawFn) -> bytes:
    """Return a line of the protocol with a few values changed, taken away or added."""
    line = deepcopy(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.integers(0, 2))):
        holder = line
        while True:
            keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
            key = draw(st.sampled_from([*keys, "more"]))
            inside = key != "more" and isinstance(holder[key], dict | list) and holder[key]
            if not inside or draw(st.booleans()):
                break
            holder = holder[key]
        if key == "more" and isinstance(holder, list):
            holder.append(draw(VALUES))
        elif key != "more" and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(VALUES)
        if not line:
            break
    return json.dumps(line).encode("utf-8", "replace")


def decode(line: bytes) -> str:
    """Read a line as an agent's."""
    try:
        answer = wire.decode(line)
    except wire.WireError as error:
        said = str(error)
    else:
        return type(answer).__name__
    assert len(said) <= LONGEST
    return "refused"


AGENT_LINE = Target(
    st.one_of(
        changed_lines(),
        changed_lines(),
        VALUES.map(lambda value: json.dumps(value).encode("utf-8", "replace")),
        st.binary(max_size=60),
        st.tuples(changed_lines(), st.integers(0, 200)).map(lambda one: one[0][: one[1]]),
    ),
    decode,
)
