"""Random faults on one run on a cluster, and the counts of what they broke: all must stay zero.

Where we are root, three machines measure at once, one of them behind a cable that is pulled, and
another with its spool on a small disk that fills up; else they measure in turn. The run goes on
through as many drivers, workers and schedulers as it takes.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from runner.runfolder.copies import whole_rounds
from runner.runfolder.folder import read_folder
from tests.faults.campaign import abandoned
from tests.faults.kinds import small_disk
from tests.faults.series import SEEN, Counts, rounds_of, staying
from tests.forked import forked
from tests.machines import Cable, Cluster, Started, apart, result
from tests.small_runs import few_interpreters, let_wait

MACHINES = ("h1", "h2", "h3")
DISK, BEHIND = "h2", "h3"
"""The machine whose spool is on a small disk, and the one behind a cable."""
BUDGET = "60s"
"""Of each machine for each driver: some end by themselves."""
PATIENCE = 150.0
"""Seconds within which another round is measured: a machine that refused is asked after 60."""
ENDED = (0, 1, 3)
"""How a driver may end by itself: 1 says what is lacking, 3 that no scheduler or machine is there.
"""
SIGNALLED = (*ENDED, 130, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGKILL)


class Disturbed:
    """A run on a cluster, whose processes are started again after each fault."""

    def __init__(
        self, place: Path, chance: random.Random, counts: Counts, stack: ExitStack
    ) -> None:
        self.chance = chance
        self.counts = counts
        self.place = place
        self.cluster = Cluster(place, rounds=100_000)
        self.cluster.environment |= few_interpreters(place / "home")
        let_wait(self.cluster.matrix)
        stack.callback(self.cluster.end)
        self.cable: Cable | None = None
        if not Cable.lack():
            self.cable = Cable(1)
            stack.callback(self.cable.remove)
        disk = self.cluster.spool_of(DISK)
        disk.mkdir()
        self.has_disk = stack.enter_context(small_disk(disk, 16))
        self.kept: dict[str, bytes] = {}
        self.drivers = 0
        self.scheduler = self.cluster.scheduler("0.0.0.0")
        self.workers = {name: self.start_worker(name) for name in MACHINES}
        self.driver = self.start_driver()

    def start_worker(self, name: str) -> Started:
        """Start a machine's worker."""
        if self.cable is None:
            return self.cluster.worker(name)
        inside, host = (self.cable.inside, self.cable.host) if name == BEHIND else ((), "")
        before = (*inside, *apart(self.place, name))
        return self.cluster.worker(name, "alone", before=before, host=host)

    def start_driver(self) -> Started:
        """Start the driver, or the next one, which goes on with the run."""
        self.drivers += 1
        more = ("--resume", self.cluster.run) if self.begun else ()
        return self.cluster.driver("driver", *more, "--budget", BUDGET, listen=False)

    @property
    def begun(self) -> bool:
        """Whether there is a run to go on with."""
        return self.cluster.out.exists() and any(self.cluster.out.iterdir())

    def fault(self, kind: str) -> None:
        """Count a fault."""
        self.counts.fault(kind)

    def wrong(self, what: str, told: str, count: int = 1) -> None:
        """Count something that must not be."""
        setattr(self.counts, what, getattr(self.counts, what) + count)
        self.counts.told.append(f"{what} (after {self.counts.faults} faults): {told}")

    def spool(self, name: str) -> Path | None:
        """Return a machine's trials in its spool, if there are any."""
        if not self.begun:
            return None
        part = f"{self.cluster.run.name}.{name}"
        path = self.cluster.spool_of(name) / part / "trials" / f"{name}.csv"
        return path if path.exists() else None

    def measured(self) -> int:
        """Return the bytes that the spools hold."""
        return sum(path.stat().st_size for path in map(self.spool, MACHINES) if path)

    def check_spools(self) -> None:
        """Note what the spools hold, and count what they held before and lack now."""
        for name in MACHINES:
            if (path := self.spool(name)) is None:
                continue
            kept, now = self.kept.get(name, b""), whole_rounds(path.read_bytes())
            if not now.startswith(kept):
                self.wrong("rounds_lost", f"{name}: the spool had {len(kept)} bytes that changed")
            self.kept[name] = now

    def goes_on(self) -> None:
        """Wait until another round is measured; a driver that has ended is followed by another."""
        before, until = self.measured(), time.monotonic() + PATIENCE
        while self.measured() <= before:
            self.cluster.parts()
            if self.driver.process.poll() is not None:
                self.ended(self.driver, ENDED)
                self.driver = self.start_driver()
            for name, worker in self.workers.items():
                if worker.process.poll() is not None:  # it should wait for ever
                    self.ended(worker, ())
                    self.workers[name] = self.start_worker(name)
            if time.monotonic() > until:
                self.wrong(
                    "hangs", f"nothing measured for {PATIENCE:.0f} s: {self.driver.said[-600:]}"
                )
                self.driver.end()
                before, until = self.measured(), time.monotonic() + PATIENCE
            time.sleep(0.2)
        self.check_spools()

    def ended(self, one: Started, allowed: Sequence[int], seconds: float = 60.0) -> None:
        """Wait for a process to end, in a way that is allowed."""
        try:
            code = one.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.wrong("hangs", f"no end within {seconds:.0f} s: {one.said[-600:]}")
            one.end()
            return
        if code not in allowed:
            self.wrong("odd_exit_codes", f"{code}: {one.said[-600:]}")

    def part_of(self, name: str) -> psutil.Process | None:
        """Return the part process that a machine's worker runs."""
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.workers[name].process.pid).children():
                if child.cmdline()[-1:] == ["part"]:
                    return child
        return None

    def victim(self) -> str:
        """Return a machine, mostly the one that measures."""
        measuring = [name for name in MACHINES if self.part_of(name)]
        chosen = measuring if measuring and self.chance.random() < 0.7 else MACHINES
        return self.chance.choice(chosen)

    def paused(self, one: Started, *seconds: float) -> None:
        """Stop a process for a while: one of these, or a little more."""
        one.signal(signal.SIGSTOP)
        time.sleep(self.chance.choice(seconds) * self.chance.uniform(1.0, 1.3))
        one.signal(signal.SIGCONT)

    def finish(self) -> None:
        """Have a last driver bring all copies to what the spools hold, and compare them."""
        self.driver.signal(signal.SIGINT)
        self.ended(self.driver, SIGNALLED)
        given = ("--resume", self.cluster.run, "--machines", "3", "--budget", "2s")
        last = self.cluster.driver("last", *given, listen=False)
        self.ended(last, (0, 1), 2 * PATIENCE)
        with suppress(ValueError):
            for one in result(last)["machines"]:
                if one["state"] != "done":
                    self.wrong("hangs", f"{one['machine']} is {one['state']}: {one['why']}")
        self.check_spools()
        for name in MACHINES:
            part = self.cluster.run / "parts" / name
            path = part / "trials" / f"{name}.csv"
            copy, doubled = rounds_of(path if path.exists() else None)
            spool, more = rounds_of(self.spool(name))
            if not copy and not spool:
                continue  # a machine that came last, or too late
            if doubled or more:
                self.wrong(
                    "rounds_doubled", f"{name}: {[*doubled, *more][:3]}", len(doubled + more)
                )
            if lost := [key for key, rows in spool.items() if copy.get(key) != rows]:
                self.wrong("rounds_lost", f"{name}: {lost[:3]}", len(lost))
            if strange := [key for key in copy if key not in spool]:
                self.wrong("rounds_lost", f"{name}: not in its spool: {strange[:3]}", len(strange))
            for line in read_folder(part).said:
                self.wrong("rounds_lost", f"{name}: {line}")
        site = ("--out", self.place / "site", "--no-pictures")
        done = forked("report", self.cluster.run, *site)
        if done.returncode not in (0, 1):
            self.wrong("odd_exit_codes", f"report: {done.returncode}: {done.stderr[-600:]}")
        if "Traceback" in done.stderr:
            self.wrong("tracebacks", f"report: {done.stderr[-2000:]}")

    def check_left(self, before: set[Path]) -> None:
        """Count what is left once every process of ours has ended."""
        self.cluster.end()
        end = time.monotonic() + SEEN
        while (left := self.cluster.left()) and time.monotonic() < end:
            time.sleep(0.1)
        if left:
            self.wrong("processes_left", str(left), len(left))
        environment = {**os.environ, **self.cluster.environment}
        forked("clean", env=environment)
        found = {*self.cluster.temporary.iterdir(), *staying(lambda: abandoned(()) - before)}
        for path in found:
            self.wrong("folders_left", str(path))
        for log in self.place.glob("*.log"):
            if "Traceback" in (text := log.read_text(errors="replace")):
                self.wrong("tracebacks", f"{log.name}: {text[text.index('Traceback') :][:2000]}")


