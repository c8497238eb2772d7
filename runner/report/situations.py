"""Which transport to use in which situation: rows chosen by rules over typed results.

A transport is recommended where it is decided to be faster than the baseline; what only bounds the
others is never recommended.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice

from runner.report import figures
from runner.report.contexts import TOPOLOGY
from runner.report.phrases import direction
from runner.report.view import View
from runner.results import AcrossMachines, CellSummary, Comparison, Context

SMALL = 1000
"""Bytes below which a message is small: the cost of a message counts, not that of its bytes."""
SOONER = 1.5
"""How much sooner sends must return before that is worth a row."""
_SLOW = 0.5
"""Speed relative to the baseline below which a transport is one to avoid."""
NOT_JUDGED = "faster ones not judged"
_ROWS = 9
_LATE = "; delivery is not faster"
_CORES: Mapping[str, str] = {"one core": "1 core", "two cores": "2 cores", "mixed": "1 or 2 cores"}


@dataclass(frozen=True, slots=True)
class Situation:
    """One row: if you do `when`, use `use`; `pair` is the comparison with the baseline.

    `short` names the situation in a title. After a semicolon `instead` and `sure` have a remark.
    `each` are the rows of single message sizes that one row stands for.
    """

    when: str
    use: str
    instead: str
    sure: str
    short: str = ""
    pair: Comparison | None = None
    advised: bool = False
    each: tuple["Situation", ...] = ()


def message(view: View, payload: str) -> str:
    """Return a payload as `bytes 100 kB`; its name where that does not give a size."""
    octets, name = view.catalogue.message_bytes(payload), view.name("payload", payload)
    return name if octets is None else f"{name.rpartition(':')[0]} {figures.octets(octets)}"


def situations(view: View, base: Context) -> Iterator[Situation]:
    """Yield the rows of one machine, of which `base` is the context that it shows first."""
    return chain(islice(_by_context(view, base), _ROWS), _aspects(view, base))


def _by_context(view: View, base: Context) -> Iterator[Situation]:
    """Yield a row for each pattern and message, as they are common; those alike share one."""
    usual = [
        one
        for one in view.contexts_of("transport")
        if one._replace(payload="", topology="", workers=0)
        == base._replace(payload="", topology="", workers=0)
        and view.transport_pairs(view.newest, one)
    ]
    usual.sort(key=lambda one: (one in view.round_trips, one.topology != base.topology))
    found: list[tuple[Context, Situation]] = []
    for context in usual:
        row = _situation(view, context)
        alone = context.workers == 1 and context.topology != base.topology
        if row is None or (alone and context not in view.round_trips):
            continue
        before, last = found[-1] if found else (context, None)
        same = last is not None and (last.use, _kind(last)) == (row.use, _kind(row))
        if last and same and before._replace(workers=context.workers) == context:
            row = _merged([before, context], row, last)
            found.pop()
        found.append((context, row))
    for _, alike in groupby(found, lambda one: _but_for_size(view, *one)):
        rows = list(alike)
        yield _of_sizes(view, rows) if len(rows) > 1 else rows[0][1]


def _kind(row: Situation) -> str:
    """Return whether a row is clear, equal or undecided."""
    return re.split("[ ,;]", row.sure)[0]


def _but_for_size(view: View, context: Context, row: Situation) -> tuple[object, ...]:
    """Return what rows have in common that differ in the size of messages only."""
    sized = row.advised and view.catalogue.message_bytes(context.payload) is not None
    kind = context.payload.partition(":")[0] if sized else context.payload
    known = row.sure.partition("; ")[0], row.sure.endswith(NOT_JUDGED)
    return context._replace(payload=kind), row.use, known


def _of_sizes(view: View, alike: list[tuple[Context, Situation]]) -> Situation:
    """Return one row for messages of several sizes with the same answer, each decided."""
    octets = [view.catalogue.message_bytes(context.payload) or 0 for context, _ in alike]
    rows = [row for _, row in alike]
    least, most = figures.octets(min(octets)), figures.octets(max(octets))
    when = rows[octets.index(max(octets))].when.replace(most, f"{least} to {most}")
    ratios = [row.pair.ratio for row in rows if row.pair and row.pair.ratio]
    sure, _, _ = rows[0].sure.partition("; ")
    remark, *others = {row.sure.partition("; ")[2] for row in rows}
    sure += f"; {remark}" * bool(remark and not others)
    instead = f"{figures.ratio(min(ratios))}× to {figures.ratio(max(ratios))}×"
    return replace(rows[0], when=when, instead=instead, sure=sure, each=tuple(rows))


def _merged(contexts: list[Context], row: Situation, before: Situation) -> Situation:
    """Return one row for worker counts with the same answer, with the figures of the most."""
    least = re.search(r"\d+", before.when)
    counts = f"{least.group() if least else contexts[0].workers}–{contexts[-1].workers}"
    when = re.sub(rf"\b{contexts[-1].workers}\b", counts, row.when, count=1)
    said = row.instead.partition(" at ")[0]
    instead = f"{said} at {contexts[-1].workers}"
    sure = row.sure
    _, _, modes = before.sure.partition("; ")
    both = sure.startswith("undecided") and before.sure.startswith("undecided")
    if both and modes and ";" not in sure:
        sure = f"{sure}; {modes}"
    return Situation(when, row.use, instead, sure, row.short, row.pair, row.advised)


def options(
    view: View, context: Context, python: str, only: Collection[str] = ()
) -> list[Comparison]:
    """Return the transports to choose from, each over the baseline, in the order of the report.

    `only` names those to choose from: the baseline is one of them then, if there are several.
    """
    baseline = view.baseline("transport", context)
    named = [one for one in view.transports if one in only]
    if len(named) > 1 and baseline not in named:
        baseline = named[-1]
    pairs = view.transport_pairs(python, context)
    return [
        pair
        for one in named or view.transports
        if one != baseline and not view.catalogue.bounds(one)
        if (pair := pooled(view, pairs.get(one, baseline))) is not None and pair.ratio
    ]


def advice(view: View, found: Sequence[Comparison]) -> Situation:
    """Return what to use among options that were compared with one baseline; `when` is empty."""
    base = view.name("transport", found[0].b)
    faster = [one for one in found if direction(one) == 1]
    if faster:
        pair = _best(view, faster)
        name = view.name("transport", pair.a)
        said, sure = _ratio(view, pair), _certainty(view, pair)
        if not_judged(found, pair):
            sure = f"{sure.partition('; ')[0]}; {NOT_JUDGED}"
        return Situation("", name, said, sure, pair=pair, advised=True)
    own = [one for one in found if (one.a, one.b) == view.opposed] or found
    pair = max(own, key=lambda one: one.ratio or 0.0)
    name = view.name("transport", pair.a)
    said = f"{name} {figures.times(pair.span)}"
    if direction(pair) == 0:
        return Situation("", "either", said, equal(view, pair), pair=pair)
    use = f"stay with {base}" if direction(pair) == -1 else "either"
    return Situation("", use, said, _certainty(view, pair), pair=pair)


def not_judged(found: Sequence[Comparison], best: Comparison) -> list[Comparison]:
    """Return what was measured to be faster than the best, beside an A/A control that differs."""
    return [one for one in found if one.verdict == "invalid" and one.low > best.high]


def _situation(view: View, context: Context) -> Situation | None:
    found = options(view, context, view.newest)
    if not found:
        return None
    when, short = words(view, context)
    return replace(advice(view, found), when=when, short=short)


def over_machines(view: View, pair: Comparison | None) -> AcrossMachines | None:
    """Return what several machines of the pair's kind say together, None where there are none."""
    if pair is None:
        return None
    context = pair.context._replace(machine="")
    for row in view.findings.across:
        here = pair.machine in row.machines and row.compared_axis == pair.compared_axis
        if here and (row.python, row.transport, row.context) == (
            pair.python,
            pair.transport,
            context,
        ):
            turned = row if (row.a, row.b) == (pair.a, pair.b) else row.flipped()
            if (turned.a, turned.b) == (pair.a, pair.b):
                return turned
    return None


