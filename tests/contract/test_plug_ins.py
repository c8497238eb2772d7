"""To add a transport is one file and one line in a table, and nothing of the orchestrator."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.executors.local import HARNESS

FILE = '''
"""A list in a pipe: a transport that a test adds."""

from __future__ import absolute_import

from transports import pipe_simplex

SUMMARY = "a transport that a test adds"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None

supported = pipe_simplex.supported
open = pipe_simplex.open
sender = pipe_simplex.sender
receiver = pipe_simplex.receiver
close = pipe_simplex.close
facts = pipe_simplex.facts
helper_usage = pipe_simplex.helper_usage
'''


@pytest.fixture
def harness(tmp_path: Path) -> Path:
    copied = tmp_path / "harness"
    shutil.copytree(HARNESS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "transports" / "carrier_pigeon.py").write_text(FILE)
    table = copied / "transports" / "__init__.py"
    text = table.read_text()
    line = '    "os_pipe",\n'
    assert text.count(line) == 1
    table.write_text(text.replace(line, '    "carrier_pigeon",\n' + line))
    return copied


def run(harness: Path, *arguments: str) -> str:
    command = [sys.executable, "-B", str(harness), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_new_transport_is_described_and_measured(harness: Path) -> None:
    described = json.loads(run(harness, "describe"))
    assert described["transports"]["carrier_pigeon"] == ""
    for topology in ("one_to_one", "fan_out", "fan_in", "request_reply", "scatter_gather"):
        asked = {"transport": "carrier_pigeon", "topology": topology, "messages": 100}
        record = json.loads(run(harness, "trial", json.dumps(asked)))
        assert record["status"] == "ok", record["detail"]
        assert record["messages"] == 100


def test_every_transport_says_all_that_its_table_asks_for() -> None:
    code = (
        "import json, transports\n"
        "names = 'SUMMARY SHARED DUPLEX LAUNCH PAYLOADS TOPOLOGIES supported open sender receiver "
        "close facts helper_usage'.split()\n"
        "print(json.dumps({n: [a for a in names if not hasattr(transports.load(n), a)] "
        "for n in transports.NAMES}))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=HARNESS, capture_output=True, text=True, check=True
    )
    lacking = json.loads(finished.stdout)
    assert lacking
    assert all(not names for names in lacking.values()), lacking
