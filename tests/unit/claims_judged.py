"""A claim judged from a few rows under 3.9."""

from collections.abc import Mapping

import pandas as pd

from claims_frames import answers, findings
from runner.analysis.claims import CLAIMS, judge

BY_NUMBER = {claim.number: claim for claim in CLAIMS}
NO_PROBES = answers({})


def judged(
    number: int, *rows: Mapping[str, object], probes: pd.DataFrame = NO_PROBES
) -> tuple[str, str]:
    frame = judge(findings(rows), probes, [BY_NUMBER[number]])
    row = frame[frame["python"].eq("3.9")].iloc[0]
    return str(row["verdict"]), str(row["basis"])


def near(middle: float) -> tuple[float, float, float]:
    return (middle, middle * 0.99, middle * 1.01)