def pooled(view: View, pair: Comparison | None) -> Comparison | None:
    """Return the pair with what several machines of its kind say together, where there are any."""
    row = over_machines(view, pair)
    if row is None or pair is None:
        return pair
    known = {name: getattr(row, name) for name in ("ratio", "low", "high")}
    return replace(pair, **known, verdict=row.verdict)


def _best(view: View, faster: list[Comparison]) -> Comparison:
    """Return the fastest of those that are decided to be faster than the baseline."""
    for row in view.winners:
        if (row.python, row.context) == (faster[0].python, faster[0].context):
            for pair in faster:
                if row.winners[:1] == (pair.a,):
                    return pair
    return max(faster, key=lambda one: one.ratio or 0.0)


def words(view: View, context: Context) -> tuple[str, str]:
    """Return a situation in words for the table, and in few for a title."""
    octets = view.catalogue.message_bytes(context.payload)
    kinds = {one.payload for one in view.contexts}
    alike = sum(view.catalogue.message_bytes(one) == octets for one in kinds)
    kind = view.name("payload", context.payload)
    which = f" ({kind if octets is None else kind.partition(':')[0]})" if alike > 1 else ""
    if octets is None:
        which = "" if view.base and context.payload == view.base.payload else which
        what = short = f"small objects{which}"
        short = f"small messages{which}"
    else:
        what = short = f"{figures.octets(octets)}{which or ' messages'}"
    usual = context.payload == (view.base.payload if view.base else "")
    with_what = "" if usual else f", {what}"
    many = context.workers > 1
    if context in view.round_trips:
        first = view.asking
        other = "" if context.topology == first else f" ({view.name('topology', context.topology)})"
        asked = f"ask {context.workers} workers and wait" if many else "ask and wait for an answer"
        return f"{asked}{other}{with_what}", f"request–reply{other}{with_what}"
    if any(row.topology == context.topology for row in view.crossovers):
        fed = f"{figures.count(context.workers, 'worker')}{_work(context.topology)}"
        return f"feed {fed}{with_what}", f"{fed}{with_what}"
    if context.topology == TOPOLOGY:
        verb = "stream" if octets is None or octets < SMALL else "send"
        return f"{verb} {what}", short
    name = view.name("topology", context.topology)
    return f"use {name}, {figures.count(context.workers, 'worker')}{with_what}", name


