"""What the machine does: its load, pressure and heat, what others use of it, and over a round."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import psutil

from runner.machine.facts import CPU, boot, groups_of
from runner.machine.reading import SYSTEM, UNKNOWN, Tree
from runner.model import Conditions
from runner.process import cpu_seconds

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
SHORTEST = 0.1
"""Seconds: below that, ticks of 10 ms say nothing."""


class Reading(NamedTuple):
    """CPU seconds since the machine's start: busy, our own, stolen (None: unknown), of all kinds.

    A guest's time is part of `user` and `nice`, and not counted again.
    """

    at: float
    busy: float
    ours: float
    steal: float | None
    whole: float


def foreign(last: Reading, now: Reading, least_ours: float = 0.0) -> float:
    """Return the cores that others used between two readings, never less than 0.

    `least_ours` are CPU seconds known to be ours; where the trees of our processes show more, that
    counts.
    """
    ours = max(now.ours - last.ours, least_ours)
    return max(0.0, now.busy - last.busy - ours) / (now.at - last.at)


class CpuMeter:
    """Measures the CPU of other programs in cores, between one sample and the next.

    `roots` names the processes whose trees are ours: this process, and the main processes of
    containers if there are any; None if they run on another machine, whose load is not visible
    here. A process that ends in the meantime counts if its parent, being ours, has reaped it.
    """

    def __init__(
        self,
        roots: Callable[[], Iterable[int] | None] = lambda: (os.getpid(),),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._clock = clock
        self._last = self.read()

    def sample(self) -> float | None:
        """Return the cores that others used since the last sample; None if unknown.

        It is unknown if the system does not report CPU times, and over less than a tenth of a
        second, which then counts to the next sample.
        """
        last, now = self._last, self.read()
        if last is None or now is None:
            self._last = now
            return None
        if now.at - last.at < SHORTEST:
            return None
        self._last = now
        return foreign(last, now)

    def over(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> float | None:
        """Return the cores that others use over the coming `seconds`, while we do nothing."""
        self._last = self.read()
        sleep(seconds)
        return self.sample()

    def read(self) -> Reading | None:
        """Return the counters as they are now; None if unknown."""
        roots = self._roots()
        if roots is None:
            return None
        try:
            times = psutil.cpu_times()._asdict()
        except (OSError, TypeError, ValueError):  # of a /proc/stat that is empty, or hidden
            return None
        whole = sum(seconds for kind, seconds in times.items() if not kind.startswith("guest"))
        busy = sum(times.get(kind, 0.0) for kind in BUSY)
        return Reading(self._clock(), busy, cpu_seconds(*roots), times.get("steal"), whole)


REST = 1.0
"""Seconds of doing nothing before a session, in which the idle pressure is taken."""


class _Counts(NamedTuple):
    """The counters other than CPU ticks, since the machine's start."""

    held_back: Mapping[str, int]
    slowed: int | None
    swapped_in: int | None


class _Pause(NamedTuple):
    """A time without our trials, and how much of it some task waited for a core."""

    seconds: float
    waited: float


