"""Transports of packages, under the interpreter of the tests, which has the packages.

tests/harness runs the same under every interpreter of the machine; those have no packages.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runner import process
from runner.executors.base import Agent
from runner.executors.local import LocalExecutor
from runner.model import Cell, Record, Status, Trial

pytestmark = pytest.mark.machine

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NEEDED = {
    "billiard": ("billiard_queue",),
    "faster-fifo": ("faster_fifo",),
    "loky": ("loky",),
    "posix-ipc": ("posix_mq",),
    "pynng": ("pynng",),
    "pyzmq": ("zmq_inproc", "zmq_ipc", "zmq_pair", "zmq_tcp"),
    "redis": ("redis_list",),
}
NAMES = [name for names in NEEDED.values() for name in names]


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    others = process.descendants(os.getpid())  # such as a resource tracker of an earlier test
    with LocalExecutor({HERE: Path(sys.executable)}, "forked") as executor:
        opened = executor.open([HERE])[HERE]
        assert not isinstance(opened, str), opened
        yield opened
    assert not process.descendants(os.getpid()) - others


def runnable(agent: Agent, trials: list[Trial]) -> list[Trial]:
    """Return the trials that no rule of the harness forbids."""
    known = agent.describe()
    method = known.default_start_method

    def ruled_out(cell: Cell, names: Mapping[str, tuple[str, ...]]) -> bool:
        values = {**cell._asdict(), "start_method": cell.start_method.replace("default", method)}
        return all(str(values[axis]).partition(":")[0] in of for axis, of in names.items())

    return [
        trial
        for trial in trials
        if not any(
            ruled_out(trial.cell, rule.names)
            and (rule.workers is None or rule.workers[0] <= trial.cell.workers <= rule.workers[1])
            for rule in known.rules
        )
    ]


def trial(cell: Cell, fault: str = "") -> Trial:
    few = cell.topology == "request_reply_poll"
    messages = 20 if few else 200
    return Trial(cell, messages, warmup=5, verify=10, timeout=60.0, fault=fault)


def asked(agent: Agent, cells: list[Cell], fault: str = "") -> list[tuple[Cell, Record]]:
    trials = runnable(agent, [trial(cell, fault) for cell in cells])
    return [(one.cell, record) for one, record in zip(trials, agent.run(trials), strict=True)]


@pytest.mark.packages
@pytest.mark.parametrize("name", NAMES)
def test_its_messages_arrive_in_every_topology_payload_and_start_method(
    agent: Agent, name: str
) -> None:
    known = agent.describe()
    reason = known.transports[name]
    if reason:
        pytest.skip(reason)
    cells = [Cell(HERE, name, topology=one, workers=2) for one in known.topologies]
    cells += [Cell(HERE, name, payload=one) for one in ("object", "bytes:5000", "bytes:300000")]
    cells += [Cell(HERE, name, start_method=one) for one in known.start_methods]
    cells += [Cell(HERE, name, placement="apart")]
    cells += [Cell(HERE, f"{name}:20", topology="scatter_gather:30")] * (name == "loky")
    records = asked(agent, cells)
    assert records
    for cell, record in records:
        too_large = name == "posix_mq" and cell.payload == "bytes:300000"
        expected = Status.UNSUPPORTED if too_large else Status.OK
        assert record.status is expected, (cell, record.detail)


def test_a_killed_worker_is_noticed_and_nothing_is_left(agent: Agent) -> None:
    known = agent.describe()
    here = [name for name in NAMES if not known.transports[name]]
    before = kept()
    shapes = {name: "scatter_gather" if name == "loky" else "one_to_one" for name in here}
    cells = [Cell(HERE, one, start_method="fork", topology=shapes[one]) for one in here]
    records = asked(agent, cells, "worker:kill")
    assert [(cell.transport, record.status) for cell, record in records] == [
        (name, Status.CRASHED) for name in here
    ]
    assert not kept() - before


def kept() -> set[str]:
    """Return what outlives processes: message queues, and shared memory but for semaphores."""
    folders = [Path(one) for one in ("/dev/mqueue", "/dev/shm") if Path(one).is_dir()]
    names = {str(path) for folder in folders for path in folder.iterdir()}
    return {name for name in names if "/sem." not in name}
