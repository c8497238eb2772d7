"""Run folders that lost something, or hold what no journal writes: told, never passed over."""

import os
import shutil
from pathlib import Path

import pytest

from run_folders import HEADER, TWO, a_run, complaint, row
from runner.dataset import load

RESTORE = "restore the file from a copy of the run"


# files


def test_a_run_whose_trials_are_gone(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    shutil.rmtree(folder / "trials")
    assert complaint(folder) == f"RUN/trials: the folder of trials is gone: {RESTORE}"


def test_a_run_whose_trials_are_a_file(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    shutil.rmtree(folder / "trials")
    (folder / "trials").write_text("x")
    assert complaint(folder).startswith("RUN/trials: is a file, not the folder of trials")


def test_a_measured_run_without_a_trials_file(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO, stretches=[{"timed_seconds": 1.5}])
    path = folder / "trials" / "m1.csv"
    path.write_text(f"{HEADER}\n")
    assert complaint(folder).startswith("RUN/trials: holds no trial, though run.json tells of")
    path.unlink()
    assert complaint(folder).startswith("RUN/trials: holds no trials, though run.json tells")


def test_a_run_that_was_killed_before_its_first_trial_is_a_run(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [], stretches=[{"timed_seconds": 0}], sittings=[{}])
    found = load([folder])
    assert (len(found.trials), len(found.cells), found.torn) == (0, 2, [])


def test_trials_that_are_there_only_packed(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    packed = folder / "trials" / "m2.csv.gz"
    packed.write_bytes(b"\x1f\x8b")
    said = "RUN/trials/m2.csv.gz: is packed, and would not be read: unpack it beside, as m2.csv"
    assert complaint(folder) == said
    packed.rename(folder / "trials" / "m1.csv.gz")
    assert len(load([folder]).trials) == 2


def test_a_pipe_among_the_trials_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    os.mkfifo(folder / "trials" / "x.csv")
    assert complaint(folder) == f"RUN/trials/x.csv: is a pipe, not a file: {RESTORE}"


@pytest.mark.parametrize("name", ["cells.csv", "run.json", "probes.csv"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path, name: str) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert complaint(folder) == f"RUN/{name}: is a pipe, not a file: {RESTORE}"


def test_a_copy_of_the_trials_beside_them(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    shutil.copy(folder / "trials" / "m1.csv", folder / "trials" / "copy.csv")
    assert complaint(folder) == (
        "RUN/trials/m1.csv:2: the same trial as RUN/trials/copy.csv:2: keep one of the two files"
    )


def test_a_round_that_stands_in_two_files(tmp_path: Path) -> None:
    other = [row(round=2), row(round=2, trial=2, transport="queue", seconds=0.1)]
    folder = a_run(tmp_path / "a", [*TWO, *other])
    (folder / "trials" / "m2.csv").write_text("\n".join([HEADER, *other]) + "\n")
    assert complaint(folder) == (
        "RUN/trials/m2.csv:2: round: round 2 of b1 stands in RUN/trials/m1.csv:4 already: "
        "keep one of the two files"
    )


def test_two_machines_of_one_run_have_a_file_each(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    others = [line.replace("m1,", "m2,", 1) for line in TWO]
    (folder / "trials" / "m2.csv").write_text("\n".join([HEADER, *others]) + "\n")
    assert load([folder]).trials["machine"].tolist() == ["m1", "m1", "m2", "m2"]


def test_answers_to_probes_that_are_no_text(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "probes.csv").write_bytes(b"machine\n\xff\0")
    assert complaint(folder) == f"RUN/probes.csv:2: byte 0xff is not UTF-8: {RESTORE}"


# rows


def test_a_row_too_many_is_told_with_its_round(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [*TWO, TWO[1]])
    assert list(load([folder]).torn) == [
        f"{folder}/trials/m1.csv:2: round 1 of b1 (measure) has 3 rows, a whole one 2: "
        "left out of every comparison"
    ]


def test_a_round_that_lost_its_end_is_told_beside_the_torn_line(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [*TWO, row(round=2)])
    path = folder / "trials" / "m1.csv"
    with path.open("a") as file:
        file.write("m1,1,tran")
    assert list(load([folder]).torn) == [
        f"{path}:5: left out a torn last line of 9 bytes",
        f"{path}:4: round 2 of b1 (measure) has 1 rows, a whole one 2: "
        "left out of every comparison",
    ]


def test_of_many_rounds_that_are_not_whole_the_rest_is_counted(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [row(round=number) for number in range(1, 31)])
    told = load([folder]).torn
    assert len(told) == 21
    assert told[-1] == f"{folder}/trials/m1.csv: and 10 more rounds that are not whole"


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        ("workers", "3.1e5", "a whole number from 1"),
        ("workers", "2.0", "a whole number from 1"),
        ("messages", " 7", "a whole number from 0"),
        ("throttled", " 7", "a whole number from 0"),
        ("seconds", " 1", "a number that is not negative"),
        ("seconds", "1 ", "a number that is not negative"),
        ("seconds", "\t1", "a number that is not negative"),
        ("seconds", "1_0", "a number that is not negative"),
        ("foreign_cpu", " 1", "a number"),
    ],
)
def test_a_number_that_only_looks_like_one_is_refused(
    tmp_path: Path, column: str, text: str, wanted: str
) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(**{"trial": 2, column: text})])
    assert complaint(folder) == (
        f"RUN/trials/m1.csv:3: {column}: {text!r} is not {wanted}: {RESTORE}"
    )


@pytest.mark.parametrize("text", ["=cmd|x", "+x", "-x", "@x", "<b>", "a b", "ä", "pi\x1bpe"])
@pytest.mark.parametrize("column", ["machine", "transport", "payload", "block"])
def test_a_name_that_a_spreadsheet_or_a_page_would_take_for_more(
    tmp_path: Path, column: str, text: str
) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(**{"trial": 2, column: text})])
    assert complaint(folder).startswith(
        f"RUN/trials/m1.csv:3: {column}: {text!r} is not a name of letters, digits and"
    )


