"""Random faults on real runs, and the counts of what they broke: all of them must stay zero.

A series measures a small matrix to its end, through as many interruptions as it takes. Faults come
while it measures (signals to the orchestrator and to what it started, a full disk, a removed
folder), at its start (closed descriptors) and between two starts (a damaged trials file).
"""

import csv
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import psutil

from runner.executors.local import MARK
from runner.process import held
from runner.runfolder import columns

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
PATIENCE = 90.0
"""Seconds within which a disturbed run must end or go on; a hang is counted after that."""
SEEN = 10.0
"""Seconds until what a killed run leaves must be gone: its agents notice that it died."""

Round = tuple[str, ...]
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
    """One run, from its first start to its end; `folder` is its run folder once there is one."""

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
        newest = f"{sys.version_info[0]}.{sys.version_info[1]}"
        self.python = newest if executor == "docker" else chance.choice(["2.7", "3.9", newest])

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

    def start(self, closed: Sequence[int] = ()) -> "subprocess.Popen[bytes]":
        """Start the run, or go on with it; the descriptors `closed` are closed in it."""
        folder = self.folder
        more = ["--resume", str(folder)] if folder else ["--out", str(self.out)]
        command = [sys.executable, "-m", "runner", "run", "--no-report", "--quiet"]
        command += ["--matrix", str(self.place / "matrix.yaml"), "--executor", self.executor]
        command += ["--only", f"python={self.python}", *more]
        shell = 'exec "$@" ' + " ".join(f"{number}<&-" for number in closed)
        errors = (self.place / "errors").open("wb")
        with errors:
            process = subprocess.Popen(
                ["sh", "-c", shell, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**_environment(), "TMPDIR": str(self.temporary)},
                start_new_session=True,
            )
        self.pids.append(process.pid)
        return process

    def ended(self, process: "subprocess.Popen[bytes]", allowed: Sequence[int]) -> int:
        """Wait for the run to end and check what it left; return its exit code."""
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.wrong("hangs", f"no end within {PATIENCE:.0f} s")
            process.kill()
            code = process.wait()
        errors = (self.place / "errors").read_text(errors="replace")
        if "Traceback" in errors:
            self.wrong("tracebacks", errors[-2000:])
        if code not in allowed:
            self.wrong("odd_exit_codes", f"exit code {code}: {errors[-500:]}")
        self._check_left()
        self._check_rounds()
        measured = any(key[2] == "measure" for key in self.kept)
        if code == 0 and not measured:
            self.wrong("successes_without_a_measurement", errors[-500:])
        return code

    def wrong(self, what: str, told: str, count: int = 1) -> None:
        """Count something that must not be."""
        setattr(self.counts, what, getattr(self.counts, what) + count)
        self.counts.told.append(f"{what} ({dict(self.counts.kinds)}): {told}")

    def _check_left(self) -> None:
        left = self._left()
        end = time.monotonic() + SEEN
        while left and time.monotonic() < end:
            time.sleep(0.05)
            left = self._left()
        if left:
            self.wrong("processes_left", "; ".join(left), len(left))

    def _left(self) -> list[str]:
        """Return the living processes of this series, told by its folder or an agent's mark."""
        found, marks = [], tuple(f"{pid:08}-" for pid in self.pids)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                    continue
                environment = process.environ()
                ours = environment.get("TMPDIR") == str(self.temporary)
                if ours or environment.get(MARK, "").startswith(marks):
                    found.append(f"{process.pid}: {process.cmdline()}")
        return found

    def _check_rounds(self) -> None:
        now, doubled = self._rounds()
        if doubled:
            self.wrong("rounds_doubled", str(doubled[:3]), len(doubled))
        lost = [key for key, rows in self.kept.items() if now.get(key) != rows]
        if lost:
            self.wrong("rounds_lost", str(lost[:3]), len(lost))
        self.kept = now

    def _rounds(self) -> tuple[dict[Round, list[str]], list[Round]]:
        """Return the complete rounds with their lines, and those that stand there twice."""
        trials = self.trials
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


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


OK = (0, 1)
GROUND_GONE = (1, 2, 3)
"""2: it was to go on with a folder that was gone before it had been read."""


def signalled(series: Series) -> None:
    """Signal the orchestrator, once or, where the run goes on, again and again."""
    process = series.start()
    for _ in range(10):
        time.sleep(series.chance.uniform(0.2, 1.5))
        if process.poll() is not None:
            break
        name = series.chance.choice(["KILL", "STOP", "TERM", "HUP", "INT"])
        series.counts.kinds[f"orchestrator {name}"] += 1
        series.counts.faults += 1
        process.send_signal(getattr(signal, f"SIG{name}"))
        if name == "STOP":
            time.sleep(series.chance.uniform(0.1, 1.5))
            process.send_signal(signal.SIGCONT)
            continue
        break
    series.ended(
        process, (*OK, 130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT)
    )


