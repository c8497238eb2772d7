"""Trials → findings: ratios inside rounds, verdicts, winners, noise. Pure, and without chance."""

from runner.analysis.blocks import complete_rounds, units_of
from runner.analysis.ceilings import ceilings_of
from runner.analysis.cells import cells_of
from runner.analysis.comparisons import comparisons, comparisons_of, series_of
from runner.analysis.crossovers import crossovers_of
from runner.analysis.gaps import marked_cells, marked_comparisons
from runner.analysis.intervals import session_intervals
from runner.analysis.machines import across, shared_kernels
from runner.analysis.modes import modes_of
from runner.analysis.noise import drift_of, levels_of, noise_of
from runner.analysis.poolable import notes_on
from runner.analysis.sample import sample_of
from runner.analysis.statuses import failures_of, final_status
from runner.analysis.trials import TrialTable, baselines_of, gate_load, margin_of, precision
from runner.analysis.winners import winners_of
from runner.model import Catalogue
from runner.results import Findings

__all__ = ["analyse", "comparisons_of", "complete_rounds"]


def analyse(dataset: TrialTable, margin: float | None = None) -> Findings:
    """Return all that a report can say of the runs; the same trials give the same findings.

    `margin` δ is that of the first run's `compare` unless given. Ratios are formed inside complete
    measured rounds only; sessions of a machine are pooled, machines never. BadInputError where
    runs of one machine measured the same blocks by different methods.
    """
    notes = notes_on(dataset)
    catalogue = Catalogue.of_runs(dataset.runs)
    margin = margin_of(dataset.runs) if margin is None else margin
    complete = complete_rounds(dataset.trials)
    gate, levels = gate_load(dataset.runs), levels_of(complete)
    blocks = units_of(complete, baselines_of(dataset.runs), gate)
    series = [series_of(unit, precision(dataset.runs)) for block in blocks for unit in block]
    found = marked_comparisons(comparisons(series, margin), dataset.gaps)
    cells = marked_cells(cells_of(dataset, complete), dataset)
    transports = [one for one in found if one.compared_axis == "transport" and one.of_report]
    statuses = final_status(dataset)
    return Findings(
        run=dataset.runs[0] if dataset.runs else {},
        runs=dataset.runs,
        catalogue=catalogue,
        cells=cells,
        comparisons=found,
        across=across(found, dataset.runs, margin),
        shared_kernels=shared_kernels(dataset.runs),
        modes=modes_of(blocks),
        winners=winners_of(blocks, transports, cells, catalogue),
        crossovers=crossovers_of(transports, cells, catalogue),
        ceilings=ceilings_of(transports, cells, catalogue),
        failures=failures_of(dataset.trials),
        noise=noise_of(series, complete, levels, gate),
        intervals=session_intervals(dataset.runs),
        notes=notes,
        statuses=statuses,
        planned=sum(statuses.values()),
        margin=margin,
        truncated=dataset.truncated,
        drift=drift_of(complete, levels),
        trials=sample_of(dataset.trials),
    )
