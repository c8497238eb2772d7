"""Small frames for the tests of the claims: a comparison, a cell, a probe's answer."""

from collections.abc import Mapping, Sequence

import pandas as pd

from runner.findings import CELLS, HEAD_TO_HEAD, PROBES, Findings
from runner.model import AXES

CONTEXT: Mapping[str, object] = {
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages": "auto",
}


def comparison(
    a: str, b: str, ratio: Sequence[float], *, python: str = "3.9", **other: object
) -> dict[str, object]:
    """Return a head-to-head of transports: `ratio` is (middle, low, high)."""
    row: dict[str, object] = dict.fromkeys((*HEAD_TO_HEAD, *AXES))
    row |= CONTEXT
    row |= {"machine": "m", "family": "transport", "python": python, "a": a, "b": b, "twin": False}
    row |= dict(zip(("ratio", "low", "high"), ratio, strict=True))
    row |= {"clock": "fair", "rounds": 30, "spread": 0.05, "verdict": "faster"}
    row |= other
    place = "-".join(str(row[axis]) for axis in CONTEXT)
    return row | {"block": f"{row['python']}-{place}"}


def cell(
    transport: str, status: str = "ok", reason: str = "", *, python: str = "3.9", **other: object
) -> dict[str, object]:
    """Return a cell with its status."""
    row: dict[str, object] = dict.fromkeys((*CELLS, *AXES))
    row |= CONTEXT
    row |= {"machine": "m", "python": python, "transport": transport}
    return row | {"status": status, "reason": reason} | other


def findings(
    comparisons: Sequence[Mapping[str, object]] = (), cells: Sequence[Mapping[str, object]] = ()
) -> Findings:
    """Return findings that hold these rows, and nothing else."""
    nothing = pd.DataFrame()
    return Findings(
        run={},
        runs=(),
        cells=pd.DataFrame(list(cells)),
        head_to_heads=pd.DataFrame(list(comparisons)),
        winners=nothing,
        crossovers=nothing,
        failures=nothing,
        noise=nothing,
        statuses={},
        planned=0,
        margin=0.03,
    )


def answers(said: Mapping[str, str], python: str = "3.9", machine: str = "m") -> pd.DataFrame:
    """Return the frame of probes in which each probe gave this answer."""
    rows = [
        {
            "machine": machine,
            "python": python,
            "probe": probe,
            "answer": answer,
            "detail": f"{probe} saw it",
            "figures": {},
        }
        for probe, answer in said.items()
    ]
    return pd.DataFrame(rows, columns=list(PROBES))
