"""The run's folder: nothing complete is lost, nothing torn is kept, nothing strange is accepted."""

import json
import math
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import journal
from runner.errors import BadInputError, EnvironmentLacksError
from runner.model import (
    Arm,
    Block,
    Cell,
    Compare,
    Images,
    Limits,
    Matrix,
    Measure,
    PlannedCell,
    Record,
    Row,
    Status,
)

PIPE, QUEUE = Cell("3.11", "pipe"), Cell("3.11", "queue")
ARMS = (Arm(PIPE), Arm(PIPE, twin=True), Arm(QUEUE))
BLOCK = Block("transport:3.11", "transport", ARMS)
CELLS = (
    PlannedCell(PIPE, Status.PLANNED),
    PlannedCell(QUEUE, Status.PLANNED),
    PlannedCell(Cell("2.7", "pipe"), Status.UNAVAILABLE, "no such\ninterpreter"),
)
MATRIX = Matrix(
    axes={"python": ("3.11",)},
    exclude=(),
    include=(),
    compare=Compare({}, {}),
    measure=Measure(),
    executor="local",
    limits=Limits(),
    images=Images(),
    profile="quick",
    text="axes: …\n",
    source="matrix.yaml",
)


def a_round(
    number: int, sitting: int = 1, phase: str = "measure", seconds: float = 0.5
) -> list[Row]:
    record = Record(Status.OK, messages=1000, seconds=seconds, detail='a, "b"\nc')
    return [
        Row(sitting, BLOCK, number, 3, trial, phase, arm, record, "2025-01-01T00:00:00Z", 0.1)
        for trial, arm in enumerate(ARMS, start=1)
    ]


def begin(out: Path) -> journal.Journal:
    return journal.create(out, "r1", MATRIX, CELLS, "box", {"facts": {"cores": "2"}})


def reopen(out: Path) -> journal.Reopened:
    return journal.reopen(out / "r1", MATRIX, CELLS, "box")


def test_a_new_folder_holds_the_run_its_cells_and_an_empty_journal(tmp_path: Path) -> None:
    begin(tmp_path).close()
    folder = tmp_path / "r1"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == ["cells.csv", "run.json", "trials/box.csv"]
    run = json.loads((folder / "run.json").read_text())
    assert (run["format"], run["run"], run["machine"]) == (1, "r1", "box")
    assert run["facts"] == {"cores": "2"}
    assert run["matrix"]["text"] == "axes: …\n"
    assert run["measure"]["seed"] == 0
    assert (folder / "cells.csv").read_text().splitlines()[-1] == (
        "2.7,pipe,int,one_to_one,1,default,free,auto,unavailable,no such\\ninterpreter"
    )


def test_the_choice_of_cells_is_kept_for_resume(tmp_path: Path) -> None:
    chosen = replace(MATRIX, only={"python": ("3.11", "2.7")}, skip={"transport": ("pipe",)})
    journal.create(tmp_path, "r1", chosen, CELLS, "box", {}).close()
    kept = journal.read_run(tmp_path / "r1")["matrix"]
    assert isinstance(kept, dict)
    assert (kept["only"], kept["skip"]) == ({"python": ["3.11", "2.7"]}, {"transport": ["pipe"]})


def test_note_adds_to_run_json_and_keeps_the_rest(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.note({"after": {"load": "1.5"}})
    run = journal.read_run(tmp_path / "r1")
    assert (run["after"], run["facts"]) == ({"load": "1.5"}, {"cores": "2"})


def test_note_cannot_replace_what_resume_relies_on(tmp_path: Path) -> None:
    with begin(tmp_path) as book, pytest.raises(ValueError, match="matrix"):
        book.note({"matrix": {}})


def test_a_folder_with_a_run_is_not_begun_again(tmp_path: Path) -> None:
    begin(tmp_path).close()
    with pytest.raises(BadInputError, match="--resume"):
        begin(tmp_path)


@pytest.mark.parametrize("machine", ["", "../box", "a/b", ".hidden", "a b"])
def test_a_machine_that_is_no_file_name_is_refused(tmp_path: Path, machine: str) -> None:
    with pytest.raises(BadInputError, match="machine"):
        journal.create(tmp_path, "r1", MATRIX, CELLS, machine, {})


def test_what_was_appended_comes_back(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1, phase="warmup"))
        book.append(a_round(1))
        book.append(a_round(2, seconds=0.25))
    found, history, cuts = reopen(tmp_path)
    found.close()
    assert cuts == ()
    assert history.sitting == 1
    assert list(history.rounds) == ["transport:3.11"]
    first, second = history.rounds["transport:3.11"]
    assert first.log_rates == dict.fromkeys(ARMS, math.log(2000))
    assert second.log_rates == dict.fromkeys(ARMS, math.log(4000))


