"""What is said before, during and after a run."""

import io
import math
import re
from contextlib import redirect_stderr
from dataclasses import replace

import pytest

from runner import measure
from runner.measure import BlockEnd, Ending, Outcome
from runner.model import Arm, Block, Capabilities, Cell, Measure, Plan, PlannedCell, Status
from runner.pipeline import progress
from runner.pipeline.places import Prepared
from runner.pipeline.progress import expected, how_far, lacks, listener
from runner.report import figures
from runner.report.contexts import block_words, cell_words
from small_world import answers, read
from tests.registry import CATALOGUE

CELLS = [Cell("3.11", name) for name in ("queue", "pipe")]


def block(name: str, axis: str, *cells: Cell) -> Block:
    """Return a block with an A/A control."""
    arms = (Arm(cells[0]), Arm(cells[0], control=True), *map(Arm, cells[1:]))
    return Block(name, axis, arms)


PLAN = Plan(
    [PlannedCell(cell, Status.PLANNED) for cell in CELLS],
    [block("transport-3.11", "transport", *CELLS)],
)


def said(settings: Measure) -> list[str]:
    return list(expected(PLAN, settings))


def test_the_wished_precision_decides_the_expected_time() -> None:
    (line,) = said(Measure(precision=0.05))
    assert re.fullmatch(
        r"measuring 2 combinations in 1 comparison: about \d+ s for intervals within ±5 %", line
    )


def test_with_a_fixed_number_of_free_rounds_no_precision_is_promised_of_them() -> None:
    (line,) = said(Measure(precision=0.05, free_rounds=12))
    assert line.endswith(" for intervals within ±5 % (placement free: 12 rounds)")
    bound = [cell._replace(placement="apart") for cell in CELLS]
    (line,) = expected(Plan([], [block("b", "transport", *bound)]), Measure(free_rounds=12))
    assert line.endswith(" for intervals within ±5 %")


def test_what_budget_and_rounds_allow_is_said_with_what_the_precision_needs() -> None:
    first, second = said(Measure(precision=0.01, budget=30.0))
    assert first == "measuring 2 combinations in 1 comparison; budget 30 s"
    assert re.fullmatch(NEEDED, second)
    first, second = said(Measure(precision=0.03, budget=10.0, sessions=3, pause=30.0))[:2]
    assert first == "measuring 2 combinations in 1 comparison; budget 10 s and 60 s of pauses"
    found = re.fullmatch(r"intervals within ±3 % need about 1 min (\d+) s: --budget (\d+)s", second)
    assert found
    assert 0 <= int(found[2]) - int(found[1]) <= 1  # without the pause of a minute
    assert said(Measure(precision=0.01))[0].endswith(" for at most 200 rounds")


def test_a_budget_of_too_few_rounds_for_any_interval_is_said_before() -> None:
    *_, line = said(Measure(budget=2.0, sessions=3))
    found = re.fullmatch(
        r"without 6 rounds of each block in every session there is no interval: they need about "
        r"[\d.]+ s: --budget (\d+)s",
        line,
    )
    assert found
    (_, wished) = said(Measure(budget=float(found[1]), sessions=3))
    assert wished.startswith("intervals within")


def test_the_rounds_of_a_matrix_are_said_where_they_end_it() -> None:
    assert said(Measure(precision=0.01, rounds=1))[0].endswith(" for at most 1 round")
    assert said(Measure(precision=0.01))[1].endswith(": --rounds 535")


NEEDED = r"intervals within ±1 % need about \d min( \d+ s)?: --budget \dm --rounds 535"
FAR = measure.Progress(
    session=1,
    block=PLAN.blocks[0],
    begun=0.35,
    half_width=math.inf,
    comparisons=78,
    known=0,
    decided=0,
    precise=0,
    remaining=104.0,
)


def test_before_the_first_intervals_the_way_to_them_is_said() -> None:
    assert how_far(FAR) == "35 % of the way to first results, 1 min 44 s left"


def test_during_a_run_the_decided_are_counted_with_the_widest_interval() -> None:
    later = replace_in(FAR, known=70, decided=31, half_width=0.1234)
    assert how_far(later) == "31 of 78 comparisons decided, widest ±12 %, 1 min 44 s left"
    assert "widest ±4.5 %" in how_far(replace_in(later, half_width=0.045))
    assert how_far(replace_in(FAR, comparisons=0)) == "1 min 44 s left"


def replace_in(far: measure.Progress, **changed: float) -> measure.Progress:
    return far._replace(**changed)  # type: ignore[arg-type]


def test_cells_and_blocks_are_named_in_words() -> None:
    pipe, queue = (Cell("3.8", one, "int", "fan_out", 2) for one in ("pipe", "queue"))
    assert cell_words(pipe, CATALOGUE) == "Pipe, 3.8, fan_out, 2 workers"
    spawn = Cell("3.8", "pipe", "bytes:1000", start_method="spawn", messages="10000")
    assert cell_words(spawn, CATALOGUE) == "Pipe, 3.8, bytes:1000, spawn, 10,000 messages"
    two = block("transport-3.8-fan_out-w2", "transport", queue, pipe)
    assert block_words(two, CATALOGUE) == "Pipe vs Queue, 3.8, fan_out, 2 workers"
    many = [Cell(f"3.{minor}", "pipe", placement="apart") for minor in range(8, 13)]
    pythons = block("python-pipe-apart", "python", *many)
    assert block_words(pythons, CATALOGUE) == "4 Pythons vs 3.8, Pipe, apart"
    one = Block("transport-3.8", "transport", (Arm(Cell("3.8", "pipe")),))
    assert block_words(one, CATALOGUE) == "Pipe, 3.8"


