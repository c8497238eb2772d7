"""The faults: while a run measures, at its start, and between two starts."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from runner.engine import KIND
from runner.engine.ownership import PID
from tests.faults.series import ENDED, GOES_ON, OK, Process, Series

Kind = Callable[[Series], None]
GROUND_GONE = (1, 2, 3)
"""2: it was to go on with a folder that was gone before it had been read."""


def signalled(series: Series) -> None:
    """Signal the orchestrator, once or, where the run goes on, again and again."""
    process = series.start()
    for _ in range(10):
        series.pause(0.2, 1.5)
        if process.poll() is not None or not send(series, process, "orchestrator"):
            break
    series.ended(process, (*ENDED, -signal.SIGINT))


def send(series: Series, process: Process, who: str) -> bool:
    """Send a signal; return whether the process may go on: it was only stopped for a while."""
    name = series.chance.choice(["KILL", "STOP", "TERM", "HUP", "INT"])
    series.counts.fault(f"{who} {name}")
    process.send_signal(getattr(signal, f"SIG{name}"))
    if name == "STOP":
        series.pause(0.1, 1.5)
        process.send_signal(signal.SIGCONT)
    return name == "STOP"


def below(series: Series) -> None:
    """Signal agents, supervisors, workers and servers, many times in one run."""
    process = series.start()
    wanted = series.chance.randint(5, 40)
    while wanted and process.poll() is None:
        series.pause(0.02, 0.3)
        with suppress(psutil.NoSuchProcess):
            victims = _below(series, process.pid)
            if not victims:
                continue
            depth, victim = series.chance.choice(victims)
            name = series.chance.choice(["KILL", "KILL", "STOP", "TERM", "HUP"])
            victim.send_signal(getattr(signal, f"SIG{name}"))
            series.counts.fault(f"{depth} {name}")
            wanted -= 1
            if name == "STOP":
                series.pause(0.02, 0.5)
                victim.send_signal(signal.SIGCONT)
    series.ended(process, (*OK, 3))  # 3: an agent was killed before it had said what it is


def everything(series: Series) -> None:
    """Kill the orchestrator and its agents at once: nobody is left to tidy up after them."""
    process = series.start()
    series.pause(0.5, 4.0)
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGSTOP)  # or it would start another agent
        whole = series.chance.random() < 0.5
        for depth, victim in _below(series, process.pid):
            if whole or depth != "worker":
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
        process.kill()
        series.counts.fault("orchestrator and agents KILL")
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

    client = docker.from_env()
    labels = [f"{KIND}=container", f"{PID}={pid}"]
    try:
        for container in client.containers.list(filters={"label": labels}, ignore_removed=True):
            with suppress(docker.errors.APIError, psutil.NoSuchProcess, KeyError, TypeError):
                yield from (psutil.Process(int(row[1])) for row in container.top()["Processes"])
    finally:
        client.close()


def driver_gone(series: Series) -> None:
    """Let the driver that asked for a part go away, or ask it to stop."""
    process = series.start()
    series.pause(0.0, 4.0)
    assert process.stdin is not None
    series.counts.fault("driver gone")
    with suppress(BrokenPipeError):
        if series.chance.random() < 0.5:
            process.stdin.write(b"stop\n")
        process.stdin.close()
    series.ended(process, (*OK, 3))


def descriptors(series: Series) -> None:
    """Start with some of the descriptors 0, 1, 2 closed."""
    closed = series.chance.sample([0, 1, 2], series.chance.randint(1, 3))
    series.counts.fault("closed " + ",".join(map(str, sorted(closed))))
    process = series.start(closed)
    if series.chance.random() < 0.7:  # else it measures to the end
        series.pause(0.5, 3.0)
        process.kill()
    series.ended(process, (*OK, 3, -signal.SIGKILL))


def full_disk(series: Series) -> None:
    """Fill the disk below the run folder while it measures, then make room."""
    with small_disk(series.out) as mounted:
        if not mounted:
            return
        process = series.start()
        series.pause(1.0, 3.0)
        series.counts.fault("full disk")
        filler = series.out / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        series.ended(process, (*OK, 3))
        filler.unlink()
        if series.folder is not None:
            series.ended(series.start(budget=GOES_ON), OK)
        _remove(series)


@contextmanager
def small_disk(place: Path, megabytes: int = 2) -> Iterator[bool]:
    """Mount a small disk where nothing is yet; False where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    used = any(place.iterdir())
    if used or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _remove(series: Series) -> None:
    """Remove the run folder: what it kept is gone by a fault of ours."""
    shutil.rmtree(series.folder or series.place / "none", ignore_errors=True)
    series.kept = {}


def folder_gone(series: Series) -> None:
    """Remove or rename the run folder while it measures."""
    process = series.start()
    end = time.monotonic() + 30
    while series.trials is None and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    series.pause(0.0, 1.5)
    folder = series.folder
    if folder is None or process.poll() is not None:
        series.ended(process, OK)
        return
    kept = series.kept
    if series.chance.random() < 0.5:
        series.counts.fault("folder removed")
        _remove(series)
        series.ended(process, GROUND_GONE)
        shutil.rmtree(folder, ignore_errors=True)
        series.kept = {}
        return
    series.counts.fault("folder renamed")
    aside = series.place / "aside"
    folder.rename(aside)
    series.kept = {}
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
    series.counts.fault(f"file {kind}")
    kept = series.kept
    series.kept = {}
    code = series.ended(series.start(), (*OK, 2))
    now = trials.read_bytes()
    rest = b"".join(path.read_bytes() for path in trials.parents[1].glob("cut/*"))
    lost = [one for one in damage.splitlines() if one not in now and one not in rest]
    if lost or (code == 2 and now != damage):
        series.wrong("rounds_lost", f"{kind}: {len(lost)} lines are nowhere", max(1, len(lost)))
    if code == 2 or kind == "thinned":
        trials.write_bytes(whole)  # the user's copy
        series.kept = kept


ANYWHERE: Sequence[Kind] = (
    *[signalled] * 2,
    *[below] * 6,
    everything,
    full_disk,
    folder_gone,
    *[damaged] * 2,
)
OF_A_RUN = (*ANYWHERE, descriptors)
OF_A_PART = (*ANYWHERE, driver_gone)
