"""Which transport to use in which situation: rows chosen by rules over typed results.

A transport is recommended where it is decided to be faster than the baseline; what only bounds the
others is never recommended.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from typing import Literal

from runner.report import figures
from runner.report.contexts import TOPOLOGY
from runner.report.phrases import direction
from runner.report.view import View
from runner.results import AcrossMachines, CellSummary, Comparison, Context, ModeRatio

SMALL = 1000
"""Bytes below which a message is small: the cost of a message counts, not that of its bytes."""
SOONER = 1.5
"""How much sooner sends must return before that is worth a row."""
_SLOW = 0.5
"""Speed relative to the baseline below which a transport is one to avoid."""
_ROWS = 9
_CORES: Mapping[str, str] = {"one core": "1", "two cores": "2", "mixed": "1 or 2"}


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure a row is: its kind, what limits that, and what else the reader must know of it.

    `within` is how large a difference the equal may have, `modes` are the ratios of the undecided
    in each of the kernel's two modes. `unjudged` is the fastest of what was measured to be faster
    than the advice, but beside an A/A control that differs. `also` is a remark in words.
    """

    kind: Literal["clear", "equal", "undecided", "no", "measured"]
    one_session: bool = False
    noisy: bool = False
    within: float = 0.0
    modes: Sequence[ModeRatio] = ()
    unjudged: Comparison | None = None
    also: str = ""

    @property
    def parts(self) -> Sequence[str]:
        """The certainty in words, and a remark where there is one."""
        limits = {
            "clear": ", one session" * self.one_session,
            "equal": f" within {figures.percent(self.within)}",
            "undecided": ", noisy" * self.noisy,
            "no": ": the A/A control differs",
        }
        said, remark = self.kind + limits.get(self.kind, ""), self.also
        if self.unjudged:
            remark = "faster ones not judged"
        elif self.modes:
            each = " or ".join(f"{figures.ratio(one.ratio)}×" for one in self.modes)
            remark = f"{figures.count(self.modes[0].workers, 'worker')}: {each}"
        return [said, remark] if remark else [said]

    def __str__(self) -> str:
        """Return all in one line."""
        return "; ".join(self.parts)


@dataclass(frozen=True, slots=True)
class Situation:
    """One row: if you do `when`, use `use`; `pair` is the comparison with the baseline.

    `instead` has the figures, and a remark where there is one. `short` names the situation in a
    title. `each` are the rows of single message sizes that one row stands for.
    """

    when: str
    use: str
    instead: Sequence[str]
    sure: Certainty
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
    found: list[tuple[int, Context, Situation]] = []  # fewest workers, context of the most, row
    for context in usual:
        choice = options(view, context, view.newest)
        alone = context.workers == 1 and context.topology != base.topology
        if not choice or (alone and context not in view.round_trips):
            continue
        least, row = context.workers, advice(view, choice)
        if found:
            fewer, before, last = found[-1]
            same = (last.use, last.sure.kind) == (row.use, row.sure.kind)
            if same and before._replace(workers=context.workers) == context:
                *said, end = row.instead
                sure = replace(row.sure, modes=row.sure.modes or last.sure.modes)
                row = replace(row, instead=[*said, f"{end} at {context.workers}"], sure=sure)
                least = fewer
                found.pop()
        when, short = words(view, context, least)
        found.append((least, context, replace(row, when=when, short=short)))
    for _, alike in groupby(found, lambda one: _but_for_size(view, *one[1:])):
        rows = list(alike)
        yield _of_sizes(view, rows) if len(rows) > 1 else rows[0][-1]


def _but_for_size(view: View, context: Context, row: Situation) -> tuple[object, ...]:
    """Return what rows have in common that differ in the size of messages only."""
    sized = row.advised and view.catalogue.message_bytes(context.payload) is not None
    kind = context.payload.partition(":")[0] if sized else context.payload
    known = row.sure.one_session, row.sure.unjudged is None
    return context._replace(payload=kind), row.use, known


