"""What the machine did while a run measured: run.json's moments before and after each session."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.results import SessionInterval

STOLEN = 0.02
"""Share of CPU ticks kept by the hypervisor above which a session is flagged (method.md §10)."""

COUNTERS = {
    "throttled": "throttled",
    "cgroup_throttled": "cgroup_throttled",
    "swapped_in": "pswpin",
    "swapped_out": "pswpout",
}
"""Fields of SessionInterval by the counter of a moment; any increase is flagged."""

_TICKS = "ticks_"
_NO_TICKS = "ticks_per_second"

Moment = Mapping[str, object]


def session_intervals(runs: Sequence[Mapping[str, object]]) -> list[SessionInterval]:
    """Return what the machine did from before to after each session of each run, in order.

    Older runs kept moments of one go of `ipcmatrix run` only, all its sessions together.
    """
    found = []
    for run in runs:
        for entry in (*_entries(run, "starts"), *_entries(run, "sessions")):
            before, after = entry.get("before"), entry.get("after")
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                numbers = entry.get("sessions") or (entry.get("session"),)
                sessions = ", ".join(str(one) for one in numbers if one is not None)
                found.append(_interval(run, sessions, before, after))
    return found


def _entries(run: Mapping[str, object], name: str) -> list[Mapping[str, Any]]:
    known = run.get(name)
    return [one for one in known if isinstance(one, Mapping)] if isinstance(known, list) else []


def _interval(
    run: Mapping[str, object], sessions: str, before: Moment, after: Moment
) -> SessionInterval:
    seconds, waited = _between(before, after, _uptime), _between(before, after, _waited)
    names = [name for name in before if name.startswith(_TICKS) and name != _NO_TICKS]
    grown = {name: _grown(before, after, name) for name in names}
    ticks = {name: one for name, one in grown.items() if one is not None}
    whole, idle = sum(ticks.values()), ticks.get("ticks_idle", 0) + ticks.get("ticks_iowait", 0)
    stolen = ticks.get("ticks_steal")
    steal = stolen / whole if stolen is not None and whole > 0 else None
    counts = {name: _grown(before, after, counter) for name, counter in COUNTERS.items()}
    raised = {
        "stolen": steal is not None and steal > STOLEN,
        "throttled": bool(counts["throttled"] or counts["cgroup_throttled"]),
        "swapped": bool(counts["swapped_in"] or counts["swapped_out"]),
    }
    return SessionInterval(
        machine=str(run.get("machine", "")),
        run=str(run.get("run", "")),
        sessions=sessions,
        minutes=None if seconds is None else seconds / 60,
        load=_arrow(before, after, lambda one: str(one.get("load", "")).partition(" ")[0]),
        busy=(whole - idle) / whole if whole > 0 else None,
        pressure=waited / 1e6 / seconds if waited is not None and seconds else None,
        processes=_arrow(before, after, lambda one: str(one.get("processes", ""))),
        temperature=_arrow(before, after, _hottest),
        steal=steal,
        **counts,
        flags=tuple(name for name, has in raised.items() if has),
    )


def _uptime(moment: Moment) -> float | None:
    try:
        return float(str(moment.get("uptime_seconds", "")))
    except ValueError:
        return None


def _waited(moment: Moment) -> float | None:
    """Return the microseconds in which some task waited for a core, of a moment's PSI."""
    found = re.search(r"some [^t]*total=([0-9]+)", str(moment.get("pressure_cpu")))
    return float(found[1]) if found else None


def _hottest(moment: Moment) -> str:
    """Return the hottest zone in whole degrees; the kernel gives thousandths."""
    zones = [one for one in str(moment.get("temperature", "")).split() if one.isdecimal()]
    return f"{max(map(int, zones)) / 1000:.0f}" if zones else ""


def _between(before: Moment, after: Moment, read: Callable[[Moment], float | None]) -> float | None:
    first, last = read(before), read(after)
    return None if first is None or last is None else max(0.0, last - first)


def _arrow(before: Moment, after: Moment, read: Callable[[Moment], str]) -> str:
    first, last = read(before), read(after)
    return f"{first} → {last}" if {first, last}.isdisjoint(("", "unknown")) else ""


def _grown(before: Moment, after: Moment, name: str) -> int | None:
    """Return by how much a counter grew, None where it is not known.

    A count over containers shrinks where one of them ended: that is no growth.
    """
    texts = (str(before.get(name, "")), str(after.get(name, "")))
    if not all(text.isdecimal() for text in texts):
        return None
    return max(0, int(texts[1]) - int(texts[0]))
