"""`--fail-on slower:5%`: what a gate forbids, and what it could not decide."""

import re
from dataclasses import dataclass, replace

from runner.errors import BadInputError
from runner.results import Change, Changes

_SYNTAX = re.compile(r"(slower|faster):\s*([0-9]+(?:\.[0-9]+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Gate:
    """Forbids changes in one direction beyond a limit (0.05 = 5 %)."""

    text: str
    direction: str
    limit: float

    def judge(self, changes: Changes) -> Changes:
        """Return the changes with those that fail the gate, and those that it cannot decide.

        A cell fails where the change is certain (its verdict says so) and estimated beyond the
        limit. What has not failed is open where its interval reaches beyond the limit, where it
        has none, or where it is `invalid`: an open one neither fails nor passes, and must be shown.
        """
        failed = [one for one in changes.cells if self._fails(one)]
        open_ = [one for one in changes.cells if not self._fails(one) and self._open(one)]
        return replace(changes, gate=self.text, failed=failed, undecided=open_)

    def _fails(self, one: Change) -> bool:
        return one.verdict == self.direction and self.beyond(one.ratio, one.ratio)

    def _open(self, one: Change) -> bool:
        unbounded = one.low is None or one.high is None
        return unbounded or one.verdict == "invalid" or self.beyond(one.low, one.high)

    def beyond(self, low: float | None, high: float | None) -> bool:
        """Return whether a part of this span of new over old lies beyond the limit."""
        if self.direction == "slower":
            return low is not None and low < 1 / (1 + self.limit)
        return high is not None and high > 1 + self.limit


def parse_gate(text: str) -> Gate:
    """Return the gate that `slower:5%` or `faster:5%` names; BadInputError for anything else."""
    found = _SYNTAX.fullmatch(text.strip())
    if not found:
        message = f"--fail-on {text!r}: give slower:PERCENT% or faster:PERCENT%, as in slower:5%"
        raise BadInputError(message)
    return Gate(text, found[1], float(found[2]) / 100)
