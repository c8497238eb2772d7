"""Parts of a run in one folder: what is merged, what is refused, and that nothing is changed."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from run_folders import HEAD, TWO, a_run, row
from runner.errors import BadInputError
from runner.pipeline.merging import merge
from runner.pipeline.report import findings_of
from runner.runfolder.dataset import load

SHARD = {"number": 1, "of": 3, "filled": 2, "plan": "0123456789ab"}
OTHER = [
    row(block="b2", payload="str:10", started="2026-01-01T00:00:09Z"),
    row(block="b2", payload="str:10", started="2026-01-01T00:00:09Z", trial=2, transport="queue"),
]

NEXT = [row(round=2), row(round=2, trial=2, transport="queue", seconds=0.1)]


def begin(boot: str) -> list[dict[str, Any]]:
    before = {"at": "2026-01-01T00:00:00Z", "boot": boot}
    return [{"session": 1, "machine": "m1", "before": before, "rounds": {}}]


@pytest.fixture
def both(tmp_path: Path) -> list[Path]:
    """Two shards of one plan, the second's cells planned as the first's."""
    first = a_run(tmp_path / "r1", TWO, shard=SHARD)
    second = a_run(tmp_path / "r2", OTHER, shard={**SHARD, "number": 2})
    for folder in (first, second):
        text = (folder / "cells.csv").read_text()
        more = text.partition("\n")[2].replace("int,", "str:10,")
        (folder / "cells.csv").write_text(text + more)
    return [first, second]


def change(folder: Path, **head: object) -> None:
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **head}))


def merged(runs: list[Path], out: Path, require_all: bool = False) -> Path:
    assert merge(runs=runs, out=out, require_all=require_all, as_json=False) == 0
    return out


def files(folder: Path) -> Mapping[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_merged_run_is_read_as_its_parts_are(both: list[Path], tmp_path: Path) -> None:
    out = merged(both, tmp_path / "out")
    found, wanted = load([out]), load(both)
    assert found.trials.equals(wanted.trials)
    assert found.cells.equals(wanted.cells)
    assert found.runs == wanted.runs
    assert findings_of([out]) == findings_of(both)
    assert findings_of([out]).statuses == {"ok": 4}


def test_merging_again_changes_no_byte(both: list[Path], tmp_path: Path) -> None:
    out = merged(both, tmp_path / "out")
    before = files(out)
    assert files(merged([out], tmp_path / "again")) == before
    assert files(merged([out], out)) == before
    assert files(merged(both, out)) == before
    assert before["parts/r1/trials/m1.csv"] == (both[0] / "trials" / "m1.csv").read_bytes()


def test_more_shards_can_be_merged_later(
    both: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = merged(both[:1], tmp_path / "out")
    assert "1 shard missing: 2" in capsys.readouterr().out
    with pytest.raises(BadInputError, match=r"missing: 2 \(--require-all\)"):
        merged(both[:1], tmp_path / "other", require_all=True)
    assert not (tmp_path / "other").exists()
    merged(both[1:], out, require_all=True)
    assert "missing" not in capsys.readouterr().out
    assert len(load([out]).runs) == 2


def test_a_shard_that_another_machine_began_again_is_left_out(
    both: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(both[1], shard={**SHARD, "number": 1, "replaces": ["r1"]})
    out = merged(both, tmp_path / "out")
    assert [path.name for path in (out / "parts").iterdir()] == ["r2"]
    assert "r1, which" in capsys.readouterr().err


def test_a_shard_that_was_merged_before_it_was_restarted_is_not_left_beside_the_other(
    both: list[Path], tmp_path: Path
) -> None:
    out = merged(both[:1], tmp_path / "out")
    change(both[1], shard={**SHARD, "number": 1, "replaces": ["r1"]})
    before = files(out)
    for given in (both, both[1:]):
        with pytest.raises(BadInputError, match=r"out/parts/r1: .*/r2 restarted it"):
            merged(given, out)
    assert files(out) == before


def test_an_older_copy_of_a_part_does_not_take_the_place_of_a_newer_one(
    both: list[Path], tmp_path: Path
) -> None:
    shutil.copytree(both[0], tmp_path / "backup" / "r1")
    with (both[0] / "trials" / "m1.csv").open("a") as file:
        file.writelines(f"{line}\n" for line in NEXT)
    out = merged(both, tmp_path / "out")
    before = files(out)
    with pytest.raises(BadInputError, match=r"r1: lacks 1 round that .*out/parts/r1 has"):
        merged([tmp_path / "backup" / "r1"], out)
    assert files(out) == before
    assert files(merged([tmp_path / "backup" / "r1"], tmp_path / "old")) != before
    assert files(merged(both, tmp_path / "old")) == before, "a newer one does"


def test_parts_of_two_runs_keep_apart_what_one_machine_measured(tmp_path: Path) -> None:
    """Each has a part h1; a copy of its spool has the name of its run."""
    for number, name in enumerate(("a", "b")):
        at = f"2026-01-01T00:0{number}:00Z"
        moved = [row(started=at), row(started=at, trial=2, transport="queue", seconds=0.1)]
        a_run(tmp_path / name / "parts" / "h1", moved, run=f"{name}.h1")
    out = merged([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert [path.name for path in sorted((out / "parts").iterdir())] == ["b.h1", "h1"]
    before = files(out)
    shutil.copytree(tmp_path / "a" / "parts" / "h1", tmp_path / "spool" / "a.h1")
    assert files(merged([tmp_path / "spool" / "a.h1"], out)) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shard": SHARD}, "shard 1 is given twice"),
        ({"shard": {**SHARD, "number": 2, "of": 4}}, "shards of 3 and of 4"),
        ({"shard": None}, "r2 is not a shard"),
        ({"harness": "ff"}, "not the same harness"),
        ({"executor": "docker"}, "not the same executor"),
        ({"matrix": {**dict(HEAD["matrix"]), "sha256": "1"}}, "not the same matrix"),  # type: ignore[call-overload]
        ({"matrix": {**dict(HEAD["matrix"]), "profile": "x"}}, "not the same profile"),  # type: ignore[call-overload]
        ({"matrix": {**dict(HEAD["matrix"]), "only": {"python": ["3"]}}}, "not the same --only"),  # type: ignore[call-overload]
        ({"run": "r1"}, "the same part as"),
        ({"run": "../r"}, "cannot name a folder"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    both: list[Path], tmp_path: Path, changes: Mapping[str, object], said: str
) -> None:
    change(both[1], **changes)
    with pytest.raises(BadInputError, match=said):
        merged(both, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_of_plans_that_differ_the_first_block_is_named(both: list[Path], tmp_path: Path) -> None:
    change(both[1], shard={**SHARD, "number": 2, "plan": "ba9876543210"})
    path = both[0] / "cells.csv"
    lines = path.read_text().splitlines()
    lines[-1] = lines[-1].replace("planned,", "unavailable,no such interpreter")
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInputError, match=r"3\.10 pipe .*is unavailable in shard 1 .*no such"):
        merged(both, tmp_path / "out")


def test_a_round_that_two_parts_hold_is_refused_with_both_places(tmp_path: Path) -> None:
    first, second = (a_run(tmp_path / name, TWO) for name in ("r1", "r2"))
    with pytest.raises(BadInputError, match=r"r2/trials/m1.csv:2: round 1 of b1 is also in .*:2"):
        merged([first, second], tmp_path / "out")


def test_one_name_for_two_machines_is_refused(both: list[Path], tmp_path: Path) -> None:
    """Clones of an image share an id; two kernels that ran at one time are two machines."""
    late = [line.replace("00:00:09", "00:00:00") for line in OTHER]
    lines = (both[1] / "trials" / "m1.csv").read_text().splitlines()[:1]
    (both[1] / "trials" / "m1.csv").write_text("\n".join([*lines, *late]) + "\n")
    for folder, boot in zip(both, ("aa", "bb"), strict=True):
        change(folder, sessions=begin(boot))
    with pytest.raises(BadInputError, match=r"m1 is the id of two machines.*--machine boot"):
        merged(both, tmp_path / "out")
    change(both[1], sessions=begin("aa"))
    merged(both, tmp_path / "out")


def test_damage_and_links_are_refused(both: list[Path], tmp_path: Path) -> None:
    out = merged(both, tmp_path / "out")
    shutil.move(out / "parts" / "r1", tmp_path / "moved")
    (out / "parts" / "r1").symlink_to(tmp_path / "moved")
    with pytest.raises(BadInputError, match="is not a part"):
        load([out])
    with pytest.raises(BadInputError, match="is not a part"):
        merged([out], tmp_path / "again")
    (both[0] / "trials" / "m1.csv").write_text("machine\n")
    with pytest.raises(BadInputError, match=r"m1.csv:1: header"):
        merged(both, tmp_path / "other")


def test_a_run_of_one_machine_is_not_a_place_for_others(both: list[Path]) -> None:
    with pytest.raises(BadInputError, match="holds a run of one machine"):
        merged(both[:1], both[1])