def below(series: Series) -> None:
    """Signal agents, supervisors, workers and servers, many times in one run."""
    process = series.start()
    wanted = series.chance.randint(5, 40)
    while wanted and process.poll() is None:
        time.sleep(series.chance.uniform(0.02, 0.3))
        with suppress(psutil.NoSuchProcess):
            victims = _below(series, process.pid)
            if not victims:
                continue
            depth, victim = series.chance.choice(victims)
            name = series.chance.choice(["KILL", "KILL", "STOP", "TERM", "HUP"])
            victim.send_signal(getattr(signal, f"SIG{name}"))
            series.counts.kinds[f"{depth} {name}"] += 1
            series.counts.faults += 1
            wanted -= 1
            if name == "STOP":
                time.sleep(series.chance.uniform(0.02, 0.5))
                victim.send_signal(signal.SIGCONT)
    series.ended(process, (*OK, 3))  # 3: an agent was killed before it had said what it is


def everything(series: Series) -> None:
    """Kill the orchestrator and its agents at once: nobody is left to tidy up after them."""
    process = series.start()
    time.sleep(series.chance.uniform(0.5, 4.0))
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGSTOP)  # or it would start another agent
        victims = _below(series, process.pid)
        whole = series.chance.random() < 0.5
        for depth, victim in victims:
            if whole or depth != "worker":
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
        process.kill()
        series.counts.kinds["orchestrator and agents KILL"] += 1
        series.counts.faults += 1
    series.ended(process, (*OK, 3, -signal.SIGKILL))


def _below(series: Series, pid: int) -> list[tuple[str, psutil.Process]]:
    """Return the harness processes of a run: agents, what they forked, and what those started."""
    if series.executor == "docker":
        return [("in container", one) for one in _in_containers(pid)]
    found = []
    for agent in psutil.Process(pid).children():
        if "agent" not in agent.cmdline():
            continue
        found.append(("agent", agent))
        for supervisor in agent.children():
            found.append(("supervisor", supervisor))
            found += [("worker", worker) for worker in supervisor.children(recursive=True)]
    return found


def _in_containers(pid: int) -> Iterator[psutil.Process]:
    import docker

    from runner.engine import KIND
    from runner.engine.ownership import PID

    client = docker.from_env()
    labels = [f"{KIND}=container", f"{PID}={pid}"]
    try:
        for container in client.containers.list(filters={"label": labels}, ignore_removed=True):
            with suppress(docker.errors.APIError, psutil.NoSuchProcess, KeyError, TypeError):
                yield from (psutil.Process(int(row[1])) for row in container.top()["Processes"])
    finally:
        client.close()


def descriptors(series: Series) -> None:
    """Start with some of the descriptors 0, 1, 2 closed."""
    closed = series.chance.sample([0, 1, 2], series.chance.randint(1, 3))
    series.counts.kinds["closed " + ",".join(map(str, sorted(closed)))] += 1
    series.counts.faults += 1
    process = series.start(closed)
    if series.chance.random() < 0.7:  # else it measures to the end
        time.sleep(series.chance.uniform(0.5, 3.0))
        process.kill()
    series.ended(process, (*OK, 3, -signal.SIGKILL))


def full_disk(series: Series) -> None:
    """Fill the disk below the run folder while it measures, then make room."""
    with _small_disk(series.out) as mounted:
        if not mounted:
            return
        process = series.start()
        time.sleep(series.chance.uniform(1.0, 3.0))
        series.counts.kinds["full disk"] += 1
        series.counts.faults += 1
        filler = series.out / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        series.ended(process, (*OK, 3))
        filler.unlink()
        if series.folder is not None:
            series.ended(series.start(), OK)
        shutil.rmtree(series.folder or series.place / "none", ignore_errors=True)
        series.kept = {}  # gone with its folder, by a fault of ours


@contextmanager
def _small_disk(place: Path) -> Iterator[bool]:
    """Mount a disk of 2 MB on an empty folder; False where that is not allowed."""
    if any(place.iterdir()):
        yield False
        return
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def folder_gone(series: Series) -> None:
    """Remove or rename the run folder while it measures."""
    process = series.start()
    end = time.monotonic() + 30
    while series.trials is None and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    time.sleep(series.chance.uniform(0.0, 1.5))
    folder = series.folder
    if folder is None or process.poll() is not None:
        series.ended(process, OK)
        return
    series.counts.faults += 1
    if series.chance.random() < 0.5:
        series.counts.kinds["folder removed"] += 1
        shutil.rmtree(folder, ignore_errors=True)
        series.kept = {}  # gone with its folder, by a fault of ours
        series.ended(process, GROUND_GONE)
        series.kept = {}
        shutil.rmtree(folder, ignore_errors=True)
        return
    series.counts.kinds["folder renamed"] += 1
    aside = series.place / "aside"
    folder.rename(aside)
    kept, series.kept = series.kept, {}
    series.ended(process, GROUND_GONE)
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
    series.kept = kept
    series.ended(series.start(), OK)


