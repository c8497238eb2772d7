"""The verb `compare` on run folders: what it names, notes and refuses."""

import json
import shutil
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.pipeline.compare import compare

RUNS = Path(__file__).parents[1] / "data" / "aa"


def compared(*sides: str | Path, by: str | None = None, style: str = "md") -> int:
    return compare(sides=list(map(str, sides)), axis=None, by=by, fail_on=None, style=style)


def test_a_run_that_is_the_current_folder_has_its_folders_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(RUNS / "first")
    assert compared(".", "../second/../second") == 0
    assert capsys.readouterr().out.startswith("## What changed from first to second\n")


def test_cells_that_no_group_holds_reach_the_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(RUNS / "second", tmp_path / "other")
    head = json.loads((other / "run.json").read_text(encoding="utf-8"))
    head["measure"]["target"] = 0.5
    (other / "run.json").write_text(json.dumps(head), encoding="utf-8")
    assert compared(RUNS / "first", other, by="python") == 0
    said = capsys.readouterr().out
    assert "There is no group python 3.11, for all its 2 cells are left out: invalid." in said
    assert compared(RUNS / "first", other, by="python", style="json") == 0
    assert json.loads(capsys.readouterr().out)["ungrouped"] == [
        {"by": "python", "value": "3.11", "cells": 2, "of": 2, "reasons": "invalid"}
    ]


@pytest.mark.parametrize("sides", [(), ("a",), ("a", "b", "c")])
def test_anything_but_two_runs_is_refused(sides: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match="takes two run folders"):
        compared(*sides)
