"""The verb `selftest`: the normal scheduler on identical copies and on a known difference."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runner import measure, output
from runner.analysis.selftest import EFFECT, Selftest
from runner.analysis.selftest import selftest as judge
from runner.errors import BadInputError, EnvironmentLacksError
from runner.executors.base import Agent
from runner.executors.local import LocalExecutor
from runner.machine import facts as machine_facts
from runner.machine import interpreters
from runner.machine.lock import machine_lock
from runner.model import (
    Arm,
    Block,
    Cell,
    Compare,
    Images,
    Limits,
    Matrix,
    Measure,
    Plan,
    PlannedCell,
    Record,
    Row,
    Status,
    Trial,
    python_name,
)
from runner.pipeline.facts import registry
from runner.pipeline.watching import SessionWatch
from runner.process import HeldFolder
from runner.report import figures
from runner.runfolder import dataset, journal

COPIES = tuple(f"copy_{number}" for number in range(1, 7))
INJECTED = "five_percent_more"
PLACEMENTS = ("free", "apart")
"""The two kinds of placement that have an estimator each; those that this machine can do."""
TARGET = 0.05
TOLERANCE = "a bound `by chance` is what two standard errors of so few comparisons leave of it"
ONLY_SIMULATED = (
    "0 false claims in 95 % of reports of 100 comparisons",
    "power for 2 % and 3 %",
    "`equal` within ±3 % in 100 rounds, and how often that is wrong",
    "rounds that ±2 % and ±5 % take",
    "next sessions inside the forecast",
)
"""Figures that would take hours here: tests/statistics simulates them (docs/method.md, Try it)."""


class Copies:
    """An agent under which one transport goes by many names.

    The injected copy moves more messages than it is credited with, so that it is slower by a
    known share.
    """

    def __init__(self, agent: Agent, transport: str) -> None:
        self._agent = agent
        self._transport = transport

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials of copies as trials of the one transport."""
        asked = []
        for trial in trials:
            more = 1 + EFFECT if trial.cell.transport == INJECTED else 1.0
            cell = trial.cell._replace(transport=self._transport)
            asked.append(replace(trial, cell=cell, messages=round(trial.messages * more)))
        records = self._agent.run(asked)
        return [
            replace(record, messages=trial.messages) if record.messages else record
            for trial, record in zip(trials, records, strict=True)
        ]


def selftest(*, python: str | None, rounds: int, sessions: int, seed: int, as_json: bool) -> int:
    """Measure the copies, print the figures of docs/method.md, Try it; 1 where one fails."""
    name, path = _interpreter(python)
    settings = Measure(
        target=TARGET,
        rounds=rounds,
        min_rounds=rounds,
        sessions=sessions,
        pause=0.0,
        seed=seed,
    )
    with HeldFolder() as folder, machine_lock():
        interrupted = _measured(name, path, settings, Path(folder))
        if interrupted:
            return 130
        (run,) = Path(folder).glob("*/run.json")
        trials = dataset.load([run.parent]).trials
        results = {
            str(placement): judge(own, INJECTED, settings.gate_load)
            for placement, own in trials.groupby("placement", observed=True)
        }
    _print(results, name, as_json)
    return 0 if all(result.held for result in results.values()) else 1


def _interpreter(python: str | None) -> tuple[str, Path]:
    found = interpreters.find()
    names = interpreters.names(found)
    if not names:
        message = "no interpreter on this machine; see `ipcmatrix doctor`"
        raise EnvironmentLacksError(message)
    wanted = (
        python_name(python or "")
        or python
        or [name for name in names if not name.startswith("pypy")][-1]
    )
    one = interpreters.resolve([wanted], found)[wanted]
    if isinstance(one, str):
        raise BadInputError(one)
    return wanted, Path(one.path)


