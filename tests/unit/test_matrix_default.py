"""The matrix.yaml that the project ships."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from runner.matrix import Vocabulary, load
from runner.model import Capabilities, Matrix, Plan, Rule, Status
from runner.plan import plan, pythons_of, resolve_pythons

ROOT = Path(__file__).parents[2]
PYTHONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@cache
def described() -> Capabilities:
    """What the harness says under the interpreter of the tests."""
    command = [sys.executable, "-B", str(ROOT / "runner" / "harness"), "describe"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    meanings = {**said["parameters"]["payload"], **said["parameters"]["topology"]}
    return Capabilities(
        version=said["version"],
        implementation=said["implementation"],
        transports=said["transports"],
        payloads=said["payloads"],
        topologies=said["topologies"],
        start_methods=said["start_methods"],
        placements=said["placements"],
        probes=said["probes"],
        default_start_method=said["default_start_method"],
        rules=tuple(Rule(**rule) for rule in said["rules"]),
        facts=said["facts"],
        parameters={name: meaning for name, meaning in meanings.items() if meaning},
    )


def matrix_of(profile: str | None) -> Matrix:
    return load(ROOT / "matrix.yaml", Vocabulary.of(described()), profile)


def plan_of(profile: str) -> Plan:
    matrix = resolve_pythons(matrix_of(profile), PYTHONS)
    return plan(matrix, dict.fromkeys(pythons_of(matrix), described()))


def test_quick_is_taken_where_no_profile_is_asked_for() -> None:
    assert matrix_of(None).profile == "quick"


@pytest.mark.parametrize("profile", ["quick", "seeds", "claims", "full"])
def test_each_profile_plans_cells_for_every_interpreter(profile: str) -> None:
    made = plan_of(profile)
    planned = {each.cell.python for each in made.cells if each.status is Status.PLANNED}
    assert planned == set(PYTHONS)
    in_blocks = {arm.cell for block in made.blocks for arm in block.arms}
    assert in_blocks == {each.cell for each in made.cells if each.status is Status.PLANNED}


def test_quick_leaves_out_nothing_and_a_round_of_it_leaves_time_for_fourteen() -> None:
    made = plan_of("quick")
    assert {each.status for each in made.cells} == {Status.PLANNED}
    arms = [arm for block in made.blocks for arm in block.arms]
    target = matrix_of("quick").measure.target
    slow = sum(arm.cell.transport == "manager_queue" for arm in arms)
    budget = matrix_of("quick").measure.budget
    assert budget == 150.0
    # Six rounds make an interval; fourteen were seen, with calibration and waits besides.
    assert 14 * (len(arms) * (target + 0.015) + slow * target) < budget


def test_quick_compares_pipes_with_one_queue_at_one_and_two_workers() -> None:
    cells = [each.cell for each in plan_of("quick").cells]
    for transport in ("pipe", "queue"):
        mine = {(c.topology, c.workers) for c in cells if c.transport == transport}
        assert mine == {("one_to_one", 1), ("fan_out", 2)}


def test_seeds_has_the_published_counts_and_transports() -> None:
    cells = [each.cell for each in plan_of("seeds").cells]
    assert {cell.messages for cell in cells} == {"10000", "100000", "1000000"}
    assert {cell.payload for cell in cells} == {"int"}
    assert {cell.transport for cell in cells} == {
        "pipe",
        "queue",
        "simple_queue",
        "joinable_queue",
    }
    assert len(cells) == 9 * 4 * 3


def test_full_has_every_transport_and_topology_of_the_harness() -> None:
    cells = [each.cell for each in plan_of("full").cells]
    assert {cell.transport for cell in cells} == set(described().transports)
    assert {cell.topology.partition(":")[0] for cell in cells} == set(described().topologies)
    assert {cell.start_method for cell in cells} >= {"default", "fork", "spawn", "forkserver"}
    assert {cell.placement for cell in cells} == {"free", "together", "apart"}


def test_claims_has_the_cells_of_the_claims_that_cells_decide() -> None:
    cells = {each.cell[1:] for each in plan_of("claims").cells}

    def has(
        transport: str,
        payload: str = "int",
        topology: str = "one_to_one",
        workers: int = 1,
        placement: str = "free",
        messages: str = "auto",
    ) -> bool:
        return (transport, payload, topology, workers, "default", placement, messages) in cells

    ladder = ("pipe", "pipe_simplex", "simple_queue", "queue", "joinable_queue")
    assert all(has(name, placement=place) for name in ladder for place in ("free", "together"))
    assert all(has(name, placement="apart") for name in ("pipe", "queue"))
    assert all(
        has(name, topology="fan_out", workers=count)
        for name in ("pipe", "queue")
        for count in (2, 4, 8)
    )
    counted = ("pipe", "queue", "simple_queue", "joinable_queue")
    assert all(has(name, messages="10000") for name in counted)
    payloads = ("str:100", "dict", "object")
    assert all(has(name, payload=payload) for name in ("pipe", "queue") for payload in payloads)
    assert all(
        has(name, topology=topology)
        for name in ("pipe", "queue")
        for topology in ("request_reply", "request_reply_poll")
    )
    assert all(
        has(name, payload="made_ndarray:400x400x3")
        for name in ("pipe", "pipe_buffered", "queue", "thread_queue")
    )
    assert all(has(name, payload="ndarray:400x400x3") for name in ("pipe", "queue"))
    assert has("manager_queue")
