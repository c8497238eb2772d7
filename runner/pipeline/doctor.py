"""The verb `doctor`: shows what this machine has and lacks for measuring."""

import json
from collections.abc import Sequence

from runner import output
from runner.machine import interpreters
from runner.machine.checks import Check, checks, engine_checks
from runner.pipeline import packages
from runner.report import figures


def doctor(*, as_json: bool) -> int:
    """Show what this machine has and lacks for measuring."""
    found = interpreters.find()
    results = [*checks(found), packages.check(found), *engine_checks()]
    if as_json:
        output.data(json.dumps({"version": 1, "checks": [check._asdict() for check in results]}))
    else:
        output.line(verdict(results, len(interpreters.names(found))))
        hints = [one.what_to_do for one in results]
        for one, following in zip(results, [*hints[1:], ""], strict=True):
            output.line(f"{one.verdict:>4}  {one.name}: {one.what}")
            if one.what_to_do and one.what_to_do != following:  # of several alike, after the last
                output.line(f"      → {one.what_to_do}")
    return 3 if any(one.verdict == "bad" for one in results) else 0


def verdict(results: Sequence[Check], pythons: int) -> str:
    """Return in one line whether this machine can measure, and how much there is to know."""
    known = figures.count(pythons, "interpreter")
    bad = [one.name for one in results if one.verdict == "bad"]
    if bad:
        return f"not ready: {', '.join(bad)}; {known}"
    warned = sum(one.verdict == "warn" for one in results)
    things = f", {figures.count(warned, 'thing')} to know" if warned else ""
    return f"ready: {known}{things}"