def test_calibrated_rates_and_the_last_failures_come_back(tmp_path: Path) -> None:
    def calibration(number: int, arm: Arm, record: Record) -> Row:
        return Row(2, BLOCK, number, 1, 1, "calibration", arm, record, "", None)

    with begin(tmp_path) as book:
        book.append([calibration(1, ARMS[0], Record(Status.TIMEOUT))])
        book.append([calibration(2, ARMS[0], Record(Status.OK, messages=100, seconds=0.5))])
        book.append([calibration(3, ARMS[2], Record(Status.OK, messages=100, seconds=1.0))])
        book.append([calibration(4, ARMS[2], Record(Status.CRASHED, "signal 11"))])
        book.append([calibration(5, ARMS[2], Record(Status.CORRUPT, "2 lost"))])
    found, history, _ = reopen(tmp_path)
    found.close()
    assert history.rates == {PIPE: 200.0, QUEUE: 100.0}
    assert history.failures == {QUEUE: [Status.CRASHED, Status.CORRUPT]}
    assert (history.sitting, history.rounds) == (2, {})


@given(lost=st.integers(min_value=1, max_value=100_000))
def test_a_file_cut_anywhere_gives_every_complete_round_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, lost: int
) -> None:
    out = tmp_path_factory.mktemp("cut")
    with begin(out) as book:
        ends = [book.trials.stat().st_size]
        for number in range(1, 5):
            book.append(a_round(number))
            ends.append(book.trials.stat().st_size)
    size = max(ends[0], ends[-1] - lost % (ends[-1] - ends[0] + 1))
    os.truncate(out / "r1/trials/box.csv", size)
    whole = sum(end <= size for end in ends) - 1

    book, history, cuts = reopen(out)
    assert len(history.rounds.get(BLOCK.id, ())) == whole
    assert bool(cuts) == (size not in ends)
    assert book.trials.stat().st_size == ends[whole]
    book.append(a_round(whole + 1))
    book.close()
    again = reopen(out)
    again.journal.close()
    assert (len(again.history.rounds[BLOCK.id]), again.cuts) == (whole + 1, ())


def test_a_torn_tail_is_named_by_path_and_line(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        book.append(a_round(2))
    trials = tmp_path / "r1/trials/box.csv"
    os.truncate(trials, trials.stat().st_size - 3)
    found, _, cuts = reopen(tmp_path)
    found.close()
    assert len(cuts) == 1
    assert cuts[0].startswith(f"{trials}:5: cut a torn tail of ")


def test_a_tail_of_nul_bytes_is_cut(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
    with book.trials.open("ab") as file:
        file.write(b"\0" * 4096)
    found, history, cuts = reopen(tmp_path)
    found.close()
    assert (len(history.rounds[BLOCK.id]), len(cuts)) == (1, 1)


def test_damage_before_complete_rounds_is_refused_not_cut(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        for number in (1, 2, 3):
            book.append(a_round(number))
    lines = book.trials.read_bytes().splitlines(keepends=True)
    before = b"".join(lines[:5] + lines[6:])
    book.trials.write_bytes(before)
    with pytest.raises(BadInputError, match=r"box\.csv:5: an incomplete round"):
        reopen(tmp_path)
    assert book.trials.read_bytes() == before


def test_a_round_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        book.append(a_round(1))
    with pytest.raises(BadInputError, match=r"box\.csv:5: a round that stands"):
        reopen(tmp_path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.trials.write_bytes(b"machine,seconds\n")
    with pytest.raises(BadInputError, match=r"box\.csv:1: not the columns"):
        reopen(tmp_path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    begin(tmp_path).close()
    path = tmp_path / "r1/run.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(BadInputError, match="format 2, this version of ipcmatrix knows 1"):
        reopen(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{not json"])
def test_a_damaged_run_json_is_refused(tmp_path: Path, text: str) -> None:
    begin(tmp_path).close()
    (tmp_path / "r1/run.json").write_text(text)
    with pytest.raises(BadInputError, match=r"run\.json"):
        reopen(tmp_path)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"run\.json"):
        reopen(tmp_path)


@pytest.mark.parametrize(
    ("matrix", "cells", "named"),
    [
        (replace(MATRIX, text="axes: other\n"), CELLS, "the matrix has changed"),
        (replace(MATRIX, profile="full"), CELLS, "profile was quick, is full"),
        (MATRIX, CELLS[:2], "1 cells differ .*2.7, pipe"),
    ],
)
def test_a_changed_matrix_is_refused(
    tmp_path: Path, matrix: Matrix, cells: tuple[PlannedCell, ...], named: str
) -> None:
    begin(tmp_path).close()
    with pytest.raises(BadInputError, match=named):
        journal.reopen(tmp_path / "r1", matrix, cells, "box")


def test_a_second_machine_starts_with_an_empty_history(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
    found, history, _ = journal.reopen(tmp_path / "r1", MATRIX, CELLS, "other")
    found.append(a_round(1))
    found.close()
    assert (history.sitting, history.rounds) == (0, {})
    assert sorted(path.name for path in (tmp_path / "r1/trials").iterdir()) == [
        "box.csv",
        "other.csv",
    ]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_does_not_fit_is_told_and_leaves_the_rounds_before(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        size = book.trials.stat().st_size
        with (
            files_no_larger_than(size + 100),
            pytest.raises(EnvironmentLacksError, match=r"box\.csv.*--resume"),
        ):
            book.append(a_round(2))
        assert book.trials.stat().st_size == size
        book.append(a_round(2))
    found, history, cuts = reopen(tmp_path)
    found.close()
    assert (len(history.rounds[BLOCK.id]), cuts) == (2, ())


def test_a_place_that_cannot_hold_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentLacksError, match="file"):
        begin(tmp_path / "file")
