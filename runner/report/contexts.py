"""Contexts, cells and blocks in words, and the comparisons of one block."""

from collections.abc import Sequence

from runner.model import AXES, FREE, Block, Catalogue, Cell
from runner.report import figures, names
from runner.results import Comparison, Context

TOPOLOGY = Cell._field_defaults["topology"]
"""The topology of a cell that names none."""
_SHOWN = 2
"""Options of a block that are named; of more, their number is."""
_SEVERAL = {
    "python": "Pythons",
    "topology": "topologies",
    "workers": "worker counts",
    "messages": "message counts",
}
"""What several values of an axis are called, where that is not its name with an s."""


def label(context: Context, machines: bool = False) -> str:
    """Return the context in words: what is not the default, and where asked the machine.

    Empty fields, and workers of 0, are left out.
    """
    parts = [context.payload, context.topology]
    if context.workers and (context.workers != 1 or context.topology != TOPOLOGY):
        parts.append(f"{context.workers} worker{'' if context.workers == 1 else 's'}")
    if context.start_method != "default":
        parts.append(context.start_method)
    if context.placement != FREE:
        parts.append(context.placement)
    if context.messages.isdecimal():
        parts.append(f"{int(context.messages):,} messages")
    if machines:
        parts.append(f"machine {context.machine}")
    return ", ".join(one for one in parts if one)


def cell_words(cell: Cell, catalogue: Catalogue, without: str = "") -> str:
    """Return a cell in words, `Pipe, 3.8, fan_out, 2 workers`: no default, and not that axis."""
    usual = Cell._field_defaults
    parts = []
    for axis in ("transport", "python", *AXES[2:]):
        value = getattr(cell, axis)
        if axis == without or value == usual.get(axis):
            continue
        if axis == "workers":
            parts.append(figures.count(value, "worker"))
        elif axis == "messages":
            parts.append(f"{int(value):,} messages")
        else:
            parts.append(names.shown(catalogue, axis, value))
    return ", ".join(parts)


def block_words(block: Block, catalogue: Catalogue) -> str:
    """Return what a block compares, `Pipe vs Queue, 3.8, fan_out, 2 workers`, for a line.

    A block of one cell is that cell; of more than two options only their number is said.
    """
    axis = block.compared_axis
    values = [
        names.shown(catalogue, axis, str(getattr(arm.cell, axis)))
        for arm in block.arms
        if not arm.control
    ]
    baseline, options = values[0], values[1:]
    if not options:
        return cell_words(block.baseline, catalogue)
    several = _SEVERAL.get(axis, f"{axis.replace('_', ' ')}s")
    named = len(options) <= _SHOWN
    what = ", ".join(options) if named else f"{len(options)} {several}"
    return ", ".join(
        one for one in (f"{what} vs {baseline}", cell_words(block.baseline, catalogue, axis)) if one
    )


def context_key(context: Context, catalogue: Catalogue) -> tuple[object, ...]:
    """Return a sort key: one to one before many, small before large, defaults first."""
    return (
        context.machine,
        catalogue.key("topology", context.topology),
        catalogue.key("payload", context.payload),
        context.workers,
        context.start_method != "default",
        context.start_method,
        context.placement != FREE,
        context.placement,
        names.messages_key(context.messages),
    )


class Pairs:
    """The comparisons of one block, looked up from either arm."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], Comparison] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._pairs)

    def add(self, pair: Comparison) -> None:
        """Add a comparison."""
        self._pairs[pair.a, pair.b] = pair

    @property
    def all(self) -> Sequence[Comparison]:
        """The comparisons as they were made."""
        return list(self._pairs.values())

    def get(self, a: str, b: str) -> Comparison | None:
        """Return the comparison of a with b, flipped where it was made the other way."""
        pair = self._pairs.get((a, b))
        if pair is not None:
            return pair
        turned = self._pairs.get((b, a))
        return None if turned is None else turned.flipped()

    @property
    def compared_axis(self) -> str:
        """The axis in which the arms differ; empty where there is no pair."""
        return next((pair.compared_axis for pair in self._pairs.values()), "")

    @property
    def arms(self) -> set[str]:
        """Every arm that was compared."""
        return {arm for pair in self._pairs for arm in pair}
