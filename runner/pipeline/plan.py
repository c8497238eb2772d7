"""The verb `plan`: cells by status, blocks and the time that they need."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from runner import measure, output
from runner.pipeline.places import Prepared, opened
from runner.pipeline.progress import catalogue, expected
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.sharding import Spread, restricted, spread
from runner.report import figures
from runner.report.contexts import block_words

LEAST_GAIN = 1.1
"""The speed-up below which more machines are not worthwhile."""
SHOWN = 40
"""Lines of a listing in the terminal; `--json` has them all."""


def show_plan(*, as_json: bool, shards: int | None, **request: Any) -> int:
    """Plan a matrix with the interpreters that can be had, and show it."""
    with opened(read_matrix(Request(**request))) as prepared:
        return print_plan(prepared, as_json, shards)


def print_plan(prepared: Prepared, as_json: bool, shards: int | None = None) -> int:
    """Print cells by status, blocks, the estimate, and what several machines would gain."""
    found = spread(prepared.plan, prepared.matrix, shards or 1)
    if as_json:
        output.data(json.dumps(_plan_json(prepared, found, shards is not None)))
        return 0
    counts = Counter(planned.status.value for planned in prepared.plan.cells)
    shown = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    cells = figures.count(len(prepared.plan.cells), "cell")
    output.line(f"executor {prepared.matrix.executor}; {cells}: {shown}")
    for note in prepared.notes:
        output.line(f"note: {note}")
    for lost in prepared.left_out:
        output.line(f"left out: {lost}")
    reasons = Counter(
        (planned.status.value, planned.reason) for planned in prepared.plan.cells if planned.reason
    )
    for (status, reason), count in reasons.most_common(SHOWN):
        output.line(f"  {count:>6} {status}: {reason.splitlines()[0]}")
    if len(reasons) > SHOWN:
        more = figures.count(len(reasons) - SHOWN, "reason")
        output.line(f"  … and {more} more (--json has all)")
    output.line(f"{figures.count(len(prepared.plan.blocks), 'block')}:")
    known = catalogue(prepared)
    for block in prepared.plan.blocks[:SHOWN]:
        control = " (with A/A control)" if any(arm.control for arm in block.arms) else ""
        output.line(f"  {block_words(block, known)}{control}")
    if len(prepared.plan.blocks) > SHOWN:
        output.line(f"  … and {len(prepared.plan.blocks) - SHOWN} more (--json has all)")
    for line in expected(prepared.plan, prepared.matrix.measure):
        output.line(line)
    for line in _on_machines(prepared, found, shards):
        output.line(line)
    return 0


def _on_machines(prepared: Prepared, found: Spread, shards: int | None) -> Iterator[str]:
    """Yield how the blocks are spread over machines, and how many machines make it faster."""
    if len(prepared.plan.blocks) < 2:
        return
    groups = figures.count(len(found.grouped), "group")
    if shards is not None:
        lack = f"; {shards - len(found.shards)} have no block" * (len(found.shards) < shards)
        times = f"{found.speed_up:.1f}× as fast as one machine"
        yield f"{figures.count(shards, 'shard')} of {groups}: {times}{lack}"
        for one in found.shards:
            blocks = figures.count(len(one.blocks), "block")
            seconds = figures.duration(_seconds(prepared, one.blocks))
            yield f"  {one.number}/{one.of}: {blocks}, {seconds}"
    machines, gain = found.useful
    stay = f"blocks that are compared stay together, in {groups}"
    if machines == 1 or gain < LEAST_GAIN:
        yield f"spreading the blocks over machines (--shard) would not be faster: {stay}"
    else:
        more = f"; more than {machines} machines are not faster: measure all blocks on each"
        yield (
            f"on {figures.count(machines, 'machine')} (--shard) it is {gain:.1f}× as "
            f"fast ({stay}){more if machines < len(found.grouped) else ''}"
        )
    if (wanted := prepared.matrix.cluster.machines) > 1:
        parts = spread(prepared.plan, prepared.matrix, wanted).shards
        longest = figures.duration(max(_seconds(prepared, one.blocks) for one in parts))
        whole = figures.duration(measure.estimate(prepared.plan, prepared.matrix.measure))
        yield f"on a cluster of {wanted} machines: replicate {whole}, shard {longest}"


def _seconds(prepared: Prepared, blocks: Sequence[str]) -> float:
    return measure.estimate(restricted(prepared.plan, blocks), prepared.matrix.measure)


def _plan_json(prepared: Prepared, spread_out: Spread, sharded: bool) -> dict[str, object]:
    found = measure.expectation(prepared.plan, prepared.matrix.measure)
    machines, gain = spread_out.useful
    shards = [
        {
            "number": one.number,
            "of": one.of,
            "blocks": one.blocks,
            "seconds": round(_seconds(prepared, one.blocks), 1),
        }
        for one in spread_out.shards
    ]
    return {
        "version": 1,
        "plan": spread_out.digest,
        "groups": len(spread_out.grouped),
        "useful_machines": machines,
        "speed_up": round(gain, 2),
        **({"shards": shards} if sharded else {}),
        "executor": prepared.matrix.executor,
        "notes": list(prepared.notes),
        "left_out": list(prepared.left_out),
        "estimated_seconds": round(found.allowed, 1),
        "precision_seconds": round(found.wished, 1),
        "precision_rounds": found.rounds,
        "statuses": Counter(planned.status.value for planned in prepared.plan.cells),
        "cells": [
            {**planned.cell._asdict(), "status": planned.status.value, "reason": planned.reason}
            for planned in prepared.plan.cells
        ],
        "blocks": [
            {
                "id": block.id,
                "compared_axis": block.compared_axis,
                "arms": [{**arm.cell._asdict(), "control": arm.control} for arm in block.arms],
            }
            for block in prepared.plan.blocks
        ],
    }
