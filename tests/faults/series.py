"""One run, or part of a run, through all that interrupts it, and what is counted of it."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

import psutil

from runner.executors.local import MARK
from runner.model.parts import PartRequest
from runner.runfolder import columns
from runner.sessions import visible
from tests.forked import forked
from tests.small_runs import few_interpreters

ROUNDS = 40
MATRIX = f"""\
axes:
  python: [found]
  transport: [pipe, queue, manager_queue]
measure:
  target: 5ms
  rounds: {ROUNDS}
  min_rounds: {ROUNDS}
  warmup_rounds: 1
  gate_wait: 0s
  seed: 7
limits: {{memory: 192MiB, shm_size: 32MiB, pids: 64}}
images: {{source: host}}
"""
PATIENCE = 180.0
"""Seconds within which what was disturbed must end or go on; a hang is counted after that."""
SEEN = 10.0
"""Seconds until what a killed run leaves must be gone: its agents notice that it died."""
NEWEST = f"{sys.version_info[0]}.{sys.version_info[1]}"
OK = (0, 1)
ENDED = (*OK, 130, *(-number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)))
"""Exit codes of what was signalled, at any moment of its life."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
GOES_ON = "4s"
"""Of a run that goes on and need not come to its end."""

Left = TypeVar("Left")
Round = tuple[str, ...]
Process = subprocess.Popen[bytes]
_KEY = ("session", "block", "phase", "round")


