"""Realistic findings made from nothing but a seed: no trial is run."""

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from made_cells import (
    BASELINE,
    CONTEXTS,
    HOSTILE,
    LONG,
    PYTHONS,
    RUN,
    TRANSPORTS,
    Cells,
    Context,
    axes,
    context_of,
)

from runner.analysis.ceilings import ceilings_of
from runner.results import (
    CellSummary,
    Comparison,
    Crossover,
    Drift,
    Failure,
    Findings,
    SessionNoise,
    Winner,
)
from tests.registry import CATALOGUE
from tests.rows import each, made

__all__ = ["CONTEXTS", "HOSTILE", "PYTHONS", "RUN", "TRANSPORTS", "Factory", "hostile"]


CERTAIN: Mapping[str, object] = {
    "clock": "end_to_end",
    "spread": 0.08,
    "p": 1e-6,
    "q": 1e-5,
    "modes": "same",
}
"""What most pairs have in common."""


@cache
def made_once(factory: "Factory") -> Findings:
    """Return the findings of a factory; no test changes a part of them."""
    return factory.make()


@dataclass(frozen=True)
class Factory(Cells):
    """Makes findings; one session of 40 rounds unless told otherwise."""

    def findings(self) -> Findings:
        names = ("pythons", "transports", "contexts", "details")
        given: dict[str, Any] = {one: tuple(getattr(self, one)) for one in names}
        return made_once(replace(self, **given))

    def make(self) -> Findings:
        cells = self.cells()
        pairs = [*self.comparisons(cells)]
        return Findings(
            run=RUN,
            runs=(RUN,),
            catalogue=CATALOGUE,
            cells=cells,
            comparisons=pairs,
            winners=[*self.winners(cells)],
            crossovers=[*self.crossovers(cells)],
            ceilings=ceilings_of(
                [one for one in pairs if one.of_report and one.compared_axis == "transport"],
                cells,
                CATALOGUE,
            ),
            failures=self.failed() if self.failures else [],
            noise=[*self.noise(len(pairs))],
            drift=[*self.drift()],
            trials=[*self.trials(cells)],
            statuses=Counter(cell.status for cell in cells),
            planned=len(cells),
            margin=0.03,
        )

    def comparisons(self, cells: Sequence[CellSummary]) -> Iterator[Comparison]:
        rates = {
            (cell.python, cell.transport, context_of(cell)): cell
            for cell in cells
            if cell.status == "ok"
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
        compared_axis: str,
        arms: Sequence[str],
        other: str,
        context: Context,
        rates: Mapping[tuple[str, str, Context], CellSummary],
    ) -> Iterator[Comparison]:
        baseline = BASELINE if compared_axis == "transport" else "3.11"
        order = sorted(arms, key=lambda one: one == baseline)
        if baseline in arms:
            chance = random.Random(f"control{self.seed}{other}{context}")
            level = math.exp(chance.gauss(0, 0.009))
            yield self._pair(compared_axis, (baseline, baseline), (level, 1.0), other, context)
        for a, b in itertools.combinations(order, 2):
            one, two = (
                rates[
                    (other, arm, context) if compared_axis == "transport" else (arm, other, context)
                ]
                for arm in (a, b)
            )
            for clock, column in (
                ("end_to_end", "rate"),
                ("send", "send_rate"),
                ("join", "join_rate"),
                ("cpu", "cpu_per_message"),
            ):
                figures = (getattr(one, column), getattr(two, column))
                figures = figures if clock != "cpu" else (figures[1], figures[0])
                pair = self._pair(compared_axis, (a, b), figures, other, context)
                mixed = "manager_queue" in (a, b, other)
                yield replace(pair, clock=clock, modes="mixed" if mixed else "same")

    def _pair(
        self,
        compared_axis: str,
        arms: tuple[str, str],
        rates: tuple[float, float],
        other: str,
        context: Context,
    ) -> Comparison:
        a, b = arms
        baseline = BASELINE if compared_axis == "transport" else "3.11"
        ratio = rates[0] / rates[1]
        half = 0.012 + 0.02 * random.Random(f"{self.seed}{arms}{other}{context}").random()
        low, high = ratio * math.exp(-half), ratio * math.exp(half)
        pair = {**CERTAIN} | axes(other, other, context) | {compared_axis: ""}
        pair |= {
            "machine": "vm-1",
            "compared_axis": compared_axis,
            "block": f"{compared_axis}:{other}:{':'.join(str(one) for one in context)}",
            "a": a,
            "b": b,
            "to_baseline": b == baseline,
            "control": a == b,
            "ratio": ratio,
            "low": low,
            "high": high,
            "rounds": 40 * self.sessions,
            "win": 1 / (1 + math.exp(-40 * math.log(ratio))),
            "verdict": _verdict(low, high),
            "equal_within": math.expm1(abs(math.log(ratio)) + 0.84 * half),
            "rounds_needed": 90.0 if _verdict(low, high) == "open" else None,
            "sessions": self.sessions,
            "flags": ("noisy",) if half > 0.03 else (),
        }
        if self.sessions > 2:
            pair |= {"i2": 0.4, "tau": 0.01, "next_low": low * 0.98, "next_high": high * 1.02}
        return made(Comparison, **pair)

    def winners(self, cells: Sequence[CellSummary]) -> Iterator[Winner]:
        for context in self.contexts:
            for python in self.pythons:
                found = sorted(
                    (
                        cell
                        for cell in cells
                        if cell.python == python
                        and context_of(cell) == context
                        and cell.status == "ok"
                        and cell.transport not in ("os_pipe", "thread_queue")
                    ),
                    key=lambda cell: -(cell.rate or 0.0),
                )
                if not found:
                    continue
                best = found[0].rate or 0.0
                tied = [one for one in found if best / (one.rate or 1.0) < 1.03]
                rest = found[len(tied) :]
                lead = best / (rest[0].rate or 1.0) if rest else None
                row = axes(python, "", context)
                del row["transport"]
                row |= {
                    "machine": "vm-1",
                    "winners": tuple(one.transport for one in tied),
                    "best_rate": best,
                    "runner_up": rest[0].transport if rest else "",
                    "runner_up_ratio": lead,
                    "runner_up_low": lead and lead * 0.98,
                    "runner_up_high": lead and lead * 1.02,
                    "decided": python != "3.8",
                    "compared": len(found),
                    "modes": "mixed" if python == "3.11" else "same",
                }
                yield made(Winner, **row)

    def crossovers(self, cells: Sequence[CellSummary]) -> Iterator[Crossover]:
        found = {
            (cell.python, cell.transport, cell.workers): cell
            for cell in cells
            if cell.topology == "fan_out" and cell.status == "ok"
        }
        for python, (pipe, queue) in itertools.product(
            self.pythons, (("pipe", "queue"), ("pipe_simplex", "simple_queue"))
        ):
            for workers in (1, 2, 4, 8):
                one, two = found.get((python, pipe, workers)), found.get((python, queue, workers))
                if one is None or two is None:
                    continue
                ratio = (one.rate or 0.0) / (two.rate or 1.0)
                row = axes(python, "", ("int", "fan_out", workers, "default", "free", "auto"))
                del row["transport"]
                row |= {
                    "pipe": pipe,
                    "queue": queue,
                    "ratio": ratio,
                    "low": ratio * 0.97,
                    "high": ratio * 1.03,
                    "verdict": _verdict(ratio * 0.97, ratio * 1.03),
                    "modes": "same" if workers < 8 else "mixed",
                    "pipe_rate": one.rate,
                    "queue_rate": two.rate,
                    "pipe_share_low": one.share_low,
                    "queue_share_low": two.share_low,
                    "queue_share_high": two.share_high,
                    "crossover": 2 if python in ("3.6", "3.7") else None,
                }
                yield made(Crossover, **row)

    def failed(self) -> list[Failure]:
        context = ("int", "fan_out", 8, "default", "free", "auto")
        return [
            made(
                Failure,
                **axes("3.6", "joinable_queue", context),
                machine="vm-1",
                status="failed",
                count=3,
                detail=detail,
                round=1,
            )
            for detail in self.details
        ]

    def noise(self, pairs: int) -> Iterator[SessionNoise]:
        for session in range(1, self.sessions + 1):
            yield SessionNoise(
                machine="vm-1",
                session=session,
                rounds=40,
                trials=pairs,
                controls=96,
                controls_apart=4 + session,
                control_widest=0.021,
                spread=0.083,
                pace=0.92,
                contaminated=0.06,
                contaminated_by="CPU of others=0.05;steal=0.01",
                without_data=("heat", "quota of CPU"),
                drifting=0.02,
                foreign_cpu=0.07,
            )

    def drift(self) -> Iterator[Drift]:
        chance = random.Random(self.seed)
        for session in range(1, self.sessions + 1):
            for minute in range(12):
                level = 1 + 0.03 * math.sin(minute / 3 + session) + chance.gauss(0, 0.008)
                yield Drift(machine="vm-1", session=session, minute=minute / 4, level=level)


def hostile() -> Findings:
    """Return findings whose names, reasons and tracebacks try to break Markdown and page."""
    found = Factory(
        pythons=("2.7", "3.6", "3.11"),
        transports=("pipe", "queue", "joinable_queue", *HOSTILE),
        contexts=(*CONTEXTS[:2], *CONTEXTS[6:10], (HOSTILE[0], *CONTEXTS[0][1:])),
        details=(LONG, *HOSTILE),
    ).findings()
    return replace(found, trials=each(found.trials, compared_axis=HOSTILE[0]))


def _verdict(low: float, high: float) -> str:
    if low > 1 / 1.03 and high < 1.03:
        return "equal"
    if low > 1:
        return "faster"
    return "slower" if high < 1 else "open"
