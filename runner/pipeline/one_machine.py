"""Measuring on one machine: a run, or its part of one, in a run folder of its own."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import measure, output, process, studies
from runner.errors import BadInputError
from runner.machine import facts as machine_facts
from runner.measure import Ending, Outcome
from runner.model import History, Row
from runner.model.environment_hash import environment_hash_of, id_of_interpreter, lasting, mapping
from runner.pipeline.facts import CellFacts, last_rates, of_place, rates_json
from runner.pipeline.places import Prepared
from runner.pipeline.probing import ask_probes
from runner.pipeline.watching import SessionWatch
from runner.runfolder.head import read_head
from runner.runfolder.journal import Journal, create, reopen
from runner.shipped import harness_digest

DIGEST = "image_digest"

ADVICE = {
    "executor": "name the old one with --executor",
    "harness": "use the version of ipcmatrix that began the run",
    "interpreter": "measure with the build that began the run",
    "packages": "install those that the run began with (`ipcmatrix packages install`)",
    "image": "give the engine that image back",
}


def begin(
    prepared: Prepared, out: Path, run_id: str, machine: str, facts: Mapping[str, Any]
) -> tuple[Journal, History]:
    """Make the run folder `out`/`run_id`; `facts` are further entries of run.json."""
    return create(out, run_id, prepared.matrix, prepared.plan.cells, machine, facts), History()


def resume(
    prepared: Prepared, folder: Path, machine: str, known: Mapping[str, Any]
) -> tuple[Journal, History]:
    """Open a run folder to continue it; BadInputError if it cannot be continued here."""
    builds = {name: agent.describe().facts for name, agent in prepared.agents.items()}
    places = prepared.executor.facts()
    check_same_place(folder, prepared.matrix.executor, harness_digest(), places, builds)
    then, now = environment_hash_of(read_head(folder)), known["environment_hash"]
    if then and then != now:
        output.say(
            f"{folder}: began in the environment {then}, continues in {now}: kernel, limits or "
            "engine have changed, so its sessions may differ; begin a new run if that matters"
        )
    again = reopen(folder, prepared.matrix, prepared.plan.cells, machine)
    for said in again.said:
        output.say(said)
    return again.journal, again.history


def known_of(prepared: Prepared, machine: str, command: Sequence[str]) -> dict[str, object]:
    """Return the entries of run.json that are known before the first trial."""
    facts = {**of_place(prepared, command), "machine_facts": machine_facts.machine()}
    known = process.published(facts)  # ids are made from what run.json says, without user names
    run = {**known, "machine": machine}
    ids = {python: id_of_interpreter(run, python) for python in prepared.agents}
    return {**known, "environment_hash": environment_hash_of(run), "interpreter_ids": ids}


def measure_part(
    prepared: Prepared,
    journal: Journal,
    history: History,
    stop: Callable[[], bool],
    hear: measure.Listener,
    taken: Callable[[Sequence[Row], bytes], None] = lambda _rows, _data: None,
    ours: Sequence[int] = (),
) -> Outcome:
    """Measure, and record in run.json what was seen before, during and after each session.

    `taken` gets the rows and lines of each round once they are on the disk; `ours` are the ids of
    processes whose load is not foreign.
    """
    seen = CellFacts()

    def sink(rows: Sequence[Row]) -> None:
        data = journal.append(rows)
        seen.note(rows)
        taken(rows, data)

    watch = SessionWatch(prepared.executor, journal, ours=ours)
    environment = measure.Environment(
        sink, listener=hear, meter=watch.foreign_cpu, stopped=stop, watch=watch
    )
    rates = last_rates(journal.folder.parent, journal.machine, prepared.matrix.executor)
    history = replace(history, rates={**rates, **history.rates})
    outcome = measure.measure(
        prepared.plan, prepared.agents, prepared.matrix.measure, environment, history
    )
    start = {
        "sessions": list(outcome.sessions),
        "ending": outcome.ending.name.lower(),
        "seconds": round(outcome.seconds, 3),
        "timed_seconds": round(outcome.timed, 3),
        "waited_seconds": round(outcome.waited, 3),
        "stopped_seconds": round(outcome.away, 3),
        "given_up": {" ".join(map(str, cell)): why for cell, why in outcome.given_up.items()},
        "left": [_left(one) for one in outcome.departures],
    }
    past = journal.run.get("starts")
    facts = journal.run.get("cell_facts")
    journal.note(
        {
            "starts": [*(past if isinstance(past, list) else []), start],
            "cell_facts": {**(facts if isinstance(facts, dict) else {}), **seen.as_json()},
            "rates": rates_json(outcome.rates, prepared.matrix.files),
        }
    )
    if prepared.matrix.study and outcome.ending is not Ending.INTERRUPTED:
        probes = studies.load(prepared.matrix.study).PROBES
        ask_probes(prepared, journal.folder, journal.machine, probes, stop)
        if stop():
            return replace(outcome, ending=Ending.INTERRUPTED)
    return outcome


def _left(one: measure.Departure) -> dict[str, object]:
    """Return the entry of run.json for a comparison that left its block before the block ended."""
    block, (arm, rounds, counted, interval) = one.block, one.left
    ratio = interval.exp()
    return {
        "session": one.session,
        "block": block.id,
        "value": str(getattr(arm.cell, block.compared_axis)),
        "rounds": rounds,
        "counted": counted,
        "ratio": ratio.estimate,
        "low": ratio.low,
        "high": ratio.high if ratio.high < math.inf else None,
    }


def check_same_place(
    folder: Path,
    executor: str,
    harness: str,
    places: Mapping[str, Mapping[str, str]],
    builds: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise BadInputError where a run began with another executor, harness, image or build.

    Its rounds could not be compared with those to come. `harness` is the digest of its files,
    `places` are the executor's facts about each interpreter, `builds` the interpreters' own.
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
            then_had, now_had = before.get("packages", ""), facts.get("packages", "")
            _compare(folder, f"packages of {python}", then_had or "none", now_had or "none")
    for python, facts in builds.items():
        then, now = lasting(mapping(mapping(began, "interpreters"), python)), lasting(facts)
        for name in sorted({*then, *now} if then else ()):
            subject = f"interpreter {python}'s {name}"
            _compare(folder, subject, then.get(name, "unknown"), str(now.get(name, "unknown")))


def _compare(folder: Path, what: str, then: object, now: str) -> None:
    if then == now:
        return
    message = (
        f"--resume {folder}: the {what} is not the one that the run began with (was {then}, is "
        f"{now}): {ADVICE[what.split(maxsplit=1)[0]]}, or begin a new run"
    )
    raise BadInputError(message)