class Agent:
    def describe(self) -> Capabilities:
        tables = {table: tuple(known.values()) for table, known in CATALOGUE.entries.items()}
        return replace(answers(), registry=tables)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def prepared() -> Prepared:
    matrix = read("axes: {python: [3.11], transport: [queue, pipe]}")
    matrix = replace(matrix, measure=Measure(precision=0.01, budget=30.0))
    return Prepared(matrix, None, {"3.11": Agent()}, PLAN, ())  # type: ignore[arg-type, dict-item]


def heard(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a whole run leaves on a screen or in a file."""
    monkeypatch.setattr(progress, "SAY_EVERY", 0.0)
    monkeypatch.setattr(progress, "DRAW_EVERY", 0.0)
    with redirect_stderr(screen), listener(prepared(), quiet=False) as hear:
        hear.calibrating(CELLS[0], 1, 2)
        hear.estimated(20.0, 90.0)
        hear.round_done(FAR)
        hear.round_done(replace_in(FAR, known=70, decided=31, half_width=0.12))
        hear.gave_up(CELLS[1], "Traceback\nOSError: no")
        hear.waiting("other programs", 10.0)
    return screen.getvalue()


def test_a_log_has_plain_short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = heard(io.StringIO(), monkeypatch).splitlines()
    assert re.fullmatch(f"ipcmatrix: {NEEDED}", lines.pop(1))
    assert lines == [
        "ipcmatrix: measuring 2 combinations in 1 comparison; budget 30 s",
        "ipcmatrix: calibrating 1 of 2",
        "ipcmatrix: calibrated; about 20 s left (without the budget 1 min 30 s)",
        "ipcmatrix: 35 % of the way to first results, 1 min 44 s left",
        "ipcmatrix: 31 of 78 comparisons decided, widest ±12 %, 1 min 44 s left",
        "ipcmatrix: Pipe, 3.11: left out from here on: OSError: no",
        "ipcmatrix: waiting: other programs, up to 10 s",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("session", "more"), [(2, [f"ipcmatrix: {progress.TWO}"]), (3, [])])
def test_a_resumed_run_says_nothing_of_the_time_that_all_of_it_takes(
    session: int, more: list[str]
) -> None:
    screen = io.StringIO()
    with redirect_stderr(screen), listener(prepared(), quiet=False, session=session):
        pass
    first = f"ipcmatrix: continuing with 2 combinations in 1 comparison, as session {session}"
    assert screen.getvalue().splitlines() == [first, *more]


def test_a_run_of_two_sessions_is_told_what_they_cost() -> None:
    for sessions in (1, 2, 3):
        said = list(expected(PLAN, Measure(precision=0.01, sessions=sessions)))
        assert (progress.TWO in said) == (sessions == 2)


@pytest.mark.parametrize(("columns", "name"), [("80", False), ("120", True)])
def test_a_terminal_has_a_line_that_fits_it(
    monkeypatch: pytest.MonkeyPatch, columns: str, name: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    found = heard(Screen(), monkeypatch)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", found))
    assert max(len(line.rstrip()) for line in lines) <= int(columns)
    drawn = [line for line in lines if "decided" in line]
    assert drawn
    assert drawn[0].rstrip().endswith("31 of 78 comparisons decided, widest ±12 %, 1 min 44 s left")
    assert ("Pipe vs Queue, 3.11 " in drawn[0]) is name


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
        (outcome(Ending.DONE, 0, True, away=100.0), PLAN, "was suspended for 1 min 40 s.*again$"),
        (outcome(Ending.DONE, 0, False), PLAN, "^nothing was measured: no trial was ok"),
        (
            outcome(Ending.BUDGET, 1, False),
            PLAN,
            r"^nothing was measured within the budget of 5 ms: --budget \d+s should suffice "
            r"for a round of each, --budget \d+m for ±1 % on a quiet machine$",
        ),
        (outcome(Ending.BUDGET, 1, True), PLAN, "^1 comparison had no round within the budget of"),
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
    named = [int(one) for one in re.findall(r"--budget (\d+)m", told)]
    assert len(named) == 2
    assert min(named) * 60 >= 2 * 400


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"),
        (0.005, "5 ms"),
        (0.1, "100 ms"),
        (0.9, "900 ms"),
        (1.0, "1 s"),
        (100.0, "1 min 40 s"),
        (150.0, "2 min 30 s"),
        (299.6, "5 min"),
        (720.0, "12 min"),
        (5400.0, "1.5 h"),
    ],
)
def test_no_duration_is_reported_as_nothing_but_none(seconds: float, told: str) -> None:
    assert figures.duration(seconds) == told
