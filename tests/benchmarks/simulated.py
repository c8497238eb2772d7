"""Simulated machines of a cluster: real workers of Dask, whose part process only sleeps.

`python -m tests.benchmarks.simulated URL KEYS SPOOL FIRST COUNT SHAPE` runs COUNT workers, named
from sFIRST on, in one process. A part is a thread that writes the lines of a part process: to its
spool and to the pipe that the real task reads. SHAPE is JSON, see `Shape`.
"""

import asyncio
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from runner.cluster import meeting, task
from runner.cluster.address import address_of, security_of
from runner.cluster.connection import SLOT, prepare_dask, without_http
from runner.cluster.worker import configure
from runner.model.parts import PartRequest
from runner.runfolder import columns
from runner.runfolder.journal import cells_csv, encode_lines, header

PYTHONS = {"3.13": "simulated"}
TRIALS = 4
"""Trials of a round, with which it has the size of a real one: about 1.5 kB."""


@dataclass(frozen=True)
class Shape:
    """What there is to measure: groups of blocks, each with rounds that take so many seconds."""

    groups: int
    blocks: int
    rounds: int
    seconds: float

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The answer of a machine that is asked what it can measure."""
        name = "transport-3.13 bytes:{} fan_out {} default free"
        grouped = [
            [name.format(group, one) for one in range(self.blocks)] for group in range(self.groups)
        ]
        ids = [block for group in grouped for block in group]
        blocks = {"groups": grouped, "needs": {block: [*PYTHONS] for block in ids}}
        return {
            "blocks": meeting.packed(json.dumps(blocks).encode()),
            "seconds": [max(self.blocks * self.rounds * self.seconds, 0.1)] * self.groups,
            "plan": hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:12],
            "pythons": PYTHONS,
            "notes": [],
        }


class Part:
    """A made-up process: a thread that answers a request as a part process does."""

    def __init__(self, request: str, shape: Shape) -> None:
        self.request = PartRequest.decoded(request)
        self.shape = shape
        self.pid = 0
        self.stdin = self
        self.stopped = threading.Event()
        reader, self._out = os.pipe()
        self.stdout = os.fdopen(reader, "rb", buffering=0)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def write(self, _data: bytes) -> None:
        """Take the line `stop`."""
        self.stopped.set()

    def wait(self) -> int:
        """Return the exit code, once it has ended."""
        self.thread.join()
        return 0

    def _say(self, kind: str, **content: Any) -> None:
        line = json.dumps({"kind": kind, **content}).encode() + b"\n"
        while line:
            line = line[os.write(self._out, line) :]

    def _run(self) -> None:
        if self.request.ask == "plan":
            self._say("plan", **self.shape.plan)
        else:
            self._measure()
        os.close(self._out)

    def _measure(self) -> None:
        began, machine, number = time.monotonic(), self.request.machine, 0
        folder = Path(self.request.spool) / self.request.part
        (folder / "trials").mkdir(parents=True, exist_ok=True)
        trials = folder / "trials" / f"{machine}.csv"
        session = 1
        if trials.exists():
            session = int(json.loads((folder / "run.json").read_text())["session"]) + 1
        else:
            trials.write_bytes(header())
            (folder / "cells.csv").write_bytes(cells_csv([]))
        run = json.dumps({"run": self.request.part, "machine": machine, "session": session})
        (folder / "run.json").write_text(run)
        self._say("begin", run=run, cells=meeting.packed(cells_csv([])))
        with trials.open("ab", buffering=0) as file:
            for round_ in range(1, self.shape.rounds + 1):
                for block in self.request.blocks or ():
                    due = began + (number + 1) * self.shape.seconds
                    if self.stopped.wait(max(0.0, due - time.monotonic())):
                        break
                    number += 1
                    rows = encode_lines(_rows(machine, session, block, round_))
                    file.write(rows)
                    key = [session, "measure", block, round_]
                    self._say("round", number=number, key=key, rows=rows.decode())
                    self._say("heard", state="measuring", what=block, rounds=number, left=1.0)
        now = time.monotonic()
        os.write(1, f"part {began} {now}\n".encode())  # one call: threads do not mix
        end = {"ending": "done", "sessions": [session], "unreached": [], "measured": True}
        end |= {"given_up": {}, "blocks": 0, "precise": 0, "timed": 0.0}
        self._say("end", run=run, rounds=number, seconds=number * self.shape.seconds, **end)


def _rows(machine: str, session: int, block: str, round_: int) -> Iterator[list[str | int]]:
    known: Mapping[str, str | int] = {"machine": machine, "session": session, "block": block}
    known = {**known, "round": round_, "round_size": TRIALS, "phase": "measure"}
    for trial in range(1, TRIALS + 1):
        row = {**known, "trial": trial, "detail": "-" * 200}
        yield [row.get(name, "") for name in columns.names(columns.TRIALS)]


def main(url: str, keys: str, spool: str, first: int, count: int, shape: Shape) -> None:
    """Be so many machines, until the scheduler has gone."""
    prepare_dask()
    configure({"spool": spool})
    security = security_of(address_of(url, insecure=False), Path(keys), "worker")
    real = meeting.hello

    def hello(dask_worker: Any = None) -> dict[str, Any]:
        return {**real(dask_worker), "machine": dask_worker.name, "boot": dask_worker.name}

    @contextmanager
    def started(request: str) -> Iterator[tuple[Part, Any, Callable[[], str]]]:
        child = Part(request, shape)
        with child.stdout:
            yield child, task._Said(child.stdout), lambda: ""

    def exited(child: Part) -> bool:
        return not child.thread.is_alive()

    async def serve() -> None:
        _, worker = without_http()
        made = [
            worker(
                url,
                security=security,
                nthreads=1,
                resources=dict(SLOT),
                memory_limit=0,
                dashboard=False,
                name=f"s{number}",
                local_directory=f"{spool}/dask-{number}",
            )
            for number in range(first, first + count)
        ]
        await asyncio.gather(*made)
        await asyncio.gather(*(one.finished() for one in made))

    with (
        patch.object(meeting, "hello", hello),
        patch.object(task, "_started", started),
        patch.object(task, "exited", exited),
    ):
        asyncio.run(serve())


if __name__ == "__main__":
    url, keys, spool, first, count, shape = sys.argv[1:]
    main(url, keys, spool, int(first), int(count), Shape(**json.loads(shape)))
