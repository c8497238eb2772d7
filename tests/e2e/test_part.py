"""The process that measures a part: whoever reads it or not, its spool has what it measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest

from runner.machine.lock import machine_lock
from runner.model.parts import PartRequest
from runner.runfolder.copies import ledger_of, whole_rounds
from runner.runfolder.folder import read_folder
from runner.shipped import COMMAND
from tests.machines import MATRIX, NEWEST, waited
from tests.small_runs import few_interpreters

pytestmark = [pytest.mark.machine, pytest.mark.timeout(200)]


def request(spool: Path, rounds: int, **more: Any) -> bytes:
    text = MATRIX.replace("ROUNDS", str(rounds))
    given: dict[str, Any] = {"run": "r1", "machine": "h1", "source": "matrix.yaml", "profile": ""}
    given |= {"flags": {"only": [f"python={NEWEST}"]}, "ask": "measure", "spool": str(spool)}
    return PartRequest(text=text, **(given | more)).encoded().encode() + b"\n"


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Any]:
    started: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, **few_interpreters(tmp_path / "home")}

    def begin(asked: bytes) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-P", COMMAND, "part"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environment,
        )
        started.append(child)
        assert child.stdin is not None
        child.stdin.write(asked)
        child.stdin.flush()
        return child

    yield begin
    for child in started:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            pipe.close()


def read(pipe: IO[bytes] | None) -> list[Any]:
    assert pipe is not None
    return [json.loads(line) for line in pipe.read().splitlines()]


def rounds(spool: Path) -> int:
    try:
        data = (spool / "r1.h1" / "trials" / "h1.csv").read_bytes()
    except OSError:
        return 0
    return ledger_of(whole_rounds(data)).count


def test_rounds_come_out_as_the_spool_has_them_and_a_second_part_is_refused(
    tmp_path: Path, begun: Any
) -> None:
    child = begun(request(tmp_path, 100_000))
    reading = ThreadPoolExecutor(1).submit(read, child.stdout)  # or the pipe would be full
    waited(lambda: rounds(tmp_path))
    second = begun(request(tmp_path / "other", 30))
    (refusal,) = read(second.stdout)
    assert (refusal["kind"], refusal["code"], second.wait(10)) == ("error", 3, 3)
    assert (
        f"another run of ipcmatrix measures on this machine (pid {child.pid}" in refusal["lines"][0]
    )
    child.stdin.write(b"stop\n")
    child.stdin.flush()
    lines = reading.result(90)
    assert child.wait(10) == 0
    kinds = [one["kind"] for one in lines if one["kind"] not in ("round", "heard")]
    assert kinds == ["begin", "begin", "end"], "again once run.json lists the session"
    listed: set[int] = set()
    for line in lines:
        if line["kind"] == "begin":
            listed = {one["session"] for one in json.loads(line["run"]).get("sessions", ())}
        assert line["kind"] != "round" or line["key"][0] in listed
    folder = read_folder(tmp_path / "r1.h1")
    rows = "".join(one["rows"] for one in lines if one["kind"] == "round")
    header = folder.trials[0].path.read_text().partition("\n")[0]
    assert folder.trials[0].path.read_text() == f"{header}\n{rows}"
    assert json.loads(lines[-1]["run"])["run"] == "r1.h1"
    assert lines[-1]["ending"] == "interrupted"


def test_a_reader_that_stops_holds_nothing_up_and_one_that_leaves_ends_it(
    tmp_path: Path, begun: Any
) -> None:
    child = begun(request(tmp_path, 100_000))
    # A pipe holds 64 KiB, some 40 rounds: far more are measured, though nobody reads them.
    waited(lambda: rounds(tmp_path) > 70, 90)
    child.stdin.close()
    began = time.monotonic()
    child.wait(20)
    assert time.monotonic() - began < 12, "5 s for the reader, and the trials under way"
    with machine_lock():  # it is free
        pass
    assert not read_folder(tmp_path / "r1.h1").said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"ask": "measure"', b'"ask": "dance"', "ask: Input should be 'plan' or 'measure'"),
        (b'"protocol": 1', b'"protocol": 2', "protocol: Input should be 1"),
        (b'"ask"', b'"\xff"', "another version"),
        (b"{", b"", "another version"),
    ],
)
def test_a_request_of_another_version_is_refused(
    tmp_path: Path, begun: Any, old: bytes, new: bytes, said: str
) -> None:
    child = begun(request(tmp_path, 1).replace(old, new, 1))
    (refusal,) = read(child.stdout)
    assert (refusal["code"], child.wait(10)) == (2, 2)
    assert said in refusal["lines"][0]
    assert "use one version everywhere" in refusal["lines"][0]


def test_blocks_that_a_machine_has_lost_are_refused_before_anything_is_written(
    tmp_path: Path, begun: Any
) -> None:
    child = begun(request(tmp_path / "spool", 1, blocks=["transport-9.9 gone"]))
    (refusal,) = read(child.stdout)
    assert (refusal["code"], child.wait(30)) == (3, 3)
    assert "transport-9.9 gone cannot be measured here any more" in refusal["lines"][0]
    assert not (tmp_path / "spool").exists()


def test_a_spool_that_cannot_be_written_is_refused(tmp_path: Path, begun: Any) -> None:
    (tmp_path / "spool").write_text("a file\n")
    child = begun(request(tmp_path / "spool", 1))
    (refusal,) = read(child.stdout)
    assert (refusal["code"], child.wait(30)) == (3, 3)
    assert "spool" in refusal["lines"][0]
    assert "Not a directory" in refusal["lines"][0] or "File exists" in refusal["lines"][0]
