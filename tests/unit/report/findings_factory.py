"""Realistic findings made from nothing but a seed: no trial is run."""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from made_cells import (
    CONTEXTS,
    HOSTILE,
    LONG,
    PYTHONS,
    REFERENCE,
    RUN,
    TRANSPORTS,
    Cells,
    Context,
    axes,
    columns,
    context_of,
)

from runner.findings import (
    CELLS,
    CROSSOVERS,
    DRIFT,
    FAILURES,
    HEAD_TO_HEAD,
    NOISE,
    TRIALS,
    WINNERS,
    Findings,
)
from runner.model import AXES

__all__ = ["CONTEXTS", "HOSTILE", "PYTHONS", "RUN", "TRANSPORTS", "Factory", "hostile"]


CERTAIN = {"clock": "fair", "spread": 0.08, "p": 1e-6, "q": 1e-5, "modes": "same"}
"""What most pairs have in common."""


@dataclass(frozen=True)
class Factory(Cells):
    """Makes findings; one sitting of 40 rounds unless told otherwise."""

    def findings(self) -> Findings:
        cells = self.cells()
        failures = self.failed() if self.failures else []
        pairs = [*self.head_to_heads(cells)]
        counts = pd.Series([cell["status"] for cell in cells]).value_counts()
        return Findings(
            run=RUN,
            runs=(RUN,),
            cells=pd.DataFrame(cells, columns=columns(CELLS)),
            head_to_heads=pd.DataFrame(pairs, columns=columns(HEAD_TO_HEAD, 3)),
            winners=pd.DataFrame(
                [*self.winners(cells)],
                columns=["machine", *(axis for axis in AXES if axis != "transport"), *WINNERS],
            ),
            crossovers=pd.DataFrame(
                [*self.crossovers(cells)],
                columns=[
                    *(axis for axis in AXES if axis not in ("transport", "workers")),
                    *CROSSOVERS,
                ],
            ),
            failures=pd.DataFrame(failures, columns=columns(FAILURES)),
            noise=pd.DataFrame([*self.noise(len(pairs))], columns=list(NOISE)),
            drift=pd.DataFrame([*self.drift()], columns=list(DRIFT)),
            trials=pd.DataFrame([*self.trials(cells)], columns=columns(TRIALS)),
            statuses={str(name): int(number) for name, number in counts.items()},
            planned=len(cells),
            margin=0.03,
        )

    def head_to_heads(self, cells: list[dict[str, object]]) -> Iterator[dict[str, object]]:
        rates = {
            (str(cell["python"]), str(cell["transport"]), context_of(cell)): cell
            for cell in cells
            if cell["status"] == "ok"
        }
        for context in self.contexts:
            for python in self.pythons:
                arms = [one for one in self.transports if (python, one, context) in rates]
                yield from self._block("transport", arms, python, context, rates)
            for transport in self.transports:
                arms = [one for one in self.pythons if (one, transport, context) in rates]
                yield from self._block("python", arms, transport, context, rates)

    def _block(
        self,
        family: str,
        arms: Sequence[str],
        other: str,
        context: Context,
        rates: Mapping[tuple[str, str, Context], dict[str, object]],
    ) -> Iterator[dict[str, object]]:
        reference = REFERENCE if family == "transport" else "3.11"
        order = sorted(arms, key=lambda one: one == reference)
        if reference in arms:
            chance = random.Random(f"twin{self.seed}{other}{context}")
            level = math.exp(chance.gauss(0, 0.009))
            yield self._pair(family, (reference, reference), (level, 1.0), other, context)
        for a, b in itertools.combinations(order, 2):
            one, two = (
                rates[(other, arm, context) if family == "transport" else (arm, other, context)]
                for arm in (a, b)
            )
            for clock, column in (
                ("fair", "rate"),
                ("producer", "producer_rate"),
                ("joined", "joined_rate"),
                ("cpu", "cpu_per_message"),
            ):
                figures = (float(str(one[column])), float(str(two[column])))
                figures = figures if clock != "cpu" else (figures[1], figures[0])
                pair = self._pair(family, (a, b), figures, other, context)
                mixed = "manager_queue" in (a, b, other)
                yield pair | {"clock": clock, "modes": "mixed" if mixed else "same"}

    def _pair(
        self,
        family: str,
        arms: tuple[str, str],
        rates: tuple[float, float],
        other: str,
        context: Context,
    ) -> dict[str, object]:
        a, b = arms
        reference = REFERENCE if family == "transport" else "3.11"
        ratio = rates[0] / rates[1]
        half = 0.012 + 0.02 * random.Random(f"{self.seed}{arms}{other}{context}").random()
        low, high = ratio * math.exp(-half), ratio * math.exp(half)
        pair: dict[str, object] = dict.fromkeys(columns(HEAD_TO_HEAD, 3)) | CERTAIN
        pair |= axes(other, other, context) | {family: None}
        pair |= {
            "machine": "vm-1",
            "family": family,
            "block": f"{family}:{other}:{':'.join(str(one) for one in context)}",
            "a": a,
            "b": b,
            "to_reference": b == reference,
            "twin": a == b,
            "ratio": ratio,
            "low": low,
            "high": high,
            "rounds": 40 * self.sittings,
            "win": 1 / (1 + math.exp(-40 * math.log(ratio))),
            "verdict": _verdict(low, high),
            "rounds_needed": 90.0 if _verdict(low, high) == "inconclusive" else None,
            "sittings": self.sittings,
            "flags": "noisy" if half > 0.03 else "",
        }
        if self.sittings > 2:
            pair |= {"i2": 0.4, "tau": 0.01, "next_low": low * 0.98, "next_high": high * 1.02}
        return pair

    def winners(self, cells: list[dict[str, object]]) -> Iterator[dict[str, object]]:
        for context in self.contexts:
            for python in self.pythons:
                found = sorted(
                    (
                        cell
                        for cell in cells
                        if cell["python"] == python
                        and context_of(cell) == context
                        and cell["status"] == "ok"
                        and cell["transport"] not in ("os_pipe", "thread_queue")
                    ),
                    key=lambda cell: -float(str(cell["rate"])),
                )
                if not found:
                    continue
                best = float(str(found[0]["rate"]))
                tied = [one for one in found if best / float(str(one["rate"])) < 1.03]
                rest = found[len(tied) :]
                lead = best / float(str(rest[0]["rate"])) if rest else None
                row = axes(python, "", context)
                del row["transport"]
                yield row | {
                    "machine": "vm-1",
                    "winners": tuple(str(one["transport"]) for one in tied),
                    "best_rate": best,
                    "runner_up": rest[0]["transport"] if rest else "",
                    "runner_up_ratio": lead,
                    "runner_up_low": lead and lead * 0.98,
                    "runner_up_high": lead and lead * 1.02,
                    "decided": python != "3.8",
                    "compared": len(found),
                    "modes": "mixed" if python == "3.11" else "same",
                }

    def crossovers(self, cells: list[dict[str, object]]) -> Iterator[dict[str, object]]:
        found = {
            (cell["python"], cell["transport"], cell["workers"]): cell
            for cell in cells
            if cell["topology"] == "fan_out" and cell["status"] == "ok"
        }
        for python, (pipe, queue) in itertools.product(
            self.pythons, (("pipe", "queue"), ("pipe_simplex", "simple_queue"))
        ):
            for workers in (1, 2, 4, 8):
                one, two = found.get((python, pipe, workers)), found.get((python, queue, workers))
                if one is None or two is None:
                    continue
                ratio = float(str(one["rate"])) / float(str(two["rate"]))
                row = axes(python, "", ("int", "fan_out", workers, "default", "free", "auto"))
                del row["transport"]
                yield row | {
                    "pipe": pipe,
                    "queue": queue,
                    "ratio": ratio,
                    "low": ratio * 0.97,
                    "high": ratio * 1.03,
                    "verdict": _verdict(ratio * 0.97, ratio * 1.03),
                    "modes": "same" if workers < 8 else "mixed",
                    "pipe_rate": one["rate"],
                    "queue_rate": two["rate"],
                    "pipe_share_low": one["share_low"],
                    "queue_share_low": two["share_low"],
                    "queue_share_high": two["share_high"],
                    "crossover": 2 if python in ("3.6", "3.7") else None,
                }

    def failed(self) -> list[dict[str, object]]:
        context = ("int", "fan_out", 8, "default", "free", "auto")
        return [
            axes("3.6", "joinable_queue", context)
            | {"machine": "vm-1", "status": "failed", "count": 3, "detail": detail, "round": 1}
            for detail in self.details
        ]

    def noise(self, pairs: int) -> Iterator[dict[str, object]]:
        for sitting in range(1, self.sittings + 1):
            yield {
                "machine": "vm-1",
                "sitting": sitting,
                "rounds": 40,
                "trials": pairs,
                "twins": 96,
                "twins_apart": 4 + sitting,
                "twin_widest": 0.021,
                "spread": 0.083,
                "contaminated": 0.06,
                "contaminated_by": "foreign CPU=0.05;steal=0.01",
                "untold": "heat;quota of CPU",
                "drifting": 0.02,
                "foreign_cpu": 0.07,
            }

    def drift(self) -> Iterator[dict[str, object]]:
        chance = random.Random(self.seed)
        for sitting in range(1, self.sittings + 1):
            for minute in range(12):
                level = 1 + 0.03 * math.sin(minute / 3 + sitting) + chance.gauss(0, 0.008)
                yield {
                    "machine": "vm-1",
                    "sitting": sitting,
                    "minute": minute / 4,
                    "level": level,
                }


def hostile() -> Findings:
    """Return findings whose names, reasons and tracebacks try to break Markdown and page."""
    found = Factory(
        pythons=("2.7", "3.6", "3.11"),
        transports=("pipe", "queue", "joinable_queue", *HOSTILE),
        contexts=(*CONTEXTS[:2], *CONTEXTS[6:10], (HOSTILE[0], *CONTEXTS[0][1:])),
        details=(LONG, *HOSTILE),
    ).findings()
    found.trials["family"] = HOSTILE[0]
    return found


def _verdict(low: float, high: float) -> str:
    if low > 1.03:
        return "faster"
    if high < 1 / 1.03:
        return "slower"
    if low > 1 / 1.03 and high < 1.03:
        return "same"
    if low > 1:
        return "slightly faster"
    return "slightly slower" if high < 1 else "inconclusive"
