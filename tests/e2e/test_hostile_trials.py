"""Plug-ins that fail in the middle of a trial: a status with its reason, and the run goes on."""

import json
import os
from pathlib import Path

import pytest
from hostile import MEASURE, PYTHON, ipcmatrix, segments, sleepers, statuses, trials

from tests.faults.series import staying
from tests.small_runs import PLUGIN

pytestmark = pytest.mark.machine

BASE = f"""
import ctypes, os, signal, sys, tempfile, threading, time
{PLUGIN}
class Odd(BaseException):
    pass

class Unprintable(Exception):
    def __str__(self):
        raise KeyboardInterrupt

def raised(error):
    raise error
"""
BROKEN = {
    # The three descriptors, and all.
    "nowhere": ("open", "for n in (0, 1, 2): os.dup2(os.open(os.devnull, os.O_RDWR), n)", "ok", ""),
    "nowhere_later": ("sender", "for n in (0, 1, 2): os.close(n)", "ok", ""),
    "swapped": ("sender", "os.dup2(1, 0); os.dup2(2, 1)", "ok", ""),
    "closed": ("open", "os.closerange(0, 1024)", "crashed", "the invocation "),
    "closed_later": ("receiver", "os.closerange(0, 1024)", "crashed", "exit code"),
    # What a process stands on.
    "moved": ("sender", "os.chdir('/'); os.environ.clear(); os.umask(0o777)", "ok", ""),
    "lost": ("sender", "sys.path[:] = []; sys.modules.clear()", "crashed failed", ""),
    "timeless": ("open", "time.time = time.monotonic = time.sleep = None", "failed ok", ""),
    "forkless": ("open", "os.fork = None", "failed", "TypeError"),
    "poor": ("sender", "import resource; resource.setrlimit(resource.RLIMIT_AS, (1, 1)); "
             "bytearray(10 ** 8)", "failed", "MemoryError"),
    # Signals.
    "alarmed": ("sender", "signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(1)", "crashed",
                "killed by signal 14"),
    "rung": ("open", "signal.signal(signal.SIGALRM, lambda *a: raised(Odd('rung'))); "
             "signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(1)", "failed", "Odd: rung"),
    "deaf": ("sender", "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); time.sleep(600)",
             "timeout", "no end within"),
    "stopped": ("sender", "os.kill(os.getpid(), signal.SIGSTOP)", "timeout", "no end within"),
    # What is raised.
    "interrupts": ("sender", "raise KeyboardInterrupt", "failed", "KeyboardInterrupt"),
    "leaves": ("receiver", "sys.exit(0)", "failed", "SystemExit: 0"),
    "leaves_early": ("open", "sys.exit(0)", "failed", "SystemExit: 0"),
    "odd": ("open", "raise Odd('strange')", "failed", "Odd: strange"),
    "odd_at_last": ("close", "raise Odd('strange')", "ok", ""),
    "unprintable": ("sender", "raise Unprintable()", "failed", "Unprintable"),
    "wordy": ("receiver", "raise ValueError('x' * 10 ** 7)", "failed", "xxx"),
    "half": ("open", "raise ValueError('half a pair: \\ud800.')", "failed", "half a pair: "),
    # What is returned.
    "empty": ("sender", "return None", "failed", "AttributeError"),
    "listed": ("receiver", "return [channel]", "failed", "AttributeError"),
    "unknown": ("facts", "return {1: object(), 'half': '\\ud800'}", "ok", ""),
    "no_facts": ("facts", "return None", "failed", "has no attribute 'items'"),
    # What waits for ever.
    "locked": ("sender", "lock = threading.Lock(); lock.acquire(); lock.acquire()", "timeout",
               "no end within"),
    "locked_at_last": ("close", "lock = threading.Lock(); lock.acquire(); lock.acquire()",
                       "timeout", "no end within"),
    # What stays.
    "untidy": ("open", "tempfile.mkstemp(); os.mkfifo(tempfile.mktemp()); import subprocess; "
               "subprocess.Popen(['sleep', '600'], start_new_session=True); "
               "from multiprocessing import shared_memory, Semaphore; "
               "self.held = shared_memory.SharedMemory(create=True, size=4096), Semaphore()",
               "ok", ""),
}  # fmt: skip
"""Of each transport: the method that does it, how, and which statuses and reason come of it."""
ARGUMENTS = {"open": "context", "close": "channel", "facts": "channel"}

MESSAGES = """
import os, sys, time

HERE = os.getpid()

def made(number, where):
    if where == "there" and os.getpid() != HERE:
        raise RuntimeError("not to be made here")
    return Message(number, where)

class Message(object):
    def __init__(self, number, where):
        self.number, self.where = number, where

    def __reduce__(self):
        return made, (self.number, self.where)

    def __eq__(self, other):
        return Answer() if self.number > 2 and self.where == "eq" else self.number == other.number

class Answer(object):
    def __bool__(self):
        raise RuntimeError("neither true nor false")

def there(number):
    return Message(number, "there")

def answers(number):
    return Message(number, "eq")

def nothing(number):
    return number if number < 3 else None

def leaves(number):
    return number if number < 3 else sys.exit(0)
"""
SPOILT = {
    "there": ("failed", "not to be made here"),
    "answers": ("failed", "neither true nor false"),
    "nothing": ("corrupt", "lost"),
    "leaves": ("failed", "SystemExit: 0"),
}


