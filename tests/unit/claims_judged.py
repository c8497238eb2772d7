"""A claim judged from a few rows under 3.9."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from claims_frames import answers, findings
from runner.analysis.claims import CLAIMS, judge

BY_NUMBER = {claim.number: claim for claim in CLAIMS}
NO_PROBES = answers({})


def judged(
    number: int,
    *rows: Mapping[str, object],
    probes: pd.DataFrame = NO_PROBES,
    runs: Sequence[Mapping[str, object]] = (),
) -> tuple[str, str]:
    frame = judge(replace(findings(rows), runs=runs), probes, [BY_NUMBER[number]])
    row = frame[frame["python"].eq("3.9")].iloc[0]
    return str(row["verdict"]), str(row["basis"])


def near(middle: float) -> tuple[float, float, float]:
    return (middle, middle * 0.99, middle * 1.01)


def run_on(machine: str, virtualisation: str) -> dict[str, object]:
    facts = {"cpu": {"virtualisation": virtualisation}}
    return {"machine": machine, "machine_facts": facts}