@dataclass
class Counts:
    """What a campaign did, and what it found; all below `series` must be zero."""

    faults: int = 0
    series: int = 0
    rounds_lost: int = 0
    rounds_doubled: int = 0
    processes_left: int = 0
    containers_left: int = 0
    folders_left: int = 0
    segments_left: int = 0
    tracebacks: int = 0
    successes_without_a_measurement: int = 0
    odd_exit_codes: int = 0
    hangs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def fault(self, kind: str) -> None:
        """Count a fault."""
        self.faults += 1
        self.kinds[kind] += 1

    def wrong(self) -> dict[str, int]:
        """Return the counts that should be zero and are not."""
        names = [one.name for one in fields(self) if one.type is int]
        return {n: getattr(self, n) for n in names[2:] if getattr(self, n)}

    def lines(self) -> Iterator[str]:
        """Yield the counts in words, and what each wrong one was."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        yield f"{self.faults} faults in {self.series} series: {kinds}"
        for one in fields(self)[2:]:
            if one.type is int:
                yield f"{one.name.replace('_', ' ')}: {getattr(self, one.name)}"
        yield from self.told


class Series:
    """One run, from its first start to its end; `folder` is its run folder once there is one.

    Of the executor `part` a driver elsewhere asks for it: the hidden verb measures into a spool.
    """

    def __init__(self, place: Path, chance: random.Random, executor: str, counts: Counts) -> None:
        self.place = place
        self.chance = chance
        self.executor = executor
        self.counts = counts
        self.out = place / "out"
        self.temporary = place / "tmp"
        self.kept: dict[Round, list[str]] = {}
        self.pids: list[int] = []
        (place / "matrix.yaml").write_text(MATRIX)
        self.out.mkdir()
        self.temporary.mkdir()
        self.python = NEWEST if executor == "docker" else chance.choice(["2.7", "3.9", NEWEST])
        self.environment = {**ENVIRONMENT, "TMPDIR": str(self.temporary)}
        if executor != "docker":
            few, program = few_interpreters(place / "home"), visible().get(self.python)
            first = f"{program.parent}:" if program is not None else ""
            self.environment |= {**few, "PATH": f"{first}{few['PATH']}"}

    @property
    def folder(self) -> Path | None:
        """Return the run folder, if it has been made."""
        made = [one.parent for one in self.out.glob("*/run.json")]
        return made[0] if made else None

    @property
    def trials(self) -> Path | None:
        """Return the trials file, if it has been made."""
        made = list(self.out.glob("*/trials/*.csv"))
        return made[0] if made else None

    def pause(self, shortest: float, longest: float) -> None:
        """Wait a random time, in seconds."""
        time.sleep(self.chance.uniform(shortest, longest))

    def start(self, closed: Sequence[int] = (), budget: str = "") -> Process:
        """Start the run, or go on with it; the descriptors `closed` are closed in it.

        A part has no `budget` of ours.
        """
        if self.executor == "part":
            process = self.verb("part", reads=True)
            assert process.stdin is not None
            process.stdin.write(self._request())
            process.stdin.flush()
            return process
        folder = self.folder
        words = ["run", "--no-report", "--quiet", "--matrix", "matrix.yaml"]
        words += ["--executor", self.executor, "--only", f"python={self.python}"]
        words += ["--resume", str(folder)] if folder else ["--out", str(self.out)]
        words += ["--budget", budget] if budget else []
        return self.verb(*words, closed=closed)

    def verb(
        self,
        *words: str,
        closed: Sequence[int] = (),
        reads: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a verb in the series' temporary folder, with `more` in its environment."""
        shell = 'exec "$@" ' + " ".join(f"{number}<&-" for number in closed)
        with (self.place / "errors").open("wb") as errors:
            process = subprocess.Popen(
                ["sh", "-c", shell, "sh", sys.executable, "-m", "runner", *words],
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**self.environment, **(more or {})},
                cwd=self.place,
                start_new_session=True,
            )
        self.pids.append(process.pid)
        return process

    def _request(self) -> bytes:
        asked = PartRequest(
            ask="measure",
            run="r1",
            machine="h1",
            source="matrix.yaml",
            text=MATRIX,
            profile="",
            flags={"only": [f"python={self.python}"], "executor": "local"},
            spool=str(self.out),
        )
        return asked.encoded().encode() + b"\n"

    def ended(self, process: Process, allowed: Sequence[int]) -> int:
        """Wait for a process to end and check what it left; return its exit code."""
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.wrong("hangs", f"no end within {PATIENCE:.0f} s")
            process.kill()
            code = process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        errors = (self.place / "errors").read_text(errors="replace")
        self._check_end(code, errors, allowed)
        self._check_processes()
        self._check_rounds()
        measured = any(key[2] == "measure" for key in self.kept)
        # A part that was asked to stop has done what was asked.
        if code == 0 and not measured and self.executor != "part":
            self.wrong("successes_without_a_measurement", errors[-500:])
        return code

    def does(self, *words: str) -> None:
        """Have a verb do its work that starts no process of ours."""
        done = forked(*words, cwd=self.place, env=self.environment)
        self._check_end(done.returncode, done.stderr, (0,))
        self._check_rounds()

    def _check_end(self, code: int, errors: str, allowed: Sequence[int]) -> None:
        if "Traceback" in errors or "this is a bug" in errors:
            self.wrong("tracebacks", errors[-2000:])
        if code not in allowed:
            self.wrong("odd_exit_codes", f"exit code {code}: {errors[-500:]}")

    def wrong(self, what: str, told: str, count: int = 1) -> None:
        """Count something that must not be."""
        setattr(self.counts, what, getattr(self.counts, what) + count)
        self.counts.told.append(f"{what} ({dict(self.counts.kinds)}): {told}")

    def _check_processes(self) -> None:
        end = time.monotonic() + SEEN
        while (left := list(self._processes())) and time.monotonic() < end:
            time.sleep(0.05)
        if left:
            self.wrong("processes_left", "; ".join(left), len(left))

    def _processes(self) -> Iterator[str]:
        """Yield the living processes of this series, told by its folder or an agent's mark."""
        marks = tuple(f"{pid:08}-" for pid in self.pids)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                    continue
                environment = process.environ()
                ours = environment.get("TMPDIR") == str(self.temporary)
                if ours or environment.get(MARK, "").startswith(marks):
                    yield f"{process.pid}: {process.cmdline()}"

    def _check_rounds(self) -> None:
        now, doubled = rounds_of(self.trials)
        if doubled:
            self.wrong("rounds_doubled", str(doubled[:3]), len(doubled))
        lost = [key for key, rows in self.kept.items() if now.get(key) != rows]
        if lost:
            self.wrong("rounds_lost", str(lost[:3]), len(lost))
        self.kept = now


def rounds_of(trials: Path | None) -> tuple[dict[Round, list[str]], list[Round]]:
    """Return the complete rounds with their lines, and those that stand there twice."""
    if trials is None:
        return {}, []
    names = columns.names(columns.TRIALS)
    rows: dict[Round, list[str]] = {}
    sizes: dict[Round, int] = {}
    for line in trials.read_text(errors="replace").splitlines(keepends=True)[1:]:
        row = dict(zip(names, next(csv.reader([line])), strict=False))
        if not line.endswith("\n") or len(row) != len(names):
            continue
        key = tuple(row[name] for name in _KEY)
        rows.setdefault(key, []).append(line)
        sizes[key] = int(row["round_size"])
    doubled = [key for key, lines in rows.items() if len(lines) > sizes[key]]
    return {key: lines for key, lines in rows.items() if len(lines) >= sizes[key]}, doubled


def staying(left: Callable[[], set[Left]], seconds: float = 60.0) -> set[Left]:
    """Return what is left and stays: other tests, which run beside, have some for moments."""
    end, found = time.monotonic() + seconds, left()
    while found and time.monotonic() < end:
        time.sleep(0.1)
        found &= left()
    return found