def written() -> str:
    text = BASE
    for name, (method, code, _, _) in BROKEN.items():
        given = ARGUMENTS.get(method, "channel, side")
        text += f"\nclass Its{name.title()}(Base):\n    NAME = '{name}'\n"
        text += f"    def {method}(self, {given}):\n        {code}\n"
        text += f"        return Base.{method}(self, {given})\n"
    return text


@pytest.mark.timeout(600)
def test_what_breaks_in_a_trial_has_a_status_and_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(written(), "utf-8")
    (tmp_path / "matrix.yaml").write_text(
        f"plugins: [./broken.py]\nexecutor: local\n"
        f"axes: {{python: ['{PYTHON}'], transport: [pipe, {', '.join(BROKEN)}, queue]}}\n"
        f"{MEASURE}\n"
    )
    before, shared = sleepers(), segments()
    done = ipcmatrix(tmp_path, "run", "-q", "--json", "--no-report")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    run = tmp_path / json.loads(done.stdout)["run"]
    seen = statuses(run)
    assert seen.pop("pipe") == {"ok"}
    assert seen.pop("queue") == {"ok"}
    wrong = {
        name: seen.get(name)
        for name, (_, _, allowed, _) in BROKEN.items()
        if not seen.get(name, {""}) <= {*allowed.split()}
    }
    assert not wrong
    unsaid = {
        row["transport"]: row["detail"][-300:]
        for row in trials(run)
        if row["status"] != "ok" and BROKEN[row["transport"]][3] not in row["detail"]
    }
    assert not unsaid
    assert max(len(row["detail"]) for row in trials(run)) < 100_000
    assert not staying(lambda: sleepers() - before)
    assert not staying(lambda: segments() - shared)


def test_a_message_that_breaks_where_it_arrives_has_a_status_and_its_reason(
    tmp_path: Path,
) -> None:
    (tmp_path / "messages.py").write_text(MESSAGES, "utf-8")
    listed = ", ".join(f"'fresh:./messages.py:{one}'" for one in SPOILT)
    (tmp_path / "matrix.yaml").write_text(
        f"executor: local\naxes: {{python: ['{PYTHON}'], transport: [pipe, queue], "
        f"payload: [int, {listed}]}}\n{MEASURE}\n"
    )
    before = sleepers()
    done = ipcmatrix(tmp_path, "run", "-q", "--json", "--no-report")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    run = tmp_path / json.loads(done.stdout)["run"]
    assert statuses(run, "payload")["int"] == {"ok"}
    for row in trials(run):
        if row["payload"] != "int":
            status, reason = SPOILT[row["payload"].rpartition(":")[2]]
            assert (row["status"], reason in row["detail"]) == (status, True), row
    assert not staying(lambda: sleepers() - before)


GOOD = "def order(number):\n    return number, 'grün'\n"
READ = {
    "bom": b"\xef\xbb\xbf" + GOOD.encode(),
    "windows": GOOD.replace("\n", "\r\n").encode(),
    "cookie": b"# -*- coding: latin-1 -*-\n" + GOOD.encode("latin-1"),
}
REFUSED = {
    "latin": (GOOD.encode("latin-1"), "SyntaxError"),
    "null": (GOOD.encode() + b"\0\n", "null bytes"),
    "old": (b"print 'order'\n", ".py:1: SyntaxError"),
    "wide": (GOOD.encode("utf-16"), "Error"),
    "empty": (b"", "has no function order"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    axes = f"{{python: ['{PYTHON}'], transport: [pipe, queue]}}"
    (tmp_path / "matrix.yaml").write_text(f"executor: local\naxes: {axes}\n")
    return tmp_path


def test_files_of_any_editor_are_read(folder: Path) -> None:
    for name, content in READ.items():
        (folder / f"{name}.py").write_bytes(content)
    listed = ", ".join(f"'./{name}.py:order'" for name in READ)
    path = folder / "matrix.yaml"
    path.write_text(path.read_text().replace("queue]", f"queue], payload: [{listed}]"))
    done = ipcmatrix(folder, "plan")
    assert done.returncode == 0, done.stderr
    assert "6 planned" in done.stdout


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_code_is_refused_in_a_sentence(folder: Path, name: str) -> None:
    content, said = REFUSED[name]
    (folder / f"{name}.py").write_bytes(content)
    done = ipcmatrix(folder, "plan", "--payload", f"./{name}.py:order")
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith(f"ipcmatrix: ./{name}.py"), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_file_is_refused_in_a_sentence(folder: Path) -> None:
    (folder / "folder.py").mkdir()
    (folder / "target.py").write_text(GOOD, "utf-8")
    (folder / "link.py").symlink_to("target.py")
    os.mkfifo(folder / "pipe.py")
    for name, said in {"folder": "a directory", "link": "a link", "pipe": "a pipe"}.items():
        for words in (
            ("plan", "--payload", f"./{name}.py:order"),
            ("try", f"./{name}.py:order"),
        ):
            done = ipcmatrix(folder, *words)
            assert done.returncode == 2
            assert f"is {said}, not a file" in done.stderr, done.stderr
