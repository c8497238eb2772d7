"""What an interpreter can do of a matrix, and the reason for what it cannot."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from runner.model import Capabilities, Cell, Rule
from runner.plan.matching import Conditions, Matcher, first


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
        return name not in self.known


class Support:
    """One interpreter's answers: what it cannot run, as points that a cell may match."""

    def __init__(self, capabilities: Capabilities) -> None:
        default = ("default", capabilities.default_start_method)
        lacks = [*_lacking_values(capabilities), *map(_lacking_rule, capabilities.rules)]
        self._reasons = [reason for _, reason in lacks]
        self._matcher = Matcher(
            [conditions for conditions, _ in lacks],
            {
                **dict.fromkeys(("transport", "payload", "topology"), _bare),
                "start_method": lambda value: default if value == "default" else (value,),
            },
        )

    def reason(self, cell: Cell) -> str:
        """Return why the interpreter cannot run the cell, or "" where it can."""
        mask = self._matcher.mask(cell)
        return self._reasons[first(mask)] if mask else ""


def _lacking_values(capabilities: Capabilities) -> Iterator[tuple[Conditions, str]]:
    axes: Mapping[str, Mapping[str, str]] = {
        "transport": capabilities.transports,
        "payload": capabilities.payloads,
        "topology": capabilities.topologies,
        "start_method": {"default": "", **capabilities.start_methods},
        "placement": capabilities.placements,
    }
    for axis, answers in axes.items():
        known = ", ".join(answers)
        yield {axis: _Unknown(answers)}, f"its harness does not know this {axis}; known: {known}"
        for name, reason in answers.items():
            if reason:
                yield {axis: (name,)}, reason


def _lacking_rule(rule: Rule) -> tuple[Conditions, str]:
    conditions: dict[str, Container[str]] = dict(rule.names)
    if rule.workers is not None:
        conditions["workers"] = _Span(*rule.workers)
    return conditions, rule.reason


def _bare(value: str) -> tuple[str, ...]:
    return (value.partition(":")[0],)
