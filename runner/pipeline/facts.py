"""The facts of run.json, besides the matrix: where, with what, and how it was measured."""

import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from runner import __version__
from runner.errors import IpcmatrixError
from runner.executors.base import Agent
from runner.model import AUTO, AXES, Catalogue, Cell, OwnFile, Row
from runner.pipeline.places import Prepared
from runner.runfolder.head import RUN, read_head
from runner.shipped import harness_digest

LOOKED_AT = 20
"""Runs that are looked at for the rates of this machine, the newest first."""


def of_place(prepared: Prepared, command: Sequence[str]) -> dict[str, object]:
    """Return the entries of run.json that are known before the first trial."""
    return {
        "command": list(command),
        "version": __version__,
        "tool_python": ".".join(map(str, sys.version_info[:3])),
        "harness": harness_digest(),
        "executor": prepared.matrix.executor,
        "memory_copy_bytes_per_second": memory_copy_rate(),
        "compare": {
            "axes": {k: dict(v) for k, v in prepared.matrix.compare.axes.items()},
            "baseline": dict(prepared.matrix.compare.baseline),
            "margin": prepared.matrix.compare.margin,
        },
        "registry": registry(prepared.agents.values()),
        "notes": list(prepared.notes),
        "left_out": list(prepared.left_out),
        "interpreters": {
            name: dict(agent.describe().facts) for name, agent in prepared.agents.items()
        },
        "places": {name: dict(facts) for name, facts in prepared.executor.facts().items()},
    }


def rates_json(rates: Mapping[Cell, float], files: Sequence[OwnFile]) -> dict[str, float]:
    """Return the rates of cells as run.json keeps them, without messages of the user's own.

    Those may be others in the next run, a thousand times as large.
    """
    own = {one.name for one in files}
    return {
        " ".join(map(str, cell[:-1])): round(rate, 3)
        for cell, rate in rates.items()
        if cell.payload.partition(":")[0] not in own
    }


def last_rates(out: Path, machine: str, executor: str) -> Mapping[Cell, float]:
    """Return the rates that the newest run in a folder found on this machine, if there is one."""
    for path in sorted(out.glob(f"*/{RUN}"), reverse=True)[:LOOKED_AT]:
        with suppress(IpcmatrixError, ValueError):
            run = read_head(path.parent)
            if (run["machine"], run.get("executor")) == (machine, executor) and run.get("rates"):
                cells = [
                    (Cell._make([*names[:4], int(names[4]), *names[5:], AUTO]), rate)
                    for key, rate in run["rates"].items()
                    if len(names := key.split(" ")) == len(AXES) - 1
                ]
                return {cell: float(rate) for cell, rate in cells}
    return {}


def registry(agents: Iterable[Agent]) -> dict[str, list[dict[str, object]]]:
    """Return what the agents' harness says of the names in its tables, in the tables' order."""
    catalogue = Catalogue.united(agent.describe().registry for agent in agents)
    return {
        table: [
            {key: value for key, value in asdict(entry).items() if value or key == "label"}
            for entry in entries.values()
        ]
        for table, entries in catalogue.entries.items()
    }


def memory_copy_rate() -> int:
    """Return the bytes per second at which one core copies memory: the best of a few copies.

    4 MiB, as large as the arrays of the published cases, so that caches help as they help them.
    """
    block = bytearray(4 * 1024 * 1024)
    best = math.inf
    for _ in range(20):
        started = time.perf_counter()
        bytes(block)
        best = min(best, time.perf_counter() - started)
    return round(len(block) / best)


class CellFacts:
    """Facts of cells that do not change from trial to trial, taken from their first record."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, str]] = {}

    def note(self, rows: Sequence[Row]) -> None:
        """Keep the facts of rows of cells that were not seen before."""
        for row in rows:
            cell = row.arm.cell
            key = f"{cell.python} {cell.transport} {cell.start_method} {cell.placement}"
            if key not in self._facts and row.record.facts:
                self._facts[key] = dict(sorted(row.record.facts.items()))

    def as_json(self) -> Mapping[str, object]:
        """Return the facts by `python transport start_method placement`."""
        return dict(sorted(self._facts.items()))
