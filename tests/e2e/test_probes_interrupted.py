"""Ctrl-C while the probes are asked: the answers so far are kept, and the exit code says it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine


ROOT = Path(__file__).parents[2]
MATRIX = """\
study: pipe_vs_queue
axes:
  python: [found]
  transport: [pipe, queue]
compare:
  axes: {transport: {}}
measure: {target: 5ms, rounds: 8, min_rounds: 8, warmup_rounds: 1, gate_wait: 0s, seed: 3}
"""
HEAD_AND_AN_ANSWER = 2
PATIENCE = 120.0


def lines_of(out: Path) -> list[str]:
    """Return the lines of the one run's probes.csv, none before it is there."""
    return [line for path in out.glob("*/probes.csv") for line in path.read_text().splitlines()]


def started(tmp_path: Path) -> "subprocess.Popen[str]":
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    newest = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = [sys.executable, "-m", "runner", "run", "--matrix", str(tmp_path / "matrix.yaml")]
    command += ["--only", f"python={newest}", "--out", str(tmp_path / "out"), "--no-report"]
    environment = {**os.environ, **few_interpreters(tmp_path / "home")}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment,
    )


def test_an_interrupt_during_the_probes_keeps_the_answers_and_exits_130(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        end = time.monotonic() + PATIENCE
        while len(lines_of(tmp_path / "out")) < HEAD_AND_AN_ANSWER and run.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        told, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130, told
    assert "Traceback" not in told
    (folder,) = (tmp_path / "out").iterdir()
    asked = len(lines_of(tmp_path / "out")) - 1
    assert "questions about semantics" in told
    whole = int(told.partition(" questions about semantics")[0].rpartition(" ")[2])
    assert 1 <= asked < whole
    head = json.loads((folder / "run.json").read_text())
    assert [one["ending"] for one in head["starts"]] == ["done"]
