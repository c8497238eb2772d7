"""What is said before a run of how long it will take."""

import re

import pytest

from runner.measure import BlockEnd, Ending, Outcome
from runner.model import Arm, Block, Cell, Measure, Plan, PlannedCell, Status
from runner.pipeline.progress import duration, expected, lacks

CELLS = [Cell("3.11", name) for name in ("pipe", "queue")]
PLAN = Plan(
    [PlannedCell(cell, Status.PLANNED) for cell in CELLS],
    [Block("b", "transport", tuple(Arm(cell) for cell in CELLS))],
)


def test_the_wished_precision_decides_the_expected_time() -> None:
    told = expected(PLAN, Measure(precision=0.05))
    assert told == "±5 % takes about 23 rounds per block and session, 6 s on a quiet machine"
    assert expected(PLAN, Measure(precision=0.03)).startswith("±3 % takes about 61 rounds")


def test_one_round_is_not_a_plural() -> None:
    told = expected(PLAN, Measure(precision=0.01, rounds=1))
    assert "; at most 1 round allows " in told


def test_what_budget_and_rounds_allow_stands_beside_it() -> None:
    told = expected(PLAN, Measure(precision=0.01, budget=30.0))
    assert told == (
        "±1 % takes about 535 rounds per block and session, 2 min on a quiet machine; "
        "a budget of 30 s and at most 200 rounds allow 30 s"
    )
    unbudgeted = expected(PLAN, Measure(precision=0.01))
    assert unbudgeted.endswith("; at most 200 rounds allow 46 s")


def outcome(ending: Ending, unreached: int, measured: bool, away: float = 0.0) -> Outcome:
    ends = tuple(BlockEnd(block, 0, 1.0, precise=False) for block in PLAN.blocks)
    return Outcome(
        ending, (1,), ends, {}, (), tuple(PLAN.blocks[:unreached]), measured, 0, 0, 0, away, {}
    )


@pytest.mark.parametrize(
    ("came", "plan", "told"),
    [
        (outcome(Ending.DONE, 0, True), PLAN, "^$"),
        (outcome(Ending.INTERRUPTED, 1, False), PLAN, "^$"),
        (outcome(Ending.DONE, 0, True, away=100.0), PLAN, "was suspended for 2 min.*again$"),
        (outcome(Ending.DONE, 0, False), PLAN, "^nothing was measured: no trial was ok"),
        (
            outcome(Ending.BUDGET, 1, False),
            PLAN,
            r"^nothing was measured: the budget of 5 ms is used up; --budget \ds should suffice "
            r"for a round of each, --budget \d+s for ±1 % on a quiet machine$",
        ),
        (outcome(Ending.BUDGET, 1, True), PLAN, "^only 0 of 1 block had a round: the budget"),
        (
            outcome(Ending.DONE, 0, False),
            Plan([PlannedCell(cell, Status.UNSUPPORTED, "so") for cell in CELLS], []),
            r"^nothing was measured: no cell can be measured here \(2 unsupported\)",
        ),
    ],
)
def test_what_was_not_measured_is_reported_with_the_budget_that_would_do(
    came: Outcome, plan: Plan, told: str
) -> None:
    found = "\n".join(lacks(came, plan, Measure(precision=0.01, budget=0.005)))
    assert re.search(told, found)


def test_no_budget_is_named_that_has_just_been_used_up() -> None:
    given = Measure(precision=0.01, budget=400.0)
    (told,) = lacks(outcome(Ending.BUDGET, 1, False), PLAN, given)
    named = [int(one) for one in re.findall(r"--budget (\d+)s", told)]
    assert len(named) == 2
    assert min(named) >= 2 * 400


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"),
        (0.005, "5 ms"),
        (0.1, "100 ms"),
        (0.9, "900 ms"),
        (1.0, "1 s"),
        (100.0, "2 min"),
    ],
)
def test_no_duration_is_reported_as_nothing_but_none(seconds: float, told: str) -> None:
    assert duration(seconds) == told
