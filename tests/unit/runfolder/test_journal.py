"""The run's folder: nothing complete is lost, and only the same run goes on in it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.model import (
    Arm,
    Matrix,
    PlannedCell,
    Record,
    Row,
    Status,
)
from runner.runfolder import journal
from runner.runfolder.head import read_head
from small_journal import (
    ARMS,
    BLOCK,
    CELLS,
    MATRIX,
    NEEDED,
    PIPE,
    QUEUE,
    STARTED,
    a_round,
    begin,
    reopen,
)


def test_a_new_folder_holds_the_run_its_cells_and_an_empty_journal(tmp_path: Path) -> None:
    begin(tmp_path).close()
    folder = tmp_path / "r1"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == ["cells.csv", "run.json", "trials/box.csv"]
    run = json.loads((folder / "run.json").read_text())
    assert (run["format"], run["run"], run["machine"]) == (2, "r1", "box")
    assert run["facts"] == {"cores": "2"}
    assert run["matrix"]["text"] == "axes: …\n"
    assert run["measure"]["seed"] == 0
    assert (folder / "cells.csv").read_text().splitlines()[-1] == (
        "2.7,pipe,int,one_to_one,1,default,free,auto,unavailable,no such\\ninterpreter"
    )


def test_the_choice_of_cells_is_kept_for_resume(tmp_path: Path) -> None:
    chosen = replace(MATRIX, only={"python": ("3.11", "2.7")}, skip={"transport": ("pipe",)})
    journal.create(tmp_path, "r1", chosen, CELLS, "box", NEEDED).close()
    kept = read_head(tmp_path / "r1")["matrix"]
    assert isinstance(kept, dict)
    assert (kept["only"], kept["skip"]) == ({"python": ["3.11", "2.7"]}, {"transport": ["pipe"]})


def test_note_adds_to_run_json_and_keeps_the_rest(tmp_path: Path) -> None:
    with begin(tmp_path) as book:
        book.note({"after": {"load": "1.5"}})
    run = read_head(tmp_path / "r1")
    assert (run["after"], run["facts"]) == ({"load": "1.5"}, {"cores": "2"})


def test_note_cannot_replace_what_resume_relies_on(tmp_path: Path) -> None:
    with begin(tmp_path) as book, pytest.raises(ValueError, match="matrix"):
        book.note({"matrix": {}})


def test_a_folder_with_a_run_is_not_begun_again(tmp_path: Path) -> None:
    begin(tmp_path).close()
    with pytest.raises(BadInputError, match="--resume"):
        begin(tmp_path)


@pytest.mark.parametrize("machine", ["", "../box", "a/b", ".hidden", "a b"])
def test_a_machine_that_is_not_a_file_name_is_refused(tmp_path: Path, machine: str) -> None:
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
    assert history.session == 1
    assert list(history.rounds) == ["transport:3.11"]
    first, second = history.rounds["transport:3.11"]
    assert first.log_rates == dict.fromkeys(ARMS, math.log(2000))
    assert second.log_rates == dict.fromkeys(ARMS, math.log(4000))


def test_calibrated_rates_and_the_last_failures_come_back(tmp_path: Path) -> None:
    def calibration(number: int, arm: Arm, record: Record) -> Row:
        return Row(1, BLOCK, number, 1, 1, "calibration", arm, record, STARTED, None)

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
    assert (history.session, history.rounds) == (1, {})


def test_a_round_with_a_lost_trial_is_not_a_round_to_continue_from(tmp_path: Path) -> None:
    whole = a_round(1)
    lost = [
        row._replace(record=Record(Status.LOST, "the container ended")) if row.trial == 2 else row
        for row in a_round(2)
    ]
    failed = [
        row._replace(record=Record(Status.FAILED, "no luck")) if row.trial == 2 else row
        for row in a_round(3)
    ]
    with begin(tmp_path) as book:
        for rows in (whole, lost, failed):
            book.append(rows)
    found, history, cuts = reopen(tmp_path)
    found.close()
    assert cuts == ()
    rates = dict.fromkeys(ARMS, math.log(2000))
    assert [one.log_rates for one in history.rounds[BLOCK.id]] == [rates, {**rates, ARMS[1]: None}]


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"run\.json"):
        reopen(tmp_path)


@pytest.mark.parametrize(
    ("matrix", "cells", "named"),
    [
        (replace(MATRIX, text="axes: other\n"), CELLS, "the matrix has changed"),
        (replace(MATRIX, profile="full"), CELLS, "profile was quick, is full"),
        (MATRIX, CELLS[:2], "1 cell differs from .*2.7, pipe"),
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
    assert (history.session, history.rounds) == (0, {})
    assert sorted(path.name for path in (tmp_path / "r1/trials").iterdir()) == [
        "box.csv",
        "other.csv",
    ]


def test_a_run_names_no_home_and_continues_from_either_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    own = replace(MATRIX, text="# /home/alice/m.yaml\n", source="/home/alice/m.yaml")
    cells = (*CELLS[:2], CELLS[2]._replace(reason="/home/alice/bin/python2.7: broken"))
    facts = {"notes": ["no /home/alice/.docker"], **NEEDED}
    failed = Record(Status.FAILED, 'File "/home/alice/x.py"')
    with journal.create(tmp_path, "r1", own, cells, "box", facts) as made:
        made.append([row._replace(record=failed) for row in a_round(1)])
        made.note({"starts": [{"given_up": {"cell": "/home/alice/y"}}]})
    for path in (path for path in made.folder.rglob("*") if path.is_file()):
        assert "alice" not in path.read_text()
    published = read_head(made.folder)["matrix"]
    assert isinstance(published, dict)
    assert published["source"] == "~/m.yaml"
    for text in (own.text, published["text"]):
        journal.reopen(made.folder, replace(own, text=text), cells, "box").journal.close()


def test_a_backup_by_hard_links_is_not_appended_to(tmp_path: Path) -> None:
    with begin(tmp_path) as made:
        made.append(a_round(1))
    backup = tmp_path / "backup.csv"
    backup.hardlink_to(made.trials)
    before = backup.read_bytes()
    with reopen(tmp_path).journal as again:
        again.append(a_round(2))
    assert backup.read_bytes() == before
    assert made.trials.read_bytes().startswith(before)
    assert made.trials.stat().st_size > len(before)


@pytest.mark.parametrize("name", ["trials/box.csv", "trials", "run.json", "cells.csv"])
def test_a_run_whose_files_are_links_is_not_gone_on_with(name: str, tmp_path: Path) -> None:
    begin(tmp_path).close()
    place = tmp_path / "r1" / name
    place.rename(tmp_path / "outside")
    place.symlink_to(tmp_path / "outside")
    with pytest.raises(BadInputError, match=f"{name}: is a link, not"):
        reopen(tmp_path)
