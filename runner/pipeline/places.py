"""Where a matrix is measured: the executor, and what its interpreters can do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from runner import executors, interpreters, plan
from runner.errors import EnvironmentLacksError
from runner.executors.base import Agent, Executor
from runner.executors.local import LocalExecutor
from runner.model import Capabilities, Interpreter, Matrix, Plan
from runner.pipeline.containers import container_executor, known_versions, lacks_containers


@dataclass(frozen=True, slots=True)
class Place:
    """A matrix made concrete: agents by interpreter, and what was planned with them.

    `notes` are sentences for the user: why this executor, what stands in for what. `left_out` has
    a line for each interpreter that `found` does not stand for, since it does not work.
    """

    matrix: Matrix
    executor: Executor
    agents: Mapping[str, Agent]
    plan: Plan
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@contextmanager
def opened(matrix: Matrix, quiet: bool = True) -> Iterator[Place]:
    """Start the agents of a matrix and plan it with them; end them all afterwards.

    EnvironmentLacksError where not one interpreter can be had.
    """
    found = interpreters.find()
    chosen, why = choose(matrix, found, quiet)
    matrix = replace(matrix, executor=chosen)
    lost = _left_out(matrix, found)
    known = interpreters.names(found) if chosen == "local" else known_versions(found)
    matrix = plan.resolve_pythons(matrix, known)
    wanted = plan.pythons_of(matrix)
    reasons = [f"left out: {one}" for one in lost]
    if not wanted:
        message = "no interpreter to measure: the axis python is empty here; see `ipcmatrix doctor`"
        raise EnvironmentLacksError(message, *reasons)
    with _executor(matrix, found, wanted, quiet) as executor:
        answers = executor.open(wanted)
        agents = {name: agent for name, agent in answers.items() if not isinstance(agent, str)}
        if not agents:
            lines = "\n".join([*map(str, answers.values()), *reasons]).splitlines()
            raise EnvironmentLacksError(*lines)
        planned = plan.plan(matrix, {name: _described(one) for name, one in answers.items()})
        notes = tuple(note for note in (why, *planned.notes) if note)
        yield Place(matrix, executor, agents, planned, notes, lost)


def choose(matrix: Matrix, found: Sequence[Interpreter], quiet: bool) -> tuple[str, str]:
    """Return the executor of a matrix and, for `auto`, the sentence that says why."""
    if matrix.executor != "auto":
        executors.load(matrix.executor)
        return matrix.executor, ""
    wanted = plan.pythons_of(plan.resolve_pythons(matrix, known_versions(found)))
    reason = lacks_containers(matrix, wanted, found, quiet)
    if reason:
        return "local", f"executor auto: local, since {reason}"
    return "docker", "executor auto: docker, since an engine answers and has every image"


def _described(answer: Agent | str) -> Capabilities | str:
    return answer if isinstance(answer, str) else answer.describe()


def _executor(
    matrix: Matrix, found: Sequence[Interpreter], wanted: Sequence[str], quiet: bool
) -> Executor:
    if matrix.executor == "docker":
        return container_executor(matrix, wanted, found, quiet)
    chosen = interpreters.resolve(wanted, found)
    paths = {name: one if isinstance(one, str) else Path(one.path) for name, one in chosen.items()}
    return LocalExecutor(paths, matrix.measure.invocation)


def _left_out(matrix: Matrix, found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return a line for each program that `found` would stand for, if it had answered.

    In containers it stands for known versions, whatever this machine has, unless they are packed
    from here.
    """
    if matrix.executor != "local" and matrix.images.source != "host":
        return ()
    points = [matrix.axes["python"], *(point.get("python", ()) for point in matrix.include)]
    if not any(plan.FOUND in point for point in points):
        return ()
    return tuple(interpreters.left_out(one) for one in found if one.broken)
