"""What a reader should know who reads nothing else."""

import re
from collections.abc import Iterator

from runner.report import figures, names
from runner.report.contexts import Context
from runner.report.document import Section
from runner.report.phrases import compare
from runner.report.rows import Pair
from runner.report.view import View

_MEASURE = "Nothing was measured. `ipcmatrix run` measures; `ipcmatrix plan` says what it would."


def headlines(view: View) -> Section:
    """Return the sentences that answer the report's question."""
    base = view.base
    if base is None:
        return Section("headlines", "In short", missing=_MEASURE)
    said = [
        *_pipe_or_queue(view, base),
        *_fastest(view, base),
        *_sharing(view),
        *_upgrade(view, base),
        *_quickest_answer(view),
    ]
    margin = figures.percent(view.findings.margin)
    how = (
        f"Ratios are of messages in the same time, formed inside rounds; brackets hold 95 % "
        f"intervals; differences within ±{margin} count as equal."
    )
    return Section("headlines", "In short", sentences=[how], headlines=said)


def _pipe_or_queue(view: View, base: Context) -> Iterator[str]:
    """Answer the old question for each Python that was measured, oldest first."""
    for python in view.pythons:
        pair = view.transport_pairs(python, base).get("pipe", "queue")
        if pair is not None:
            yield compare(pair, f"{python}, {view.label(base)}")


def _fastest(view: View, base: Context) -> Iterator[str]:
    for row in view.winners:
        if row.python == view.newest and row.payload == base.payload and row.winners:
            if row.topology != base.topology or row.messages != base.messages:
                continue
            tied = " and ".join(names.transport(one) for one in row.winners)
            verb = "are" if len(row.winners) > 1 else "is"
            rate = figures.scaled(row.best_rate, "messages/s")
            yield f"Under {row.python} {tied} {verb} fastest, {rate} ({view.label(base)})."
            return


def _sharing(view: View) -> Iterator[str]:
    """Say what many workers should use: the widest fan-out under the newest Python."""
    rows = [row for row in view.crossovers if row.python == view.newest and row.ratio]
    if not rows:
        return
    row = max(rows, key=lambda one: (one.pipe == "pipe", one.queue == "queue", one.workers))
    place = f"{row.python}, {row.payload}, {row.topology}"
    span = figures.Span(row.ratio, row.low, row.high)
    pipes = f"{row.workers} × {names.transport(row.pipe)}"
    shared = f"one shared {names.transport(row.queue)}"
    if row.verdict in ("faster", "slightly faster"):
        yield f"{pipes}: {figures.times(span)} faster than {shared} ({place})."
    elif row.verdict in ("slower", "slightly slower"):
        yield f"{pipes}: {figures.times(span.flipped())} slower than {shared} ({place})."
    else:
        word = "as fast as" if row.verdict == "same" else "not decided against"
        yield f"{pipes}: {word} {shared}, {figures.times(span)} ({place})."


def _upgrade(view: View, base: Context) -> Iterator[str]:
    """Say what the step from the oldest to the newest Python 3 changes."""
    threes = [one for one in view.pythons if re.fullmatch(r"3\.\d+", one)]
    if len(threes) < 2:
        return
    for transport in ("queue", "pipe"):
        pair = view.python_pairs(transport, base).get(threes[-1], threes[0])
        if pair is not None:
            yield _step(pair, f"{names.transport(transport)}, {view.label(base)}")


def _step(pair: Pair, place: str) -> str:
    return f"Python {compare(pair, place)}"


def _quickest_answer(view: View) -> Iterator[str]:
    timed = [
        row
        for row in view.measured.values()
        if row.latency_p50 is not None and row.python == view.newest and row.workers == 1
    ]
    if timed:
        row = min(timed, key=lambda one: (one.latency_p50 or 0.0, one.transport))
        middle, tail = figures.seconds(row.latency_p50), figures.seconds(row.latency_p99)
        yield (
            f"The shortest round trip under {row.python} has {names.transport(row.transport)}: "
            f"median {middle}, 99th percentile {tail} ({row.payload}, {row.topology})."
        )
