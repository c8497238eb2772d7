"""The harness's rate against the barest loop over the same transport: wanted ≥ 0.98."""

import json
import math
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runner import interpreters
from runner.executors.local import HARNESS
from runner.intervals import median_interval

PYTHONS = ("2.7", "3.6", "3.11", "3.13")
TRANSPORTS = (
    "os_pipe",
    "pipe",
    "pipe_simplex",
    "pipe_bytes",
    "pipe_locked",
    "queue",
    "simple_queue",
    "joinable_queue",
    "manager_queue",
    "thread_queue",
)
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
            ratios = measured(here[name].path, transport)
            found = median_interval(ratios)
            ratio, low, high = (math.exp(x) for x in (found.estimate, found.low, found.high))
            verdict = "ok" if ratio >= WANTED else ("low" if high < WANTED else "unsure")
            yield f"{name:>5} {transport:<15} {ratio:.3f} [{low:.3f}-{high:.3f}] {verdict}"


def measured(python: str, transport: str) -> list[float]:
    """Return the log-ratios of the pairs."""
    command = [python, "-B", str(BARE), str(HARNESS), str(PAIRS), str(SECONDS), transport]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    pairs = json.loads(finished.stdout)[transport]
    return [math.log(bare / harness) for _, bare, harness in pairs]
