"""What a reader should know who reads nothing else."""

import re
from collections.abc import Iterator

from runner.report import figures
from runner.report.document import Section
from runner.report.phrases import MIXED, ROUNDS_MISSING, compare
from runner.report.sections.flags import end_to_end_ratios
from runner.report.sections.latency import percentile
from runner.report.sections.machines import pooled, sentence, shared
from runner.report.view import View
from runner.results import Comparison, Context, Crossover, Winner

_MEASURE = "Nothing was measured. `ipcmatrix run` measures; `ipcmatrix plan` says what it would."


def headlines(view: View) -> Section:
    """Return the sentences that answer the report's question."""
    if view.base is None:
        return Section("headlines", "In short", missing=_MEASURE)
    said = [
        *dict.fromkeys(said for base in view.bases for said in _own_or_shared(view, base)),
        *(said for base in view.bases for said in _fastest(view, base)),
        *_sharing(view),
        *dict.fromkeys(said for base in view.bases for said in _upgrade(view, base)),
        *_quickest_answer(view),
        *shared(view),
        *_noisy(view),
        *_lacking(view),
    ]
    margin = figures.percent(view.findings.margin)
    how = (
        f"Ratios are of messages in the same time, formed inside rounds; brackets hold 95 % "
        f"intervals; differences within ±{margin} count as equal."
    )
    return Section("headlines", "In short", sentences=[how], headlines=said)


def _own_or_shared(view: View, base: Context) -> Iterator[str]:
    """Answer the old question, Pipe or Queue, for each Python that was measured, oldest first."""
    for python in view.pythons:
        pair = view.transport_pairs(python, base).get(*view.opposed)
        if pair is not None:
            yield _said(view, pair, f"{python}, {view.label(base)}")


def _said(view: View, pair: Comparison, place: str) -> str:
    """Return the sentence of all machines of the pair's kind, or that of its own."""
    row = pooled(view, pair)
    return compare(view, pair, place) if row is None else sentence(view, row)


def _fastest(view: View, base: Context) -> Iterator[str]:
    for row in view.winners:
        if row.python == view.newest and row.context == base and row.winners:
            yield _fastest_of(view, row, view.label(base))
            return


def _fastest_of(view: View, row: Winner, place: str) -> str:
    tied = " and ".join(view.name("transport", one) for one in row.winners)
    verb = "are" if len(row.winners) > 1 else "is"
    rate = figures.scaled(row.best_rate, "messages/s")
    parts = [f"{tied} {verb} {'fastest' if row.decided else 'ahead'}, {rate} ({place})"]
    parts += [] if row.decided else ["not every comparison has a verdict"]
    parts += [said] if (said := MIXED.get(row.modes)) else []
    return (
        f"Under {row.python}, of {figures.count(row.compared, 'transport')} that carry objects "
        f"between processes, {'; '.join(parts)}."
    )


def _sharing(view: View) -> Iterator[str]:
    """Say what many workers should use: the widest fan-out under the newest Python."""
    rows = [row for row in view.crossovers if row.python == view.newest and row.ratio]
    for machine in dict.fromkeys(row.machine for row in rows):
        yield _sharing_of(view, [row for row in rows if row.machine == machine])


def _sharing_of(view: View, rows: list[Crossover]) -> str:
    own, one = view.opposed
    row = max(rows, key=lambda row: (row.pipe == own, row.queue == one, row.workers))
    place = f"{row.python}, {row.payload}, {row.topology}"
    place += f", machine {row.machine}" if len(view.machines) > 1 else ""
    span = row.span
    pipes = f"{row.workers} × {view.name('transport', row.pipe)}"
    shared = f"one shared {view.name('transport', row.queue)}"
    more = f"; {said}" if (said := MIXED.get(row.modes)) else ""
    if row.verdict == "slower":
        span = span.flipped()
    match row.verdict:
        case "faster" | "slower":
            said = f"{figures.times(span)} {row.verdict} than {shared}"
        case "equal":
            said = f"as fast as {shared}, {figures.times(span)}"
        case _:
            said = f"not decided against {shared}, {figures.times(span)}"
    return f"{pipes}: {said} ({place}){more}."


def _upgrade(view: View, base: Context) -> Iterator[str]:
    """Say what the step from the oldest to the newest Python 3 changes."""
    threes = [one for one in view.pythons if re.fullmatch(r"3\.\d+", one)]
    if len(threes) < 2:
        return
    for transport in [one for one in reversed(view.opposed) if one] or view.transports[:1]:
        pair = view.python_pairs(transport, base).get(threes[-1], threes[0])
        if pair is not None:
            place = f"{view.name('transport', transport)}, {view.label(base)}"
            yield f"Python {_said(view, pair, place)}"


def _quickest_answer(view: View) -> Iterator[str]:
    for machine in view.machines:
        timed = [
            row
            for row in view.measured.values()
            if row.latency_p50 is not None
            and (row.python, row.workers, row.machine) == (view.newest, 1, machine)
        ]
        if not timed:
            continue
        # The first topology of the table: there waiting comes before polling, which costs a core.
        row = min(
            timed,
            key=lambda one: (
                view.catalogue.key("topology", one.topology),
                one.latency_p50 or 0.0,
                one.transport,
            ),
        )
        where = f", machine {machine}" if len(view.machines) > 1 else ""
        middle, tail = figures.seconds(row.latency_p50), percentile(row, 0.99)
        yield (
            f"The shortest round trip under {row.python} is that of "
            f"{view.name('transport', row.transport)}: median {middle}, 99th percentile {tail} "
            f"({row.payload}, {row.topology}{where})."
        )


def _noisy(view: View) -> Iterator[str]:
    """Say so where most ratios are noisy: their intervals are wide, and others may fall outside."""
    flags = [pair.flags for pair in end_to_end_ratios(view)]
    noisy = sum("noisy" in one for one in flags)
    if 2 * noisy > len(flags):
        yield (
            f"{noisy:,} of {figures.count(len(flags), 'ratio')} to the baseline are noisy (spread "
            "of the rounds above 0.15): their intervals are wide. Processes bound to cores, or a "
            "quieter machine, make them narrower."
        )


def _lacking(view: View) -> Iterator[str]:
    """Say so where rounds that were measured are gone from the trials."""
    blocks = {pair.block for pair in view.pairs if ROUNDS_MISSING in pair.flags}
    if blocks:
        yield (
            f"Rounds of {figures.count(len(blocks), 'block')} were measured and are missing in the "
            "trials: what rests on them is flagged “rounds missing”, and may be selected."
        )