def _measured(python: str, path: Path, settings: Measure, folder: Path) -> bool:
    """Measure the copies into `folder`; return whether it was interrupted."""
    machine = machine_facts.machine_id()
    with (
        measure.stop_on_signals() as stop,
        LocalExecutor({python: path}, settings.invocation) as executor,
    ):
        agent = executor.open([python])[python]
        if isinstance(agent, str):
            raise EnvironmentLacksError(agent)
        transport = _transport(agent)
        placements = tuple(one for one in PLACEMENTS if not agent.describe().placements[one])
        matrix = Matrix(
            axes={"transport": (*COPIES, INJECTED), "placement": placements},
            exclude=(),
            include=(),
            compare=Compare({"transport": {}}, {"transport": COPIES[0]}),
            measure=settings,
            executor="local",
            limits=Limits(),
            images=Images(),
            profile="selftest",
            text="",
            source="selftest",
        )
        compare = {"axes": {}, "baseline": {}, "margin": matrix.compare.margin}
        facts = {"compare": compare, "registry": registry([agent])}
        blocks = [
            Block(
                f"selftest-{placement}",
                "transport",
                tuple(Arm(Cell(python, name, placement=placement)) for name in (*COPIES, INJECTED)),
            )
            for placement in matrix.axes["placement"]
        ]
        cells = [arm.cell for block in blocks for arm in block.arms]
        planned = [PlannedCell(cell, Status.PLANNED) for cell in cells]
        seconds = settings.sessions * settings.rounds * len(cells) * (settings.target + 0.015)
        output.say(
            f"{figures.count(settings.sessions, 'session')} of "
            f"{figures.count(settings.rounds, 'round')} of {len(COPIES) + 1} copies of "
            f"{transport} on {python}, placed {' and '.join(matrix.axes['placement'])}, about "
            f"{seconds:.0f} s"
        )
        with journal.create(folder, "selftest", matrix, planned, machine, facts) as book:

            def sink(rows: Sequence[Row]) -> None:
                book.append(rows)

            watch = SessionWatch(executor, book)
            around = measure.Environment(sink, meter=watch.foreign_cpu, stopped=stop, watch=watch)
            copies = {python: Copies(agent, transport)}
            outcome = measure.measure(Plan(planned, blocks), copies, settings, around)
    return outcome.ending is measure.Ending.INTERRUPTED


def _transport(agent: Agent) -> str:
    """Return the first transport of the harness's table that moves objects here."""
    known = agent.describe()
    for entry in known.registry["transport"]:
        if entry.role == "objects" and not known.transports[entry.name]:
            return entry.name
    reasons = "; ".join(filter(None, known.transports.values()))
    message = f"no transport of {known.version} moves objects: {reasons}"
    raise EnvironmentLacksError(message)


def _print(results: Mapping[str, Selftest], python: str, as_json: bool) -> None:
    if as_json:
        placements = {
            placement: {
                "held": result.held,
                "sessions": result.sessions,
                "rounds": result.rounds,
                "spread": result.spread,
                "figures": [
                    one._asdict() | {"value": None if math.isnan(one.value) else one.value}
                    for one in result.figures
                ],
                "blocks": json.loads(result.blocks.to_json(orient="records")),
            }
            for placement, result in results.items()
        }
        found = {
            "version": 2,
            "python": python,
            "held": all(result.held for result in results.values()),
            "placements": placements,
            "only_simulated": list(ONLY_SIMULATED),
        }
        output.data(json.dumps(found))
        return
    for placement, result in results.items():
        output.line(
            f"self-test on {python}, {placement}: {figures.count(result.sessions, 'session')}, "
            f"{figures.count(result.rounds, 'round')}, robust spread {result.spread:.3f}"
        )
        for figure in result.figures:
            mark = {True: "held", False: "NOT HELD", None: "not asked"}[figure.held]
            note = f"; {figure.note}" if figure.note else ""
            value = f"{figure.value:.4g}, wanted {figure.bound}{note}"
            said = figure.note if math.isnan(figure.value) else value
            output.line(f"  {mark:<9} {figure.name}: {said}")
    output.line(f"{TOLERANCE}; not asked here but in the tests on simulated and recorded trials:")
    for one in ONLY_SIMULATED:
        output.line(f"  {one}")
    output.line("the same trials analysed as blocks, all of one copy before all of the other:")
    for placement, result in results.items():
        output.line(f"{placement}:")
        output.data(result.blocks.to_string(index=False, float_format="{:.3f}".format))
