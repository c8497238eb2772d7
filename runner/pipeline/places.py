"""The places where a matrix is measured: the executor, and its interpreters' capabilities."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from runner import executors, output, plan
from runner.errors import EnvironmentLacksError
from runner.executors.base import Agent, Executor
from runner.machine import interpreters
from runner.model import FOUND, Interpreter, Matrix, Plan, Status


@dataclass(frozen=True, slots=True)
class Prepared:
    """A matrix made concrete: agents by interpreter, and the plan for them.

    `notes` are sentences for the user: why this executor, a replaced baseline. `left_out` has
    a line for each interpreter that `found` leaves out, since it does not work.
    """

    matrix: Matrix
    executor: Executor
    agents: Mapping[str, Agent]
    plan: Plan
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@contextmanager
def opened(matrix: Matrix, quiet: bool = True) -> Iterator[Prepared]:
    """Start the agents of a matrix and plan it with them; end them all afterwards.

    EnvironmentLacksError where not one interpreter can be had.
    """
    found = interpreters.find()
    chosen, why = choose(matrix, found, quiet)
    matrix = replace(matrix, executor=chosen)
    module = executors.load(chosen)
    known = module.stands_for(matrix, found)
    lost = known.left_out if FOUND in plan.named_pythons(matrix) else ()
    matrix = plan.resolve_pythons(matrix, known.names)
    wanted = plan.pythons_of(matrix)
    reasons = [f"left out: {one}" for one in lost]
    if not wanted:
        flags = "python" in {**matrix.only, **matrix.skip}
        lack = "--only and --skip leave none" if flags else "the axis python is empty here"
        message = f"no interpreter to measure: {lack}; see `ipcmatrix doctor`"
        raise EnvironmentLacksError(message, *reasons)
    with module.open(matrix, wanted, found, printer(quiet)) as executor:
        answers = executor.open(wanted)
        agents = {name: agent for name, agent in answers.items() if not isinstance(agent, str)}
        if not agents:
            lines = "\n".join([*map(str, answers.values()), *reasons]).splitlines()
            raise EnvironmentLacksError(*lines)
        planned = plan.plan(
            matrix,
            {
                name: one if isinstance(one, str) else one.describe()
                for name, one in answers.items()
            },
        )
        faults = [
            f"{name}: {fault}"
            for name, agent in agents.items()
            for fault in agent.describe().faults.values()
        ]
        missing = _missing_packages(executor, planned)
        notes = (*filter(None, (why, *planned.notes)), *faults, *missing)
        yield Prepared(matrix, executor, agents, planned, notes, lost)


def _missing_packages(executor: Executor, planned: Plan) -> list[str]:
    """Return a line for each interpreter with cells that its missing packages may account for."""
    unable = {
        one.cell.python: one.reason
        for one in planned.cells
        if one.status is Status.UNSUPPORTED and "this interpreter has no " in one.reason
    }
    facts = executor.facts() if unable else {}
    lacks = {name: facts.get(name, {}).get("packages_lacking", "") for name in unable}
    return [f"packages of {name}: {lack}" for name, lack in lacks.items() if lack]


def needed_pythons(matrix: Matrix, executor: str, found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return the interpreters that a matrix needs where this executor measures it."""
    known = executors.load(executor).stands_for(matrix, found)
    return plan.pythons_of(plan.resolve_pythons(matrix, known.names))


def choose(matrix: Matrix, found: Sequence[Interpreter], quiet: bool) -> tuple[str, str]:
    """Return the executor of a matrix and, for `auto`, the sentence that says why."""
    if matrix.executor != executors.AUTO:
        executors.load(matrix.executor)
        return matrix.executor, ""
    reasons: list[str] = []
    for name in executors.EXECUTORS:
        module = executors.load(name)
        reason = module.lacks(matrix, needed_pythons(matrix, name, found), found, printer(quiet))
        if not reason:
            why = f", since {'; '.join(reasons)}" if reasons else ": it has every interpreter"
            return name, f"executor auto: {name}{why}"
        reasons.append(f"{name} cannot be used: {reason}")
    raise EnvironmentLacksError("executor auto: " + "; ".join(reasons))


def printer(quiet: bool) -> Callable[[str], None]:
    """Return what takes lines of progress: stderr, or nothing."""
    if quiet:
        return lambda _: None
    return lambda line: output.say(line, "")
