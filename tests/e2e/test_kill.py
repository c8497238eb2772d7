"""Killed at any moment: no complete round is lost, none is doubled, and no process is left."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from runner.executors.local import MARK
from runner.process import marked
from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine

KILLS = 3
"""More are the campaign's (tests/faults); here every block is seen to get all its rounds."""
ROUNDS = 40
PATIENCE = 10.0
MATRIX = f"""\
axes:
  python: [found]
  transport: [pipe, queue, simple_queue]
compare:
  axes: {{transport: {{}}}}
measure:
  target: 5ms
  rounds: {ROUNDS}
  min_rounds: {ROUNDS}
  warmup_rounds: 1
  gate_wait: 0s
  seed: 7
"""


def command(tmp_path: Path, *more: str) -> list[str]:
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    newest = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return [
        sys.executable,
        "-m",
        "runner",
        "run",
        "--matrix",
        str(tmp_path / "matrix.yaml"),
        "--only",
        f"python={newest}",
        "--no-report",
        "--quiet",
        *more,
    ]


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, **few_interpreters(tmp_path / "home")}


def complete_rounds(folder: Path) -> Counter[tuple[str, ...]]:
    """Return how often each round stands whole in the journal."""
    (path,) = (folder / "trials").glob("*.csv")
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("detail") is not None]
    sizes = Counter((r["session"], r["block"], r["phase"], r["round"]) for r in rows)
    wanted = {(r["session"], r["block"], r["phase"], r["round"]): r["round_size"] for r in rows}
    return Counter({key: 1 for key, size in sizes.items() if size == int(wanted[key])})


def gone_within(seconds: float, pid: int) -> frozenset[int]:
    """Return the living processes that agents of a run have left, once there is none or in time."""
    end = time.monotonic() + seconds
    while (left := marked(f"{MARK}={pid:08}-")) and time.monotonic() < end:
        time.sleep(0.05)
    return left


@pytest.mark.timeout(900)
def test_sigkill_at_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(20121)
    kills = 0
    series = 0
    while kills < KILLS:
        out = tmp_path / f"out{series}"
        series += 1
        folder: Path | None = None
        kept: Counter[tuple[str, ...]] = Counter()
        while True:
            more = ["--out", str(out)] if folder is None else ["--resume", str(folder)]
            process = subprocess.Popen(
                command(tmp_path, *more),
                env=environment(tmp_path),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            # At last it may take its time: where the machine is busy a start alone takes long.
            patience = chance.uniform(1.0, 4.5) if kills < KILLS else None
            try:
                _, errors = process.communicate(timeout=patience)
                assert process.returncode == 0, errors.decode()
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
            assert not gone_within(PATIENCE, process.pid)
            runs = [one.parent for one in out.glob("*/run.json")]
            if runs:
                (folder,) = runs
                now = complete_rounds(folder)
                assert not kept - now, "a complete round was lost"
                kept = now
        (folder,) = (one.parent for one in out.glob("*/run.json"))
        done = complete_rounds(folder)
        assert not kept - done
        measured = Counter(block for _, block, phase, _ in done if phase == "measure")
        assert set(measured.values()) == {ROUNDS}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_with_130_and_keeps_what_was_measured(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--out", str(tmp_path / "out")),
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until and not any(
        complete_rounds(one.parent.parent) for one in (tmp_path / "out").glob("*/trials/*.csv")
    ):
        time.sleep(0.1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors
    (folder,) = (one.parent for one in (tmp_path / "out").glob("*/run.json"))
    assert complete_rounds(folder)
    assert not gone_within(PATIENCE, process.pid)
