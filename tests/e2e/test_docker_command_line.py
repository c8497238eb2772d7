"""The command line with `--executor docker`: the whole way to a report, and on after a SIGKILL."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from engines import HERE, PATIENCE

from runner.engine import KIND, Client
from runner.engine.ownership import PID
from tests.forked import forked

pytestmark = [pytest.mark.docker, pytest.mark.machine]

ROOT = Path(__file__).parents[2]
ROUNDS = 30
MATRIX = f"""\
axes:
  python: [found]
  transport: [pipe, queue]
compare:
  axes: {{transport: {{}}}}
  baseline: {{transport: pipe}}
measure:
  target: 10ms
  rounds: {ROUNDS}
  min_rounds: {ROUNDS}
  warmup_rounds: 1
  gate_wait: 0s
  seed: 5
limits: {{memory: 192MiB, shm_size: 32MiB, pids: 64}}
images: {{source: host}}
"""
OWN = """\
plugins: [./my_transports.py]
axes:
  python: ["3.14"]
  transport: [pipe, named_fifo]
  payload: ["./messages.py:order", "./carts.py:cart"]
measure: {target: 5ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s}
executor: docker
limits: {memory: 192MiB, shm_size: 32MiB, pids: 64}
images: {source: debian}
"""


def start(folder: Path, *more: str | Path) -> "subprocess.Popen[str]":
    (folder / "matrix.yaml").write_text(MATRIX)
    only = ("--only", f"python={HERE}")
    asked = (
        "--matrix",
        str(folder / "matrix.yaml"),
        "--executor",
        "docker",
        *only,
        *map(str, more),
    )
    return subprocess.Popen(
        [sys.executable, "-m", "runner", "run", *asked, *map(str, more)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a run that is to succeed, and return what it wrote to stdout."""
    out, errors = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, errors
    return out


def containers_of_process(client: Client, pid: int) -> list[str]:
    """Return the containers, ended ones too, that were made by a process of this machine."""
    listed = client.containers.list(
        all=True,
        ignore_removed=True,
        filters={"label": [f"{KIND}=container", f"{PID}={pid}"]},
    )
    return [str(container.id) for container in listed]


def measured(folder: Path) -> Counter[str]:
    """Return how often each measured round is in the journal, complete."""
    (path,) = (folder / "trials").glob("*.csv")
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["phase"] == "measure"]
    sizes = {f"{row['session']} {row['block']} {row['round']}": row["round_size"] for row in rows}
    trials = Counter(f"{row['session']} {row['block']} {row['round']}" for row in rows)
    assert {key: str(count) for key, count in trials.items()} == sizes
    return trials


def test_a_run_in_containers_ends_in_a_report_that_names_its_images(
    client: Client, tmp_path: Path
) -> None:
    process = start(tmp_path, "--out", tmp_path / "out")

    assert "report.md" in finish(process)

    (folder,) = (tmp_path / "out").iterdir()
    head = json.loads((folder / "run.json").read_text())
    place = head["places"][HERE]
    assert (head["executor"], place["executor"]) == ("docker", "docker")
    assert place["image_digest"] == client.images.get(place["image"]).id
    assert place["image_base_digest"].startswith("sha256:")
    assert place["image_source"] == "host"
    assert place["limit_memory"] == place["memory_bytes"] == str(192 * 1024**2)
    assert len(measured(folder)) == ROUNDS
    assert place["image_digest"] in (folder / "report.html").read_text()
    assert containers_of_process(client, process.pid) == []


def test_a_run_killed_in_its_middle_continues_and_sweeps_what_the_first_left(
    client: Client, tmp_path: Path
) -> None:
    process = start(tmp_path, "--out", tmp_path / "out", "--no-report")
    deadline = time.monotonic() + PATIENCE
    while not any(",measure," in path.read_text() for path in tmp_path.glob("out/*/trials/*.csv")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "nothing was measured"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (folder,) = (tmp_path / "out").iterdir()
    assert len(containers_of_process(client, process.pid)) == 1

    second = start(tmp_path, "--resume", folder, "--no-report")
    finish(second)

    assert containers_of_process(client, process.pid) == []
    assert containers_of_process(client, second.pid) == []
    rounds = measured(folder)
    assert len(rounds) == ROUNDS
    assert {key.split()[0] for key in rounds} == {"1", "2"}


def test_ones_own_payload_and_transport_run_in_a_container_of_3_14_and_are_reported(
    client: Client, tmp_path: Path
) -> None:
    """The files are those that docs/your-own-code.md shows."""
    shown = (ROOT / "docs" / "your-own-code.md").read_text("utf-8")
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", shown, flags=re.DOTALL):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "matrix.yaml").write_text(OWN)
    done = forked("run", "-q", "--json", "--no-report", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = tmp_path / json.loads(done.stdout)["run"]
    done = forked("report", run, "--no-pictures", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statuses"] == {"ok": 4}
    report = run / "report.md"
    assert "named FIFO" in report.read_text("utf-8")
    page = report.with_suffix(".html").read_text("utf-8")
    assert "named FIFO" in page
    assert "messages.py:order" in page
    assert "carts.py:cart" in page  # which imports prices.py
    place = json.loads((run / "run.json").read_text())["places"]["3.14"]
    assert place["image_source"] == "debian"
    client.images.remove(place["image"])
