"""A matrix spread over shards, as jobs do: planned, measured one by one, merged, reported."""

import json
from pathlib import Path

import pytest
from test_command_line import NEWEST, SMALL, ipcmatrix

pytestmark = pytest.mark.machine

PAYLOADS = SMALL.replace("queue]\n", "queue]\n  payload: [int, 'str:100']\n").replace("8", "4")


def test_shards_are_measured_merged_and_reported_as_one_run(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(PAYLOADS)
    given = ("--matrix", matrix, "--only", f"python={NEWEST}")
    plan = json.loads(ipcmatrix("plan", *given, "--shards", "3", "--json").stdout)
    assert [one["number"] for one in plan["shards"]] == [1, 2], "two groups, no empty shard"
    on_two = tmp_path / "cluster.yaml"
    on_two.write_text(f"{PAYLOADS}cluster: {{machines: 2}}\n")
    said = ipcmatrix("plan", "--matrix", on_two, *given[2:]).stdout
    assert "on a cluster of 2 machines: replicate " in said
    assert ", shard " in said
    measured = []
    more = ("--machine", "boot", "--no-report", "--out", tmp_path / "out", "--json")
    for shard in (("--shard", "1/3"), ("--shard-index", "1", "--shards", "3")):
        finished = ipcmatrix("run", *given, *shard, *more, "--resume-or-begin")
        assert finished.returncode == 0, finished.stderr
        measured.append(Path(json.loads(finished.stdout)["run"]))
    heads = [json.loads((folder / "run.json").read_text()) for folder in measured]
    assert [head["shard"]["number"] for head in heads] == [1, 2]
    assert {head["shard"]["plan"] for head in heads} == {plan["plan"]}
    empty = ipcmatrix("run", *given, "--shard", "3/3", "--out", tmp_path / "out")
    assert (empty.returncode, "no block" in empty.stderr) == (0, True)

    # Tried again, a job goes on with what it has: here nothing is left to do.
    before = (measured[0] / "trials" / f"{heads[0]['machine']}.csv").read_bytes()
    again = ipcmatrix("run", *given, "--shard", "1/3", *more, "--resume-or-begin")
    assert (again.returncode, json.loads(again.stdout)["run"]) == (0, str(measured[0]))
    assert (measured[0] / "trials" / f"{heads[0]['machine']}.csv").read_bytes() == before
    other = ipcmatrix("run", *given, "--shard", "2/3", "--resume", measured[0])
    assert (other.returncode, "the run is of shard 1/3" in other.stderr) == (2, True)

    merged = tmp_path / "merged"
    finished = ipcmatrix("merge", *measured, "--out", merged, "--require-all")
    assert finished.returncode == 0, finished.stderr
    finished = ipcmatrix("report", merged, "--out", tmp_path / "site", "--no-pictures")
    assert finished.returncode == 0, finished.stderr
    assert "all 4 combinations measured" in finished.stdout
