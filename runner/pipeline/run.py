"""The verb `run`: matrix → plan → trials → report."""

import os
import sys
from dataclasses import fields, replace
from typing import Any

from runner import measure, output, process
from runner.machine import facts as machine_facts
from runner.machine.lock import machine_lock
from runner.measure import Ending, Outcome
from runner.model import Plan, Status
from runner.pipeline import one_machine
from runner.pipeline.asked import NOT_OK, Options, new_run_id
from runner.pipeline.places import opened
from runner.pipeline.plan import print_plan
from runner.pipeline.progress import lacks, listener
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.report import Written, check_renderer, print_result, write_report
from runner.pipeline.sharding import (
    begun,
    check_same_shard,
    chosen_shard,
    planned_shard,
    shard_of,
)
from runner.runfolder import journal
from runner.runfolder.head import head


def run(**given: Any) -> int:
    """Measure a matrix into a new folder and write its report; return the exit code."""
    process.follow_launcher(os.environ)
    names = {one.name for one in fields(Options)} & set(given)
    asked = Options(**{name: given.pop(name) for name in names})
    asked.check()
    chosen = chosen_shard(asked.shard, asked.shard_index, asked.shards)
    machine = journal.check_machine(machine_facts.machine_name(asked.machine))
    if asked.cluster is not None:
        from runner.pipeline.clustering import run_on_cluster

        return run_on_cluster(asked, machine, Request(**given))
    if asked.resume is not None:
        journal.check(asked.resume)  # before anything is built, asked for or waited for
        chosen = shard_of(asked.resume, chosen)
    matrix = read_matrix(Request(**given))
    if asked.dry_run:
        with opened(matrix, asked.quiet) as prepared:
            return print_plan(prepared, asked.as_json, chosen and chosen.of)
    if not asked.no_report:
        check_renderer()
    with machine_lock(), measure.stop_on_signals() as stop, opened(matrix, asked.quiet) as whole:
        prepared, facts = whole, dict[str, Any]()
        for note in [*prepared.notes, *(f"left out: {lost}" for lost in prepared.left_out)]:
            output.say(note)
        if chosen is not None:
            plan, facts["shard"] = planned_shard(whole.plan, whole.matrix, chosen)
            if not plan.blocks:
                output.say(f"shard {chosen.number} of {chosen.of} has no block")
                return 0
            prepared = replace(whole, plan=plan)
        resume = asked.resume
        if asked.resume_or_begin:
            resume, others = begun(asked.out, {**head("", machine, prepared.matrix), **facts})
            output.say(f"continues {resume}" if resume else "begins a new run")
            if chosen is not None and others:
                facts["shard"]["replaces"] = others
        command = ["ipcmatrix", *map(process.argument, sys.argv[1:])]
        facts = {**one_machine.known_of(prepared, machine, command), **facts}
        if resume is not None:
            check_same_shard(resume, facts.get("shard"))
            opened_journal, history = one_machine.resume(prepared, resume, machine, facts)
        else:
            run_id = new_run_id(matrix)
            opened_journal, history = one_machine.begin(prepared, asked.out, run_id, machine, facts)
        with opened_journal as kept, listener(prepared, asked.quiet) as hear:
            outcome = one_machine.measure_part(prepared, kept, history, stop, hear)
    folder, planned = kept.folder, prepared.plan
    written = None if asked.no_report else write_report([folder], folder)
    print_result(folder, outcome, written, asked.as_json)
    for lack in lacks(outcome, planned, matrix.measure):
        output.say(lack)
    return _exit_code(outcome, planned, written)


def _exit_code(outcome: Outcome, planned: Plan, written: Written | None) -> int:
    """Return 0 only if something was measured, and every planned cell is ok."""
    if outcome.ending is Ending.INTERRUPTED:
        return 130
    if outcome.unreached or not outcome.measured:
        return 1
    if written is None:
        absent = any(one.status is Status.UNAVAILABLE for one in planned.cells)
        return 1 if outcome.given_up or absent else 0
    return 1 if any(written.findings.statuses.get(status, 0) for status in NOT_OK) else 0
