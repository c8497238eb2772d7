"""The report of 10^6 trials against pandas.read_csv of the same files."""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runner.model import AXES
from runner.runfolder import columns
from runner.runfolder.head import FORMAT
from tests.registry import REGISTRY

PYTHONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
TRANSPORTS = ("pipe", "pipe_simplex", "queue", "simple_queue", "joinable_queue", "manager_queue")
PAYLOADS = ("int", "str:100", "dict", "bytes:10000")
TRIALS = 1_000_000
REPEATS = 3
READ = "import sys, pandas; [pandas.read_csv(p, keep_default_na=False) for p in sys.argv[1:]]"


class Cost(NamedTuple):
    """What a command took: seconds by the clock and of all cores, and MiB at its peak."""

    seconds: float
    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.cpu:.2f} s of CPU)"


def lines() -> Iterator[str]:
    """Yield the seconds of all, their ratio, and the report's peak memory.

    Of each the least of interleaved runs, and the largest peak.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        written = write_run(folder, TRIALS)
        files = [str(path) for path in (folder / "trials").glob("*.csv")]
        whole = [sys.executable, "-m", "runner", "report", str(folder)]
        commands = ([sys.executable, "-c", READ, *files], [*whole, "--no-pictures"], whole)
        runs = [
            [cost(command, Path(name) / "bytecode") for command in commands] for _ in range(REPEATS)
        ]
    read, tables, pictures = (
        Cost(min(seconds), min(cpu), max(peak))
        for seconds, cpu, peak in (zip(*costs, strict=True) for costs in zip(*runs, strict=True))
    )
    yield f"{written} trials, the least of {REPEATS} interleaved runs; byte code is kept"
    yield f"read_csv {read}, with as many threads as pandas takes; peak {read.peak:.0f} MiB"
    yield f"report without pictures {tables}; peak {tables.peak:.0f} MiB"
    ratio, of_cpu = tables.seconds / read.seconds, tables.cpu / read.cpu
    yield f"report/read_csv {ratio:.2f}, wanted <= 2; of CPU {of_cpu:.2f}"
    yield f"with all pictures {pictures}, wanted <= 8; peak {pictures.peak:.0f} MiB, wanted <= 922"


def cost(command: list[str], bytecode: Path) -> Cost:
    """Return what a command takes that keeps its byte code in a folder, whatever we do with ours.

    Where PYTHONDONTWRITEBYTECODE is inherited, each start would compile all of pandas anew.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as child:
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_run(folder: Path, trials: int) -> int:
    """Write a run of about so many trials; return how many."""
    chance = random.Random(1)
    (folder / "trials").mkdir(parents=True)
    cells = [
        (python, transport, payload)
        for python in PYTHONS
        for payload in PAYLOADS
        for transport in TRANSPORTS
    ]
    rest = {"topology": "one_to_one", "workers": 1, "start_method": "default"}
    rest |= {"placement": "free", "messages": "auto"}
    _write_cells(folder, cells, rest)
    _write_head(folder)
    blocks = [(python, payload) for python in PYTHONS for payload in PAYLOADS]
    size = len(TRANSPORTS) + 1
    rounds = trials // (len(blocks) * size)
    header = columns.names(columns.TRIALS)
    with (folder / "trials" / "m1.csv").open("w") as file:
        file.write(",".join(header) + "\n")
        for number in range(1, rounds + 1):
            for python, payload in blocks:
                file.write(_round(chance, header, python, payload, number))
    return rounds * len(blocks) * size


def _write_cells(folder: Path, cells: list[tuple[str, str, str]], rest: dict[str, object]) -> None:
    with (folder / "cells.csv").open("w") as file:
        file.write(",".join(columns.names(columns.CELLS)) + "\n")
        for python, transport, payload in cells:
            values = {"python": python, "transport": transport, "payload": payload, **rest}
            file.write(",".join(str(values[axis]) for axis in AXES) + ",planned,\n")


def _write_head(folder: Path) -> None:
    head = {
        "format": FORMAT,
        "run": "bench",
        "machine": "m1",
        "matrix": {"profile": "bench", "text": "", "source": "matrix.yaml", "sha256": ""},
        "measure": {"precision": 0.05, "gate_load": 0.25, "warmup_rounds": 0},
        "compare": {"baseline": {"transport": "pipe"}, "margin": 0.03, "axes": {}},
        "registry": REGISTRY,
    }
    (folder / "run.json").write_text(json.dumps(head))


def _round(chance: random.Random, header: list[str], python: str, payload: str, number: int) -> str:
    level = math.exp(chance.gauss(0, 0.3))
    arms = [(transport, 0) for transport in TRANSPORTS] + [("pipe", 1)]
    chance.shuffle(arms)
    text = []
    for trial, (transport, control) in enumerate(arms, start=1):
        seconds = 0.08 * level * math.exp(chance.gauss(0, 0.05)) * (1 + len(transport) / 20)
        row: dict[str, object] = {
            "machine": "m1", "session": 1, "compared_axis": "transport",
            "block": f"transport-{python}-{payload}", "round": number, "round_size": len(arms),
            "trial": trial, "phase": "measure", "control": control, "python": python,
            "transport": transport, "payload": payload, "topology": "one_to_one", "workers": 1,
            "start_method": "default", "placement": "free", "messages_axis": "auto",
            "messages": 20000, "status": "ok", "seconds": seconds,
            "send_seconds": seconds * 0.9, "join_seconds": seconds * 1.01,
            "cpu_seconds": seconds * 1.7, "cpu_user_seconds": seconds,
            "cpu_system_seconds": seconds * 0.7, "voluntary_switches": 100,
            "involuntary_switches": 20, "peak_rss_kib": 12000, "wall_seconds": seconds + 0.02,
            "per_worker": "20000", "foreign_cpu": 0.1, "started": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        text.append(",".join(str(row.get(name, "")) for name in header) + "\n")
    return "".join(text)
