"""Runs that --resume refuses before anything is measured, with the report's own reasons."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.runfolder.dataset import load
from small_journal import a_round, begin, reopen

RESTORE = "restore the file from a copy of the run"


def a_run(out: Path) -> Path:
    with begin(out) as book:
        book.append(a_round(1))
        book.append(a_round(2))
    return out / "r1"


def refused(out: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        reopen(out)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(out / "r1"), "RUN")


def change(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b",0.5,", b",nan,", "2: seconds: 'nan' is not a number from 0 to 1e+15"),
        (b",0.5,", b", 1,", "2: seconds: ' 1' is not a number from 0 to 1e+15"),
        (b",0.5,", b",1_0,", "2: seconds: '1_0' is not a number from 0 to 1e+15"),
        (b",0.5,", b",,", "2: seconds: '' is not what an ok trial has (from 1e-09)"),
        (b",pipe,", b",=cmd|x,", "2: transport: '=cmd|x' is not a name of letters, digits"),
        (b",1000,ok,", b",-5,ok,", "2: messages: '-5' is not a whole number from 0"),
    ],
)
def test_a_value_that_no_report_takes_is_reported_with_line_and_column(
    tmp_path: Path, old: bytes, new: bytes, said: str
) -> None:
    path = a_run(tmp_path) / "trials" / "box.csv"
    change(path, old, new)
    told = refused(tmp_path)
    assert told.startswith(f"RUN/trials/box.csv:{said}")
    assert told.endswith(RESTORE)
    with pytest.raises(BadInputError) as caught:
        load([tmp_path / "r1"])
    assert str(caught.value).replace(str(tmp_path / "r1"), "RUN") == told


def test_other_ends_of_lines_are_reported_by_both_in_the_same_words(tmp_path: Path) -> None:
    path = a_run(tmp_path) / "trials" / "box.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    told = refused(tmp_path)
    assert told.startswith("RUN/trials/box.csv:1: the line ends with CR LF")
    with pytest.raises(BadInputError) as caught:
        load([tmp_path / "r1"])
    assert str(caught.value).replace(str(tmp_path / "r1"), "RUN") == told


def no_cells(folder: Path) -> None:
    (folder / "cells.csv").unlink()


def cells_of_bytes(folder: Path) -> None:
    (folder / "cells.csv").write_bytes(b"\xff\0")


def trials_a_file(folder: Path) -> None:
    shutil.rmtree(folder / "trials")
    (folder / "trials").write_text("x")


def no_trials(folder: Path) -> None:
    shutil.rmtree(folder / "trials")


def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "trials" / "other.csv")


def probes_of_bytes(folder: Path) -> None:
    (folder / "probes.csv").write_bytes(b"\xff\0")


def a_deep_head(folder: Path) -> None:
    (folder / "run.json").write_text("[" * 100_000)


def a_head_with_a_list_for_a_name(folder: Path) -> None:
    change(folder / "run.json", b'"run": "r1"', b'"run": []')


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_cells, "cells.csv: No such file or directory"),
        (cells_of_bytes, "cells.csv:1: byte 0xff is not UTF-8"),
        (trials_a_file, "trials: is a file, not the folder of trials"),
        (no_trials, "trials: the folder of trials is gone"),
        (a_pipe, "trials/other.csv: is a pipe, not a file"),
        (probes_of_bytes, "probes.csv:1: byte 0xff is not UTF-8"),
        (a_deep_head, "run.json: is not a run's JSON (nested too deeply)"),
        (a_head_with_a_list_for_a_name, "run.json: run: is a list, not text"),
    ],
)
def test_what_a_report_refuses_is_refused_before_measuring(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(a_run(tmp_path))
    assert refused(tmp_path) == f"RUN/{said}: {RESTORE}"


def test_a_cell_that_is_there_twice_or_half_is_refused(tmp_path: Path) -> None:
    path = a_run(tmp_path) / "cells.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    assert refused(tmp_path) == (
        f"RUN/cells.csv: its last line is truncated, and may not be its last cell: {RESTORE}"
    )
    path.write_bytes(whole + whole.splitlines(keepends=True)[1])
    assert refused(tmp_path).startswith("RUN/cells.csv:5: a cell that is in the file already")
