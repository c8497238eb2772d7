"""What changes: load, pressure, ticks, swapping, throttling; taken before and after a sitting."""

import os
import time
from collections.abc import Mapping

from runner.facts.machine import own_group
from runner.facts.processor import CPU
from runner.facts.reading import SYSTEM, UNKNOWN, Tree

TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""Columns of /proc/stat's first line (proc(5)); guest time is part of user and nice."""


def moment(tree: Tree = SYSTEM) -> Mapping[str, str]:
    """Return the state of the machine right now, as texts; counters are since its start."""
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load": _load(tree),
        "processes": str(len(list(tree.glob("/proc/[0-9]*"))) or UNKNOWN),
        "uptime_seconds": tree.text("/proc/uptime").partition(" ")[0],
        **{f"ticks_{name}": str(count) for name, count in ticks(tree).items()},
        "ticks_per_second": str(ticks_per_second()),
        "pressure_cpu": tree.text("/proc/pressure/cpu"),
        "pressure_memory": tree.text("/proc/pressure/memory"),
        "pressure_io": tree.text("/proc/pressure/io"),
        **{name: _counter(tree, name) for name in ("pswpin", "pswpout", "oom_kill")},
        "throttled": _throttled(tree),
        "cgroup_throttled": _cgroup_throttled(tree),
        "temperature": tree.joined("/sys/class/thermal/thermal_zone*/temp"),
        "mhz": tree.joined(f"{CPU}/cpu*/cpufreq/scaling_cur_freq"),
    }


def ticks(tree: Tree = SYSTEM) -> dict[str, int]:
    """Return the machine's CPU ticks by kind since its start; empty where it does not tell."""
    words = (tree.lines("/proc/stat") or [""])[0].split()
    if not words or words[0] != "cpu":
        return {}
    return dict(zip(TICKS, (int(word) for word in words[1:]), strict=False))


def ticks_per_second() -> int:
    """Return the unit of the kernel's CPU counters."""
    return os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def _load(tree: Tree) -> str:
    text = tree.text("/proc/loadavg")
    if text != UNKNOWN:
        return " ".join(text.split()[:3])
    try:
        return " ".join(f"{load:.2f}" for load in os.getloadavg())
    except OSError:
        return UNKNOWN


def _counter(tree: Tree, name: str) -> str:
    return tree.table("/proc/vmstat", separator=" ").get(name, UNKNOWN)


def _throttled(tree: Tree) -> str:
    """Return how often the cores were slowed for heat, all together."""
    counts = [
        tree.text(str(path.relative_to(tree.root)))
        for path in tree.glob(f"{CPU}/cpu*/thermal_throttle/*_throttle_count")
    ]
    return str(sum(int(count) for count in counts if count.isdigit())) if counts else UNKNOWN


def _cgroup_throttled(tree: Tree) -> str:
    for name in (f"{own_group(tree)}/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat"):
        found = tree.table(name, separator=" ").get("nr_throttled")
        if found:
            return found
    return UNKNOWN
