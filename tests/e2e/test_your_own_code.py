"""The files that docs/your-own-code.md shows: tried, measured under two interpreters, reported."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runner.machine import interpreters
from tests.forked import forked

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
BREAKING = """
import os, tempfile, time
from transports import Receiver, Sender, Transport, pipe

class Base(Transport):
    SUMMARY = "breaks the contract"
    DUPLEX = True
    TOPOLOGIES = ("one_to_one",)
    PAYLOADS = ("int",)

    def open(self, context):
        return context.Pipe()

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        return Receiver(channel[side].recv)

class Leaving(Base):
    NAME = "leaving"
    def open(self, context):
        tempfile.mkstemp(suffix=".leak")
        if os.fork() == 0:
            os.setsid()
            os.execvp("sleep", ["sleep", "600"])
        return Base.open(self, context)

class Reordering(Base):
    NAME = "reordering"
    def receiver(self, channel, side):
        recv, held, last = channel[side].recv, [], [None]
        def receive():
            if held:
                return held.pop()
            message = recv()
            if last[0] is None and message is not None:  # the first of a phase comes second
                held.append(message)
                message = recv()
            last[0] = message
            return message
        return Receiver(receive)

class Hanging(Base):
    NAME = "hanging"
    def receiver(self, channel, side):
        def receive():
            time.sleep(3600)
        return Receiver(receive)

class Endless(Base):
    NAME = "endless"
    def sender(self, channel, side):
        send = channel[side].send
        return Sender(lambda message: message is None or send(message))

class Crashing(Base):
    NAME = "crashing"
    def sender(self, channel, side):
        def send(message):
            os._exit(7)
        return Sender(send)

class Refusing(Base):
    NAME = "refusing"
    def sender(self, channel, side):
        def send(message):
            raise RuntimeError("refused")
        return Sender(send)
"""
BROKEN = {
    "leaving": ("clean-up", "after a trial", r"left in the temporary folder: \w+\.leak, "
                r"process \d+: sleep 600 \(one_to_one, int; 5 more left something\)"),
    "reordering": ("delivery", "one_to_one, int", "corrupt: reordered or doubled: producer 0 sent "
                   "1 after 0"),
    "hanging": ("delivery", "one_to_one, int", r"timeout: no end within 5.0 s\n(?!the mess)(.|\n)*"
                r'worker-0: File "./breaking.py", line \d+,? in receive'),
    "endless": ("delivery", "one_to_one, int", r"timeout: no end within 5.0 s\nthe messages "
                r"arrived, None \(the end of a phase\) did not\n(.|\n)*"),
    "crashing": ("delivery", "one_to_one, int", "crashed: ended with exit code 7"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, flags=re.DOTALL):
        (tmp_path / name).write_text(text, "utf-8")
    (found,) = re.findall(r"```yaml\n(plugins:.*?)```", TEXT, flags=re.DOTALL)
    measure = "measure: {target: 2ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s}\n"
    (tmp_path / "plugins.yaml").write_text(found + measure, "utf-8")
    return tmp_path


def ipcmatrix(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forked(*words, cwd=folder)


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
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
    assert "with the files in the run's folder files/ beside it" in " ".join(report.split())
    for shown in ("named FIFO", "tree:2", "messages.py:order", "pairs"):
        assert shown in page


def test_a_mistake_on_one_interpreter_is_reported_first_and_costs_its_cells(folder: Path) -> None:
    if "2.7" not in interpreters.names(interpreters.find()):
        pytest.skip("no 2.7 here")
    (folder / "new.py").write_text("def order(number):\n    return f'{number}'\n", "utf-8")
    words = ("--matrix", "plugins.yaml", "--payload", "./new.py:order", "--only", "python=2.7")
    told = ipcmatrix(folder, "plan", *words).stdout
    fault = "./new.py:2: SyntaxError: invalid syntax"
    assert f"note: 2.7: {fault}" in told
    assert f"4 unsupported: {fault}" in told


@pytest.mark.parametrize("name", ["modern", "say"])
def test_a_file_that_one_interpreter_cannot_load_does_not_keep_the_contract(
    folder: Path, name: str
) -> None:
    if "2.7" not in interpreters.names(interpreters.find()):
        pytest.skip("no 2.7 here")
    text = LOSSY.replace("lossy", "modern") + "\ndef say(number):\n    return f'{number}'\n"
    (folder / "modern.py").write_text(text, "utf-8")
    done = ipcmatrix(folder, "try", "./modern.py", name, "--python", "2.7")
    line = text.splitlines().index("    return f'{number}'") + 1
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[1:] == [
        f"  FAIL it does not load: ./modern.py:{line}: SyntaxError: invalid syntax"
    ]


def test_where_nothing_was_tried_it_is_not_said_that_the_contract_is_kept(folder: Path) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    text = LOSSY + "\n    def supported(self):\n        return 'it needs another machine'\n"
    (folder / "lossy.py").write_text(text, "utf-8")
    done = ipcmatrix(folder, "try", "./lossy.py", "lossy", "--python", here)
    assert done.returncode == 3
    assert "keeps the contract" not in done.stdout
    assert f"nothing could be tried under {here}" in done.stderr


def test_a_name_that_no_topology_has_is_refused_with_the_nearest(folder: Path) -> None:
    (folder / "lossy.py").write_text(LOSSY.replace('("one_to_one",)', '["one_to_on"]'), "utf-8")
    done = ipcmatrix(folder, "try", "./lossy.py", "lossy")
    assert done.returncode == 2, done.stdout + done.stderr
    assert (
        './lossy.py:5: transport lossy: TOPOLOGIES: unknown topology "one_to_on"; did you mean '
        "one_to_one? known: one_to_one, fan_out"
    ) in done.stderr


def test_without_handle_and_poll_the_topologies_that_need_them_are_unsupported(
    folder: Path,
) -> None:
    needing = ("fan_in", "scatter_gather", "request_reply_poll")
    blind = LOSSY.replace("lossy", "blind").replace('("one_to_one",)', str(needing))
    blind = blind.replace("Receiver(receive)", "Receiver(recv)")
    (folder / "blind.py").write_text(blind, "utf-8")
    matrix = (
        "plugins: [./blind.py]\nexecutor: local\n"
        f"axes: {{python: ['{sys.version_info[0]}.{sys.version_info[1]}'], transport: [blind], "
        f"payload: [int], topology: [{', '.join(needing)}], workers: [3]}}\n"
        "measure: {target: 2ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s}\n"
    )
    (folder / "blind.yaml").write_text(matrix, "utf-8")
    ran = ipcmatrix(folder, "run", "--matrix", "blind.yaml", "-q", "--json")
    for one in Path("/dev/shm").glob("ipcmatrix-test-*"):
        one.unlink()
    assert json.loads(ran.stdout)["statuses"] == {"unsupported": 3}, ran.stdout + ran.stderr


def test_a_misspelt_function_gets_the_nearest_one(folder: Path) -> None:
    done = ipcmatrix(folder, "try", "./messages.py", "oder")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "ipcmatrix: messages.py: has no function oder; did you mean order? known: order, reading"
    )


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
    assert any("left /dev/shm/ipcmatrix-test-" in detail for _, _, detail in steps)
    assert ("a worker is killed", "ok", "") in steps
    assert ipcmatrix(folder, "try", "lossy.py", "losy").stderr.strip() == (
        "ipcmatrix: lossy.py: has no losy; did you mean lossy? known: lossy"
    )


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, "subprocess.Popen[str]"]]:
    """Try all ways to break it at once: they wait for what hangs, and for what should go away."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "breaking.py").write_text(BREAKING, "utf-8")
    given = ("--python", f"{sys.version_info[0]}.{sys.version_info[1]}", "--json")
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "ipcmatrix", "try", "breaking.py", name, *given],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in BROKEN
    }
    yield started
    for one in started.values():
        one.communicate()