def test_names_with_a_parameter_are_names(tmp_path: Path) -> None:
    names = {"python": "pypy3.11", "payload": "ndarray:400x400x3", "block": "transport-3.14t-w2/1"}
    found = load([a_run(tmp_path / "a", [row(round_size=1, **names)], ["pypy3.11"])])
    assert found.trials["payload"].tolist() == ["ndarray:400x400x3"]


def test_a_nul_is_told_with_its_column(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(trial=2, transport="pi\0pe")])
    assert complaint(folder) == f"RUN/trials/m1.csv:3: transport: holds a NUL byte: {RESTORE}"


def test_text_may_hold_commas_and_blanks_but_no_control_character(tmp_path: Path) -> None:
    lost = row(status="failed", seconds="", detail='"line 3, in x ,"')
    assert load([a_run(tmp_path / "a", [lost, TWO[1]])]).trials["detail"][0] == "line 3, in x ,"
    folder = a_run(tmp_path / "b", [TWO[0], row(trial=2, detail="\x1b[31m")])
    assert complaint(folder).startswith("RUN/trials/m1.csv:3: detail: '\\x1b[31m' is not text")


def test_other_ends_of_lines_are_told(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "trials" / "m1.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert complaint(folder).startswith("RUN/trials/m1.csv:1: the line ends with CR LF, the")


@pytest.mark.parametrize(("text", "said"), [("", ": is empty"), ("machine,", ":1: header: lacks")])
def test_a_file_without_a_header(tmp_path: Path, text: str, said: str) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "trials" / "m1.csv").write_text(text)
    assert complaint(folder).startswith(f"RUN/trials/m1.csv{said}")


def test_a_header_without_its_end(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "trials" / "m1.csv").write_text(HEADER)
    assert complaint(folder) == f"RUN/trials/m1.csv:1: the header is torn: {RESTORE}"


def test_an_open_quote_and_a_stray_byte_are_told_with_their_line(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(trial=2, transport='"queue')])
    assert complaint(folder).startswith("RUN/trials/m1.csv:3: is no CSV (")
    path = folder / "trials" / "m1.csv"
    path.write_bytes(path.read_bytes().replace(b'"queue', b"que\xffe"))
    assert complaint(folder) == f"RUN/trials/m1.csv:3: byte 0xff is not UTF-8: {RESTORE}"


# cells.csv


def test_a_torn_list_of_cells_is_refused(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text(path.read_text()[:-4])
    assert complaint(folder).startswith("RUN/cells.csv: its last line is torn")


def test_a_cell_that_stands_twice_is_refused(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert complaint(folder).startswith("RUN/cells.csv:4: a cell that stands in the file already")


def test_cells_that_were_measured_and_are_not_listed_are_told(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:2]) + "\n")
    assert list(load([folder]).torn) == [
        f"{path}:2: ends here and lacks 1 cells that were measured, as 3.10 pipe int one_to_one 1 "
        "default free auto: restore it from a copy"
    ]
