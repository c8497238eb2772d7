"""Realistic cells made from nothing but a seed: no trial is run."""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.model import AXES
from runner.results import CellSummary, SampledTrial
from tests.registry import REGISTRY
from tests.rows import made

PYTHONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
TRANSPORTS = (
    "os_pipe",
    "pipe",
    "pipe_simplex",
    "queue",
    "simple_queue",
    "joinable_queue",
    "manager_queue",
    "thread_queue",
)
MICROSECONDS = {
    "os_pipe": 0.8,
    "pipe": 3.2,
    "pipe_simplex": 2.6,
    "pipe_bytes": 2.4,
    "queue": 4.1,
    "simple_queue": 3.6,
    "joinable_queue": 5.0,
    "manager_queue": 42.0,
    "thread_queue": 1.4,
}
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "harness/roles.py", line 88, in consume\n'
    "    message = receive()\n"
    "ValueError: pickle protocol 5 | unsupported <b>here</b>\n"
)
HOSTILE = (
    "<script>alert('name')</script>",
    "pipe|of](javascript:alert(1))",
    "right\u202eto\u2066left\u200b",
    "line\nbreak `code` *bold* @someone https://example.org $x$",
)
LONG = "Traceback\n" + "x" * 10_000 + "\n</details></script><script>alert('trace')</script>\x1b[31m"

Context = tuple[str, str, int, str, str, str]
CONTEXTS: tuple[Context, ...] = (
    ("int", "one_to_one", 1, "default", "free", "auto"),
    ("str:100", "one_to_one", 1, "default", "free", "auto"),
    ("bytes:1024", "one_to_one", 1, "default", "free", "auto"),
    ("bytes:65536", "one_to_one", 1, "default", "free", "auto"),
    ("bytes:1048576", "one_to_one", 1, "default", "free", "auto"),
    ("ndarray:400x400x3", "one_to_one", 1, "default", "free", "auto"),
    *(("int", "fan_out", count, "default", "free", "auto") for count in (1, 2, 4, 8)),
    ("int", "request_reply", 1, "default", "free", "auto"),
    ("int", "one_to_one", 1, "default", "together", "auto"),
    *(("int", "one_to_one", 1, "default", "free", str(10**power)) for power in (4, 5, 6)),
)
_SIZES = {"str:100": 100, "bytes:1024": 1024, "bytes:65536": 65536, "bytes:1048576": 1048576}
BASELINE = "queue"
RUN: Mapping[str, object] = {
    "format": 1,
    "run": "2026-01-02-quick",
    "machine": "vm-1",
    "executor": "local",
    "command": ["ipcmatrix", "run", "--matrix", "matrix.yaml", "--profile", "quick", "--seed", "7"],
    "matrix": {
        "source": "matrix.yaml",
        "profile": "quick",
        "sha256": "0" * 64,
        "text": "axes:\n  python: [found]\n  transport: [pipe, queue]\n",
    },
    "measure": {"seed": 7, "target": 0.08, "rounds": 200},
    "machines": {
        "vm-1": {"cpu": "Example CPU @ 3.0 GHz", "cores": 2, "kernel": "6.1", "governor": "n/a"}
    },
    "registry": REGISTRY,
    "interpreters": {"3.11": {"version": "3.11.7", "start_method": "fork"}},
}


