"""A run of one block of three arms, and its journal."""

from collections.abc import Mapping
from pathlib import Path

from runner.model import (
    Arm,
    Block,
    Cell,
    Compare,
    Images,
    Limits,
    Matrix,
    Measure,
    PlannedCell,
    Record,
    Row,
    Status,
)
from runner.runfolder import journal
from tests.registry import REGISTRY

PIPE, QUEUE = Cell("3.11", "pipe"), Cell("3.11", "queue")
ARMS = (Arm(PIPE), Arm(PIPE, control=True), Arm(QUEUE))
BLOCK = Block("transport:3.11", "transport", ARMS)
CELLS = (
    PlannedCell(PIPE, Status.PLANNED),
    PlannedCell(QUEUE, Status.PLANNED),
    PlannedCell(Cell("2.7", "pipe"), Status.UNAVAILABLE, "no such\ninterpreter"),
)
MATRIX = Matrix(
    axes={"python": ("3.11",)},
    exclude=(),
    include=(),
    compare=Compare({}, {}),
    measure=Measure(warmup_rounds=0),
    executor="local",
    limits=Limits(),
    images=Images(),
    profile="quick",
    text="axes: …\n",
    source="matrix.yaml",
)

NEEDED: Mapping[str, object] = {
    "compare": {"baseline": {"transport": "pipe"}, "margin": 0.03, "axes": {}},
    "registry": REGISTRY,
}
"""The entries of run.json that a journal is given, and that no run can lack."""
STARTED = "2025-01-01T00:00:00Z"


def a_round(
    number: int, session: int = 1, phase: str = "measure", seconds: float = 0.5
) -> list[Row]:
    record = Record(Status.OK, messages=1000, seconds=seconds, detail='a, "b"\nc')
    return [
        Row(session, BLOCK, number, 3, trial, phase, arm, record, STARTED, 0.1)
        for trial, arm in enumerate(ARMS, start=1)
    ]


def begin(out: Path) -> journal.Journal:
    facts = {"facts": {"cores": "2"}, **NEEDED}
    return journal.create(out, "r1", MATRIX, CELLS, "box", facts)


def reopen(out: Path) -> journal.Reopened:
    return journal.reopen(out / "r1", MATRIX, CELLS, "box")
