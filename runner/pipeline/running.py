"""The verb `run`: matrix → plan → trials → report."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner import measure, output, process
from runner.errors import BadInputError
from runner.machine import facts as machine_facts
from runner.machine.lock import machine_lock
from runner.measure import Ending, Outcome
from runner.model import History, Matrix, Plan, Row, Status
from runner.model.testbed import id_of_interpreter, id_of_testbed
from runner.pipeline.facts import CellFacts, harness_digest, of_place
from runner.pipeline.inspecting import print_plan
from runner.pipeline.places import Place, opened
from runner.pipeline.probing import ask_probes
from runner.pipeline.progress import lacks, listener, say
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.reporting import Written, check_renderer, print_result, write_report
from runner.pipeline.resuming import check_same_place
from runner.pipeline.watching import SessionWatch
from runner.runfolder import journal
from runner.runfolder.head import read_head
from runner.runfolder.journal import Journal

NOT_OK = (
    Status.FAILED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OOM,
    Status.CORRUPT,
    Status.LOST,
    Status.UNAVAILABLE,
)
"""Statuses that make the exit code 1; unsupported and excluded cells are as they should be."""


def run(
    *,
    out: Path,
    resume: Path | None,
    dry_run: bool,
    no_report: bool,
    quiet: bool,
    as_json: bool,
    **request: Any,
) -> int:
    """Measure a matrix into a folder of its own and write its report; return the exit code."""
    process.follow_door(os.environ)
    if resume is not None:
        _check_resume(resume, dry_run)
    matrix = read_matrix(Request(**request))
    if dry_run:
        with opened(matrix, quiet) as place:
            return print_plan(place, as_json)
    if not no_report:
        check_renderer()
    with machine_lock():
        folder, outcome, planned = _measured(matrix, out, resume, quiet)
    written = None if no_report else write_report([folder], folder)
    print_result(folder, outcome, written, as_json)
    for lack in lacks(outcome, planned, matrix.measure):
        say(lack)
    return _exit_code(outcome, planned, written)


def _check_resume(folder: Path, dry_run: bool) -> None:
    """Say what cannot be resumed before anything is built, asked for or waited for."""
    if dry_run:
        message = "--dry-run shows what a new run would measure: leave --resume out, or --dry-run"
        raise BadInputError(message)
    journal.check(folder)


def _measured(
    matrix: Matrix, out: Path, resume: Path | None, quiet: bool
) -> tuple[Path, Outcome, Plan]:
    with measure.stop_on_signals() as stop, opened(matrix, quiet) as place:
        for note in [*place.notes, *(f"left out: {lost}" for lost in place.left_out)]:
            output.say(note)
        opened_journal, history = _journal(place, out, resume)
        with opened_journal as kept:
            outcome = _sit(place, kept, history, stop, quiet)
    return kept.folder, outcome, place.plan


def _journal(place: Place, out: Path, resume: Path | None) -> tuple[Journal, History]:
    machine = machine_facts.machine_id()
    if resume is not None:
        builds = {name: agent.describe().facts for name, agent in place.agents.items()}
        places = place.executor.facts()
        check_same_place(resume, place.matrix.executor, harness_digest(), places, builds)
        _tell_other_testbed(resume, _known(place, machine))
        again = journal.reopen(resume, place.matrix, place.plan.cells, machine)
        for said in again.said:
            output.say(said)
        return again.journal, again.history
    known = _known(place, machine)
    run_id = _run_id(place.matrix.profile)
    made = journal.create(out, run_id, place.matrix, place.plan.cells, machine, known)
    return made, History()


def _known(place: Place, machine: str) -> dict[str, object]:
    """Return the entries of run.json that are known before the first trial, with the testbed's."""
    facts = {**of_place(place, _command()), "machine_facts": machine_facts.machine()}
    known = process.published(facts)  # the ids are those of what the run folder says
    run = {**known, "machine": machine}
    ids = {python: id_of_interpreter(run, python) for python in place.agents}
    return {**known, "testbed": id_of_testbed(run), "interpreter_ids": ids}


def _tell_other_testbed(folder: Path, known: Mapping[str, object]) -> None:
    """Say that a run goes on elsewhere than it began: its sittings will differ for that reason."""
    began = id_of_testbed(read_head(folder))
    if began and began != known["testbed"]:
        output.say(
            f"{folder}: began on the testbed {began}, goes on on {known['testbed']}: "
            "kernel, limits or engine are not as they were; ratios are compared over time only "
            "within one testbed, so begin a new run where that matters"
        )


def _run_id(profile: str) -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{profile or 'matrix'}-{secrets.token_hex(2)}"


def _command() -> list[str]:
    return ["ipcmatrix", *map(process.argument, sys.argv[1:])]


def _sit(place: Place, kept: Journal, history: History, stop: measure.Stop, quiet: bool) -> Outcome:
    """Measure, and leave in run.json what was seen before, after and beside each sitting."""
    seen = CellFacts()

    def sink(rows: Sequence[Row]) -> None:
        kept.append(rows)
        seen.note(rows)

    watch = SessionWatch(place.executor, kept)
    with listener(place, quiet) as hear:
        environment = measure.Environment(
            sink, listener=hear, meter=watch.foreign_cpu, stopped=stop, watch=watch
        )
        outcome = measure.measure(
            place.plan, place.agents, place.matrix.measure, environment, history
        )
    _note(kept, outcome, seen)
    if place.matrix.study and outcome.ending is not Ending.INTERRUPTED:
        ask_probes(place, kept.folder, kept.machine, stop)
        if stop():
            return replace(outcome, ending=Ending.INTERRUPTED)
    return outcome


def _note(kept: Journal, outcome: Outcome, seen: CellFacts) -> None:
    stretch = {
        "sittings": list(outcome.sessions),
        "ending": outcome.ending.name.lower(),
        "seconds": round(outcome.seconds, 3),
        "timed_seconds": round(outcome.timed, 3),
        "waited_seconds": round(outcome.waited, 3),
        "stopped_seconds": round(outcome.away, 3),
        "given_up": {" ".join(map(str, cell)): why for cell, why in outcome.given_up.items()},
    }
    past = kept.run.get("stretches")
    facts = kept.run.get("cell_facts")
    kept.note(
        {
            "stretches": [*(past if isinstance(past, list) else []), stretch],
            "cell_facts": {**(facts if isinstance(facts, dict) else {}), **seen.as_json()},
        }
    )


def _exit_code(outcome: Outcome, planned: Plan, written: Written | None) -> int:
    """Return 0 only where something was measured, and every cell that could be is ok."""
    if outcome.ending is Ending.INTERRUPTED:
        return 130
    if outcome.unreached or not outcome.measured:
        return 1
    if written is None:
        absent = any(one.status is Status.UNAVAILABLE for one in planned.cells)
        return 1 if outcome.given_up or absent else 0
    return 1 if any(written.findings.statuses.get(status, 0) for status in NOT_OK) else 0
