"""The matrix.yaml that the project ships."""

from dataclasses import replace
from itertools import combinations
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from claims_rows import comparison, findings
from runner.matrix import Vocabulary, parse, read_text
from runner.measure import estimate, expectation
from runner.model import Cell, Matrix, Plan, Status
from runner.plan import plan, pythons_of, resolve_pythons
from runner.results import Context
from runner.studies import STUDIES
from runner.studies.pipe_vs_queue.data import Claim, data
from runner.studies.pipe_vs_queue.judging import judge
from tests.registry import described

ROOT = Path(__file__).parents[2]
CLAIMS = [one for one in data().claims if one.cells]
PYTHONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


def matrix_of(profile: str | None) -> Matrix:
    path = ROOT / "matrix.yaml"
    vocabulary = Vocabulary.of(described(), ("local", "docker"), STUDIES)
    return parse(read_text(path), str(path), vocabulary, profile)


def plan_of(profile: str) -> Plan:
    matrix = resolve_pythons(matrix_of(profile), PYTHONS)
    return plan(matrix, dict.fromkeys(pythons_of(matrix), described()))


def raced(profile: str) -> list[tuple[Cell, set[str]]]:
    """Return for each block one of its cells, and the transports that it compares."""
    return [
        (block.arms[0].cell, {arm.cell.transport for arm in block.arms})
        for block in plan_of(profile).blocks
        if block.compared_axis == "transport"
    ]


def _shared(cell: Cell) -> dict[str, Any]:
    """Return the axes that the transports of a block share."""
    return {name: getattr(cell, name) for name in Context._fields[1:]}


@pytest.mark.slow
def test_quick_is_taken_where_no_profile_is_asked_for() -> None:
    assert matrix_of(None).profile == "quick"


def test_only_pipe_vs_queue_is_for_a_study() -> None:
    profiles = ("quick", "overview", "message_counts", "pipe_vs_queue", "alternatives", "full")
    assert [name for name in profiles if matrix_of(name).study] == ["pipe_vs_queue"]


def test_the_file_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "matrix.yaml").read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize(
    ("profile", "cells", "blocks"),
    [
        ("quick", 80, 28),
        ("overview", 495, 181),
        ("message_counts", 216, 54),
        ("pipe_vs_queue", 765, 261),
        ("alternatives", 485, 20),
        ("full", 2601, 398),
    ],
)
def test_each_profile_has_as_many_cells_and_blocks_as_ever(
    profile: str, cells: int, blocks: int
) -> None:
    made = plan_of(profile)
    assert (len(made.cells), len(made.blocks)) == (cells, blocks)


@pytest.mark.parametrize(
    "profile", ["quick", "overview", "message_counts", "pipe_vs_queue", "full"]
)
def test_each_profile_plans_cells_for_every_interpreter(profile: str) -> None:
    made = plan_of(profile)
    planned = {each.cell.python for each in made.cells if each.status is Status.PLANNED}
    assert planned == set(PYTHONS)
    in_blocks = {arm.cell for block in made.blocks for arm in block.arms}
    assert in_blocks == {each.cell for each in made.cells if each.status is Status.PLANNED}


def test_quick_leaves_out_nothing_and_a_round_of_it_is_short_enough_for_its_budget() -> None:
    made = plan_of("quick")
    assert {each.status for each in made.cells} == {Status.PLANNED}
    arms = [arm for block in made.blocks for arm in block.arms]
    measure = matrix_of("quick").measure
    slow = sum(arm.cell.transport == "manager_queue" for arm in arms)
    a_round = len(arms) * (measure.target + 0.015) + slow * (measure.slowest - 1) * measure.target
    assert measure.budget == 160.0
    # The first look is after twelve rounds.
    assert measure.budget >= (12 + measure.warmup_rounds) * a_round


def test_quick_is_expected_to_leave_half_of_its_budget_to_noisy_machines() -> None:
    """Over nine interpreters 24 rounds of 30 ms, twice the first look's, took 160 s."""
    found = expectation(plan_of("quick"), matrix_of("quick").measure)
    assert (found.rounds, found.within) == (12, True)
    assert found.wished == pytest.approx(87, rel=0.05)


def test_quick_makes_seventy_bound_comparisons_and_eight_with_free_cells() -> None:
    blocks = plan_of("quick").blocks
    bound = {True: 0, False: 0}
    for block in blocks:
        for arm in block.arms[2:]:
            bound["free" not in (arm.cell.placement, block.baseline.placement)] += 1
    assert bound == {True: 70, False: 8}
    baselines = {(one.compared_axis, one.baseline.transport) for one in blocks}
    assert baselines - {("python", "pipe"), ("placement", "pipe")} == {
        (axis, "queue") for axis in ("transport", "python", "placement")
    }


def test_quick_has_free_pipes_and_queues_under_the_oldest_and_the_newest() -> None:
    free = [each.cell for each in plan_of("quick").cells if each.cell.placement == "free"]
    assert {(c.python, c.transport, c.topology, c.workers) for c in free} == {
        (python, transport, *place)
        for python in ("2.7", "3.13")
        for transport in ("pipe", "queue")
        for place in (("one_to_one", 1), ("fan_out", 2))
    }