def _of_sizes(view: View, alike: Sequence[tuple[int, Context, Situation]]) -> Situation:
    """Return one row for messages of several sizes with the same answer, each decided."""
    octets = [view.catalogue.message_bytes(context.payload) or 0 for _, context, _ in alike]
    least, largest, _ = alike[octets.index(max(octets))]
    when, _ = words(view, largest, least, min(octets))
    rows = [row for *_, row in alike]
    ratios = [row.pair.ratio for row in rows if row.pair and row.pair.ratio]
    span = f"{figures.ratio(min(ratios))}× to {figures.ratio(max(ratios))}×"
    sure = rows[0].sure
    if any(row.sure.also != sure.also for row in rows):
        sure = replace(sure, also="")
    return replace(rows[0], when=when, instead=[span], sure=sure, each=tuple(rows))


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
    faster = [one for one in found if direction(one) == 1]
    if faster:
        pair = _best(view, faster)
        better = [one for one in found if one.verdict == "invalid" and one.low > pair.high]
        unjudged = max(better, key=lambda one: one.ratio or 0.0, default=None)
        sure = replace(certainty(view, pair), unjudged=unjudged)
        name = view.name("transport", pair.a)
        return Situation("", name, _ratio(view, pair), sure, pair=pair, advised=True)
    own = [one for one in found if (one.a, one.b) == view.opposed] or found
    pair = max(own, key=lambda one: one.ratio or 0.0)
    stay = f"stay with {view.name('transport', pair.b)}"
    use = stay if direction(pair) == -1 else "either"
    said = f"{view.name('transport', pair.a)} {figures.times(pair.span)}"
    return Situation("", use, [said], certainty(view, pair), pair=pair)


def over_machines(view: View, pair: Comparison | None) -> AcrossMachines | None:
    """Return what several machines of the pair's kind say together, None where there are none."""
    if pair is None:
        return None
    place = (pair.compared_axis, pair.python, pair.transport, pair.context._replace(machine=""))
    for row in view.findings.across:
        where = (row.compared_axis, row.python, row.transport, row.context)
        if pair.machine in row.machines and where == place:
            turned = row if row.a == pair.a else row.flipped()
            if (turned.a, turned.b) == (pair.a, pair.b):
                return turned
    return None


def pooled(view: View, pair: Comparison | None) -> Comparison | None:
    """Return the pair with what several machines of its kind say together, where there are any."""
    row = over_machines(view, pair)
    if row is None or pair is None:
        return pair
    return replace(pair, ratio=row.ratio, low=row.low, high=row.high, verdict=row.verdict)


def _best(view: View, faster: list[Comparison]) -> Comparison:
    """Return the fastest of those that are decided to be faster than the baseline."""
    row = view.fastest.get((faster[0].python, faster[0].context))
    first = row.winners[:1] if row else ()
    own = next((pair for pair in faster if first == (pair.a,)), None)
    return own or max(faster, key=lambda one: one.ratio or 0.0)


def words(view: View, context: Context, least: int = 0, smallest: int = 0) -> tuple[str, str]:
    """Return a situation in words for the table, and in few for a title.

    Those for the table are of `least` workers and more, and of `smallest` bytes and more, where
    these are given.
    """
    octets = view.catalogue.message_bytes(context.payload)
    kinds = {one.payload for one in view.contexts}
    alike = sum(view.catalogue.message_bytes(one) == octets for one in kinds)
    kind = view.name("payload", context.payload)
    which = f" ({kind if octets is None else kind.partition(':')[0]})" if alike > 1 else ""
    usual = view.base is not None and context.payload == view.base.payload
    if octets is None:
        which = "" if usual else which
        what, short = f"small objects{which}", f"small messages{which}"
    else:
        short = f"{figures.octets(octets)}{which or ' messages'}"
        what = f"{figures.octets(smallest)} to {short}" if smallest else short
    with_what = "" if usual and not smallest else f", {what}"
    count = figures.count(context.workers, "worker")
    several = f"{least}–{count}" if least not in (0, context.workers) else count
    if context in view.round_trips:
        name = view.name("topology", context.topology)
        other = "" if context.topology == view.asking else f" ({name})"
        asked = f"ask {several} and wait" if context.workers > 1 else "ask and wait for an answer"
        return f"{asked}{other}{with_what}", f"request–reply{other}{with_what}"
    if any(row.topology == context.topology for row in view.crossovers):
        work = _work(context.topology)
        return f"feed {several}{work}{with_what}", f"{count}{work}{with_what}"
    if context.topology == TOPOLOGY:
        verb = "stream" if octets is None or octets < SMALL else "send"
        return f"{verb} {what}", short
    name = view.name("topology", context.topology)
    return f"use {name}, {several}{with_what}", name


