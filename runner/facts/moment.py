"""What changes: load, pressure, ticks, swapping, throttling; taken before and after a sitting."""

import os
import time
from collections.abc import Iterable, Mapping

from runner.facts.groups import OURSELVES, held_back
from runner.facts.processor import CPU
from runner.facts.reading import SYSTEM, UNKNOWN, Tree

TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""Columns of /proc/stat's first line (proc(5)); guest time is part of user and nice."""


def moment(tree: Tree = SYSTEM, roots: Iterable[int] = ()) -> Mapping[str, str]:
    """Return the state of the machine right now, as texts; counters are since its start.

    `roots` are processes of ours, beside this one, whose control groups count as well.
    """
    groups = held_back(tree, (OURSELVES, *roots))
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load": _load(tree),
        "processes": str(len(list(tree.glob("/proc/[0-9]*"))) or UNKNOWN),
        "uptime_seconds": tree.text("/proc/uptime").partition(" ")[0],
        **{f"ticks_{name}": str(count) for name, count in ticks(tree).items()},
        "ticks_per_second": str(os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100),
        "pressure_cpu": tree.text("/proc/pressure/cpu"),
        "pressure_memory": tree.text("/proc/pressure/memory"),
        "pressure_io": tree.text("/proc/pressure/io"),
        **{name: _told(counter(tree, name)) for name in ("pswpin", "pswpout", "oom_kill")},
        "throttled": _told(slowed_for_heat(tree)),
        "cgroup_throttled": str(sum(groups.values())) if groups else UNKNOWN,
        "temperature": tree.joined("/sys/class/thermal/thermal_zone*/temp"),
        "mhz": tree.joined(f"{CPU}/cpu*/cpufreq/scaling_cur_freq"),
    }


def ticks(tree: Tree = SYSTEM) -> dict[str, int]:
    """Return the machine's CPU ticks by kind since its start; empty where it does not tell."""
    words = (tree.lines("/proc/stat") or [""])[0].split()
    if not words or words[0] != "cpu":
        return {}
    return dict(zip(TICKS, (int(word) for word in words[1:]), strict=False))


def _load(tree: Tree) -> str:
    text = tree.text("/proc/loadavg")
    if text != UNKNOWN:
        return " ".join(text.split()[:3])
    try:
        return " ".join(f"{load:.2f}" for load in os.getloadavg())
    except OSError:
        return UNKNOWN


def _told(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


def counter(tree: Tree, name: str) -> int | None:
    """Return a counter of the kernel's memory since its start (vmstat), None where not told."""
    found = tree.table("/proc/vmstat", separator=" ").get(name, "")
    return int(found) if found.isdecimal() else None


def waited(tree: Tree) -> int | None:
    """Return the microseconds in which some task waited for a core (PSI), None where not told."""
    for line in tree.lines("/proc/pressure/cpu"):
        kind, _, figures = line.partition(" ")
        total = figures.rpartition("total=")[2]
        if kind == "some" and total.isdecimal():
            return int(total)
    return None


def slowed_for_heat(tree: Tree) -> int | None:
    """Return how often the cores were slowed for heat, all together, None where not told."""
    counts = [
        tree.text(str(path.relative_to(tree.root)))
        for path in tree.glob(f"{CPU}/cpu*/thermal_throttle/*_throttle_count")
    ]
    return sum(int(count) for count in counts if count.isdigit()) if counts else None
