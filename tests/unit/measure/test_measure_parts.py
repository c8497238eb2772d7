"""Rounds stay short: a long block is split into parts that share baseline and control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_machine import Machine, block, cells, plan

from runner.measure import measure
from runner.measure.estimate import split
from runner.model import Measure, PastRound

CELLS = cells("pipe", *(f"t{number}" for number in range(12)))
WIDE = block("w", CELLS)


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        (0.1, [14]),
        (0.142, [14]),
        (0.15, [8, 8]),
        (0.4, [5, 5, 5, 5]),
        (0.9, [4] * 6),
        (5.0, [4] * 6),
    ],
)
def test_a_block_is_split_where_its_round_would_last_longer_than_two_seconds(
    seconds: float, sizes: list[int]
) -> None:
    parts = split(WIDE, dict.fromkeys(CELLS, seconds), {})
    assert [len(part.arms) for part in parts] == sizes
    if len(parts) == 1:
        assert parts == [WIDE]
    else:
        assert [part.id for part in parts] == [f"w/{n}" for n in range(1, len(parts) + 1)]


@given(st.lists(st.floats(0.01, 3), min_size=13, max_size=13))
def test_parts_hold_every_arm_once_and_baseline_and_control_each(lengths: list[float]) -> None:
    parts = split(WIDE, dict(zip(CELLS, lengths, strict=True)), {})
    assert all(part.arms[:2] == WIDE.arms[:2] for part in parts)
    assert all(part.compared_axis == "transport" for part in parts)
    others = [arm for part in parts for arm in part.arms[2:]]
    assert sorted(others) == sorted(WIDE.arms[2:])
    assert len(parts) == 1 or all(len(part.arms) >= 3 for part in parts)


def test_slow_arms_are_spread_over_the_parts() -> None:
    seconds = {cell: 1.0 if cell.transport in {"t0", "t1"} else 0.1 for cell in CELLS}
    first, second = split(WIDE, seconds, {})
    assert {arm.cell.transport for arm in first.arms} & {"t0", "t1"} == {"t0"}
    assert {arm.cell.transport for arm in second.arms} & {"t0", "t1"} == {"t1"}


def test_what_was_measured_whole_stays_whole() -> None:
    past = {"w": [PastRound(1, dict.fromkeys(WIDE.arms, 0.0))]}
    assert split(WIDE, dict.fromkeys(CELLS, 1.0), past) == [WIDE]


def test_arms_that_no_earlier_part_had_get_parts_of_their_own() -> None:
    past = {"w/1": [PastRound(1, dict.fromkeys(WIDE.arms[:6], 0.0))]}
    parts = split(WIDE, dict.fromkeys(CELLS, 0.1), past)
    assert [(part.id, len(part.arms)) for part in parts] == [("w/1", 6), ("w/2", 10)]


def test_a_part_measured_by_itself_keeps_its_number_and_its_arms() -> None:
    past = {"w/2": [PastRound(1, dict.fromkeys(WIDE.arms[:6], 0.0))]}
    parts = split(WIDE, dict.fromkeys(CELLS, 0.25), past)
    assert [part.id for part in parts] == ["w/2", "w/1", "w/3"]
    assert parts[0].arms == WIDE.arms[:6]


def test_a_slow_block_is_measured_in_parts_with_ids_of_their_own() -> None:
    machine = Machine(rates=dict.fromkeys(CELLS, 2_500.0), noise=0.01)
    how = Measure(rounds=5, min_rounds=5, target=0.3)
    outcome = measure(plan(WIDE), machine.agents(), how, machine.environment())
    assert machine.counts() == {f"w/{number}": 5 for number in range(1, 5)}
    assert {end.block.id for end in outcome.blocks} == set(machine.counts())
    assert {row.block.id for row in machine.phase("calibration")} == {"w"}
