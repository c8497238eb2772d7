"""Run folders written by hand, and what is said of one that cannot be read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.model import AXES
from runner.runfolder import columns
from runner.runfolder.dataset import FORMAT, load
from tests.registry import REGISTRY

ROW: Mapping[str, object] = {
    "machine": "m1",
    "session": 1,
    "compared_axis": "transport",
    "block": "b1",
    "round": 1,
    "round_size": 2,
    "trial": 1,
    "phase": "measure",
    "control": 0,
    "python": "3.10",
    "transport": "pipe",
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages_axis": "auto",
    "messages": 1000,
    "status": "ok",
    "seconds": 0.08,
    "wall_seconds": 0.1,
    "per_worker": "1000",
    "started": "2026-01-01T00:00:00Z",
}
HEAD: Mapping[str, object] = {
    "format": FORMAT,
    "machine": "m1",
    "matrix": {"source": "matrix.yaml", "profile": "quick", "sha256": "0", "text": "axes: …\n"},
    "measure": {"precision": 0.05, "gate_load": 0.25, "warmup_rounds": 0},
    "compare": {"baseline": {"transport": "pipe"}, "margin": 0.03, "axes": {}},
    "registry": REGISTRY,
}
"""The entries of run.json without which nothing is a run, but for its name."""
CELL = {"payload": "int", "topology": "one_to_one", "workers": 1, "start_method": "default"}
HEADER = ",".join(columns.names(columns.TRIALS))
FIELDS = len(columns.TRIALS)
COUNTED = ["throttled", "slowed_for_heat", "swapped_in"]


def row(**changes: object) -> str:
    values = {**ROW, **changes}
    return ",".join(str(values.get(name, "")) for name in columns.names(columns.TRIALS))


def a_run(
    folder: Path, rows: Sequence[str], pythons: Sequence[str] = ("3.10",), **head: object
) -> Path:
    """Write a run folder whose cells are pipe and queue under the pythons, in this order."""
    (folder / "trials").mkdir(parents=True)
    run = {**HEAD, "run": folder.name, **head}
    (folder / "run.json").write_text(json.dumps(run))
    lines = [",".join((*AXES, "status", "reason"))]
    for python in pythons:
        for transport in ("queue", "pipe"):
            cell = {**CELL, "python": python, "transport": transport, "placement": "free"}
            cell |= {"messages": "auto"}
            lines.append(",".join(str(cell[axis]) for axis in AXES) + ",planned,")
    (folder / "cells.csv").write_text("\n".join(lines) + "\n")
    (folder / "trials" / "m1.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return folder


def complaint(folder: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        load([folder])
    return str(caught.value).replace(str(folder), "RUN")


TWO = [row(), row(trial=2, transport="queue", seconds=0.1)]