def _work(topology: str) -> str:
    """Return the work for each message of `fan_out:50us~exp` in words, "" without any."""
    work, uneven, _ = topology.partition(":")[2].partition("~")
    if not work:
        return ""
    time = work.replace("us", " µs")
    return f", uneven work ({time})" if uneven else f", {time} of work each"


def _ratio(view: View, pair: Comparison) -> str:
    """Return the ratio with its interval, and both round trips where they were timed."""
    said = figures.times(pair.span)
    if over_machines(view, pair):
        return said
    one, other = _cell(view, pair, pair.a), _cell(view, pair, pair.b)
    if one and other and one.latency_p50 and other.latency_p50:
        short, long = figures.seconds(one.latency_p50), figures.seconds(other.latency_p50)
        if one.latency_p50 < other.latency_p50:
            return f"{said}; {short} instead of {long}"
    return said


def _cell(view: View, pair: Comparison, arm: str) -> CellSummary | None:
    return view.measured.get((pair.python, arm, pair.context))


def _certainty(view: View, pair: Comparison) -> str:
    """Return how sure a comparison is, and what else the reader must know of it."""
    if pair.verdict == "invalid":
        return "no: the A/A control differs"
    if direction(pair) is None:
        modes = view.by_mode(pair)
        if modes:
            each = " or ".join(f"{figures.ratio(one.ratio)}×" for one in modes)
            return f"undecided; {figures.count(pair.workers, 'worker')}: {each}"
        return "undecided, noisy" if "noisy" in pair.flags else "undecided"
    parts = ["clear" if pair.sessions > 1 else "clear, one session"]
    one, other = _cell(view, pair, pair.a), _cell(view, pair, pair.b)
    if pair.modes == "mixed" and one and other:
        cores = [_CORES.get(cell.mode, "") for cell in (one, other)]
        if all(cores) and cores[0] != cores[1]:
            base = view.name("transport", pair.b)
            parts.append(f"on {cores[0]}, {base} {cores[1].rpartition(' ')[0]}")
        else:
            parts.append("number of cores varied")
    return "; ".join(parts)


def equal(view: View, pair: Comparison) -> str:
    """Return within what the two are equal, in words."""
    within = pair.equal_within or view.findings.margin
    return f"equal within {figures.percent(within)}"


def _aspects(view: View, base: Context) -> Iterator[Situation]:
    """Yield what else matters than speed: a send that returns at once, a slow one, memory."""
    own, shared = view.opposed
    baseline = view.baseline("transport", base)
    name = view.name("transport", baseline)
    sends = view.transport_pairs(view.newest, base, "send").get(own, baseline)
    whole = view.transport_pairs(view.newest, base).get(own, baseline)
    if shared == baseline and sends and sends.ratio and whole:
        sooner = sends.span.flipped()
        if direction(sends) == -1 and (sooner.middle or 0.0) >= SOONER:
            said = f"send returns {figures.factor(sooner.middle or 1.0)} sooner"
            late = {1: "; delivery is slower", -1: ""}.get(direction(whole) or 0, _LATE)
            yield Situation(
                "must not block the producer", f"stay with {name}", said + late, "clear"
            )
    pairs = view.transport_pairs(view.newest, base)
    slow = [
        pair
        for one in view.transports
        if one != baseline and not view.catalogue.bounds(one)
        if (pair := pairs.get(one, baseline)) is not None
        if direction(pair) == -1 and pair.high < _SLOW
    ]
    if slow:
        pair = min(slow, key=lambda one: one.ratio or 1.0)
        when = f"consider {view.name('transport', pair.a)}"
        said = figures.times(pair.span)
        yield Situation(when, "avoid it", said, _certainty(view, pair), pair=pair)
    yield from _memory(view, own, baseline)


def _memory(view: View, own: str, baseline: str) -> Iterator[Situation]:
    """Yield a row where the baseline's processes grew much larger than the other's."""
    found = []
    for (python, transport, context), row in view.measured.items():
        other = view.measured.get((python, own, context))
        if (python, transport) == (view.newest, baseline) and other:
            large, small = row.peak_rss_kib or 0.0, other.peak_rss_kib or 0.0
            if large > 2 * small > 0:
                found.append((large, small, context, row))
    if found:
        large, small, _, row = max(found, key=lambda one: one[0])
        names = [view.name("transport", one) for one in (own, baseline)]
        said = (
            f"{names[1]} grew to {figures.size(large * 1024)}; {names[0]} to "
            f"{figures.size(small * 1024)}"
        )
        sure = f"measured; {figures.whole(row.messages_median)} messages"
        yield Situation("worry about memory", names[0], said, sure)
