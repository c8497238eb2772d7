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
from runner.pipeline.places import opened
from runner.pipeline.plan import print_plan
from runner.pipeline.progress import lacks, listener
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.report import Written, check_renderer, print_result, write_report
from runner.pipeline.run_options import RunOptions, exit_code, new_run_id
from runner.pipeline.sharding import (
    begun,
    check_same_shard,
    chosen_shard,
    planned_shard,
    shard_of,
)
from runner.runfolder.head import head
from runner.runfolder.journal import check, check_machine


def run(**given: Any) -> int:
    """Measure a matrix into a new folder and write its report; return the exit code."""
    process.follow_launcher(os.environ)
    names = {one.name for one in fields(RunOptions)} & set(given)
    options = RunOptions(**{name: given.pop(name) for name in names})
    options.check()
    chosen = chosen_shard(options.shard, options.shard_index, options.shards)
    machine = check_machine(machine_facts.machine_name(options.machine))
    if options.cluster is not None:
        from runner.pipeline.clustering import run_on_cluster

        return run_on_cluster(options, machine, Request(**given))
    if options.resume is not None:
        check(options.resume)  # before anything is built, asked for or waited for
        chosen = shard_of(options.resume, chosen)
    matrix = read_matrix(Request(**given))
    if options.dry_run:
        with opened(matrix, options.quiet) as prepared:
            return print_plan(prepared, options.as_json, chosen and chosen.of)
    if not options.no_report:
        check_renderer()
    quiet, facts = options.quiet, dict[str, Any]()
    with machine_lock(), measure.stop_on_signals() as stop, opened(matrix, quiet) as whole:
        prepared = whole
        for note in [*prepared.notes, *(f"left out: {lost}" for lost in prepared.left_out)]:
            output.say(note)
        if chosen is not None:
            plan, facts["shard"] = planned_shard(whole.plan, whole.matrix, chosen)
            if not plan.blocks:
                output.say(f"shard {chosen.number} of {chosen.of} has no block")
                return 0
            prepared = replace(whole, plan=plan)
        resume = options.resume
        if options.resume_or_begin:
            resume, others = begun(options.out, {**head("", machine, prepared.matrix), **facts})
            output.say(f"continues {resume}" if resume else "begins a new run")
            if chosen is not None and others:
                facts["shard"]["replaces"] = others
        command = ["ipcmatrix", *map(process.argument, sys.argv[1:])]
        facts = {**one_machine.known_of(prepared, machine, command), **facts}
        if resume is not None:
            check_same_shard(resume, facts.get("shard"))
            journal, history = one_machine.resume(prepared, resume, machine, facts)
        else:
            out, run_id = options.out, new_run_id(matrix)
            journal, history = one_machine.begin(prepared, out, run_id, machine, facts)
        session = 0 if resume is None else history.session + 1
        with journal, listener(prepared, quiet, session) as hear:
            outcome = one_machine.measure_part(prepared, journal, history, stop, hear)
    folder, planned = journal.folder, prepared.plan
    written = None if options.no_report else write_report([folder], folder)
    print_result(folder, outcome, written, options.as_json)
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
    return exit_code(written.findings.statuses)
