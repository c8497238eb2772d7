"""What a cell's rate is pooled of: its own trials, its control's, and those of other blocks."""

from runner.report import figures
from runner.report.view import View
from runner.results import Comparison, Context

Key = tuple[str, str, Context]


def pooled(view: View) -> dict[Key, str]:
    """Return what else than one arm's trials are in a cell's rate, by Python, transport, context.

    Cells that were one arm of only one block are left out.
    """
    controls = {_key(pair, pair.a) for pair in view.controls}
    blocks: dict[Key, set[str]] = {}
    for pair in view.pairs:
        for arm in (pair.a, pair.b) if pair.clock == "end_to_end" else ():
            blocks.setdefault(_key(pair, arm), set()).add(pair.block)
    keys = controls | {key for key, own in blocks.items() if len(own) > 1}
    found = {}
    for key in keys:
        count = len(blocks.get(key, ()))
        parts = ["with its control"] * (key in controls)
        parts += [f"in {figures.count(count, 'block')}"] * (count > 1)
        found[key] = ", ".join(parts)
    return found


def _key(pair: Comparison, arm: str) -> Key:
    machine, python, transport, *rest = pair.cell(arm)
    return str(python), str(transport), Context._make((machine, *rest))
