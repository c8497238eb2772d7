"""Run folders that lost something, or hold what no journal writes: told, never passed over."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from run_folders import HEAD, HEADER, TWO, a_run, complaint, row
from runner.runfolder import columns
from runner.runfolder.columns import shown
from runner.runfolder.dataset import load

RESTORE = "restore the file from a copy of the run"
PROBES_HEAD = ",".join(columns.names(columns.PROBES)).encode()


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
    folder = a_run(tmp_path / "a", TWO, starts=[{"timed_seconds": 1.5}])
    path = folder / "trials" / "m1.csv"
    path.write_text(f"{HEADER}\n")
    assert complaint(folder).startswith("RUN/trials: holds no trial, though run.json has timed")
    path.unlink()
    assert complaint(folder).startswith("RUN/trials: holds no trials, though run.json says")


def test_a_run_that_was_killed_before_its_first_trial_is_a_run(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [], starts=[{"timed_seconds": 0}], sessions=[{"session": 1}])
    found = load([folder])
    assert (len(found.trials), len(found.cells), found.truncated) == (0, 2, [])


def test_trials_that_are_there_only_packed(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    packed = folder / "trials" / "m2.csv.gz"
    packed.write_bytes(b"\x1f\x8b")
    said = "RUN/trials/m2.csv.gz: is packed and would not be read: unpack it to m2.csv"
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
    said = f"RUN/trials/copy.csv:2: machine: 'm1' in the file of 'copy': {RESTORE}"
    assert complaint(folder) == said


def test_two_machines_of_one_run_have_a_file_each(tmp_path: Path) -> None:
    sessions = [{"session": 1}, {"session": 1, "machine": "m2"}]
    folder = a_run(tmp_path / "a", TWO, sessions=sessions)
    others = [line.replace("m1,", "m2,", 1) for line in TWO]
    (folder / "trials" / "m2.csv").write_text("\n".join([HEADER, *others]) + "\n")
    assert load([folder]).trials["machine"].tolist() == ["m1", "m1", "m2", "m2"]
    (folder / "trials" / "m2.csv").rename(folder / "trials" / "m3.csv")
    path = folder / "trials" / "m3.csv"
    path.write_text(path.read_text().replace("m2,", "m3,"))
    said = f"RUN/trials/m3.csv:2: machine: m3 is not in run.json (m1, m2): {RESTORE}"
    assert complaint(folder) == said


def test_answers_to_probes_that_are_no_text(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "probes.csv").write_bytes(PROBES_HEAD + b"\n\xff,\n")
    assert complaint(folder) == f"RUN/probes.csv:2: byte 0xff is not UTF-8: {RESTORE}"


# rows


def test_a_last_round_without_its_end_is_left_out_with_the_truncated_line(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [*TWO, row(round=2)])
    path = folder / "trials" / "m1.csv"
    size = len(path.read_bytes()) - len(row(round=2)) - 1
    with path.open("a") as file:
        file.write("m1,1,tran")
    found = load([folder])
    assert list(found.truncated) == [
        f"{path}:4: left out an incomplete round of {path.stat().st_size - size} bytes: "
        "round 2 of b1 (measure, session 1) has 1 of 2 rows"
    ]
    assert len(found.trials) == 2


def test_a_truncated_line_of_another_round_behind_an_incomplete_one(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [*TWO, row(round=2)])
    with (folder / "trials" / "m1.csv").open("a") as file:
        file.write(row(round=3)[:40])
    said = "RUN/trials/m1.csv:4: round: round 2 of b1 (measure, session 1) has 1 of 2 rows, and"
    assert complaint(folder).startswith(said)


def of_round(number: int, **changes: object) -> list[str]:
    return [row(round=number, **changes), row(round=number, trial=2, transport="queue", **changes)]


B2 = {"block": "b2", "phase": "warmup"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*TWO, TWO[1]], "2: round: round 1 of b1 (measure, session 1) has 3 of 2 rows"),
        (TWO[::-1], "2: trial: 2 where trial 1 of round 1 of b1 (measure, session 1) is due"),
        (
            [TWO[0], *of_round(2)],
            "2: round: round 1 of b1 (measure, session 1) has 1 of 2 rows, and others follow it",
        ),
        ([*TWO, *TWO], "4: round: round 1 of b1 (measure, session 1) is in the file already"),
        (
            [*of_round(2), *TWO],
            "4: round: round 1 of b1 (measure, session 1) follows a later one",
        ),
        (
            [*of_round(1, session=2), *TWO],
            "4: round: round 1 of b1 (measure, session 1) follows a later one",
        ),
        (
            [*of_round(1, block="b2"), *of_round(1, **B2)],
            "4: round: round 1 of b2 (warmup, session 1) follows a later one",
        ),
        (
            [TWO[0], row(trial=2, transport="queue", round_size=3), *of_round(2)],
            "3: round_size: '3' differs inside round 1 of b1 (measure, session 1)",
        ),
        (
            [row(round_size=3), row(round_size=3, trial=2, transport="queue"), *of_round(2)],
            "2: round: round 1 of b1 (measure, session 1) has 2 of 3 rows, and others follow it",
        ),
        (
            [row(round_size=1), row(round_size=1, trial=2, transport="queue")],
            "2: round: round 1 of b1 (measure, session 1) has 2 of 1 rows",
        ),
        (
            [TWO[0], row(trial=2, transport="queue", started="2026-01-01T00:00:01Z")],
            "3: started: '2026-01-01T00:00:01Z' differs inside round 1 of b1",
        ),
        (
            [TWO[0], row(trial=2)],
            "3: a cell that round 1 of b1 (measure, session 1) has already",
        ),
        ([TWO[0], "", TWO[1]], "3: is a blank line"),
        ([*TWO, "", ""], "4: is a blank line"),
        ([row(), row(trial=2, transport="manager")], "3: a trial of 3.10 manager int one_to_one"),
    ],
)
def test_rows_that_no_journal_wrote_so(tmp_path: Path, rows: list[str], said: str) -> None:
    assert complaint(a_run(tmp_path / "a", rows)).startswith(f"RUN/trials/m1.csv:{said}")


# gaps


@pytest.mark.parametrize(
    ("rows", "head", "said"),
    [
        (
            [*TWO, *of_round(4)],
            {},
            ":4: rounds 2 to 3 are missing of b1 (measure, session 1) before this line",
        ),
        (of_round(2), {}, ":2: round 1 is missing of b1 (measure, session 1) before this line"),
        (
            [*TWO, *of_round(1, session=3)],
            {"sessions": [{"session": 1}, {"session": 3}]},
            ": session 2 is missing completely",
        ),
        (
            TWO,
            {"sessions": [{"session": 1}, {"session": 2, "rounds": {"b1": 3}}]},
            ": session 2 is missing completely",
        ),
        (
            TWO,
            {"sessions": [{"session": 1, "rounds": {"b1": 3}}]},
            ": rounds 2 to 3 are missing of b1 (measure, session 1), but listed in run.json",
        ),
        (
            [*of_round(1, phase="warmup"), *TWO],
            {"measure": {**HEAD["measure"], "warmup_rounds": 2}},  # type: ignore[dict-item]
            ": round 2 is missing of b1 (warmup, session 1), but listed in run.json",
        ),
    ],
)
def test_missing_rounds_and_sessions_are_reported_with_their_place(
    tmp_path: Path, rows: list[str], head: dict[str, Any], said: str
) -> None:
    folder = a_run(tmp_path / "a", rows, **head)
    found = load([folder])
    assert list(found.truncated) == [f"{folder}/trials/m1.csv{said}"]
    assert found.gaps == {("m1", "b1")}


def test_missing_rounds_are_found_by_the_seconds_where_no_number_shows_them(tmp_path: Path) -> None:
    starts = [{"sessions": [1], "timed_seconds": 0.3}]
    folder = a_run(tmp_path / "a", TWO, starts=starts)
    assert list(load([folder]).truncated) == [
        f"{folder}/trials: rounds are missing of session 1: run.json has 0.300 timed seconds, "
        "the trials hold 0.180"
    ]
    whole = [{"sessions": [1], "timed_seconds": 0.18}, {"sessions": [], "timed_seconds": 0}]
    assert not load([a_run(tmp_path / "b", TWO, starts=whole)]).truncated


@pytest.mark.parametrize(
    "head",
    [
        {"sessions": [{"session": 1, "rounds": {"b1": 1}}, {"session": 2, "rounds": {}}]},
        {"sessions": [{"session": 1}, {"session": 2, "before": {"load": "1"}}]},
    ],
)
def test_a_session_that_ended_before_its_first_round_is_not_a_gap(
    tmp_path: Path, head: dict[str, Any]
) -> None:
    assert load([a_run(tmp_path / "a", TWO, **head)]).truncated == []


def test_of_many_gaps_the_rest_is_counted(tmp_path: Path) -> None:
    rows = [one for number in range(2, 60, 2) for one in of_round(number)]
    told = load([a_run(tmp_path / "a", rows)]).truncated
    assert len(told) == 21
    assert told[-1] == f"{tmp_path}/a/trials: and 9 more gaps"


def test_a_session_that_run_json_does_not_say_of(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO, sessions=[{"session": 2}])
    said = f"RUN/trials/m1.csv:2: session: run.json has no session 1: {RESTORE}"
    assert complaint(folder) == said


@pytest.mark.parametrize(
    ("begin", "end", "foreign"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-02T00:10:00Z", True),
        ("2025-12-31T23:00:00Z", "2025-12-31T23:50:00Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z", False),
        ("2026-01-01T00:00:30Z", "2026-01-01T00:10:00Z", False),  # seconds are no evidence
        ("2025-06-01T00:00:00Z", "2026-01-01T00:10:00Z", False),  # the clock was set forward
        ("2026-01-01T05:00:00Z", "2025-12-31T00:10:00Z", False),  # and back
        ("2026-01-02T00:00:00Z", "unknown", False),
        ("2026-01-02T00:00:00", "2026-01-02T00:10:00+00:00", True),
    ],
)
def test_trials_beside_the_run_json_of_another_run(
    tmp_path: Path, begin: str, end: str, foreign: bool
) -> None:
    session = {"session": 1, "machine": "m1", "before": {"at": begin}, "after": {"at": end}}
    folder = a_run(tmp_path / "a", TWO, sessions=[session])
    if foreign:
        assert complaint(folder).startswith("RUN/trials/m1.csv:2: started: 2026-01-01T00:00:00Z")
    else:
        load([folder])


def test_a_file_of_trials_that_is_gone(tmp_path: Path) -> None:
    sessions = [{"session": 1}, {"session": 1, "machine": "m2", "rounds": {"b1": 1}}]
    folder = a_run(tmp_path / "a", TWO, sessions=sessions)
    said = f"RUN/trials/m2.csv: is gone, though run.json lists its rounds: {RESTORE}"
    assert complaint(folder) == said


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        ("workers", "3.1e5", "a whole number from 1"),
        ("workers", "2.0", "a whole number from 1"),
        ("messages", " 7", "a whole number from 0"),
        ("throttled", " 7", "a whole number from 0"),
        ("seconds", " 1", "a number from 0 to 1e+15"),
        ("seconds", "1 ", "a number from 0 to 1e+15"),
        ("seconds", "\t1", "a number from 0 to 1e+15"),
        ("seconds", "1_0", "a number from 0 to 1e+15"),
        ("foreign_cpu", " 1", "a number from -1e+15 to 1e+15"),
        ("seconds", "true", "a number from 0 to 1e+15"),
        ("seconds", "nan", "a number from 0 to 1e+15"),
        ("seconds", "0x1", "a number from 0 to 1e+15"),
        ("seconds", "1" * 5000, "a number from 0 to 1e+15"),
        ("voluntary_switches", "1.5", "a whole number from 0"),
        ("voluntary_switches", "9" * 5000, "a whole number from 0"),
        ("round", "9" * 19, "a whole number from 1"),
        ("started", "yesterday", "a time in UTC, as 2026-01-31T12:00:00Z"),
        ("started", "2026-02-30T00:00:00Z", "a time in UTC, as 2026-01-31T12:00:00Z"),
        ("started", "", "a time in UTC, as 2026-01-31T12:00:00Z"),
    ],
)
def test_a_number_that_only_looks_like_one_is_refused(
    tmp_path: Path, column: str, text: str, wanted: str
) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(**{"trial": 2, column: text})])
    assert complaint(folder) == (
        f"RUN/trials/m1.csv:3: {column}: {shown(text)} is not {wanted}: {RESTORE}"
    )


def test_a_column_of_truth_values_is_not_a_column_of_numbers(tmp_path: Path) -> None:
    rows = [row(seconds="true"), row(trial=2, transport="queue", seconds="true")]
    said = "RUN/trials/m1.csv:2: seconds: 'true' is not a number from 0 to 1e+15"
    assert complaint(a_run(tmp_path / "a", rows)).startswith(said)


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
    folder = a_run(tmp_path / "a", [row(round_size=1, **names)], ["pypy3.11"])
    path = folder / "cells.csv"
    path.write_text(path.read_text().replace(",int,", f",{names['payload']},"))
    found = load([folder])
    assert found.trials["payload"].tolist() == ["ndarray:400x400x3"]


def test_a_nul_is_reported_with_its_column(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(trial=2, transport="pi\0pe")])
    assert complaint(folder) == f"RUN/trials/m1.csv:3: transport: holds a NUL byte: {RESTORE}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" 0.08", f"seconds: ' 0.08' is not a number from 0 to 1e+15: {RESTORE}"),
        ("0.0\08", f"seconds: holds a NUL byte: {RESTORE}"),
    ],
)
def test_a_byte_that_no_journal_writes_is_found_far_down_a_long_file(
    tmp_path: Path, text: str, said: str
) -> None:
    rows = [row(round=number, round_size=1) for number in range(1, 3001)]
    rows[2500] = row(round=2501, round_size=1, seconds=text)
    assert complaint(a_run(tmp_path / "a", rows)) == f"RUN/trials/m1.csv:2502: {said}"


def test_text_may_hold_commas_and_blanks_but_no_control_character(tmp_path: Path) -> None:
    lost = row(status="failed", seconds="", detail='"line 3, in x ,"')
    assert load([a_run(tmp_path / "a", [lost, TWO[1]])]).trials["detail"][0] == "line 3, in x ,"
    folder = a_run(tmp_path / "b", [TWO[0], row(trial=2, detail="\x1b[31m")])
    assert complaint(folder).startswith("RUN/trials/m1.csv:3: detail: '\\x1b[31m' is not text")


def test_other_ends_of_lines_are_reported(tmp_path: Path) -> None:
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
    assert complaint(folder) == f"RUN/trials/m1.csv:1: the header is truncated: {RESTORE}"


def test_an_open_quote_and_a_stray_byte_are_reported_with_their_line(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(trial=2, transport='"queue')])
    assert complaint(folder).startswith("RUN/trials/m1.csv:3: is not CSV (")
    path = folder / "trials" / "m1.csv"
    path.write_bytes(path.read_bytes().replace(b'"queue', b"que\xffe"))
    assert complaint(folder) == f"RUN/trials/m1.csv:3: byte 0xff is not UTF-8: {RESTORE}"


# cells.csv


def test_a_truncated_list_of_cells_is_refused(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text(path.read_text()[:-4])
    assert complaint(folder).startswith("RUN/cells.csv: its last line is truncated")


def test_a_cell_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert complaint(folder).startswith("RUN/cells.csv:4: a cell that is in the file already")


def test_a_trial_of_a_cell_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:2]) + "\n")
    assert complaint(folder) == (
        "RUN/trials/m1.csv:2: a trial of 3.10 pipe int one_to_one 1 default free auto, which "
        f"cells.csv lacks: {RESTORE}"
    )
