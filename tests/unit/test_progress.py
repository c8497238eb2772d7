"""What is said before a run of how long it will take."""

from runner.model import Arm, Block, Cell, Measure, Plan, PlannedCell, Status
from runner.pipeline.progress import expected

CELLS = [Cell("3.11", name) for name in ("pipe", "queue")]
PLAN = Plan(
    [PlannedCell(cell, Status.PLANNED) for cell in CELLS],
    [Block("b", "transport", tuple(Arm(cell) for cell in CELLS))],
)


def test_the_wished_precision_decides_the_expected_time() -> None:
    told = expected(PLAN, Measure(precision=0.05))
    assert (
        told
        == "±5 % is expected to take 26 rounds a block and sitting, about 7 s on a quiet machine"
    )
    assert expected(PLAN, Measure(precision=0.03)).startswith("±3 % is expected to take 70 rounds")


def test_one_round_is_no_plural() -> None:
    told = expected(PLAN, Measure(precision=0.01, rounds=1))
    assert "; at most 1 round allows " in told


def test_what_budget_and_rounds_allow_stands_beside_it() -> None:
    told = expected(PLAN, Measure(precision=0.01, budget=30.0))
    assert told == (
        "±1 % is expected to take 612 rounds a block and sitting, about 2 min on a quiet machine; "
        "a budget of 30 s and at most 200 rounds allow 30 s"
    )
    unbudgeted = expected(PLAN, Measure(precision=0.01))
    assert unbudgeted.endswith("; at most 200 rounds allow 49 s")
