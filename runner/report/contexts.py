"""Where a row stands: its context, and the head-to-heads of one block."""

from typing import NamedTuple

from runner.report import names
from runner.report.rows import CellRow, CrossoverRow, FailureRow, Pair, TrialRow, WinnersRow


class Context(NamedTuple):
    """Every axis but `python` and `transport`, and the machine."""

    machine: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str

    def label(self, machines: bool = False) -> str:
        """Return the context in words: what is not the default, and where asked the machine."""
        parts = [self.payload, self.topology]
        if self.workers != 1 or self.topology != "one_to_one":
            parts.append(f"{self.workers} worker{'' if self.workers == 1 else 's'}")
        if self.start_method != "default":
            parts.append(self.start_method)
        if self.placement != "free":
            parts.append(self.placement)
        if self.messages.isdecimal():
            parts.append(f"{int(self.messages):,} messages")
        if machines:
            parts.append(f"machine {self.machine}")
        return ", ".join(one for one in parts if one)


Placed = CellRow | Pair | WinnersRow | CrossoverRow | FailureRow | TrialRow
"""A row that stands in a context."""


def context_of(row: Placed) -> Context:
    """Return the context in which a row stands."""
    return Context(
        row.machine,
        row.payload,
        row.topology,
        row.workers,
        row.start_method,
        row.placement,
        row.messages,
    )


def context_key(context: Context) -> tuple[object, ...]:
    """Return a sort key: one to one before many, small before large, defaults first."""
    return (
        context.machine,
        names.topology_key(context.topology),
        names.payload_key(context.payload),
        context.workers,
        context.start_method != "default",
        context.start_method,
        context.placement != "free",
        context.placement,
        names.messages_key(context.messages),
    )


class Pairs:
    """The head-to-heads of one block, looked up from either arm."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], Pair] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._pairs)

    def add(self, pair: Pair) -> None:
        """Take a pair in."""
        self._pairs[pair.a, pair.b] = pair

    def get(self, a: str, b: str) -> Pair | None:
        """Return the comparison of a with b, turned round where it was made the other way."""
        pair = self._pairs.get((a, b))
        if pair is not None:
            return pair
        turned = self._pairs.get((b, a))
        return None if turned is None else turned.flipped()

    @property
    def family(self) -> str:
        """The axis in which the arms differ; empty where there is no pair."""
        return next((pair.family for pair in self._pairs.values()), "")

    @property
    def arms(self) -> set[str]:
        """Every arm that was compared."""
        return {arm for pair in self._pairs for arm in pair}
