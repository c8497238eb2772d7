"""What a cell's rate is pooled of: its own trials, those of its twin, and those of other blocks."""

from runner.report import figures
from runner.report.contexts import Context, context_of
from runner.report.reading import read
from runner.report.rows import Pair
from runner.report.view import View

Key = tuple[str, str, Context]


def pooled(view: View) -> dict[Key, str]:
    """Return what else than one arm's trials are in a cell's rate, by Python, transport, context.

    Cells that were one arm of one block alone are left out.
    """
    twins = {_key(pair, pair.a) for pair in _twins(view)}
    blocks: dict[Key, set[str]] = {}
    for pair in view.pairs:
        for arm in (pair.a, pair.b) if pair.clock == "fair" else ():
            blocks.setdefault(_key(pair, arm), set()).add(pair.block)
    keys = twins | {key for key, found in blocks.items() if len(found) > 1}
    return {key: _said(key in twins, len(blocks.get(key, ()))) for key in keys}


def _twins(view: View) -> list[Pair]:
    frame = view.findings.head_to_heads
    if frame.empty:
        return []
    return read(frame[frame["twin"].eq(True).fillna(False) & frame["clock"].eq("fair")], Pair)


def _key(pair: Pair, arm: str) -> Key:
    """Return the cell of one arm: the compared axis, empty in a pair, has the arm's value."""
    kind = type(getattr(pair, pair.family))
    placed = pair._replace(**{pair.family: kind(arm)})
    return placed.python, placed.transport, context_of(placed)


def _said(twin: bool, blocks: int) -> str:
    parts = ["with its twin"] * twin
    parts += [f"in {figures.count(blocks, 'block')}"] * (blocks > 1)
    return ", ".join(parts)
