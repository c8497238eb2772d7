"""The verbs plan, doctor and clean."""

import json
from collections import Counter
from typing import Any

from runner import measure, output, process
from runner.errors import EnvironmentLacksError
from runner.machine import interpreters
from runner.machine.checks import checks, engine_checks
from runner.model import Plan
from runner.pipeline.places import Place, opened
from runner.pipeline.progress import expected
from runner.pipeline.reading import Request, read_matrix
from runner.report import figures

SHOWN = 40
"""Lines of a listing in the terminal; `--json` has them all."""


def show_plan(*, as_json: bool, **request: Any) -> int:
    """Plan a matrix with the interpreters that can be had, and show it."""
    with opened(read_matrix(Request(**request))) as place:
        return print_plan(place, as_json)


def print_plan(place: Place, as_json: bool) -> int:
    """Print cells by status, blocks and the estimate."""
    if as_json:
        output.data(json.dumps(_plan_json(place)))
        return 0
    counts = Counter(planned.status.value for planned in place.plan.cells)
    shown = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    cells = figures.count(len(place.plan.cells), "cell")
    output.line(f"executor {place.matrix.executor}; {cells}: {shown}")
    for note in place.notes:
        output.line(f"note: {note}")
    for lost in place.left_out:
        output.line(f"left out: {lost}")
    _print_reasons(place.plan)
    _print_blocks(place.plan)
    output.line(expected(place.plan, place.matrix.measure))
    return 0


def _print_reasons(plan: Plan) -> None:
    reasons = Counter(
        (planned.status.value, planned.reason) for planned in plan.cells if planned.reason
    )
    for (status, reason), count in reasons.most_common(SHOWN):
        output.line(f"  {count:>6} {status}: {reason.splitlines()[0]}")
    if len(reasons) > SHOWN:
        more = figures.count(len(reasons) - SHOWN, "reason")
        output.line(f"  … and {more} more (--json has all)")


def _print_blocks(plan: Plan) -> None:
    output.line(f"{figures.count(len(plan.blocks), 'block')}:")
    for block in plan.blocks[:SHOWN]:
        arms = figures.count(len(block.arms), "arm")
        reference = f"{block.reference.transport} on {block.reference.python}"
        output.line(f"  {block.id}: {arms}, reference {reference}")
    if len(plan.blocks) > SHOWN:
        output.line(f"  … and {len(plan.blocks) - SHOWN} more (--json has all)")


def _plan_json(place: Place) -> dict[str, object]:
    found = measure.expectation(place.plan, place.matrix.measure)
    return {
        "version": 1,
        "executor": place.matrix.executor,
        "notes": list(place.notes),
        "left_out": list(place.left_out),
        "estimated_seconds": round(found.allowed, 1),
        "precision_seconds": round(found.wished, 1),
        "precision_rounds": found.rounds,
        "statuses": Counter(planned.status.value for planned in place.plan.cells),
        "cells": [
            {**planned.cell._asdict(), "status": planned.status.value, "reason": planned.reason}
            for planned in place.plan.cells
        ],
        "blocks": [
            {
                "id": block.id,
                "family": block.family,
                "arms": [{**arm.cell._asdict(), "twin": arm.twin} for arm in block.arms],
            }
            for block in place.plan.blocks
        ],
    }


def doctor(*, as_json: bool) -> int:
    """Say what this machine has and lacks for measuring."""
    found = interpreters.find()
    results = [*checks(found), *engine_checks()]
    if as_json:
        output.data(json.dumps({"version": 1, "checks": [check._asdict() for check in results]}))
    else:
        for one in results:
            output.line(f"{one.verdict:>4}  {one.name}: {one.what}")
            if one.what_to_do:
                output.line(f"      → {one.what_to_do}")
    return 3 if any(one.verdict == "bad" for one in results) else 0


def clean() -> int:
    """Remove what killed runs left behind, and say what it was and what was left.

    Without an engine the temporary folders are removed all the same; an address that is no
    engine's is a mistake, and told as one afterwards.
    """
    from runner.engine import AddressError
    from runner.executors import docker

    done, mistake = [("folder", process.sweep())], None
    try:
        done.append(("container", docker.clean_up()))
    except AddressError as error:
        mistake = error
    except EnvironmentLacksError as error:
        output.say(f"containers were not looked for: {error}")
    lines = [
        *(f"removed {what} {name}" for what, swept in done for name in swept.removed),
        *(f"left {what} {name}: {why}" for what, swept in done for name, why in swept.left),
    ]
    for line in lines or ["nothing of a dead run was found"]:
        output.line(line)
    if mistake is not None:
        raise mistake
    return 0
