"""The verb `run`: matrix → plan → trials → report."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner import measure, output, process, studies
from runner.errors import BadInputError
from runner.machine import facts as machine_facts
from runner.machine.lock import machine_lock
from runner.measure import Ending, Outcome
from runner.model import History, Plan, Row, Status
from runner.model.environment_hash import environment_hash_of, id_of_interpreter, lasting, mapping
from runner.pipeline.facts import CellFacts, harness_digest, of_place
from runner.pipeline.places import Prepared, opened
from runner.pipeline.plan import print_plan
from runner.pipeline.probing import ask_probes
from runner.pipeline.progress import lacks, listener, say
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.report import Written, check_renderer, print_result, write_report
from runner.pipeline.sharding import (
    begun,
    check_same_shard,
    chosen_shard,
    entry,
    restricted,
    shard_of,
    spread,
)
from runner.pipeline.watching import SessionWatch
from runner.report import figures
from runner.runfolder import journal
from runner.runfolder.head import head, read_head
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

DIGEST = "image_digest"

ADVICE = {
    "executor": "name the old one with --executor",
    "harness": "use the version of ipcmatrix that began the run",
    "interpreter": "measure with the build that began the run",
    "image": "give the engine that image back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `run` is told beside the matrix: see the command line's help."""

    out: Path
    resume: Path | None
    resume_or_begin: bool
    dry_run: bool
    no_report: bool
    quiet: bool
    as_json: bool
    machine: str
    shard: str | None
    shard_index: int | None
    shards: int | None


def run(**given: Any) -> int:
    """Measure a matrix into a folder of its own and write its report; return the exit code."""
    process.follow_launcher(os.environ)
    asked = Options(**{one.name: given.pop(one.name) for one in fields(Options)})
    chosen = chosen_shard(asked.shard, asked.shard_index, asked.shards)
    machine = machine_facts.machine_name(asked.machine)
    journal.check_machine(machine)
    if asked.resume is not None:
        if asked.dry_run or asked.resume_or_begin:
            other = "--dry-run" if asked.dry_run else "--resume-or-begin"
            message = f"--resume goes on with a run: leave it out, or {other}"
            raise BadInputError(message)
        journal.check(asked.resume)  # before anything is built, asked for or waited for
        chosen = shard_of(asked.resume, chosen)
    matrix = read_matrix(Request(**given))
    if asked.dry_run:
        with opened(matrix, asked.quiet) as place:
            return print_plan(place, asked.as_json, chosen and chosen.of)
    if not asked.no_report:
        check_renderer()
    with machine_lock(), measure.stop_on_signals() as stop, opened(matrix, asked.quiet) as whole:
        place, facts = whole, dict[str, Any]()
        for note in [*place.notes, *(f"left out: {lost}" for lost in place.left_out)]:
            output.say(note)
        if chosen is not None:
            found = spread(place.plan, place.matrix, chosen.of)
            blocks = [one.blocks for one in found.shards if one.number == chosen.number]
            if not blocks:
                groups = figures.count(found.groups, "group")
                output.say(f"shard {chosen.number} of {chosen.of} has no block: there are {groups}")
                return 0
            place = replace(whole, plan=restricted(whole.plan, blocks[0]))
            facts["shard"] = entry(chosen, found)
        resume = asked.resume
        if asked.resume_or_begin:
            resume, others = begun(asked.out, {**head("", machine, place.matrix), **facts})
            output.say(f"goes on with {resume}" if resume else "begins a new run")
            if chosen is not None and others:
                facts["shard"]["replaces"] = others
        opened_journal, history = _journal(place, asked.out, resume, machine, facts)
        with opened_journal as kept:
            outcome = _sit(place, kept, history, stop, asked.quiet)
    folder, planned = kept.folder, place.plan
    written = None if asked.no_report else write_report([folder], folder)
    print_result(folder, outcome, written, asked.as_json)
    for lack in lacks(outcome, planned, matrix.measure):
        say(lack)
    return _exit_code(outcome, planned, written)


