"""The files that docs/your-own-code.md shows: tried, measured under two interpreters, reported."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner.machine import interpreters

pytestmark = pytest.mark.machine

TEXT = (Path(__file__).parents[2] / "docs" / "your-own-code.md").read_text("utf-8")
LOSSY = """
import os
from transports import Receiver, Transport, pipe

class Lossy(Transport):
    NAME = "lossy"
    SUMMARY = "forgets a message, and a file"
    DUPLEX = True
    TOPOLOGIES = ("one_to_one",)
    PAYLOADS = ("int",)

    def open(self, context):
        return context.Pipe()

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        recv = channel[side].recv
        def receive():
            message = recv()
            return recv() if message == 7 else message
        return Receiver(receive)

    def close(self, channel):
        with open("/dev/shm/ipcmatrix-test-%d" % os.getpid(), "w"):
            pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, flags=re.DOTALL):
        (tmp_path / name).write_text(text, "utf-8")
    (found,) = re.findall(r"```yaml\n(plugins:.*?)```", TEXT, flags=re.DOTALL)
    measure = "measure: {target: 2ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s}\n"
    (tmp_path / "plugins.yaml").write_text(found + measure, "utf-8")
    return tmp_path


def ipcmatrix(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ipcmatrix", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_what_is_shown_measures_and_is_reported_under_its_names(folder: Path) -> None:
    here = [one for one in ("2.7", "3.13") if one in interpreters.names(interpreters.find())]
    done = ipcmatrix(folder, "run", "--matrix", "plugins.yaml", "-q", "--json",
                     "--only", f"python={','.join(here)}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["statuses"] == {"ok": 8 * len(here)}
    report = (folder / answer["report"]).read_text("utf-8")
    page = (folder / answer["report"]).with_suffix(".html").read_text("utf-8")
    assert "named FIFO" in report
    for shown in ("named FIFO", "tree:2", "messages.py:order", "pairs"):
        assert shown in page


def test_a_mistake_under_one_interpreter_is_told_first_and_costs_its_cells(folder: Path) -> None:
    if "2.7" not in interpreters.names(interpreters.find()):
        pytest.skip("no 2.7 here")
    (folder / "new.py").write_text("def order(number):\n    return f'{number}'\n", "utf-8")
    words = ("--matrix", "plugins.yaml", "--payload", "./new.py:order", "--only", "python=2.7")
    told = ipcmatrix(folder, "plan", *words).stdout
    fault = "./new.py:2: SyntaxError: invalid syntax"
    assert f"note: 2.7: {fault}" in told
    assert f"4 unsupported: {fault}" in told


def test_the_shown_transport_keeps_the_contract(folder: Path) -> None:
    name = f"{sys.version_info[0]}.{sys.version_info[1]}"
    done = ipcmatrix(folder, "try", "my_transports.py", "named_fifo", "--python", name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the contract is kept" in done.stdout


def test_a_transport_that_breaks_it_is_shown_how(folder: Path) -> None:
    (folder / "lossy.py").write_text(LOSSY, "utf-8")
    name = f"{sys.version_info[0]}.{sys.version_info[1]}"
    done = ipcmatrix(folder, "try", "lossy.py", "lossy", "--python", name, "--json")
    left = list(Path("/dev/shm").glob("ipcmatrix-test-*"))
    for one in left:
        one.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    steps = {
        (one["what"], one["result"], one["detail"]) for one in json.loads(done.stdout)["steps"]
    }
    lost = "corrupt: lost: fewer than 200 messages arrived"
    assert ("one_to_one, int", "failed", lost) in steps
    assert any("left in /dev/shm: ipcmatrix-test-" in detail for _, _, detail in steps)
    assert ("a worker is killed", "ok", "") in steps
    assert ipcmatrix(folder, "try", "lossy.py", "losy").stderr.strip() == (
        "ipcmatrix: lossy.py: has no losy; did you mean lossy? known: lossy"
    )
