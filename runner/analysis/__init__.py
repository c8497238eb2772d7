"""Trials → findings: ratios inside rounds, verdicts, winners, noise. Pure, and without chance."""

from collections.abc import Mapping

import pandas as pd

from runner.analysis.cells import cells_frame
from runner.analysis.crossovers import crossovers_frame
from runner.analysis.gaps import marked_cells, marked_pairs
from runner.analysis.head_to_heads import head_to_heads
from runner.analysis.noise import drift_frame, noise_frame
from runner.analysis.pairs import fair_pairs
from runner.analysis.panels import Blocks, blocks_of, complete_rounds
from runner.analysis.poolable import notes_on
from runner.analysis.ranking import ranking
from runner.analysis.ratios import Settings, unit_ratios
from runner.analysis.sample import trials_frame
from runner.analysis.seeds import seeds_table
from runner.analysis.statuses import failures_frame, final_status
from runner.analysis.stretches import stretches_frame
from runner.analysis.trials import Dataset, gate_load, margin_of, precision
from runner.analysis.winners import winners_frame
from runner.findings import Findings

__all__ = ["analyse", "head_to_heads_of", "seeds_table"]


def analyse(dataset: Dataset, margin: float | None = None) -> Findings:
    """Return all that a report can say of the runs; the same trials give the same frames.

    `margin` δ is that of the first run's `compare` unless given. Ratios are formed inside complete
    measured rounds alone; sittings of a machine are pooled, machines never. BadInputError where
    runs of one machine measured the same blocks by different methods.
    """
    notes = notes_on(dataset)
    margin = margin_of(dataset.runs) if margin is None else margin
    settings = Settings(precision(dataset.runs), gate_load(dataset.runs))
    complete = complete_rounds(dataset.trials)
    blocks = blocks_of(complete, references_of(dataset))
    units = unit_ratios(blocks, settings)
    pairs = marked_pairs(head_to_heads(units, blocks, margin), dataset.gaps)
    cells = marked_cells(cells_frame(dataset, complete), dataset)
    transports = fair_pairs(pairs, "transport")
    statuses = final_status(dataset)
    return Findings(
        run=dataset.runs[0] if dataset.runs else {},
        runs=dataset.runs,
        cells=cells,
        head_to_heads=pairs,
        winners=winners_frame(ranking(blocks), transports, _arms(blocks), cells),
        crossovers=crossovers_frame(transports, cells),
        failures=failures_frame(dataset.trials),
        noise=noise_frame(units, blocks, settings.gate_load),
        stretches=stretches_frame(dataset.runs),
        notes=notes,
        statuses=statuses,
        planned=sum(statuses.values()),
        margin=margin,
        torn=dataset.torn,
        drift=drift_frame(complete),
        trials=trials_frame(dataset.trials),
    )


def head_to_heads_of(dataset: Dataset, margin: float | None = None) -> pd.DataFrame:
    """Return the head-to-heads alone."""
    margin = margin_of(dataset.runs) if margin is None else margin
    settings = Settings(precision(dataset.runs), gate_load(dataset.runs))
    blocks = blocks_of(complete_rounds(dataset.trials), references_of(dataset))
    return head_to_heads(unit_ratios(blocks, settings), blocks, margin)


def references_of(dataset: Dataset) -> Mapping[str, str]:
    """Return the reference on each axis, as the first run's `compare` names it."""
    section = dataset.runs[0].get("compare") if dataset.runs else None
    reference = section.get("reference") if isinstance(section, Mapping) else None
    if not isinstance(reference, Mapping):
        return {}
    return {str(axis): str(value) for axis, value in reference.items()}


def _arms(blocks: Blocks) -> pd.DataFrame:
    """Return the name of each arm by block and number, with the block's machine, id and family."""
    heads = blocks.heads
    facts = zip(blocks.arms, heads["machine"], heads["block"], heads["family"], strict=True)
    rows = [
        (block, arm, name, str(machine), str(id_), str(family))
        for block, (names, machine, id_, family) in enumerate(facts)
        for arm, name in enumerate(names)
    ]
    table = pd.DataFrame(rows, columns=["block", "arm", "name", "machine", "id", "family"])
    return table.astype({"block": "int64", "arm": "int64"})
