"""Marks of rounds that were measured and that the trials lack: their block's figures carry them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from runner.analysis.trials import TrialTable
from runner.model import AXES
from runner.results import CellSummary, Comparison
from runner.runfolder.columns import column_of

GAP = "rounds missing"


def marked_comparisons(
    found: Sequence[Comparison], gaps: Collection[tuple[str, str]]
) -> list[Comparison]:
    """Return comparisons, those of a block with a gap flagged; `gaps` are (machine, block)."""
    return [
        replace(one, flags=(*one.flags, GAP)) if (one.machine, one.block) in gaps else one
        for one in found
    ]


def marked_cells(cells: Sequence[CellSummary], dataset: TrialTable) -> Sequence[CellSummary]:
    """Return cells, those that a block with a gap compares flagged."""
    if not dataset.gaps:
        return cells
    names = ["block", "machine", *map(column_of, AXES)]
    rows = dataset.trials[names].drop_duplicates().astype(object)
    lacking = {
        tuple(cell)
        for block, *cell in rows.itertuples(index=False, name=None)
        if (cell[0], block) in dataset.gaps
    }
    return [replace(one, flags=(*one.flags, GAP)) if one.place in lacking else one for one in cells]
