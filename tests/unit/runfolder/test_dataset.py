"""Run folders → one checked frame."""

from pathlib import Path

import pandas as pd
import pytest

from run_folders import FIELDS, HEADER, TWO, a_run, complaint, row
from runner.errors import BadInputError
from runner.runfolder import columns
from runner.runfolder.dataset import FORMAT, Dataset, load
from runner.runfolder.head import FORMAT as WRITTEN


def test_a_run_is_read_with_its_types(tmp_path: Path) -> None:
    found = load([a_run(tmp_path / "a", TWO)])
    trials = found.trials
    assert trials["seconds"].tolist() == [0.08, 0.1]
    assert trials["transport"].tolist() == ["pipe", "queue"]
    assert trials["python"].tolist() == ["3.10", "3.10"]
    assert trials["voluntary_switches"].isna().all()
    assert trials["detail"].tolist() == ["", ""]
    assert trials["run"].tolist() == [0, 0]
    assert list(trials.columns) == [*columns.names(columns.TRIALS), "run"]
    assert found.truncated == []


def test_the_format_is_the_one_that_the_journal_writes() -> None:
    assert FORMAT == WRITTEN


def test_pythons_sort_by_version_and_310_is_not_31(tmp_path: Path) -> None:
    pythons = ("pypy3.11", "3.14t", "3.9", "3.10", "2.7", "3.1", "3.14")
    rows = [row(python=python, block=python, round_size=1) for python in pythons]
    found = load([a_run(tmp_path / "a", rows, pythons)])
    ordered = ["2.7", "3.1", "3.9", "3.10", "3.14", "3.14t", "pypy3.11"]
    assert found.trials["python"].cat.ordered
    assert found.trials["python"].cat.categories.tolist() == ordered
    assert found.trials.sort_values("python")["python"].tolist() == ordered
    assert found.cells["python"].cat.categories.tolist() == ordered


def test_other_axes_sort_as_the_matrix_has_them(tmp_path: Path) -> None:
    found = load([a_run(tmp_path / "a", TWO)])
    assert found.trials["transport"].cat.categories.tolist() == ["queue", "pipe"]


def test_names_that_look_like_nothing_stay_names(tmp_path: Path) -> None:
    rows = [row(transport="NA"), row(transport="null", trial=2)]
    folder = a_run(tmp_path / "a", rows)
    path = folder / "cells.csv"
    path.write_text(path.read_text().replace("queue", "NA").replace("pipe", "null"))
    found = load([folder])
    assert found.trials["transport"].tolist() == ["NA", "null"]


def test_fields_with_commas_and_quotes_come_back(tmp_path: Path) -> None:
    text = 'Traceback\\n  ""x"", y'
    rows = [row(status="failed", seconds="", detail=f'"{text}"'), TWO[1]]
    found = load([a_run(tmp_path / "a", rows)])
    assert columns.unescape(found.trials["detail"].iloc[0]) == 'Traceback\n  "x", y'


