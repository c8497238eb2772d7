"""Journals that were cut, damaged or could not be written: nothing truncated is kept."""

import os
import resource
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from runner.errors import BadInputError, EnvironmentLacksError
from runner.report.bundling import bundle
from runner.runfolder.dataset import load
from runner.runfolder.head import read_head
from runner.runfolder.journal import Journal, Reopened, encode, header
from small_journal import BLOCK, a_round, begin, reopen

ROWS = [encode([row], "box") for number in range(1, 6) for row in a_round(number)]
"""The lines of five rounds of three rows."""


def changed_by(how: str, draw: DataObject) -> bytes:
    """Return the lines of ROWS, damaged in one of the ways in which files are."""
    lines = list(ROWS)
    some = st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=6, unique=True)
    match how:
        case "shuffled":
            return b"".join(draw.draw(st.permutations(lines)))
        case "sorted":
            column = draw.draw(st.integers(0, 45))
            fields = sorted((line.split(b",")[column], line) for line in lines)
            return b"".join(line for _, line in fields)
        case "thinned":
            gone = draw.draw(some)
            return b"".join(line for place, line in enumerate(lines) if place not in gone)
        case "doubled":
            again = draw.draw(some)
            return b"".join(line * (1 + (place in again)) for place, line in enumerate(lines))
        case "cut":
            whole = b"".join(lines)
            return whole[: draw.draw(st.integers(0, len(whole)))]
        case "overwritten":
            whole = b"".join(lines)
            at = draw.draw(st.integers(0, len(whole) - 1))
            return whole[:at] + draw.draw(st.binary(min_size=1, max_size=8)) + whole[at + 8 :]
        case _:
            return b"".join(lines) + draw.draw(st.binary(max_size=5000))


WAYS = ("shuffled", "sorted", "thinned", "doubled", "cut", "overwritten", "a tail")


@given(how=st.sampled_from(WAYS), draw=st.data())
@settings(deadline=None, max_examples=70)
@pytest.mark.slow
def test_whatever_was_done_to_a_file_no_complete_row_of_it_is_lost(
    made: Path, tmp_path_factory: pytest.TempPathFactory, how: str, draw: DataObject
) -> None:
    out = copied(made, tmp_path_factory)
    trials = out / "r1/trials/box.csv"
    before = header() + changed_by(how, draw)
    trials.write_bytes(before)
    told = refusal(lambda: load([out / "r1"]))
    assert refusal(lambda: closed(reopen(out))) == told
    if told:
        assert trials.read_bytes() == before
        assert not (out / "r1/cut").exists()
        return
    after = trials.read_bytes()
    pieces = [path.read_bytes() for path in sorted((out / "r1/cut").glob("*"))]
    assert len(pieces) <= 1
    assert after + b"".join(pieces) == before
    for piece in pieces:
        rows = [line.split(b",") for line in piece.split(b"\n")[:-1]]
        assert len({(row[1], row[3], row[4], row[7]) for row in rows}) <= 1
    assert all("missing" in one for one in load([out / "r1"]).truncated)


def closed(found: Reopened) -> None:
    found.journal.close()


