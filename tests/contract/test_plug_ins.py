"""A transport, payload, topology, section and study: each is one file, and one line in a table."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.machine import interpreters
from runner.shipped import HARNESS

pytestmark = pytest.mark.machine

RUNNER = HARNESS.parent
TRANSPORT = """\
from __future__ import absolute_import

from transports import pipe_simplex

LABEL = "Carrier pigeon"
ROLE = "objects"
SUMMARY = "a transport that a test adds"
SHARED = True
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
"""
PAYLOAD = """\
from __future__ import absolute_import

from payloads.base import Payload, bytes_count

SUMMARY = "a payload that a test adds"
PARAMETER = "barbs"
ITEM_BYTES = 1000


class Feather(Payload):
    def __init__(self, barbs):
        self.barbs = barbs
        Payload.__init__(self)

    def numbered(self, number):
        return (self.barbs, number)


def supported():
    return ""


def build(parameter):
    return Feather(bytes_count("feather", parameter, 1))
"""
TOPOLOGY = """\
from __future__ import absolute_import

from topologies.one_to_one import (
    MOST_WORKERS, NEEDS_POLL, check_produce, check_work, layout, produce, work
)

SUMMARY = "a topology that a test adds"
PARAMETER = ""
"""
SECTION = """\
from runner.report.document import Section

def flock(view):
    names = ", ".join(view.name("transport", one) for one in view.transports)
    return Section("flock", "The flock", [f"All that fly: {names}."])
"""
STUDY = """\
from runner.report.document import Section
from runner.report.sections import Addition

PROBES = ("default_start_method",)
TABLES = {}

def report(findings, probes):
    answers = ", ".join(f"{one.probe}: {one.answer}" for one in probes)
    return Addition([lambda view: Section("nest", "The nest", [f"Asked at the nest: {answers}."])])
"""
MATRIX = """\
study: nest
axes:
  python: [found]
  transport: [queue, pipe, carrier_pigeon]
  payload: ["feather:3", int]
  topology: [relay, one_to_one]
measure: {target: 2ms, rounds: 6, min_rounds: 6, warmup_rounds: 0, gate_wait: 0s}
"""


def add(tree: Path, file: str, text: str, before: str) -> None:
    """Put a file beside a table, and its name into the table before another one's."""
    path = tree / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path = path.parent if path.stem == "__init__" else path
    table = path.parent / "__init__.py"
    lines = table.read_text("utf-8")
    assert lines.count(f'"{before}"') == 1
    table.write_text(lines.replace(f'"{before}"', f'"{path.stem}", "{before}"'), "utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with one of each added."""
    folder = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__")
    copied = shutil.copytree(RUNNER, folder / "runner", ignore=ignored)
    add(copied, "harness/transports/carrier_pigeon.py", TRANSPORT, "pipe")
    add(copied, "harness/payloads/feather.py", PAYLOAD, "str")
    add(copied, "harness/topologies/relay.py", TOPOLOGY, "fan_out")
    add(copied, "report/sections/flock.py", SECTION, "workers")
    add(copied, "studies/nest/__init__.py", STUDY, "pipe_vs_queue")
    return folder


def test_one_of_each_is_measured_and_is_in_its_place_in_the_report(tree: Path) -> None:
    (tree / "matrix.yaml").write_text(MATRIX)
    newest = ".".join(map(str, sys.version_info[:2]))
    program = [sys.executable, "-m", "runner"]
    measured = subprocess.run(
        [*program, "run", "--no-report", "--only", f"python={newest}", "--out", "out"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert measured.returncode == 0, measured.stderr
    (run,) = tree.glob("out/*")
    command = [*program, "report", "--no-pictures", str(run)]
    reported = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert reported.returncode == 0, reported.stderr

    paper, page = ((run / name).read_text("utf-8") for name in ("report.md", "report.html"))
    for text in (paper, page):
        assert "All that fly: Carrier pigeon, Pipe, Queue." in text
        assert re.search(r"Asked at the nest: default\\?_start\\?_method: (yes|no)\.", text)
        assert "The published table" not in text, "that of another study"
    assert paper.index("## Transports by Python") < paper.index("## The flock")
    assert paper.index("## The flock") < paper.index("## Message sizes")
    assert paper.index("## The nest") < paper.index("## How far to trust it")
    with (run / "tables" / "cells.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [row["status"] for row in cells] == ["ok"] * 12

    shown = run / "tables" / "shown"
    contexts = [json.loads(path.read_text()) for path in sorted(shown.glob("ratios-c*.json"))]
    assert len(contexts) == 4
    for one in contexts:
        assert [row[0] for row in one["data"]] == ["Carrier pigeon", "Pipe", "Queue"]
    payloads = json.loads((shown / "payloads-p0.json").read_text())
    assert [one for one in payloads["columns"] if "number" not in one] == [
        "transport",
        "int",
        "feather:3",
    ]
    sized = payloads["data"][0][payloads["columns"].index("feather:3")]
    assert sized.endswith("B/s"), "3,000 bytes a message"


@pytest.mark.interpreters
def test_the_transport_is_measured_by_python_2(tree: Path) -> None:
    found = interpreters.find()
    if "2.7" not in interpreters.names(found):
        pytest.skip("no Python 2.7 here")
    python = interpreters.resolve(["2.7"], found)["2.7"]
    assert not isinstance(python, str), python
    for topology in ("one_to_one", "relay", "fan_in", "request_reply"):
        asked = {"transport": "carrier_pigeon", "topology": topology, "messages": 100}
        asked["payload"] = "feather:3"
        finished = subprocess.run(
            [python.path, "-B", str(tree / "runner" / "harness"), "trial", json.dumps(asked)],
            capture_output=True,
            text=True,
            check=True,
        )
        record = json.loads(finished.stdout)
        assert (record["status"], record["messages"]) == ("ok", 100), record["detail"]


def test_every_transport_says_all_that_its_table_asks_for() -> None:
    code = (
        "import json, transports\n"
        "names = 'LABEL ROLE SUMMARY SHARED DUPLEX LAUNCH PAYLOADS TOPOLOGIES ABOUT supported open "
        "sender receiver close facts helper_usage'.split()\n"
        "print(json.dumps({n: [a for a in names if not hasattr(transports.load(n), a)] "
        "for n in transports.NAMES}))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=HARNESS, capture_output=True, text=True, check=True
    )
    lacking = json.loads(finished.stdout)
    pools = {"pool_map", "pool_imap", "process_pool_executor", "loky"}
    for name, names in lacking.items():
        # A pool's own workers receive without us.
        assert names == ["receiver"] * (name in pools), name