def test_message_counts_has_the_published_counts_and_transports() -> None:
    cells = [each.cell for each in plan_of("message_counts").cells]
    assert {cell.messages for cell in cells} == {"10000", "100000", "1000000"}
    assert {cell.payload for cell in cells} == {"int"}
    assert {cell.transport for cell in cells} == {
        "pipe",
        "queue",
        "simple_queue",
        "joinable_queue",
    }
    assert {cell.placement for cell in cells} == {"free", "apart"}
    assert len(cells) == 9 * 4 * 3 * 2


def test_full_has_every_transport_and_topology_of_the_harness() -> None:
    cells = [each.cell for each in plan_of("full").cells]
    assert {cell.transport.partition(":")[0] for cell in cells} == set(described().transports)
    assert {cell.topology.partition(":")[0] for cell in cells} == set(described().topologies)
    assert {cell.start_method for cell in cells} >= {"default", "fork", "spawn", "forkserver"}
    assert {cell.placement for cell in cells} == {"free", "together", "apart"}


def test_pipe_vs_queue_lets_every_claim_be_decided_on_every_interpreter() -> None:
    """Where every pair of a block has a clear ratio, no claim on cells lacks a measurement."""
    rows = [
        comparison(a, b, (1.5, 1.49, 1.51), python=cell.python, clock=clock, **_shared(cell))
        for cell, transports in raced("pipe_vs_queue")
        for a, b in combinations(sorted(transports), 2)
        for clock in ("end_to_end", "send", "join")
    ]
    assert len(CLAIMS) == 18
    judged = judge(findings(rows), [], CLAIMS)
    assert len(judged) == len(CLAIMS) * len(PYTHONS)
    assert not [one for one in judged if "not measured" in one.basis]


@pytest.mark.parametrize("claim", CLAIMS, ids=attrgetter("number"))
def test_pipe_vs_queue_races_what_each_claim_names(claim: Claim) -> None:
    """Every payload and topology is raced by two of the claim's transports, and each takes part."""
    blocks = raced("pipe_vs_queue")
    for cells in claim.cells:
        for python in PYTHONS:
            mine = [
                (context, transports & {*cells.transports})
                for context, transports in blocks
                if context.python == python and cells.has(Context("m", **_shared(context)))
            ]
            mine = [(context, transports) for context, transports in mine if len(transports) > 1]
            payloads = {context.payload.partition(":")[0] for context, _ in mine}
            topologies = {context.topology.partition(":")[0] for context, _ in mine}
            assert payloads == {*cells.payloads}
            assert topologies == {*cells.topologies}
            assert {name for _, names in mine for name in names} == {*cells.transports}


def test_pipe_vs_queue_has_the_contexts_that_the_answers_speak_of() -> None:
    cells = {
        each.cell[1:] for each in plan_of("pipe_vs_queue").cells if each.status is Status.PLANNED
    }
    assert {each.status for each in plan_of("pipe_vs_queue").cells} == {Status.PLANNED}

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
    pair = ("pipe", "queue")
    for placed in ("free", "apart"):
        assert all(has(name, placement=placed) for name in (*ladder, "manager_queue"))
        assert all(
            has(name, topology="fan_out", workers=count, placement=placed)
            for name in pair
            for count in (2, 4, 8)
        )
        counted = (*pair, "simple_queue", "joinable_queue")
        assert all(
            has(name, messages=count, placement=placed)
            for names, count in ((counted, "10000"), (counted, "100000"), (pair, "1000000"))
            for name in names
        )
        assert all(
            has(name, payload=payload, placement=placed)
            for name in pair
            for payload in ("str:100", "dict", "object", "ndarray:400x400x3")
        )
        assert all(
            has(name, topology=topology, placement=placed)
            for name in pair
            for topology in ("request_reply", "request_reply_poll")
        )
        assert all(
            has(name, payload="made_ndarray:400x400x3", placement=placed)
            for name in (*pair, "pipe_buffered", "thread_queue")
        )


def test_a_million_messages_take_half_an_hour_of_the_study_and_the_rest_fits_its_budget() -> None:
    """At rates as published: 18 blocks of three trials of five seconds, six rounds of each."""
    settings, made = matrix_of("pipe_vs_queue").measure, plan_of("pipe_vs_queue")
    rates = {each.cell: 200_000.0 for each in made.cells if "ndarray" not in each.cell.payload}
    rates |= {each.cell: 100.0 for each in made.cells if "ndarray" in each.cell.payload}
    million = Plan(
        [each for each in made.cells if each.cell.messages == "1000000"],
        [block for block in made.blocks if block.baseline.messages == "1000000"],
    )
    whole, half = (estimate(one, replace(settings, budget=None), rates) for one in (made, million))
    assert half == pytest.approx(6 * 18 * 3 * 5, rel=0.05)
    assert 2 * half <= whole <= (settings.budget or 0)