def _journal(
    place: Prepared, out: Path, resume: Path | None, machine: str, facts: Mapping[str, Any]
) -> tuple[Journal, History]:
    if resume is not None:
        check_same_shard(resume, facts.get("shard"))
        builds = {name: agent.describe().facts for name, agent in place.agents.items()}
        places = place.executor.facts()
        check_same_place(resume, place.matrix.executor, harness_digest(), places, builds)
        then, now = (
            environment_hash_of(read_head(resume)),
            _known(place, machine)["environment_hash"],
        )
        if then and then != now:  # its sessions will differ for that reason
            output.say(
                f"{resume}: began in the environment {then}, goes on in {now}: "
                "kernel, limits or engine are not as they were; ratios are compared over time only "
                "within one environment, so begin a new run where that matters"
            )
        again = journal.reopen(resume, place.matrix, place.plan.cells, machine)
        for said in again.said:
            output.say(said)
        return again.journal, again.history
    known = {**_known(place, machine), **facts}
    began = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    run_id = f"{began}-{place.matrix.profile or 'matrix'}-{secrets.token_hex(2)}"
    made = journal.create(out, run_id, place.matrix, place.plan.cells, machine, known)
    return made, History()


def _known(place: Prepared, machine: str) -> dict[str, object]:
    """Return the entries of run.json that are known before the first trial."""
    command = ["ipcmatrix", *map(process.argument, sys.argv[1:])]
    facts = {**of_place(place, command), "machine_facts": machine_facts.machine()}
    known = process.published(facts)  # the ids are those of what the run folder says
    run = {**known, "machine": machine}
    ids = {python: id_of_interpreter(run, python) for python in place.agents}
    return {**known, "environment_hash": environment_hash_of(run), "interpreter_ids": ids}


def _sit(
    place: Prepared, kept: Journal, history: History, stop: measure.Stop, quiet: bool
) -> Outcome:
    """Measure, and leave in run.json what was seen before, after and beside each session."""
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
    start = {
        "sessions": list(outcome.sessions),
        "ending": outcome.ending.name.lower(),
        "seconds": round(outcome.seconds, 3),
        "timed_seconds": round(outcome.timed, 3),
        "waited_seconds": round(outcome.waited, 3),
        "stopped_seconds": round(outcome.away, 3),
        "given_up": {" ".join(map(str, cell)): why for cell, why in outcome.given_up.items()},
    }
    past = kept.run.get("starts")
    facts = kept.run.get("cell_facts")
    kept.note(
        {
            "starts": [*(past if isinstance(past, list) else []), start],
            "cell_facts": {**(facts if isinstance(facts, dict) else {}), **seen.as_json()},
        }
    )
    if place.matrix.study and outcome.ending is not Ending.INTERRUPTED:
        probes = studies.load(place.matrix.study).PROBES
        ask_probes(place, kept.folder, kept.machine, probes, stop)
        if stop():
            return replace(outcome, ending=Ending.INTERRUPTED)
    return outcome


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


def check_same_place(
    folder: Path,
    executor: str,
    harness: str,
    places: Mapping[str, Mapping[str, str]],
    builds: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise BadInputError where a run began with another executor, harness, image or build.

    `harness` is the digest of its files, `places` the executor's facts of each interpreter,
    `builds` those of the interpreter itself. The trials of one run would be measured in two ways
    otherwise, and their rounds not be comparable.
    """
    began = read_head(folder)
    _compare(folder, "executor", began.get("executor"), executor)
    _compare(folder, "harness", began.get("harness"), harness)
    then = began.get("places")
    for python, facts in places.items():
        before = then.get(python) if isinstance(then, dict) else None
        if isinstance(before, dict):
            what = f"image of {python}"
            _compare(folder, what, before.get(DIGEST, "none"), facts.get(DIGEST, "none"))
    for python, facts in builds.items():
        then, now = lasting(mapping(mapping(began, "interpreters"), python)), lasting(facts)
        for name in sorted({*then, *now} if then else ()):
            told = f"interpreter {python}'s {name}"
            _compare(folder, told, then.get(name, "unknown"), str(now.get(name, "unknown")))


def _compare(folder: Path, what: str, then: object, now: str) -> None:
    if then == now:
        return
    message = (
        f"--resume {folder}: the {what} is not the one that the run began with (was {then}, is "
        f"{now}): {ADVICE[what.split(maxsplit=1)[0]]}, or begin a new run"
    )
    raise BadInputError(message)
