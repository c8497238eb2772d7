"""`--fail-on slower:5%`: what a gate forbids, and what it could not decide."""

import re
from dataclasses import dataclass

import pandas as pd

from runner.errors import BadInputError

_SYNTAX = re.compile(r"(slower|faster):\s*([0-9]+(?:\.[0-9]+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Gate:
    """Forbids changes in one direction beyond a limit (0.05 = 5 %)."""

    direction: str
    limit: float

    def judge(self, changes: pd.DataFrame) -> "GateResult":
        """Return which rows fail and which are open; the frame has ratio, low, high, verdict.

        A row fails where the change is certain (its verdict says so) and estimated beyond the
        limit. What has not failed is open where its interval reaches beyond the limit, where it
        has none, or where it is `invalid`: an open row neither fails nor passes, and must be shown.
        """
        if self.direction == "slower":
            beyond = changes["ratio"] < 1 / (1 + self.limit)
            reaches = changes["low"] < 1 / (1 + self.limit)
        else:
            beyond = changes["ratio"] > 1 + self.limit
            reaches = changes["high"] > 1 + self.limit
        certain = changes["verdict"].isin((self.direction, f"slightly {self.direction}"))
        failed = certain & beyond
        unbounded = changes["low"].isna() | changes["high"].isna()
        open_ = ~failed & (reaches | unbounded | (changes["verdict"] == "invalid"))
        return GateResult(self, changes[failed], changes[open_])


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate found: rows that fail, and rows that it could not decide."""

    gate: Gate
    failed: pd.DataFrame
    undecided: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Return whether nothing fails; see `undecided` before calling it good."""
        return self.failed.empty


def parse_gate(text: str) -> Gate:
    """Return the gate that `slower:5%` or `faster:5%` names; BadInputError for anything else."""
    found = _SYNTAX.fullmatch(text.strip())
    if not found:
        message = f"--fail-on {text!r}: give slower:PERCENT% or faster:PERCENT%, as in slower:5%"
        raise BadInputError(message)
    return Gate(found[1], float(found[2]) / 100)
