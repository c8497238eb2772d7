"""Trials of older and newer files: which columns may be missing, and what stands for them."""

from pathlib import Path

from run_folders import COUNTED, TWO, a_run, complaint, row
from runner.runfolder import columns
from runner.runfolder.dataset import load


def test_columns_that_an_older_file_lacks_are_unknown(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "trials" / "m1.csv"
    header, *lines = (line.split(",") for line in path.read_text().splitlines())
    kept = [place for place, column in enumerate(columns.TRIALS) if not column.added]
    written = [",".join(line[place] for place in kept) for line in (header, *lines)]
    path.write_text("\n".join(written) + "\n")
    trials = load([folder]).trials
    assert list(trials.columns) == [*columns.names(columns.TRIALS), "run"]
    assert trials["seconds"].tolist() == [0.08, 0.1]
    added = {column.name for column in columns.TRIALS if column.added}
    conditions = ["foreign_cpu_during", "steal", "pressure", "pressure_idle", *COUNTED]
    assert added >= set(conditions)
    assert trials[conditions].isna().all(axis=None)


def test_older_and_newer_files_are_read_together(tmp_path: Path) -> None:
    quarters = "0.02;0.04;0.06;0.08"
    older = a_run(tmp_path / "a", TWO, run="one")
    newer = a_run(tmp_path / "b", [row(quarter_seconds=quarters), TWO[1]], run="two")
    path = older / "trials" / "m1.csv"
    header, *lines = (line.split(",") for line in path.read_text().splitlines())
    kept = [place for place, name in enumerate(header) if name != "quarter_seconds"]
    written = [",".join(line[place] for place in kept) for line in (header, *lines)]
    path.write_text("\n".join(written) + "\n")
    assert load([older]).trials["quarter_seconds"].tolist() == ["", ""]
    both = load([older, newer]).trials["quarter_seconds"]
    assert both.tolist() == ["", "", quarters, ""]


def test_columns_of_the_first_format_must_be_there(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", TWO)
    path = folder / "trials" / "m1.csv"
    path.write_text(path.read_text().replace("foreign_cpu,", "", 1))
    assert complaint(folder).startswith("RUN/trials/m1.csv:1: header: lacks: foreign_cpu: restore")
