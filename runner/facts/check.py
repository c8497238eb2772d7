"""One line of what `doctor` says."""

from typing import Literal, NamedTuple

Verdict = Literal["ok", "warn", "bad"]


class Check(NamedTuple):
    """A check's name and verdict, what was found, and what to do ("" where there is nothing)."""

    name: str
    verdict: Verdict
    what: str
    what_to_do: str = ""
