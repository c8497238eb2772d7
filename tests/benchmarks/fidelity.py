"""The harness's rate against the barest loop over the same transport: wanted ≥ 0.98.

On one core what the harness adds to either side adds up, and no scheduler's choice between one
core and two, which is worth a factor of two, hides it: this decides. With free placement it is
printed beside, as it is measured: its intervals are wider.
"""

import json
import math
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runner.machine import interpreters
from runner.shipped import HARNESS
from runner.statistics import median_interval

PYTHONS = ("2.7", "3.6", "3.11", "3.13")
TRANSPORTS = (
    "os_pipe",
    "pipe",
    "pipe_simplex",
    "pipe_bytes",
    "pipe_buffered",
    "pipe_locked",
    "queue",
    "simple_queue",
    "joinable_queue",
    "manager_queue",
    "thread_queue",
    "pool_manager_queue",
    "pool_initializer_queue",
)
PLACEMENTS = ("together", "free")
PAIRS = int(os.environ.get("IPCMATRIX_BENCH_PAIRS", "60"))
SECONDS = 0.05
WANTED = 0.98
BARE = Path(__file__).with_name("bare_loops.py")


def lines() -> Iterator[str]:
    """Yield a line for each interpreter and transport; both sides paired, in random order."""
    here = {one.name: one for one in interpreters.find() if not one.broken and not one.duplicate}
    yield f"harness rate / bare rate, {PAIRS} pairs of {SECONDS:g} s; wanted >= {WANTED}"
    for name in PYTHONS:
        if name not in here:
            yield f"{name}: not on this machine"
            continue
        for transport in TRANSPORTS:
            told = "; ".join(line(here[name].path, transport, one) for one in PLACEMENTS)
            yield f"{name:>5} {transport:<22} {told}"


def line(python: str, transport: str, placement: str) -> str:
    """Return the ratio with its interval and what it says of the bound."""
    found = median_interval(measured(python, transport, placement))
    ratio, low, high = (math.exp(x) for x in (found.estimate, found.low, found.high))
    verdict = "ok" if ratio >= WANTED else ("low" if high < WANTED else "unsure")
    return f"{placement} {ratio:.3f} [{low:.3f}-{high:.3f}] {verdict}"


def measured(python: str, transport: str, placement: str) -> list[float]:
    """Return the log-ratios of the pairs."""
    seconds = str(SECONDS)
    command = [python, "-B", str(BARE), str(HARNESS), str(PAIRS), seconds, placement, transport]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    pairs = json.loads(finished.stdout)[transport]
    return [math.log(bare / harness) for _, bare, harness in pairs]
