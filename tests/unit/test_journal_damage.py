"""Journals that were cut, damaged or could not be written: nothing torn is kept."""

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import BadInputError, EnvironmentLacksError
from runner.journal import Journal, read_run
from small_journal import BLOCK, a_round, begin, reopen


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
    with pytest.raises(BadInputError, match="format: is 2, this version of ipcmatrix reads 1"):
        reopen(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{not json"])
def test_a_damaged_run_json_is_refused(tmp_path: Path, text: str) -> None:
    begin(tmp_path).close()
    (tmp_path / "r1/run.json").write_text(text)
    with pytest.raises(BadInputError, match=r"run\.json"):
        reopen(tmp_path)


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


def move(book: Journal) -> None:
    book.folder.rename(book.folder.with_name("elsewhere"))


def replace_file(book: Journal) -> None:
    kept = book.trials.read_bytes()
    book.trials.unlink()
    book.trials.write_bytes(kept)


def grow(book: Journal) -> None:
    with book.trials.open("ab") as file:
        file.write(b"a line of somebody else\n")


LOST: dict[str, tuple[Callable[[Journal], object], str]] = {
    "folder removed": (lambda book: shutil.rmtree(book.folder), "was removed.*begin a new run"),
    "folder moved": (move, "moved.*--resume .*/elsewhere$"),
    "file removed": (lambda book: book.trials.unlink(), "was removed.*begin a new run"),
    "file replaced": (replace_file, "replaced by another file.*--resume"),
    "file emptied": (lambda book: os.truncate(book.trials, 0), "something else changed"),
    "file cut": (lambda book: os.truncate(book.trials, 50), "something else changed.*50 bytes"),
    "file grown": (grow, "something else changed"),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("write", ["append", "note"])
def test_a_run_whose_files_go_away_ends_at_once_and_adds_nothing(
    how: str, write: str, tmp_path: Path
) -> None:
    lose, told = LOST[how]
    with begin(tmp_path) as book:
        book.append(a_round(1))
        lose(book)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
        with pytest.raises(EnvironmentLacksError, match=rf"box\.csv: (?s:.*){told}"):
            book.append(a_round(2)) if write == "append" else book.note({"after": "x"})
        after = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
        assert after == before


@pytest.mark.parametrize("text", [None, "", "{torn", '{"format": 9}'])
def test_a_run_json_that_is_damaged_under_a_run_is_written_anew(
    text: str | None, tmp_path: Path
) -> None:
    with begin(tmp_path) as book:
        book.note({"before": "1"})
        path = book.folder / "run.json"
        path.unlink()
        if text is not None:
            path.write_text(text)
        book.note({"after": "2"})
    run = read_run(tmp_path / "r1")
    assert (run["run"], run["before"], run["after"]) == ("r1", "1", "2")