@dataclass(frozen=True)
class Cells:
    """Makes cells; `rounds` of one session unless told otherwise."""

    pythons: Sequence[str] = PYTHONS
    transports: Sequence[str] = TRANSPORTS
    contexts: Sequence[Context] = CONTEXTS
    seed: int = 0
    sessions: int = 1
    failures: bool = True
    details: Sequence[str] = (TRACEBACK,)

    def rate(self, python: str, transport: str, context: Context) -> float:
        """Messages per second: by transport, faster with newer Pythons, slower with size."""
        payload, topology, workers, _, placement, _ = context
        chance = random.Random(f"{self.seed}|{python}|{transport}|{context}")
        micro = MICROSECONDS.get(transport, 3.0 + len(transport) % 7)
        if python == "2.7":
            micro *= 0.7 if transport in ("pipe", "pipe_simplex", "simple_queue") else 1.1
        else:
            micro *= 1.35 - 0.035 * int(python.split(".")[1].rstrip("t"))
        micro += _SIZES.get(payload, 3_840_000 if payload.startswith("ndarray") else 0) / 2200.0
        if topology == "request_reply":
            micro = micro * 4 + 30
        if topology == "fan_out":
            shared = transport not in ("pipe", "pipe_simplex", "os_pipe")
            micro *= 1 + (0.25 if shared else 0.06) * (workers - 1) - (0.1 if shared else 0.0)
        micro *= 1.9 if placement == "together" else 1.0
        return 1e6 / (micro * math.exp(chance.gauss(0, 0.02)))

    def cells(self) -> list[CellSummary]:
        return [
            self.cell(python, transport, context)
            for context in self.contexts
            for python in self.pythons
            for transport in self.transports
            if _planned(transport, context)
        ]

    def cell(self, python: str, transport: str, context: Context) -> CellSummary:
        cell = axes(python, transport, context) | {"machine": "vm-1"}
        if python == "2.7" and context[0].startswith("ndarray"):
            reason = "numpy cannot be imported: No module named numpy"
            return made(CellSummary, **cell, status="unsupported", reason=reason)
        if self.failures and (python, transport, context[2]) == ("3.6", "joinable_queue", 8):
            reason = self.details[0].splitlines()[0]
            return made(CellSummary, **cell, status="failed", reason=reason, trials=3)
        return made(CellSummary, **cell | self._figures(python, transport, context))

    def trials(self, cells: Sequence[CellSummary]) -> Iterator[SampledTrial]:
        """At most 20,000 trials: those of a cell rise and fall, every fifth is the control's."""
        share = min(40, 20_000 // max(1, len(cells) * self.sessions))
        for cell in cells:
            rate = cell.rate
            count = share if rate else min(share, cell.trials)
            here = {name: getattr(cell, name) for name in ("machine", *AXES)}
            sessions = range(1, self.sessions + 1) if rate else (1,)
            for session, turn in itertools.product(sessions, range(count)):
                level = 1 + 0.06 * math.sin(turn) + 0.01 * session
                yield SampledTrial(
                    **here,
                    compared_axis="transport",
                    session=session,
                    round=turn + 1,
                    control=cell.transport == BASELINE and turn % 5 == 4,
                    status=cell.status,
                    rate=rate and rate * level,
                    send_rate=rate and rate * level * 1.01,
                    join_rate=rate and rate * level * 0.97,
                    cores=cell.cores,
                    foreign_cpu=0.02,
                )

    def _figures(self, python: str, transport: str, context: Context) -> dict[str, object]:
        rate = self.rate(python, transport, context)
        early = 3.4 if "queue" in transport and transport != "simple_queue" else 1.01
        one_core = context[4] == "together"
        figures: dict[str, object] = {
            "status": "ok",
            "trials": 40 * self.sessions,
            "ok": 40 * self.sessions,
            "rate": rate,
            "rate_low": rate * 0.985,
            "rate_high": rate * 1.017,
            "rate_p5": rate * 0.9,
            "rate_p95": rate * 1.08,
            "send_rate": rate * early,
            "join_rate": rate * 0.97,
            "cpu_per_message": 1.6 / rate,
            "cores": 0.98 if one_core else 1.62,
            "mode": "one core" if one_core else "two cores",
            "switches_per_message": 0.04,
            "peak_rss_kib": 14_200.0 + 900 * len(transport),
            "messages_median": round(rate * 0.08),
        }
        if transport == "manager_queue":
            figures |= {"mode": "mixed", "cores": 1.3, "flags": ("bimodal",)}
        if context[1] == "fan_out" and context[2] > 1:
            even = 1 / context[2]
            figures |= {"share_low": even, "share_high": even}
            if "queue" in transport:
                figures |= {"share_low": even * 0.7, "share_high": even * 1.4}
        if context[1] == "request_reply":
            middle = 1 / rate
            for name, factor in zip(
                ("p50", "p90", "p99", "p999", "max"), (1, 1.3, 1.9, 4.2, 31), strict=True
            ):
                figures[f"latency_{name}"] = middle * factor
        return figures


def axes(python: str, transport: str, context: Context) -> dict[str, Any]:
    return dict(zip(AXES, (python, transport, *context), strict=True))


def context_of(cell: CellSummary) -> Context:
    """Return the context without the machine."""
    _, payload, topology, workers, *rest = cell.context
    start_method, placement, messages = rest
    return (payload, topology, workers, start_method, placement, messages)


def _planned(transport: str, context: Context) -> bool:
    if context[5] != "auto":
        return transport in ("pipe", "queue", "simple_queue", "joinable_queue")
    return not (transport == "os_pipe" and context[0].startswith("ndarray"))
