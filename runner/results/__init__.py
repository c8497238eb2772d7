"""What analysis hands to the report: frozen rows, nothing rounded, and what each field means.

Ratios are speeds: 1.28 means that `a` moves 1.28 times the messages of `b` in the same time; they
are formed inside a round. A figure that is not known is None. The fields of a row are the columns
of its table (docs/tables.md, which is generated from here).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.model import Catalogue
from runner.results.cells import (
    Answer,
    Asked,
    Ceiling,
    CellSummary,
    Crossover,
    Drift,
    Failure,
    HistoryPoint,
    ProbeResult,
    SampledTrial,
    SessionInterval,
    SessionNoise,
    Winner,
)
from runner.results.changes import Change, Changes, GroupChange, LeftOut, Outcome, Ungrouped
from runner.results.comparisons import AcrossMachines, Comparison, ModeRatio
from runner.results.rows import MODES, Context, Span, of, worst_modes

__all__ = [
    "MODES",
    "ROWS",
    "AcrossMachines",
    "Answer",
    "Asked",
    "Ceiling",
    "CellSummary",
    "Change",
    "Changes",
    "Comparison",
    "Context",
    "Crossover",
    "Drift",
    "Failure",
    "Findings",
    "GroupChange",
    "HistoryPoint",
    "LeftOut",
    "ModeRatio",
    "Outcome",
    "ProbeResult",
    "SampledTrial",
    "SessionInterval",
    "SessionNoise",
    "Span",
    "Ungrouped",
    "Winner",
    "of",
    "worst_modes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that a report can say of one or more runs."""

    run: Mapping[str, object]
    """run.json of the (first) run, parsed."""
    runs: Sequence[Mapping[str, object]]
    catalogue: Catalogue = field(default_factory=Catalogue)
    """What the runs' harness says of transports, payloads, topologies and probes."""
    cells: Sequence[CellSummary] = ()
    comparisons: Sequence[Comparison] = ()
    across: Sequence[AcrossMachines] = ()
    """Comparisons pooled over machines of one kind, where several made them."""
    shared_kernels: Sequence[tuple[str, ...]] = ()
    """Machines that are on one kernel, and share its processor."""
    modes: Sequence[ModeRatio] = ()
    """Comparisons of free cells by mode, where a cell has two: crowded and spread, in turn."""
    winners: Sequence[Winner] = ()
    crossovers: Sequence[Crossover] = ()
    ceilings: Sequence[Ceiling] = ()
    failures: Sequence[Failure] = ()
    noise: Sequence[SessionNoise] = ()
    statuses: Mapping[str, int]
    """Cells by status; the values' sum is `planned`."""
    planned: int
    margin: float
    truncated: Sequence[str] = ()
    notes: Sequence[str] = ()
    """Sentences on runs that are pooled though they differ, and on whose settings are used."""
    intervals: Sequence[SessionInterval] = ()
    drift: Sequence[Drift] = ()
    history: Sequence[HistoryPoint] = ()
    """Each cell over the runs, where there are several."""
    trials: Sequence[SampledTrial] = ()
    """A sample of each cell's measured trials; empty where there are too many cells for one."""


ROWS: Mapping[str, type] = {
    "cells": CellSummary,
    "comparisons": Comparison,
    "across": AcrossMachines,
    "modes": ModeRatio,
    "winners": Winner,
    "crossovers": Crossover,
    "ceilings": Ceiling,
    "failures": Failure,
    "noise": SessionNoise,
    "drift": Drift,
    "history": HistoryPoint,
}
"""The tables that a report writes, and what a row of each is."""
