"""One interpreter in a container against the same on the host, paired: wanted ≥ 0.95."""

import math
import random
from collections.abc import Iterator
from pathlib import Path

from runner import engine, images
from runner.errors import EnvironmentLacksError
from runner.executors.docker import DockerExecutor
from runner.executors.local import LocalExecutor
from runner.machine import interpreters
from runner.model import Cell, Limits, Trial
from runner.statistics import median_interval

PYTHON = "3.11"
ROUNDS = 60
COUNT = 15_000
WANTED = 0.95


def lines() -> Iterator[str]:
    """Yield the throughput ratio container/host for Pipe and Queue with its interval."""
    here = {one.name: one for one in interpreters.find() if not one.broken and not one.duplicate}
    try:
        client = engine.connect()
    except EnvironmentLacksError as error:
        yield f"not measured: {error}"
        return
    lack = engine.available(client) or ("" if PYTHON in here else f"no {PYTHON} here")
    if lack:
        yield f"not measured: {lack}"
        return
    built = images.build({PYTHON: here[PYTHON].path}, "host", {}, client)
    paths = {PYTHON: Path(here[PYTHON].path)}
    with (
        LocalExecutor(paths, "forked") as local,
        DockerExecutor(built, Limits(), "forked", client) as docker,
    ):
        sides = {"host": local.open([PYTHON])[PYTHON], "container": docker.open([PYTHON])[PYTHON]}
        for transport in ("pipe", "queue", "simple_queue"):
            logs = []
            walls: dict[str, list[float]] = {"host": [], "container": []}
            for _ in range(ROUNDS):
                trial = Trial(Cell(PYTHON, transport), COUNT, COUNT // 10, 50, 30.0)
                seconds = {}
                for kind in random.sample(list(sides), 2):
                    agent = sides[kind]
                    assert not isinstance(agent, str), agent
                    (record,) = agent.run([trial])
                    assert record.seconds, record.detail
                    assert record.wall_seconds
                    seconds[kind] = record.seconds
                    walls[kind].append(record.seconds / record.wall_seconds)
                logs.append(math.log(seconds["host"] / seconds["container"]))
            ratio, low, high = (math.exp(x) for x in median_interval(logs)[:3])
            shares = {kind: sum(values) / len(values) for kind, values in walls.items()}
            yield (
                f"{PYTHON} {transport}: container/host {ratio:.3f} [{low:.3f}-{high:.3f}], wanted "
                f">= {WANTED}; timed share {shares['container']:.2f} against {shares['host']:.2f}"
            )