def worker_killed(run: Disturbed) -> None:
    """Kill a worker; its machine comes back after a while."""
    name = run.victim()
    run.fault("worker KILL")
    run.workers[name].signal(signal.SIGKILL)
    run.workers[name].process.wait()
    time.sleep(run.chance.uniform(0.0, 3.0))
    run.workers[name] = run.start_worker(name)


def worker_drained(run: Disturbed) -> None:
    """End a worker in order, as a node is drained."""
    name = run.victim()
    run.fault("worker TERM")
    run.workers[name].signal(signal.SIGTERM)
    run.ended(run.workers[name], (0,))
    run.workers[name] = run.start_worker(name)


def worker_stopped(run: Disturbed) -> None:
    """Stop a worker, for longer than the scheduler waits or not."""
    run.fault("worker STOP")
    run.paused(run.workers[run.victim()], 0.3, 1.5, 5.0, 8.0)


def part_disturbed(run: Disturbed) -> None:
    """Signal the process that measures."""
    for name in MACHINES:
        if part := run.part_of(name):
            kind = run.chance.choice(["KILL", "STOP", "TERM", "INT", "HUP"])
            run.fault(f"part {kind}")
            with suppress(psutil.NoSuchProcess):
                part.send_signal(getattr(signal, f"SIG{kind}"))
                if kind == "STOP":
                    time.sleep(run.chance.uniform(0.2, 4.0))
                    part.send_signal(signal.SIGCONT)


