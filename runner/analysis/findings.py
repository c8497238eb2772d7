"""The contract with the report, under the name by which analysis knows it."""

from runner.findings import (
    CELLS,
    CLAIMS,
    CONTRADICTIONS,
    CROSSOVERS,
    DRIFT,
    FAILURES,
    HEAD_TO_HEAD,
    NOISE,
    PROBES,
    STRETCHES,
    TRIALS,
    WINNERS,
    Findings,
)

__all__ = [
    "CELLS",
    "CLAIMS",
    "CONTRADICTIONS",
    "CROSSOVERS",
    "DRIFT",
    "FAILURES",
    "HEAD_TO_HEAD",
    "NOISE",
    "PROBES",
    "STRETCHES",
    "TRIALS",
    "WINNERS",
    "Findings",
]