def damaged(series: Series) -> None:
    """Damage the trials file between two starts; it is refused untouched, or one round is cut."""
    trials = series.trials
    if trials is None or trials.read_bytes().count(b"\n") < 8:
        return
    whole = trials.read_bytes()
    header, *lines = whole.splitlines(keepends=True)
    kind = series.chance.choice(["truncated", "shuffled", "thinned", "garbage", "blank"])
    if kind == "truncated":
        damage = whole[: -series.chance.randint(1, len(lines[-1]) - 1)]
    elif kind == "shuffled":
        series.chance.shuffle(lines)
        damage = header + b"".join(lines)
    elif kind == "thinned":
        damage = header + b"".join(one for one in lines if series.chance.random() < 0.7)
    elif kind == "garbage":
        damage = whole + series.chance.randbytes(series.chance.randint(1, 300))
    else:
        lines.insert(series.chance.randrange(len(lines)), b"\n")
        damage = header + b"".join(lines)
    trials.write_bytes(damage)
    series.counts.kinds[f"file {kind}"] += 1
    series.counts.faults += 1
    kept = series.kept
    series.kept = {}
    process = series.start()
    code = series.ended(process, (*OK, 2))
    now = trials.read_bytes()
    rest = b"".join(path.read_bytes() for path in trials.parents[1].glob("cut/*"))
    lost = [one for one in damage.splitlines() if one not in now and one not in rest]
    if lost or (code == 2 and now != damage):
        series.wrong("rounds_lost", f"{kind}: {len(lost)} lines are nowhere", max(1, len(lost)))
    if code == 2 or kind == "thinned":
        trials.write_bytes(whole)  # the user's copy
        series.kept = kept


KINDS: Sequence[Callable[[Series], None]] = (
    signalled,
    signalled,
    *[below] * 6,
    everything,
    descriptors,
    full_disk,
    folder_gone,
    damaged,
    damaged,
)


def campaign(faults: int, executor: str, seed: int, place: Path) -> Counts:
    """Apply at least so many faults to runs of an executor; return what was counted."""
    chance = random.Random(seed)
    counts = Counts()
    segments, folders = _segments(), _abandoned(())
    while counts.faults < faults:
        here = place / f"series{counts.series}"
        here.mkdir(parents=True)
        series = Series(here, chance, executor, counts)
        for _ in range(chance.randint(2, 6)):
            chance.choice(KINDS)(series)
        series.ended(series.start(), OK)
        counts.series += 1
        _check_leftovers(series, folders)
        shutil.rmtree(here, ignore_errors=True)
    for name in sorted(staying(lambda: _segments() - segments)):
        counts.segments_left += 1
        counts.told.append(f"segments_left: /dev/shm/{name}")
    return counts


def staying(left: Callable[[], set[str]], seconds: float = 60.0) -> set[str]:
    """Return what is left and stays: other tests, which run beside, have some for moments."""
    end, found = time.monotonic() + seconds, left()
    while found and time.monotonic() < end:
        time.sleep(0.2)
        found &= left()
    return found


def _segments() -> set[str]:
    return {path.name for path in Path("/dev/shm").iterdir()}


def _abandoned(more: Sequence[Path]) -> set[Path]:
    """Return the folders that nobody holds, in all places where ours and the agents' are made."""
    places = {Path(place).resolve() for place in (*held.TEMPORARY, *held.SHARED, *more)}
    found = {path for place in places if place.is_dir() for path in place.iterdir()}
    return {path for path in found if held.OURS.fullmatch(path.name) and not held.is_held(path)}


def _check_leftovers(series: Series, before: set[Path]) -> None:
    """Clean up as a user would, and count what is left after that."""
    done = subprocess.run(
        [sys.executable, "-m", "runner", "clean"],
        env={**_environment(), "TMPDIR": str(series.temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        series.wrong("odd_exit_codes", f"clean: {done.returncode}: {done.stderr[-500:]}")
    for path in _abandoned([series.temporary]) - before:
        if path.exists():  # else its owner had not yet locked it, or was about to remove it
            series.wrong("folders_left", str(path))
    if series.executor == "docker":
        import docker

        from runner.engine import KIND
        from runner.engine.ownership import PID

        client = docker.from_env()
        for container in client.containers.list(
            all=True, filters={"label": f"{KIND}=container"}, ignore_removed=True
        ):
            if int(container.labels[PID]) in series.pids:
                series.wrong("containers_left", f"{container.name} {container.status}")
        client.close()