def driver_ended(run: Disturbed) -> None:
    """End the driver, in order or not; another one goes on."""
    kind = run.chance.choice(["KILL", "INT", "TERM", "HUP"])
    run.fault(f"driver {kind}")
    run.driver.signal(getattr(signal, f"SIG{kind}"))
    run.ended(run.driver, SIGNALLED)
    time.sleep(run.chance.uniform(0.0, 1.0))
    run.driver = run.start_driver()


def driver_stopped(run: Disturbed) -> None:
    """Stop the driver for a while."""
    run.fault("driver STOP")
    run.paused(run.driver, 0.5, 2.0, 5.0)


def scheduler_killed(run: Disturbed) -> None:
    """Kill the scheduler; another one comes in its place."""
    run.fault("scheduler KILL")
    run.scheduler.signal(signal.SIGKILL)
    run.scheduler.process.wait()
    time.sleep(run.chance.uniform(0.0, 4.0))
    run.scheduler = run.cluster.scheduler("0.0.0.0")


def scheduler_stopped(run: Disturbed) -> None:
    """Stop the scheduler for a while."""
    run.fault("scheduler STOP")
    run.paused(run.scheduler, 0.5, 2.0, 5.0)


def all_killed(run: Disturbed) -> None:
    """Kill driver, scheduler and a worker at once."""
    name = run.victim()
    run.fault("driver, scheduler, worker KILL")
    for one in (run.driver, run.scheduler, run.workers[name]):
        one.signal(signal.SIGKILL)
        one.process.wait()
    run.scheduler = run.cluster.scheduler("0.0.0.0")
    run.workers[name] = run.start_worker(name)
    run.driver = run.start_driver()


def cable_pulled(run: Disturbed) -> None:
    """Cut a machine off, for longer than the scheduler waits or not."""
    assert run.cable is not None
    run.fault("network cut")
    run.cable.cut()
    time.sleep(run.chance.choice([0.5, 2.0, 6.0, 14.0]))
    run.cable.heal()


def full_disk(run: Disturbed) -> None:
    """Fill the disk of a machine's spool, then make room."""
    run.fault("full disk")
    filler = run.cluster.spool_of(DISK) / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    time.sleep(run.chance.uniform(0.5, 5.0))
    filler.unlink()


Fault = Callable[[Disturbed], None]
KINDS: Sequence[Fault] = (
    *[worker_killed, worker_stopped, part_disturbed, driver_ended] * 2,
    worker_drained,
    driver_stopped,
    scheduler_killed,
    scheduler_stopped,
    all_killed,
)


def at_random(known: Sequence[Fault], chance: random.Random) -> Iterator[Fault]:
    """Yield all kinds in some order, again and again."""
    while True:
        yield from chance.sample(known, len(known))


def campaign(
    faults: int,
    seed: int,
    place: Path,
    say: Callable[[str], object] = lambda _: None,
    plan: Sequence[Fault] = (),
) -> Counts:
    """Apply at least so many faults to one run, or those of the plan; return what was counted."""
    chance, counts, before = random.Random(seed), Counts(series=1), abandoned(())
    with ExitStack() as stack:
        run = Disturbed(place, chance, counts, stack)
        known = [*KINDS, *[cable_pulled] * bool(run.cable), *[full_disk] * run.has_disk]
        run.goes_on()
        for kind in plan or at_random(known, chance):
            if not plan and counts.faults >= faults:
                break
            if kind in known:
                time.sleep(chance.uniform(0.0, 2.0))
                kind(run)
                run.goes_on()
                say(f"{counts.faults}: {kind.__name__}, {run.measured()} bytes measured")
        run.finish()
        run.check_left(before)
    shutil.rmtree(place, ignore_errors=True)
    return counts
