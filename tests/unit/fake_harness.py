"""A harness that speaks the agent protocol and measures nothing; a trial's fault says how it fails.

Run by path, as the real one: `python fake_harness.py agent MARK`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

MARK = sys.argv[2].encode()
RECORD: dict[str, object] = {
    "status": "ok",
    "detail": "",
    "messages": 0,
    "seconds": 0.5,
    "send_seconds": 0.25,
    "join_seconds": 0.75,
    "cpu_user_seconds": None,
    "cpu_system_seconds": None,
    "voluntary_switches": None,
    "involuntary_switches": None,
    "peak_rss_kib": None,
    "peak_rss_sum_kib": None,
    "wall_seconds": 0.875,
    "per_worker": [],
    "latency": {},
    "quarter_seconds": [],
    "bound_to": "",
    "facts": {},
}
DESCRIPTION = {
    "version": "3.11.7",
    "implementation": "CPython",
    "transports": {"pipe": "", "queue": ""},
    "payloads": {"int": ""},
    "topologies": {"one_to_one": ""},
    "start_methods": {"fork": ""},
    "placements": {"free": ""},
    "probes": {"join_before_drain": ""},
    "default_start_method": "fork",
    "rules": [],
    "facts": {"allocator": "pymalloc"},
    "registry": {"transport": [{"name": "pipe", "label": "Pipe", "summary": "a duplex pipe"}]},
}


def say(value: object) -> None:
    os.write(1, b"\n" + MARK + json.dumps(value).encode() + b"\n")


def leave_orphan() -> int:
    """Start a sleeper in a session of its own whose parent is gone at once."""
    sleeper = "import time; time.sleep(600)"
    code = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {sleeper!r}],"
        " start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL).pid)"
    )
    return int(subprocess.check_output([sys.executable, "-c", code]))


def die() -> None:
    os.write(2, b"the last words")
    os._exit(3)


def close() -> None:
    os.close(1)
    time.sleep(600)


def print_for_ever() -> None:
    while True:
        os.write(1, b"y\n" * 32768)


FAULTS = {
    "": lambda: None,
    "agent:hang": lambda: time.sleep(600),
    "agent:exit": die,
    "agent:signal": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "agent:garbage": lambda: os.write(1, b"\n" + MARK + b"{Segmentation something\n"),
    "agent:chatter": lambda: os.write(1, b'Segmentation something\r{"ready": true}\nno end'),
    "agent:printing": print_for_ever,
    "agent:flood": lambda: os.write(2, b"x" * 1024 * 1024 + b"end"),
    "agent:close": close,
}


def facts_of(fault: str) -> dict[str, str]:
    facts = {"pid": str(os.getpid()), "session": str(os.getsid(0))}
    if fault == "agent:orphan":
        facts["orphan"] = str(leave_orphan())
    elif fault == "agent:signals":
        facts["int"] = str(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    else:
        FAULTS[fault]()
    return facts


def run(request: dict[str, Any]) -> None:
    for place, trial in enumerate(request["trials"]):
        facts = facts_of(trial["fault"])
        record = {**RECORD, "messages": trial["messages"], "facts": facts}
        say({"id": request["id"], "trial": place, "record": record})
    say({"id": request["id"], "end": True})


def probe(request: dict[str, Any]) -> None:
    if request["name"] == "agent:hang":
        time.sleep(600)
    answer = {"answer": "yes", "detail": request["name"], "figures": {"seconds": 0.5}}
    say({"id": request["id"], "probe": answer})


def main() -> None:
    say({"ready": True, "protocol": 2, "pid": os.getpid()})
    for line in sys.stdin:
        request = json.loads(line)
        op = request["op"]
        if op == "describe":
            say({"describe": DESCRIPTION})
        elif op == "facts":
            say({"facts": {name: os.environ[name] for name in sorted(os.environ)}})
        elif op == "run" and request["invocation"] == "forked":
            run(request)
        elif op == "probe":
            probe(request)
        elif op == "exit":
            return
        else:
            say({"id": request["id"], "error": "cannot understand"})


main()
