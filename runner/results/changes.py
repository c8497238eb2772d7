"""What `compare` finds between two runs, or between two values of an axis."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from runner.model import Catalogue
from runner.results.rows import OfCell, WithRatio, of


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(OfCell, WithRatio):
    """How a cell's ratio to its baseline changed between two runs, or two values of an axis."""

    compared_axis: str = of("the axis on which the baseline differs from the cell")
    baseline: str = of("the baseline, the same in both")
    ratio: float | None = of("new over old: 1.10 means 10 % faster than before")
    low: float | None = of("lower end of the 95 % interval")
    high: float | None = of("its upper end")
    p: float | None = of("two-sided p")
    q: float | None = of("p after Benjamini-Hochberg over the cells")
    verdict: str = of("faster, slower, equal (the new one), open, or invalid (see marks)")
    ratio_old: float | None = of("the cell over the baseline, old")
    ratio_new: float | None = of("the cell over the baseline, new")
    rate_old: float | None = of("not compared, because it depends on the load", "messages/s")
    rate_new: float | None = of("not compared, because it depends on the load", "messages/s")
    rounds_old: int = of("complete rounds, old; 0 where no round held both values of an axis")
    rounds_new: int = of("complete rounds, new")
    sessions_old: int = of("sessions, old")
    sessions_new: int = of("sessions, new")
    marks: tuple[str, ...] = of("caveats")


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
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungrouped:
    """How many `cells` of a value are missing from its group, `of` how many compared, and why."""

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

    `tau` is the sd between sessions that the intervals allow for. `gate` is the text of --fail-on
    (`slower:5%`); `failed` are the cells that break it, `undecided` those that may. A lost cell
    leaves it undecided too. `notes` say in which facts the two differ.
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
        """The cells that are left out because the new run has no ratio, or no rate, for them."""
        return [one for one in self.left_out if one.lost]

    @property
    def outcome(self) -> Outcome:
        """What became of the gate; it passes only where every change is decided."""
        if not self.gate:
            return "no gate"
        if self.failed:
            return "failed"
        return "undecided" if self.undecided or self.lost else "passed"
