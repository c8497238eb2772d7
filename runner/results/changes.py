"""What `compare` finds between two runs, or between two values of an axis."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from runner.model import Catalogue
from runner.results.rows import OfCell, WithRatio, of


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(OfCell, WithRatio):
    """How one cell changed between two runs, or two values of an axis, against its baseline."""

    compared_axis: str = of("the axis on which the baseline differs from the cell")
    baseline: str = of("the baseline, the same in both")
    ratio: float | None = of("new over old: 1.10 is 10 % faster than before")
    low: float | None = of("95 % interval")
    high: float | None = of("its other end")
    p: float | None = of("two-sided")
    q: float | None = of("p after Benjamini-Hochberg over the cells")
    verdict: str = of("faster, slower or equal: the new one; open; invalid: see marks")
    ratio_old: float | None = of("the cell over the baseline, old")
    ratio_new: float | None = of("the cell over the baseline, new")
    rate_old: float | None = of("depends on the load, not compared", "messages/s")
    rate_new: float | None = of("depends on the load, not compared", "messages/s")
    rounds_old: int = of("complete rounds, old")
    rounds_new: int = of("complete rounds, new")
    sessions_old: int = of("sessions, old")
    sessions_new: int = of("sessions, new")
    marks: str = of("what a reader must know of it, separated by ;")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange(WithRatio):
    """How the cells of one value of an axis changed together."""

    by: str
    value: str
    cells: int
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    verdict: str
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungrouped:
    """How many `of` the compared cells of a value its group does not hold, and why."""

    by: str
    value: str
    cells: int
    of: int
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(OfCell):
    """A measured cell that is not compared; `lost` if only the old run had a result."""

    reason: str
    lost: bool


Outcome = Literal["no gate", "passed", "failed", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed from `old` to `new`: names of two runs, or two values of `axis`.

    `tau` is the scatter between sessions that was reckoned with. `gate` is the text given
    (`slower:5%`), `failed` and `undecided` the cells that it forbids and those that it cannot
    decide; what is lost it cannot decide either. `notes` say what differs in the facts.
    """

    old: str
    new: str
    cells: Sequence[Change]
    groups: Sequence[GroupChange] = ()
    left_out: Sequence[LeftOut] = ()
    ungrouped: Sequence[Ungrouped] = ()
    margin: float
    catalogue: Catalogue = field(default_factory=Catalogue)
    axis: str = ""
    tau: float = 0.0
    notes: Sequence[str] = ()
    gate: str = ""
    failed: Sequence[Change] = ()
    undecided: Sequence[Change] = ()

    @property
    def lost(self) -> list[LeftOut]:
        """The cells that are left out since the new side has no ratio, or no rate, of them."""
        return [one for one in self.left_out if one.lost]

    @property
    def outcome(self) -> Outcome:
        """What became of the gate: a change that is not decided never passes as none."""
        if not self.gate:
            return "no gate"
        if self.failed:
            return "failed"
        return "undecided" if self.undecided or self.lost else "passed"
