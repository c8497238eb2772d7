"""A claim judged from a few rows on 3.9."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from claims_rows import findings
from runner.results import Comparison, ProbeResult
from runner.studies.pipe_vs_queue.data import data
from runner.studies.pipe_vs_queue.judging import judge

BY_NUMBER = {claim.number: claim for claim in data().claims}


def judged(
    number: int,
    *rows: Comparison,
    probes: Sequence[ProbeResult] = (),
    runs: Sequence[Mapping[str, object]] = (),
) -> tuple[str, str]:
    given = replace(findings(rows), runs=runs)
    found = judge(given, probes, [BY_NUMBER[number]])
    one = next(one for one in found if one.python == "3.9")
    return one.verdict, one.basis


def near(middle: float) -> tuple[float, float, float]:
    return (middle, middle * 0.99, middle * 1.01)


def run_on(machine: str, virtualisation: str) -> dict[str, object]:
    facts = {"cpu": {"virtualisation": virtualisation}}
    return {"machine": machine, "machine_facts": facts}
