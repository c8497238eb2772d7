"""What the machine's counters did while a run measured: run.json's moments before and after."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from runner.findings import STRETCHES

STOLEN = 0.02
"""Share of all CPU ticks kept by the hypervisor, above which a stretch is flagged (§4.7)."""

COUNTERS = {
    "throttled": "throttled",
    "cgroup_throttled": "cgroup_throttled",
    "swapped_in": "pswpin",
    "swapped_out": "pswpout",
}
"""Columns of STRETCHES by the counter of a moment; any increase is flagged."""

_TICKS = "ticks_"
_NO_TICKS = "ticks_per_second"

Moment = Mapping[str, object]


def stretches_frame(runs: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return the frame findings.STRETCHES: one row for each stretch of each run, in order.

    A stretch is one go of `ipcmatrix run`, all its sittings; a run that was resumed has several.
    """
    rows = [row for run in runs for row in _rows(run)]
    return pd.DataFrame(rows, columns=list(STRETCHES))


def _rows(run: Mapping[str, object]) -> Iterator[dict[str, object]]:
    known = run.get("stretches")
    for stretch in known if isinstance(known, list) else []:
        before, after = stretch.get("before"), stretch.get("after")
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield {
                "machine": str(run.get("machine", "")),
                "run": str(run.get("run", "")),
                "sittings": ", ".join(map(str, stretch.get("sittings") or ())),
                **_changes(before, after),
            }


def _changes(before: Moment, after: Moment) -> dict[str, object]:
    steal = _steal(before, after)
    grown = {name: _grown(before, after, counter) for name, counter in COUNTERS.items()}
    raised = {
        "stolen": steal is not None and steal > STOLEN,
        "throttled": bool(grown["throttled"] or grown["cgroup_throttled"]),
        "swapped": bool(grown["swapped_in"] or grown["swapped_out"]),
    }
    flags = ";".join(name for name, has in raised.items() if has)
    return {"steal": steal, **grown, "flags": flags}


def _steal(before: Moment, after: Moment) -> float | None:
    """Return the stolen share of the ticks of all kinds."""
    names = [name for name in before if name.startswith(_TICKS) and name != _NO_TICKS]
    grown = {name: _grown(before, after, name) for name in names}
    whole = sum(one for one in grown.values() if one is not None)
    stolen = grown.get("ticks_steal")
    return None if stolen is None or whole <= 0 else stolen / whole


def _grown(before: Moment, after: Moment, name: str) -> int | None:
    """Return by how much a counter grew, None where it is not told."""
    texts = (str(before.get(name, "")), str(after.get(name, "")))
    return int(texts[1]) - int(texts[0]) if all(text.isdecimal() for text in texts) else None
