"""The verb `compare`: two runs, or two values of an axis of one; and its gate."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from runner import output
from runner.analysis.changes import compare as compare_findings
from runner.analysis.changes import compare_axis as compare_values
from runner.analysis.changes import parse_gate
from runner.errors import BadInputError, EnvironmentLacksError
from runner.model import AXES
from runner.pipeline import choosing
from runner.pipeline.report import append_summary, findings_of, link_of_job
from runner.report import comparison as rendering
from runner.report.comparison import Style
from runner.results import Changes

GATE_FAILED = 4


def compare(
    *,
    sides: Sequence[str],
    axis: str | None,
    by: str | None,
    fail_on: str | None,
    style: str,
) -> int:
    """Compare runs, or two values of an axis; 4 where the gate fails."""
    if axis is not None:
        return compare_axis(axis, sides, by, fail_on, style)
    return compare_runs(sides, by, fail_on, style)


def compare_runs(sides: Sequence[str], by: str | None, fail_on: str | None, style: str) -> int:
    """Compare OLD with NEW; print it, and return the gate's exit code."""
    if len(sides) != 2:
        message = f"compare takes two run folders, OLD NEW; {len(sides)} given"
        raise BadInputError(message)
    _check_axis("--by", by)
    if Path(sides[0]).resolve() == Path(sides[1]).resolve():
        message = (
            f"compare {sides[0]} {sides[1]}: the same run twice; use --axis to compare within one"
        )
        raise BadInputError(message)
    old, new = (findings_of([Path(side)]) for side in sides)
    first, second = (Path(side).resolve().name or side for side in sides)
    found = compare_findings(old, new, (by,) if by else (), names=(first, second))
    return _finish(found, fail_on, style)


def compare_axis(
    axis: str, sides: Sequence[str], by: str | None, fail_on: str | None, style: str
) -> int:
    """Compare two values of an axis inside one run; without a run, inside the newest."""
    _check_axis("--axis", axis)
    if by is not None:
        message = "--by groups the cells of two runs; it does not go with --axis"
        raise BadInputError(message)
    if len(sides) not in (2, 3):
        message = f"compare --axis {axis} takes two values and a run folder: OLD NEW [RUN]"
        raise BadInputError(message)
    if len(sides) == 3:
        run = Path(sides[2])
    else:
        run = choosing.newest("name a run's folder after the two values")
    findings = findings_of([run])
    old, new = (findings.catalogue.value(axis, one) for one in sides[:2])
    found = compare_values(findings, axis, old, new)
    return _finish(found, fail_on, style)


def _check_axis(flag: str, axis: str | None) -> None:
    if axis is not None and axis not in AXES:
        message = f"{flag} {axis}: unknown axis; known: {', '.join(AXES)}"
        raise BadInputError(message)


def _finish(changes: Changes, fail_on: str | None, style: str) -> int:
    if fail_on is not None:
        changes = parse_gate(fail_on).judge(changes)
    chosen = cast("Style", style)
    link = link_of_job(os.environ) if chosen == "github" else ""
    width = output.console().width if chosen == "text" else 0
    text = rendering.render(changes, chosen, link, width)
    failed = changes.outcome == "failed"
    if chosen == "github":
        try:
            append_summary(text)
        except EnvironmentLacksError as error:  # it does not hide that the gate failed
            if not failed:
                raise
            output.say(error)
        text = rendering.comment(changes, link)
    output.data(text)
    return GATE_FAILED if failed else 0
