"""A site's old history is text from outside: checked, bounded, never followed through a link."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.history import LARGEST, RUNS, SUMMARY, KeptRatio, read_kept
from tests.kept_runs import changed, put, ratio, run, write

ONE = run(1, [ratio(0.8)])
RATIO = ONE.ratios[0].model_dump(mode="json")


def test_what_was_kept_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    runs = [run(week, [ratio(0.8, rate=1e5)]) for week in range(3)]
    put(tmp_path, list(reversed(runs)))
    assert read_kept(tmp_path) == (runs, [])


def test_a_folder_without_runs_is_an_empty_site(tmp_path: Path) -> None:
    assert read_kept(tmp_path / "new") == ([], [])


def test_what_a_later_version_adds_is_read_by_nobody(tmp_path: Path) -> None:
    write(tmp_path, ONE.run, json.dumps(changed(ONE, weather="fine")))
    assert read_kept(tmp_path)[0] == [ONE]


def test_a_folder_that_is_not_a_run_is_said_and_left_out(tmp_path: Path) -> None:
    put(tmp_path, [ONE])
    (tmp_path / RUNS / "assets").mkdir()
    (tmp_path / RUNS / "bad name").mkdir()
    kept, said = read_kept(tmp_path)
    assert kept == [ONE]
    assert len(said) == 2
    assert "assets: not a published run (no summary.json): left out" in said[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "JSON"),
        ("[]", "object"),
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        (json.dumps(changed(ONE, format=2)), "format: this version of ipcmatrix reads 1"),
        (json.dumps(changed(ONE, run="../../etc")), r"run: String should match"),
        (json.dumps(changed(ONE, run="another")), "run: is another run's id"),
        (json.dumps(changed(ONE, time="yesterday")), r"time: String should match"),
        (json.dumps(changed(ONE, margin=float("nan"))), "margin"),
        (json.dumps(changed(ONE, headlines=["x" * 3000])), r"headlines\.0: String should have"),
        (json.dumps(changed(ONE, ratios=[{**RATIO, "ratio": 0}])), r"ratios\.0\.ratio"),
        (json.dumps(changed(ONE, ratios=[{**RATIO, "ratio": -1.5}])), r"ratios\.0\.ratio"),
        (json.dumps(changed(ONE, ratios=[{**RATIO, "low": "0.5"}])), r"ratios\.0\.low"),
        (json.dumps(changed(ONE, ratios=[{**RATIO, "rounds": True}])), r"ratios\.0\.rounds"),
        (json.dumps(changed(ONE, ratios=[{**RATIO, "workers": 10**30}])), r"ratios\.0\.workers"),
        (json.dumps(changed(ONE, ratios=[{}])), r"ratios\.0\.machine: Field required"),
        (json.dumps(changed(ONE)) + " " * LARGEST, "is larger than any summary"),
        ("\xff\x00", "JSON"),
    ],
)
def test_a_damaged_summary_is_refused_with_its_place_and_what_to_do(
    tmp_path: Path, content: str, told: str
) -> None:
    path = write(tmp_path, ONE.run, content)
    with pytest.raises(BadInputError, match=told) as caught:
        read_kept(tmp_path)
    assert str(path) in str(caught.value)
    assert "remove the run's folder" in str(caught.value) or "use a newer" in str(caught.value)
    assert len(str(caught.value)) < 1000


def as_link(path: Path) -> None:
    moved = path.with_name("elsewhere.json")
    path.rename(moved)
    path.symlink_to(moved)


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def in_a_linked_folder(path: Path) -> None:
    moved = path.parent.rename(path.parents[2] / "elsewhere")
    path.parent.symlink_to(moved)


@pytest.mark.parametrize("damage", [as_link, as_pipe, as_folder, in_a_linked_folder])
def test_nothing_but_a_regular_file_is_read(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(write(tmp_path, ONE.run, ONE.model_dump_json()))
    with pytest.raises(BadInputError, match=r"is a (link|pipe|directory), not a"):
        read_kept(tmp_path)


def test_a_site_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / RUNS).write_text("")
    with pytest.raises(BadInputError, match="name the folder of a site"):
        read_kept(tmp_path)


def test_a_ratio_holds_every_axis() -> None:
    assert {"python", "transport", "payload", "topology"} < set(KeptRatio.model_fields)
    assert SUMMARY == "summary.json"
