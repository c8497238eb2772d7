"""Start-up: `ipcmatrix --help` against an interpreter that does nothing; wanted ≤ 0.2 s."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

TIMES = 15


def lines() -> Iterator[str]:
    """Yield the median of interleaved starts, and their ratio."""
    commands = {
        "nothing": [sys.executable, "-c", "pass"],
        "--help": [sys.executable, "-m", "runner", "--help"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TIMES):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            seconds[name].append(time.perf_counter() - started)
    bare, helped = (statistics.median(seconds[name]) for name in commands)
    yield f"--help {helped:.3f} s of 0.2, {helped / bare:.1f} x an empty interpreter ({bare:.3f} s)"
