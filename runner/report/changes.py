"""What a comparison hands to the report: its frames, its rows, and what became of a gate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd

Outcome = Literal["no gate", "passed", "failed", "undecided"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from `old` to `new`: names of two runs, or two values of `axis`.

    `cells`, `groups` and `left_out` have the columns of the comparison's frames; `ratio` is new
    over old. `gate` is the text given (`slower:5%`), `failed` and `undecided` the rows that it
    forbids and those that it cannot decide; rows of `left_out` that are `lost`, which the old side
    could tell and the new one cannot, it cannot decide either. `ungrouped` counts the cells that
    groups do not hold; `notes` say what differs in the facts.
    """

    old: str
    new: str
    cells: pd.DataFrame
    groups: pd.DataFrame
    left_out: pd.DataFrame
    margin: float
    axis: str = ""
    tau: float = 0.0
    notes: Sequence[str] = ()
    gate: str = ""
    failed: pd.DataFrame = field(default_factory=pd.DataFrame)
    undecided: pd.DataFrame = field(default_factory=pd.DataFrame)
    ungrouped: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def lost(self) -> pd.DataFrame:
        """The cells that are left out since the new side has no ratio, or no rate, of them."""
        if "lost" not in self.left_out:
            return self.left_out.head(0)
        return self.left_out[self.left_out["lost"].astype(bool)]

    @property
    def outcome(self) -> Outcome:
        """What became of the gate: a change that is not decided never passes as none."""
        if not self.gate:
            return "no gate"
        if len(self.failed):
            return "failed"
        return "undecided" if len(self.undecided) + len(self.lost) else "passed"


class ChangeRow(NamedTuple):
    """How one cell changed, new over old."""

    machine: str
    family: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    reference: str
    ratio: float | None
    low: float | None
    high: float | None
    q: float | None
    verdict: str
    ratio_old: float | None
    ratio_new: float | None
    rate_old: float | None
    rate_new: float | None
    marks: str


class GroupRow(NamedTuple):
    """How the cells of one value of an axis changed together."""

    by: str
    value: str
    cells: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    marks: str


class UngroupedRow(NamedTuple):
    """How many `of` the compared cells of a value its group does not hold, and why."""

    by: str
    value: str
    cells: int
    of: int
    reasons: str