def _work(topology: str) -> str:
    """Return the work for each message of `fan_out:50us~exp` in words, "" without any."""
    work, uneven, _ = topology.partition(":")[2].partition("~")
    if not work:
        return ""
    time = work.replace("us", " µs")
    return f", uneven work ({time})" if uneven else f", {time} of work each"


def _ratio(view: View, pair: Comparison) -> Sequence[str]:
    """Return the ratio with its interval, and both round trips where they were timed."""
    said = figures.times(pair.span)
    short, long = (cell.latency_p50 if cell else None for cell in _cells(view, pair))
    if not short or not long or short >= long or over_machines(view, pair):
        return [said]
    return [said, f"{figures.seconds(short)} instead of {figures.seconds(long)}"]


def _cells(view: View, pair: Comparison) -> list[CellSummary | None]:
    return [view.measured.get((pair.python, arm, pair.context)) for arm in (pair.a, pair.b)]


def certainty(view: View, pair: Comparison) -> Certainty:
    """Return how sure a comparison is, and what else the reader must know of it."""
    if pair.verdict == "invalid":
        return Certainty("no")
    if direction(pair) is None:
        modes = view.by_mode(pair)
        return Certainty("undecided", noisy="noisy" in pair.flags and not modes, modes=modes)
    if direction(pair) == 0:
        return Certainty("equal", within=pair.equal_within or view.findings.margin)
    also = ""
    cells = [cell for cell in _cells(view, pair) if cell]
    if pair.modes == "mixed" and len(cells) == 2:
        also = "number of cores varied"
        own, base = (_CORES.get(cell.mode, "") for cell in cells)
        if own and base and own != base:
            cores = "core" if own == "1" else "cores"
            also = f"on {own} {cores}, {view.name('transport', pair.b)} {base}"
    return Certainty("clear", one_session=pair.sessions <= 1, also=also)


def _aspects(view: View, base: Context) -> Iterator[Situation]:
    """Yield what else matters than speed: a send that returns at once, a slow one, memory."""
    own, shared = view.opposed
    baseline = view.baseline("transport", base)
    name = view.name("transport", baseline)
    pairs = view.transport_pairs(view.newest, base)
    sends = view.transport_pairs(view.newest, base, "send").get(own, baseline)
    whole = pairs.get(own, baseline)
    if shared == baseline and sends and sends.ratio and whole:
        sooner = sends.span.flipped().middle or 0.0
        if direction(sends) == -1 and sooner >= SOONER:
            said = [f"send returns {figures.factor(sooner)} sooner"]
            if direction(whole) != -1:
                said.append(f"delivery is {'slower' if direction(whole) == 1 else 'not faster'}")
            when = "must not block the producer"
            yield Situation(when, f"stay with {name}", said, Certainty("clear"))
    slow = [
        pair
        for one in view.transports
        if one != baseline and not view.catalogue.bounds(one)
        if (pair := pairs.get(one, baseline)) is not None
        if direction(pair) == -1 and pair.high < _SLOW
    ]
    if slow:
        pair = min(slow, key=lambda one: one.ratio or 1.0)
        when, said = f"consider {view.name('transport', pair.a)}", [figures.times(pair.span)]
        yield Situation(when, "avoid it", said, certainty(view, pair), pair=pair)
    yield from _memory(view, own, baseline)


def _memory(view: View, own: str, baseline: str) -> Iterator[Situation]:
    """Yield a row where the baseline's processes grew much larger than the other's."""
    found = []
    for (python, transport, context), row in view.measured.items():
        other = view.measured.get((python, own, context))
        if (python, transport) == (view.newest, baseline) and other:
            large, small = row.peak_rss_kib or 0.0, other.peak_rss_kib or 0.0
            if large > 2 * small > 0:
                found.append((large, small, row))
    if found:
        large, small, row = max(found, key=lambda one: one[0])
        one, name = (view.name("transport", arm) for arm in (own, baseline))
        said = [
            f"{name} grew to {figures.size(large * 1024)}",
            f"{one} to {figures.size(small * 1024)}",
        ]
        sure = Certainty("measured", also=f"{figures.whole(row.messages_median)} messages")
        yield Situation("worry about memory", one, said, sure)
