"""The same trials timed in three ways: how much of a difference is the way of timing."""

from runner.report import figures, phrases
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Comparison, Context

_CLOCKS = ("end_to_end", "send", "join", "cpu")
_ROWS = 6
_HOW = (
    "End-to-end: from the first send to the last receive. Send: until the last send returned, "
    "which for a queue with a feeder thread is before the data was sent. Join: until the reader "
    "was joined. CPU: messages per second of CPU, of all processes. Distortion: the ratio by send "
    "time over the ratio by end-to-end time."
)
_COLUMNS = (
    Column("transport"),
    Column("Python"),
    *(Column(one.replace("_", "-"), "right") for one in _CLOCKS),
    Column("distortion", "right"),
)


def clocks(view: View) -> Section:
    """Return send time against end-to-end time for the newest Python; every clock below."""
    title = "The stopwatch: send time or end-to-end time"
    contexts = view.contexts_of("transport", "send")[:1]
    tables = [one for context in contexts if (one := _table(view, context)).rows]
    if not tables:
        return Section("clocks", title)
    baseline = view.baseline("transport", contexts[0])
    lines = []
    for transport in view.transports:
        found = _row(view, view.newest, transport, contexts[0])
        if "send" in found and "end_to_end" in found and not view.catalogue.bounds(transport):
            shown = (phrases.brief(found[clock]) for clock in ("end_to_end", "send"))
            lines.append([Entry(view.name("transport", transport)), *shown])
    columns = [Column("transport"), Column("end-to-end", "right"), Column("send time", "right")]
    name = view.name("transport", baseline)
    brief = Table(
        "stopwatch",
        f"Speed relative to {name} by each clock (Python {view.newest})",
        columns,
        lines[:_ROWS],
        phrases.SHORT_LEGEND,
    )
    return Section("clocks", title, _worst(view), tables=[brief] * bool(lines), details=tables)


def _worst(view: View) -> list[str]:
    """Name the comparison that send time distorts most."""
    context = view.contexts_of("transport", "send")[0]
    found = []
    for python in view.pythons:
        for transport in view.transports:
            by_clock = _row(view, python, transport, context)
            part = _part(by_clock)
            if part is not None:
                found.append((max(part, 1 / part), python, transport, by_clock))
    if not found:
        return []
    _, python, transport, by_clock = max(found, key=lambda one: one[0])
    baseline = view.name("transport", view.baseline("transport", context))
    name = view.name("transport", transport)
    ends, sends = by_clock["end_to_end"], by_clock["send"]
    return [
        f"The largest distortion, on Python {python}: {name} is {figures.times(sends.span)} as "
        f"fast as {baseline} by send time, but {figures.times(ends.span)} by end-to-end time."
    ]


def _row(view: View, python: str, transport: str, context: Context) -> dict[str, Comparison]:
    baseline = view.baseline("transport", context)
    found = {
        clock: view.transport_pairs(python, context, clock).get(transport, baseline)
        for clock in _CLOCKS
    }
    return {clock: pair for clock, pair in found.items() if pair is not None}


def _part(by_clock: dict[str, Comparison]) -> float | None:
    ends, sends = by_clock.get("end_to_end"), by_clock.get("send")
    if ends is None or sends is None or not ends.ratio or not sends.ratio:
        return None
    return sends.ratio / ends.ratio


def _table(view: View, context: Context) -> Table:
    rows = []
    for transport in view.transports:
        for python in view.pythons:
            by_clock = _row(view, python, transport, context)
            part = _part(by_clock)
            if len(by_clock) < 2:
                continue
            rows.append(
                entries(
                    view.name("transport", transport),
                    python,
                    *(phrases.entry(by_clock.get(clock)) for clock in _CLOCKS),
                    Entry(f"{figures.ratio(part)}×" if part else figures.NOTHING, value=part),
                )
            )
    baseline = view.name("transport", view.baseline("transport", context))
    title = f"Speed relative to {baseline} by each clock ({view.label(context)})"
    anchor = f"clocks-{view.anchor(context)}"
    return Table(anchor, title, _COLUMNS, rows, f"{_HOW} {phrases.LEGEND}", heads=2)