class RoundMeter:
    """Measures what the machine did over a round, and how tasks waited for cores before it.

    Pressure (PSI) during a round includes the waiting of our own processes, so it is taken in the
    pauses between rounds: over the last ones that make up a tenth of a second together.
    """

    def __init__(
        self,
        cpu: CpuMeter,
        roots: Callable[[], Iterable[int] | None] = lambda: (),
        tree: Tree = SYSTEM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cpu = cpu
        self._roots = roots
        self._tree = tree
        self._clock = clock
        self._pauses: deque[_Pause] = deque()
        self._idle: float | None = None
        self._free_since: tuple[float, int] | None = None
        self._begun: tuple[Reading | None, _Counts] | None = None
        self._pressure: float | None = None

    def rest(self, pause: Callable[[float], None]) -> None:
        """Take the idle pressure of a session, while `pause` keeps our own processes still."""
        self._pauses.clear()
        self._free_since = self._waited()
        pause(REST)
        self._note_pause()
        self._idle = self._in_pauses()
        self._free_since = self._waited()

    def look(self) -> None:
        """Divide a pause between rounds, so that what it ends with counts by itself."""
        if self._free_since is not None:
            self._note_pause()
            self._free_since = self._waited()

    def round_begins(self) -> None:
        """Take the counters; the round begins right after."""
        self._note_pause()
        self._pressure = self._in_pauses()
        self._begun = self._cpu.read(), self._counts()

    def round_ends(self, cpu_seconds: float) -> Conditions:
        """Return what happened since `round_begins`; the trials reported `cpu_seconds`."""
        now = self._cpu.read()
        then, before = self._begun or (None, self._counts())
        if now is None:  # not this machine, or one that reports nothing
            return Conditions()
        after = self._counts()
        held = [  # a new group began with none
            max(0, count - before.held_back.get(group, 0))
            for group, count in after.held_back.items()
        ]
        self._begun, self._free_since = None, self._waited()
        if then is not None and now.at - then.at < SHORTEST:
            then = None
        return Conditions(
            None if then is None else foreign(then, now, cpu_seconds),
            None if then is None else _stolen(then, now),
            self._pressure,
            self._idle,
            sum(held) if held else None,
            _grown(before.slowed, after.slowed),
            _grown(before.swapped_in, after.swapped_in),
        )

    def _counts(self) -> _Counts:
        groups = held_back(self._tree, (OURSELVES, *(self._roots() or ())))
        return _Counts(groups, slowed_for_heat(self._tree), counter(self._tree, "pswpin"))

    def _waited(self) -> tuple[float, int] | None:
        total = waited(self._tree)
        return None if total is None else (self._clock(), total)

    def _note_pause(self) -> None:
        """Take in the time since the last trial; of two calls in a row the second does nothing."""
        since, now = self._free_since, self._waited()
        self._free_since = None
        if since is None or now is None:
            return
        self._pauses.append(_Pause(now[0] - since[0], (now[1] - since[1]) / 1e6))
        while sum(one.seconds for one in self._pauses) - self._pauses[0].seconds >= SHORTEST:
            self._pauses.popleft()

    def _in_pauses(self) -> float | None:
        seconds = sum(one.seconds for one in self._pauses)
        if seconds < SHORTEST:
            return None
        return min(1.0, max(0.0, sum(one.waited for one in self._pauses) / seconds))


def _stolen(then: Reading, now: Reading) -> float | None:
    whole = now.whole - then.whole
    if then.steal is None or now.steal is None or whole <= 0:
        return None
    return max(0, now.steal - then.steal) / whole


def _grown(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, after - before)


TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""Columns of /proc/stat's first line (proc(5)); guest time is part of user and nice."""


def moment(tree: Tree = SYSTEM, roots: Iterable[int] = ()) -> Mapping[str, str]:
    """Return the state of the machine right now, as texts; counters are since its start.

    `roots` are processes of ours, besides this one, whose control groups count as well.
    """
    groups = held_back(tree, (OURSELVES, *roots))
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "boot": boot(tree),
        "load": " ".join(tree.text("/proc/loadavg").split()[:3]),
        "processes": str(len(list(tree.glob("/proc/[0-9]*"))) or UNKNOWN),
        "uptime_seconds": tree.text("/proc/uptime").partition(" ")[0],
        **{f"ticks_{name}": str(count) for name, count in ticks(tree).items()},
        "ticks_per_second": str(os.sysconf("SC_CLK_TCK")),
        "pressure_cpu": tree.text("/proc/pressure/cpu"),
        "pressure_memory": tree.text("/proc/pressure/memory"),
        "pressure_io": tree.text("/proc/pressure/io"),
        **{name: _text(counter(tree, name)) for name in ("pswpin", "pswpout", "oom_kill")},
        "throttled": _text(slowed_for_heat(tree)),
        "cgroup_throttled": str(sum(groups.values())) if groups else UNKNOWN,
        "temperature": tree.joined("/sys/class/thermal/thermal_zone*/temp"),
        "mhz": tree.joined(f"{CPU}/cpu*/cpufreq/scaling_cur_freq"),
    }


def ticks(tree: Tree = SYSTEM) -> dict[str, int]:
    """Return the machine's CPU ticks by kind since its start; empty if unknown."""
    words = (tree.lines("/proc/stat") or [""])[0].split()
    if words[:1] != ["cpu"] or not all(word.isdecimal() for word in words[1:]):
        return {}
    return dict(zip(TICKS, map(int, words[1:]), strict=False))


def _text(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


def counter(tree: Tree, name: str) -> int | None:
    """Return a counter of the kernel's memory since its start (vmstat), None if unknown."""
    found = tree.table("/proc/vmstat", separator=" ").get(name, "")
    return int(found) if found.isdecimal() else None


def waited(tree: Tree) -> int | None:
    """Return the microseconds in which some task waited for a core (PSI), None if unknown."""
    for line in tree.lines("/proc/pressure/cpu"):
        kind, _, figures = line.partition(" ")
        total = figures.rpartition("total=")[2]
        if kind == "some" and total.isdecimal():
            return int(total)
    return None


def slowed_for_heat(tree: Tree) -> int | None:
    """Return how often the cores were slowed for heat, all together, None if unknown."""
    counts = [
        tree.text(str(path.relative_to(tree.root)))
        for path in tree.glob(f"{CPU}/cpu*/thermal_throttle/*_throttle_count")
    ]
    return sum(int(count) for count in counts if count.isdigit()) if counts else None


OURSELVES = "self"


def held_back(tree: Tree, pids: Iterable[int | str] = (OURSELVES,)) -> Mapping[str, int]:
    """Return `nr_throttled` of the control groups of `pids` and of all above them, by folder.

    A group's count is of its own quota only, so those above belong to it. A group without a
    controller of CPU has none.
    """
    folders = {
        folder: None
        for pid in pids
        for controller in ("", "cpu")  # of version 2 and 1
        for folder in groups_of(pid, controller, tree)
    }
    counts = {one: tree.table(f"{one}/cpu.stat", " ").get("nr_throttled", "") for one in folders}
    return {folder: int(count) for folder, count in counts.items() if count.isdecimal()}