def test_a_truncated_last_line_is_left_out_and_named(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    with (folder / "trials" / "m1.csv").open("a") as file:
        file.write("m1,1,transport,b1,2,2,1,mea")
    found = load([folder])
    assert len(found.trials) == 2
    path = folder / "trials" / "m1.csv"
    assert found.truncated == [f"{path}:4: left out a truncated last line of 27 bytes"]


def test_a_run_without_trials_yet_is_a_run(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [])
    assert load([folder]).trials.empty
    (folder / "trials" / "m1.csv").unlink()
    found = load([folder])
    assert found.trials.empty
    assert len(found.cells) == 2


def test_sessions_of_several_runs_get_numbers_of_their_own(tmp_path: Path) -> None:
    first = a_run(tmp_path / "a", [*TWO, *(line.replace("m1,1,", "m1,2,", 1) for line in TWO)])
    second = a_run(tmp_path / "b", TWO)
    found = load([first, second])
    assert found.trials["session"].tolist() == [1, 1, 2, 2, 3, 3]
    assert found.trials["run"].tolist() == [0, 0, 0, 0, 1, 1]
    assert [run["run"] for run in found.runs] == ["a", "b"]


def test_runs_with_other_values_share_their_categories(tmp_path: Path) -> None:
    first = a_run(tmp_path / "a", TWO)
    second = a_run(tmp_path / "b", [row(python="3.9", block="b2", round_size=1)], ("3.9",))
    found = load([first, second])
    assert found.trials["python"].tolist() == ["3.10", "3.10", "3.9"]
    assert found.trials["block"].tolist() == ["b1", "b1", "b2"]


def test_cells_carry_run_status_and_plain_reason(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "cells.csv"
    path.write_text(path.read_text().replace("planned,", r"unavailable,no\nsuch", 1))
    found = load([folder])
    assert found.cells["reason"].tolist() == ["no\nsuch", ""]
    assert found.cells["run"].tolist() == [0, 0]


# what is refused


def test_a_folder_that_is_not_a_run(tmp_path: Path) -> None:
    assert complaint(tmp_path).startswith("RUN: not a run folder (no run.json)")


def test_no_run_at_all() -> None:
    with pytest.raises(BadInputError, match="no run given"):
        load([])


def test_a_run_given_twice(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    for again in (folder, tmp_path / "a" / ".." / "a"):
        with pytest.raises(BadInputError, match="the same run as"):
            load([folder, again])


def test_a_copy_of_a_run_beside_it(tmp_path: Path) -> None:
    folders = [a_run(tmp_path / name, TWO, run="one") for name in ("a", "b")]
    with pytest.raises(
        BadInputError, match=r"b: the same run as .*a: a run does not replicate itself"
    ):
        load(folders)


def test_a_newer_format(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO, format=99)
    assert complaint(folder).startswith("RUN/run.json: format: is 99, this version")


def test_a_run_json_that_is_none(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "run.json").write_text("{")
    assert complaint(folder).startswith("RUN/run.json: is not JSON")


def test_cells_that_are_missing(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    (folder / "cells.csv").unlink()
    assert complaint(folder).startswith("RUN/cells.csv: No such file")


def test_missing_and_unknown_columns_are_named(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "trials" / "m1.csv"
    path.write_text(path.read_text().replace("seconds,send_seconds", "second,seconds", 1))
    said = "RUN/trials/m1.csv:1: header: lacks: send_seconds; unknown: second"
    assert complaint(folder).startswith(said)


def test_doubled_columns_are_named(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [])
    (folder / "trials" / "m1.csv").write_text(f"{HEADER},seconds\n")
    assert complaint(folder).startswith("RUN/trials/m1.csv:1: header: doubled: seconds")


BAD = [
    ({"round": "1.5"}, "3: round: '1.5' is not a whole number from 1"),
    ({"round": "0"}, "3: round: '0' is not a whole number from 1"),
    ({"control": "2"}, "3: control: '2' is not 0 or 1"),
    ({"seconds": "fast"}, "3: seconds: 'fast' is not a number from 0 to 1e+15"),
    ({"seconds": "-1"}, "3: seconds: '-1' is not a number from 0 to 1e+15"),
    ({"seconds": "inf"}, "3: seconds: 'inf' is not a number from 0 to 1e+15"),
    ({"seconds": ""}, "3: seconds: '' is not what an ok trial has (from 1e-09)"),
    ({"seconds": "1e308"}, "3: seconds: '1e308' is not a number from 0 to 1e+15"),
    ({"seconds": "1e-320"}, "3: seconds: '1e-320' is not what an ok trial has (from 1e-09)"),
    ({"foreign_cpu": "-1e308"}, "3: foreign_cpu: '-1e308' is not a number from -1e+15 to 1e+15"),
    ({"status": "planned"}, "3: status: 'planned' is not one of corrupt, crashed, failed, lost"),
    ({"messages": "0"}, "3: messages: '0' is not what an ok trial has (from 1)"),
    ({"status": "fine"}, "3: status: 'fine' is not one of corrupt, crashed"),
    ({"phase": "rest"}, "3: phase: 'rest' is not one of calibration, measure, warmup"),
    ({"compared_axis": "color"}, "3: compared_axis: 'color' is not one of"),
    ({"per_worker": "1;x"}, "3: per_worker: '1;x' is not whole numbers separated by ;"),
    (
        {"quarter_seconds": "1;2;3"},
        "3: quarter_seconds: '1;2;3' is not four numbers separated by ;",
    ),
    ({"bound_to": "0/=1"}, "3: bound_to: '0/=1' is not numbers of cores separated by + ; /"),
    ({"quarter_seconds": "1;2;3;4.5.6"}, "3: quarter_seconds: '1;2;3;4.5.6' is not four"),
    ({"transport": ""}, "3: transport: '' is not a name"),
    ({"seconds": "1,2"}, f"3: {FIELDS + 1} fields, the header has {FIELDS}"),
    ({"block": "x" * 99, "round": "-"}, "3: round: '-' is not a whole number from 1"),
]


@pytest.mark.parametrize(("changes", "said"), BAD)
def test_bad_values_are_named_with_line_and_column(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], row(trial=2, **changes)])
    assert complaint(folder).startswith(f"RUN/trials/m1.csv:{said}")
    assert complaint(folder).endswith("restore the file from a copy of the run")


def test_a_line_in_the_middle_with_too_few_fields(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [TWO[0], "m1,1,transport", TWO[1]])
    assert complaint(folder).startswith(f"RUN/trials/m1.csv:3: 3 fields, the header has {FIELDS}")


def test_every_line_with_a_field_too_many(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", [f"{line},x" for line in TWO])
    assert complaint(folder).startswith(
        f"RUN/trials/m1.csv:2: {FIELDS + 1} fields, the header has {FIELDS}"
    )


def test_what_is_not_utf8(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "trials" / "m1.csv"
    path.write_bytes(path.read_bytes().replace(b"queue", b"que\xffe"))
    assert "is not UTF-8" in complaint(folder)


def test_a_round_that_is_there_twice(tmp_path: Path) -> None:
    other = [row(round=2), row(round=2, trial=2, transport="queue")]
    folder = a_run(tmp_path / "a", [*TWO, *other, *TWO])
    said = "RUN/trials/m1.csv:6: round: round 1 of b1 (measure, session 1) is in the file"
    assert complaint(folder).startswith(said)


def test_negative_cpu_of_others_is_rounding_and_not_refused(tmp_path: Path) -> None:
    found = load([a_run(tmp_path / "a", [row(foreign_cpu=-0.001), TWO[1]])])
    assert found.trials["foreign_cpu"].iloc[0] == -0.001


def test_the_dataset_is_frozen(tmp_path: Path) -> None:
    found = load([a_run(tmp_path / "a", TWO)])
    assert isinstance(found, Dataset)
    with pytest.raises(AttributeError):
        found.trials = pd.DataFrame()  # type: ignore[misc]
