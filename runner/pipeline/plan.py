"""The verb `plan`: cells by status, blocks and the time that they need."""

import json
from collections import Counter
from typing import Any

from runner import measure, output
from runner.pipeline.places import Prepared, opened
from runner.pipeline.progress import expected
from runner.pipeline.reading import Request, read_matrix
from runner.report import figures

SHOWN = 40
"""Lines of a listing in the terminal; `--json` has them all."""


def show_plan(*, as_json: bool, **request: Any) -> int:
    """Plan a matrix with the interpreters that can be had, and show it."""
    with opened(read_matrix(Request(**request))) as place:
        return print_plan(place, as_json)


def print_plan(place: Prepared, as_json: bool) -> int:
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
    reasons = Counter(
        (planned.status.value, planned.reason) for planned in place.plan.cells if planned.reason
    )
    for (status, reason), count in reasons.most_common(SHOWN):
        output.line(f"  {count:>6} {status}: {reason.splitlines()[0]}")
    if len(reasons) > SHOWN:
        more = figures.count(len(reasons) - SHOWN, "reason")
        output.line(f"  … and {more} more (--json has all)")
    output.line(f"{figures.count(len(place.plan.blocks), 'block')}:")
    for block in place.plan.blocks[:SHOWN]:
        arms = figures.count(len(block.arms), "arm")
        reference = f"{block.reference.transport} on {block.reference.python}"
        output.line(f"  {block.id}: {arms}, reference {reference}")
    if len(place.plan.blocks) > SHOWN:
        output.line(f"  … and {len(place.plan.blocks) - SHOWN} more (--json has all)")
    output.line(expected(place.plan, place.matrix.measure))
    return 0


def _plan_json(place: Prepared) -> dict[str, object]:
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