def refusal(of: Callable[[], object]) -> str:
    try:
        of()
    except BadInputError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run without trials: each example copies it, to write it durably takes far longer."""
    out = tmp_path_factory.mktemp("made")
    begin(out).close()
    return out


def copied(made: Path, factory: pytest.TempPathFactory) -> Path:
    out = factory.mktemp("copy")
    shutil.copytree(made, out, dirs_exist_ok=True)
    return out


@given(lost=st.integers(min_value=1, max_value=100_000))
@settings(deadline=None, max_examples=40)
@pytest.mark.slow
def test_a_file_cut_anywhere_gives_every_complete_round_and_no_other(
    made: Path, tmp_path_factory: pytest.TempPathFactory, lost: int
) -> None:
    out = copied(made, tmp_path_factory)
    path = out / "r1/trials/box.csv"
    rounds = [b"".join(ROWS[start : start + 3]) for start in range(0, 12, 3)]
    ends = [len(header()) + len(b"".join(rounds[:count])) for count in range(5)]
    size = ends[-1] - lost % (ends[-1] - ends[0] + 1)
    path.write_bytes((header() + b"".join(rounds))[:size])
    whole = sum(end <= size for end in ends) - 1

    book, history, cuts = reopen(out)
    assert len(history.rounds.get(BLOCK.id, ())) == whole
    assert bool(cuts) == (size not in ends)
    assert path.stat().st_size == ends[whole]
    book.append(a_round(whole + 1))
    book.close()
    again = reopen(out)
    again.journal.close()
    assert (len(again.history.rounds[BLOCK.id]), again.said) == (whole + 1, ())


def test_every_piece_that_is_cut_has_a_file_of_its_own(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
    for piece in (b"one", b"two"):
        with book.trials.open("ab") as file:
            file.write(piece)
        reopen(tmp_path).journal.close()
    kept = {path.name: path.read_bytes() for path in (tmp_path / "r1/cut").iterdir()}
    assert kept == {"box-1.part": b"one", "box-2.part": b"two"}
    bundle(tmp_path / "r1", tmp_path / "r1.zip")
    assert not any("cut" in name for name in zipfile.ZipFile(tmp_path / "r1.zip").namelist())
    assert load([tmp_path / "r1"]).truncated == []


def test_nothing_is_cut_where_it_cannot_be_kept(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
    with book.trials.open("ab") as file:
        file.write(b"box,1,tran")
    before = book.trials.read_bytes()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "r1/cut").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentLacksError, match="cut"):
        reopen(tmp_path)
    assert book.trials.read_bytes() == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_half_an_answer_to_a_probe_is_kept_aside(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
    path = tmp_path / "r1/probes.csv"
    whole = "machine,python,probe,answer,detail,figures\nbox,3.11,x,yes,,{}\n"
    path.write_text(f'{whole}box,3.11,y,yes,"half')
    found = reopen(tmp_path)
    found.journal.close()
    assert path.read_text() == whole
    assert (tmp_path / "r1/cut/probes-1.part").read_text() == 'box,3.11,y,yes,"half'
    assert found.said[0].startswith(f"{path}:3: cut a truncated last line of 20 bytes; ")


def test_a_session_that_lost_its_rounds_keeps_its_number(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        sessions = [{"session": 1}, {"session": 2, "rounds": {BLOCK.id: 3}}, {"session": 3}]
        book.note({"sessions": sessions})
    found = reopen(tmp_path)
    found.journal.close()
    assert found.history.session == 2
    assert found.said == (f"{book.trials}: session 2 is missing completely",)


def test_the_rounds_of_a_session_are_counted_by_block(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        for rows in (a_round(1, phase="warmup"), a_round(1), a_round(2), a_round(1, session=2)):
            book.append(rows)
        assert [book.rounds(session) for session in (1, 2, 3)] == [{BLOCK.id: 2}, {BLOCK.id: 1}, {}]


def test_a_truncated_tail_is_named_by_path_and_line(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        book.append(a_round(2))
    trials = tmp_path / "r1/trials/box.csv"
    os.truncate(trials, trials.stat().st_size - 3)
    found, _, cuts = reopen(tmp_path)
    found.close()
    assert len(cuts) == 1
    kept = tmp_path / "r1/cut/box-1.part"
    assert cuts[0] == (
        f"{trials}:5: cut an incomplete round of {kept.stat().st_size} bytes: round 2 of "
        f"{BLOCK.id} (measure, session 1) has 2 of 3 rows; {kept} keeps it"
    )


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
    with pytest.raises(BadInputError, match=r"box\.csv:5: round: round 2 of .* has 2 of 3 rows"):
        reopen(tmp_path)
    assert book.trials.read_bytes() == before


def test_a_round_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.append(a_round(1))
        book.append(a_round(1))
    with pytest.raises(BadInputError, match=r"box\.csv:5: round: round 1 of .* is in the file"):
        reopen(tmp_path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.trials.write_bytes(b"machine,seconds\n")
    with pytest.raises(BadInputError, match=r"box\.csv:1: header: lacks: session"):
        reopen(tmp_path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    begin(tmp_path).close()
    path = tmp_path / "r1/run.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 3'))
    with pytest.raises(BadInputError, match="format: is 3, this version of ipcmatrix reads 2"):
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


def test_a_write_that_does_not_fit_is_reported_and_leaves_the_rounds_before(tmp_path: Path) -> None:
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


def test_a_place_that_cannot_hold_a_folder_is_reported(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("text", [None, "", "{truncated", '{"format": 9}'])
def test_a_run_json_that_is_damaged_under_a_run_is_written_again(
    text: str | None, tmp_path: Path
) -> None:
    with begin(tmp_path) as book:
        book.note({"before": "1"})
        path = book.folder / "run.json"
        path.unlink()
        if text is not None:
            path.write_text(text)
        book.note({"after": "2"})
    run = read_head(tmp_path / "r1")
    assert (run["run"], run["before"], run["after"]) == ("r1", "1", "2")
