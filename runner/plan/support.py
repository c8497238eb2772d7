"""Which cells of a matrix an interpreter supports, and why not the others."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from runner.model import FRESH, Capabilities
from runner.plan.table import CellTable, Rows, Takes

Conditions = Mapping[str, Container[str]]
"""On each axis named, the values that match."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The worker counts that a rule covers, as the texts that a matcher looks for."""

    least: int
    most: int

    def __contains__(self, text: object) -> bool:
        return self.least <= int(str(text)) <= self.most


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Every name but those that the harness knows."""

    known: Container[str]

    def __contains__(self, name: object) -> bool:
        text = str(name)
        return text not in self.known and text.partition(":")[0] not in self.known


class Support:
    """One interpreter's answers: what it cannot run, as points that a cell may match."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._default = capabilities.default_start_method
        self.unplaced = [(name, why) for name, why in capabilities.placements.items() if why]
        self._lacks = list(_lacking_values(capabilities))
        for rule in capabilities.rules:
            conditions: dict[str, Container[str]] = dict(rule.names)
            if rule.workers is not None:
                conditions["workers"] = _Span(*rule.workers)
            self._lacks.append((conditions, rule.reason))

    def lacks(self, table: CellTable) -> Iterator[tuple[str, Rows]]:
        """Yield a reason and the cells of the table that cannot run for it, the first reason last.

        A cell may be yielded again: what comes later says it better.
        """
        for conditions, reason in reversed(self._lacks):
            rows = table.taken({axis: self._takes(axis, c) for axis, c in conditions.items()})
            if rows.any():
                yield reason, rows

    def _takes(self, axis: str, wanted: Container[str]) -> Takes:
        """Return whether a value is meant by its own text or by another that says the same."""
        if isinstance(wanted, _Unknown):
            return lambda text: text.removeprefix(FRESH) in wanted
        if axis == "payload":
            return lambda text: (
                text.removeprefix(FRESH) in wanted
                or text.removeprefix(FRESH).partition(":")[0] in wanted
            )
        if axis in ("transport", "payload", "topology"):
            return lambda text: text in wanted or text.partition(":")[0] in wanted
        if axis == "start_method":
            return lambda text: text in wanted or (text == "default" and self._default in wanted)
        return lambda text: text in wanted


def _lacking_values(capabilities: Capabilities) -> Iterator[tuple[Conditions, str]]:
    axes: Mapping[str, Mapping[str, str]] = {
        "transport": capabilities.transports,
        "payload": capabilities.payloads,
        "topology": capabilities.topologies,
        "start_method": {"default": "", **capabilities.start_methods},
        "placement": capabilities.placements,
    }
    for axis, answers in axes.items():
        why = "; ".join(capabilities.faults.values())
        known = f"its harness does not know this {axis}; known: {', '.join(answers)}"
        yield {axis: _Unknown(answers)}, why or known
        for name, reason in answers.items():
            if reason:
                yield {axis: (name,)}, reason
