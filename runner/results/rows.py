"""What the rows of results share: columns with meanings, contexts, ratios."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runner.model import AXES

MODES = ("same", "partly mixed", "mixed")
"""In how many rounds two arms ran on different numbers of cores: none, some, more than 10 %."""


def of(meaning: str, unit: str = "", **given: Any) -> Any:
    """Return a field that is a column, with its meaning and unit."""
    return field(metadata={"meaning": meaning, "unit": unit}, **given)


def worst_modes(found: Iterable[str]) -> str:
    """Return the worst of the words in MODES: `mixed` where any comparison is."""
    return max(found, key=MODES.index, default=MODES[0])


class Context(NamedTuple):
    """Every axis but `python` and `transport`, and the machine."""

    machine: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str


class Span(NamedTuple):
    """A figure with its interval; None where it is not known."""

    middle: float | None
    low: float | None
    high: float | None

    @property
    def bounded(self) -> bool:
        """Whether the interval is known; fewer than six rounds give none."""
        return bool(self.low and self.high)

    def flipped(self) -> "Span":
        """Return the span of the reciprocal."""
        return Span(inverse(self.middle), inverse(self.high), inverse(self.low))


class WithRatio:
    """A row with a ratio and its interval."""

    __slots__ = ()
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def span(self) -> Span:
        """The ratio with its interval."""
        return Span(self.ratio, self.low, self.high)


class InContext:
    """A row with the axes of a context."""

    __slots__ = ()

    @property
    def context(self) -> Context:
        """Every axis but `python` and `transport`, and the machine; a compared axis is empty."""
        return Context._make(getattr(self, name) for name in Context._fields)


def inverse(number: float | None) -> float | None:
    """Return the reciprocal; None of what is not known."""
    return 1 / number if number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCell(InContext):
    """A row of one cell on one machine."""

    machine: str = of("where it was measured")
    python: str = of("interpreter, as in the matrix")
    transport: str = of("how the messages travel")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes")
    start_method: str = of("start method, as in the matrix")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number, as in the matrix")

    @property
    def place(self) -> tuple[object, ...]:
        """The machine and the axes."""
        return (self.machine, *(getattr(self, axis) for axis in AXES))
