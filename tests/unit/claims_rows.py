"""Small rows for the tests of the claims: a comparison, a cell, a probe's answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runner.results import CellSummary, Comparison, Findings, ProbeResult
from tests.registry import CATALOGUE
from tests.rows import made

CONTEXT: Mapping[str, object] = {
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages": "auto",
}


def comparison(
    a: str, b: str, ratio: Sequence[float], *, python: str = "3.9", **other: Any
) -> Comparison:
    """Return a comparison of transports: `ratio` is (middle, low, high)."""
    middle, low, high = ratio
    row: dict[str, Any] = {
        "machine": "m",
        "compared_axis": "transport",
        "python": python,
        "a": a,
        "b": b,
    }
    row |= {"ratio": middle, "low": low, "high": high, "q": 0.001, "modes": "same"}
    row |= {"clock": "end_to_end", "rounds": 30, "spread": 0.05, "verdict": "faster"}
    found = made(Comparison, **{**CONTEXT, **row, **other})
    place = "-".join(str(getattr(found, axis)) for axis in CONTEXT)
    return replace(found, block=f"{found.python}-{place}")


def cell(
    transport: str, status: str = "ok", reason: str = "", *, python: str = "3.9", **other: object
) -> CellSummary:
    """Return a cell with its status."""
    row = {"machine": "m", "python": python, "transport": transport}
    return made(CellSummary, **{**CONTEXT, **row, "status": status, "reason": reason, **other})


def findings(
    comparisons: Sequence[Comparison] = (),
    cells: Sequence[CellSummary] = (),
) -> Findings:
    """Return findings that hold these rows, and nothing else."""
    return Findings(
        run={},
        runs=(),
        catalogue=CATALOGUE,
        cells=cells,
        comparisons=comparisons,
        statuses={},
        planned=0,
        margin=0.03,
    )


def answers(said: Mapping[str, str], python: str = "3.9", machine: str = "m") -> list[ProbeResult]:
    """Return the probes' answers, each seen."""
    given: dict[str, Any] = {"machine": machine, "python": python, "figures": {}}
    return [
        ProbeResult(**given, probe=probe, answer=answer, detail=f"{probe} saw it")
        for probe, answer in said.items()
    ]