@pytest.mark.parametrize("name", BROKEN)
def test_each_way_to_break_it_is_shown_where_it_is(
    broken: Mapping[str, "subprocess.Popen[str]"], name: str
) -> None:
    told, errors = broken[name].communicate()
    assert broken[name].returncode == 1, told + errors
    steps = json.loads(told)["steps"]
    failed = {(one["group"], one["what"]): one["detail"] for one in steps
              if one["result"] == "failed"}  # fmt: skip
    group, what, expected = BROKEN[name]
    assert re.fullmatch(expected, failed[group, what]), failed
    if name == "leaving":
        assert {one for one, _ in failed} == {"clean-up"}
        assert ("clean-up", "after a killed or failing peer") in failed
    assert "Traceback" not in errors


def test_the_shown_transport_keeps_the_contract_and_each_part_is_said(folder: Path) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    done = started(folder, "try", "my_transports.py", "named_fifo", "--python", here)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "  ok   order and content: one_to_one, int",
        "  ok   start methods: fork; spawn; forkserver",
        "  ok   is noticed that: a worker is killed; a worker raises; a producer is killed; "
        "a producer raises",
        "  ok   clean-up: nothing is left after a trial; nothing is left after a killed or failing "
        "peer",
    ):
        assert said in done.stdout.splitlines(), done.stdout
    assert "  ok   placements: " in done.stdout
    assert "ok: it keeps the contract" in done.stdout


def test_a_failure_of_many_steps_is_shown_once_with_the_others_that_it_stops(folder: Path) -> None:
    (folder / "breaking.py").write_text(BREAKING, "utf-8")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    done = ipcmatrix(folder, "try", "./breaking.py:refusing", "--python", here)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("RuntimeError: refused") == 1, done.stdout
    again = re.search(r"^  FAIL for the same reason as one_to_one, int: (.*)$", done.stdout, re.M)
    assert again, done.stdout
    assert {"spawn", "forkserver", "a worker is killed"} <= {*again[1].split("; ")}


def test_what_a_file_imports_is_tried_measured_and_kept_with_it(folder: Path) -> None:
    here = [one for one in ("2.7", "3.13") if one in interpreters.names(interpreters.find())]
    pythons = ",".join(here)
    tried = ipcmatrix(folder, "try", "./carts.py:cart", "--python", here[0])
    assert tried.returncode == 0, tried.stdout + tried.stderr
    only = ("--only", f"python={pythons}")
    words = ("--matrix", "plugins.yaml", "--payload", "./carts.py:cart", *only)
    done = ipcmatrix(folder, "run", "-q", "--json", *words)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["statuses"] == {"ok": 4 * len(here)}
    assert (folder / answer["run"] / "files" / "prices.py").exists()
    (folder / "prices.py").write_text("nothing\n", "utf-8")
    told = ipcmatrix(folder, "check", "--matrix", "plugins.yaml").stderr
    assert told == ""  # who does not import it does not have it
    told = ipcmatrix(folder, "plan", *words).stderr
    assert "./prices.py:1: NameError: name 'nothing' is not defined" in told
    (folder / "prices.py").unlink()
    told = ipcmatrix(folder, "plan", *words).stderr
    fault = "./carts.py:1: ModuleNotFoundError: No module named 'prices'; a file of your own: "
    assert fault + "put it beside this one" in told


def test_try_names_what_it_needs(folder: Path) -> None:
    done = ipcmatrix(folder, "try", "./messages.py")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "ipcmatrix: ./messages.py: what of it? Name a class or a function, as in "
        "./messages.py:order",
    )
