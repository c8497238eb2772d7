"""Plug-ins that do their worst: each costs its own cells, the run goes on, and nothing is left."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.series import staying

pytestmark = pytest.mark.machine

PLUGINS = """
import os, sys, time
from transports import Receiver, Sender, Transport, pipe

class Base(Transport):
    SUMMARY = "hostile"
    DUPLEX = True

    def open(self, context):
        return context.Pipe()

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        return pipe.receiver(channel, side)

class Loops(Base):
    NAME = "loops"
    def receiver(self, channel, side):
        while True:
            pass

class Raises(Base):
    NAME = "raises"
    def open(self, context):
        raise RuntimeError("\\x1b[31mno\\x1b[0m")

class Exits(Base):
    NAME = "exits"
    def sender(self, channel, side):
        os._exit(7)

class Kills(Base):
    NAME = "kills"
    def close(self, channel):
        os.kill(os.getppid(), 9)

class Escapes(Base):
    NAME = "escapes"
    def open(self, context):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        return Base.open(self, context)

class Prints(Base):
    NAME = "prints"
    def open(self, context):
        print('{"ready": true}')
        os.write(1, b"x" * 100000)
        return Base.open(self, context)

class Floods(Base):
    NAME = "floods"
    def open(self, context):
        line = b"x" * 65536
        for _ in range(1 << 15):
            os.write(2, line)
        return Base.open(self, context)

class Altering(Base):
    NAME = "alters"
    def receiver(self, channel, side):
        recv = channel[side].recv
        return Receiver(lambda: recv() or None)
"""
MATRIX = """
plugins: [./hostile.py]
axes:
  python: ["{python}"]
  transport: [pipe, loops, raises, exits, kills, escapes, prints, floods, alters]
measure: {{target: 2ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s, timeout: 2s}}
"""
EXPECTED = {
    "pipe": {"ok"},
    "loops": {"timeout"},
    "raises": {"failed"},
    "exits": {"crashed"},
    "kills": {"crashed"},
    "escapes": {"ok"},
    "prints": {"ok"},
    "floods": {"ok", "timeout"},
    "alters": {"corrupt"},
}


def segments() -> set[str]:
    return {path.name for path in Path("/dev/shm").iterdir()}


def sleepers() -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            marked = b"IPCMATRIX_FILES=" in path.read_bytes()
        except OSError:
            continue
        found |= {path.parent.name} if marked else set()
    return found


def test_each_costs_its_own_cells_only(tmp_path: Path) -> None:
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (tmp_path / "hostile.py").write_text(PLUGINS, "utf-8")
    (tmp_path / "matrix.yaml").write_text(MATRIX.format(python=python), "utf-8")
    before, shared = sleepers(), segments()
    command = [sys.executable, "-m", "ipcmatrix", "run", "-q", "--json", "--no-report"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
    assert done.returncode == 1, done.stderr.decode()
    assert b"\x1b" not in done.stdout + done.stderr
    run = tmp_path / json.loads(done.stdout)["run"]
    (trials,) = (run / "trials").glob("*.csv")
    seen: dict[str, set[str]] = {}
    with trials.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seen.setdefault(row["transport"], set()).add(row["status"])
    assert {
        name: seen.get(name, set()) <= known for name, known in EXPECTED.items()
    } == dict.fromkeys(EXPECTED, True), seen
    assert seen.keys() == EXPECTED.keys()
    assert not staying(lambda: sleepers() - before)
    assert not staying(lambda: segments() - shared)
