"""The findings, looked up by what a section asks: one cell, one pair, one context."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import urlencode

from runner.model import Catalogue, python_order
from runner.report import names
from runner.report.contexts import TOPOLOGY, Pairs, context_key, label
from runner.results import (
    Ceiling,
    CellSummary,
    Comparison,
    Context,
    Crossover,
    Failure,
    Findings,
    ModeRatio,
    SampledTrial,
    Winner,
)


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda one: (-counts[one], one))


@dataclass(frozen=True)
class View:
    """Findings with their rows indexed. Cheap to make; each index is built when first asked for."""

    findings: Findings

    @property
    def catalogue(self) -> Catalogue:
        """What there is to know of transports, payloads, topologies and probes."""
        return self.findings.catalogue

    def name(self, axis: str, value: str) -> str:
        """Return how a value of an axis is written."""
        return names.shown(self.catalogue, axis, value)

    def context_key(self, context: Context) -> tuple[object, ...]:
        """Return a sort key for contexts: see there."""
        return context_key(context, self.catalogue)

    def place(self, transport: str) -> int:
        """Return a transport's place among those of the run, by which pictures distinguish it."""
        known = self.transports
        return known.index(transport) if transport in known else len(known)

    @cached_property
    def cells(self) -> dict[tuple[str, str, Context], CellSummary]:
        """Every cell by Python, transport and context."""
        return {(row.python, row.transport, row.context): row for row in self.findings.cells}

    @cached_property
    def measured(self) -> dict[tuple[str, str, Context], CellSummary]:
        """The cells that have a rate."""
        return {key: row for key, row in self.cells.items() if row.rate}

    @cached_property
    def pythons(self) -> tuple[str, ...]:
        """Every Python of the run, in version order."""
        return tuple(sorted({key[0] for key in self.cells}, key=python_order))

    @cached_property
    def transports(self) -> tuple[str, ...]:
        """Every transport of the run, in the order of the report."""
        return tuple(
            sorted({key[1] for key in self.cells}, key=partial(self.catalogue.key, "transport"))
        )

    @cached_property
    def contexts(self) -> tuple[Context, ...]:
        """Every measured context: the one with most cells first, the others in their order."""
        counts = Counter(key[2] for key in self.measured)
        ordered = sorted(counts, key=self.context_key)
        if not ordered:
            return ()
        base = max(ordered, key=lambda one: (one.topology == TOPOLOGY, counts[one]))
        return (base, *(one for one in ordered if one != base))

    @cached_property
    def round_trips(self) -> frozenset[Context]:
        """The contexts in which round trips were timed."""
        return frozenset(key[2] for key, row in self.measured.items() if row.latency_p50)

    @property
    def asking(self) -> str:
        """The first topology in which round trips were timed; "" where none were."""
        return next((one.topology for one in self.contexts if one in self.round_trips), "")

    @cached_property
    def bases(self) -> list[Context]:
        """The context that a report shows first of each machine, the base's machine first."""
        found: dict[str, Context] = {}
        for one in self.contexts:
            known = found.setdefault(one.machine, one)
            if known.topology != TOPOLOGY == one.topology:
                found[one.machine] = one
        return list(found.values())

    @property
    def base(self) -> Context | None:
        """The context that the report shows first, or None where nothing was measured."""
        return self.contexts[0] if self.contexts else None

    @cached_property
    def machines(self) -> tuple[str, ...]:
        """Every machine of the run."""
        return tuple(sorted({key[2].machine for key in self.cells}))

    @cached_property
    def newest(self) -> str:
        """The newest CPython that was measured, or the last name there is."""
        found = sorted({key[0] for key in self.measured}, key=python_order)
        plain = [one for one in found if one.replace(".", "").isdigit()]
        return (plain or found or [""])[-1]

    @cached_property
    def shown(self) -> list[Comparison]:
        """The comparisons that a report shows: of the clocks other than end-to-end only those
        with a baseline, the run's or the report's, since a run has very many."""
        base = self.opposed[1]
        return [
            one
            for one in self.findings.comparisons
            if one.clock == "end_to_end" or one.to_baseline or base in (one.a, one.b)
        ]

    @cached_property
    def pairs(self) -> list[Comparison]:
        """The shown comparisons without the controls."""
        return [one for one in self.shown if not one.control]

    @cached_property
    def controls(self) -> list[Comparison]:
        """The baselines against their controls, by end-to-end time."""
        return [
            one for one in self.findings.comparisons if one.control and one.clock == "end_to_end"
        ]

    @cached_property
    def _groups(self) -> dict[tuple[str, str, str, Context], Pairs]:
        """Pairs by compared axis, clock, the other of Python and transport, and context."""
        found: dict[tuple[str, str, str, Context], Pairs] = {}
        for pair in self.pairs:
            other = pair.transport if pair.compared_axis == "python" else pair.python
            key = (pair.compared_axis, pair.clock, other, pair.context)
            found.setdefault(key, Pairs()).add(pair)
        return found

    def transport_pairs(self, python: str, context: Context, clock: str = "end_to_end") -> Pairs:
        """Return the pairs of transports that were compared on one Python in one context."""
        return self._groups.get(("transport", clock, python, context), Pairs())

    def python_pairs(self, transport: str, context: Context, clock: str = "end_to_end") -> Pairs:
        """Return the pairs of interpreters that were compared over one transport."""
        return self._groups.get(("python", clock, transport, context), Pairs())

    def by_mode(self, pair: Comparison | Crossover) -> list[ModeRatio]:
        """Return a pair's ratios in the kernel's modes, crowded and spread; none if it has one."""
        place: tuple[object, ...]
        if isinstance(pair, Crossover):
            place = ("transport", pair.python, "", pair.context, pair.pipe, pair.queue)
        else:
            place = _place_of(pair)
        turned = (*place[:4], place[5], place[4])
        known = self._modes
        return known.get(place) or [one.flipped() for one in known.get(turned, ())]

    @cached_property
    def _modes(self) -> dict[tuple[object, ...], list[ModeRatio]]:
        found: dict[tuple[object, ...], list[ModeRatio]] = {}
        for row in self.findings.modes:
            found.setdefault(_place_of(row), []).append(row)
        return found

    def contexts_of(self, compared_axis: str, clock: str = "end_to_end") -> list[Context]:
        """Return the contexts in which a compared axis was compared, in the order of `contexts`."""
        there = {key[3] for key in self._groups if key[0] == compared_axis and key[1] == clock}
        known = [one for one in self.contexts if one in there]
        return known + sorted(there - set(known), key=self.context_key)

    @cached_property
    def other_pairs(self) -> list[Comparison]:
        """Pairs of compared axes other than transport and python, by end-to-end time."""
        return [
            pair
            for pair in self.pairs
            if pair.compared_axis not in ("transport", "python") and pair.clock == "end_to_end"
        ]

    @cached_property
    def baselines(self) -> dict[str, str]:
        """The baseline of each compared axis: of transports the shared channel of `opposed`, which
        people have today, whatever the run's was; else the arm to which most ratios are formed."""
        own = {"transport": self.opposed[1]} if self.opposed[1] else {}
        return self._measured_baselines | own

    @cached_property
    def _measured_baselines(self) -> dict[str, str]:
        found: dict[str, Counter[str]] = {}
        for (compared_axis, _), counts in self._counts.items():
            found.setdefault(compared_axis, Counter()).update(counts)
        return {compared_axis: _most(counts) for compared_axis, counts in found.items()}

    @cached_property
    def _counts(self) -> dict[tuple[str, Context], Counter[str]]:
        """How often each arm is the baseline, by compared axis and context."""
        counts: dict[tuple[str, Context], Counter[str]] = {}
        for pair in self.findings.comparisons:
            if pair.to_baseline and not pair.control:
                counts.setdefault((pair.compared_axis, pair.context), Counter())[pair.b] += 1
        return counts

    def baseline(self, compared_axis: str, context: Context) -> str:
        """Return the baseline in one context: another one where it was not measured."""
        base = self.baselines.get(compared_axis, "")
        groups = self._by_axis_and_context.get((compared_axis, context), ())
        counts = self._counts.get((compared_axis, context))
        if counts is None or any(base in group.arms for group in groups):
            return base
        return _most(counts)

    @cached_property
    def _by_axis_and_context(self) -> dict[tuple[str, Context], list[Pairs]]:
        found: dict[tuple[str, Context], list[Pairs]] = {}
        for (axis, clock, _, context), group in self._groups.items():
            if clock == "end_to_end":
                found.setdefault((axis, context), []).append(group)
        return found

    @cached_property
    def opposed(self) -> tuple[str, str]:
        """A transport with a channel for each worker, and one whose channel all share.

        The baseline is one of them where it is of either kind; then the two that were compared in
        most blocks, then the first in the order of tables. Two "" where none were compared.
        """
        own, one = self.catalogue.own_channels, self.catalogue.one_channel
        counts: Counter[tuple[str, str]] = Counter()
        for pair in self.findings.comparisons:
            for a, b in ((pair.a, pair.b), (pair.b, pair.a)):
                if pair.compared_axis == "transport" and pair.of_report and own(a) and one(b):
                    counts[a, b] += 1
        baseline = self._measured_baselines.get("transport")
        order = sorted(counts, key=lambda arms: [self.catalogue.key("transport", a) for a in arms])
        return max(order, key=lambda arms: (baseline in arms, counts[arms]), default=("", ""))

    @cached_property
    def winners(self) -> list[Winner]:
        """The recommendations, contexts in order, Pythons in version order."""
        return sorted(
            self.findings.winners,
            key=lambda row: (self.context_key(row.context), python_order(row.python)),
        )

    @cached_property
    def shares(self) -> dict[tuple[str, str, Context], Ceiling]:
        """Each cell against the fastest bound of its context, where one was measured."""
        rows = (row for row in self.findings.ceilings if row.highest)
        return {(row.python, row.transport, row.context): row for row in rows}

    @cached_property
    def fastest(self) -> dict[tuple[str, Context], Winner]:
        """The recommendations by Python and context."""
        return {(row.python, row.context): row for row in self.findings.winners}

    @cached_property
    def crossovers(self) -> list[Crossover]:
        """One channel a worker against a shared queue, in the order of tables."""
        return sorted(
            self.findings.crossovers,
            key=lambda row: (
                self.context_key(row.context._replace(workers=0)),
                self.catalogue.key("transport", row.pipe),
                self.catalogue.key("transport", row.queue),
                python_order(row.python),
                row.workers,
            ),
        )

    @cached_property
    def failures(self) -> list[Failure]:
        """Every kind of failure, in the order of Pythons, transports and contexts."""
        return sorted(
            self.findings.failures,
            key=lambda row: (
                python_order(row.python),
                self.catalogue.key("transport", row.transport),
                self.context_key(row.context),
                row.status,
            ),
        )

    @cached_property
    def trials(self) -> dict[tuple[str, str, Context], list[SampledTrial]]:
        """The sampled trials of each cell, in the order of sessions and rounds."""
        found: dict[tuple[str, str, Context], list[SampledTrial]] = {}
        for row in self.findings.trials:
            found.setdefault((row.python, row.transport, row.context), []).append(row)
        return found

    def label(self, context: Context) -> str:
        """Return a context in words: only what is not the default or differs within the run."""
        return label(context, len(self.machines) > 1)

    def link(self, pair: Comparison) -> str:
        """Return where the page shows the block of a pair."""
        words = {"compare": "transport"}
        if pair.compared_axis == "python":
            words = {"compare": "python", "transport": pair.transport}
        else:
            words["python"] = pair.python
        words |= {name: str(value) for name, value in pair.context._asdict().items()}
        return f"#explore?{urlencode(words)}"

    def anchor(self, context: Context) -> str:
        """Return a short name for a context that is safe in ids and file names."""
        place = self.contexts.index(context) if context in self.contexts else len(self.contexts)
        return f"c{place}"


def _place_of(row: Comparison | ModeRatio) -> tuple[object, ...]:
    return (row.compared_axis, row.python, row.transport, row.context, row.a, row.b)


def ordered(names_found: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the names that were found, in the given order."""
    found = set(names_found)
    return [one for one in order if one in found]
