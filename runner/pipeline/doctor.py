"""The verb `doctor`: shows what this machine has and lacks for measuring."""

import json

from runner import output
from runner.machine import interpreters
from runner.machine.checks import checks, engine_checks
from runner.pipeline import packages


def doctor(*, as_json: bool) -> int:
    """Show what this machine has and lacks for measuring."""
    found = interpreters.find()
    results = [*checks(found), packages.check(found), *engine_checks()]
    if as_json:
        output.data(json.dumps({"version": 1, "checks": [check._asdict() for check in results]}))
    else:
        for one in results:
            output.line(f"{one.verdict:>4}  {one.name}: {one.what}")
            if one.what_to_do:
                output.line(f"      → {one.what_to_do}")
    return 3 if any(one.verdict == "bad" for one in results) else 0
