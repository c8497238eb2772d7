"""Plug-ins that do their worst: each costs its own cells, the run goes on, and nothing is left."""

import json
from pathlib import Path

import pytest
from hostile import MEASURE, PYTHON, ipcmatrix, segments, sleepers, statuses

from tests.faults.series import staying
from tests.small_runs import PLUGIN

pytestmark = pytest.mark.machine

PLUGINS = (
    f"\nimport os, sys, time\n{PLUGIN}"
    + """
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
        for _ in range(1 << 12):
            os.write(2, line)
        return Base.open(self, context)

class Altering(Base):
    NAME = "alters"
    def receiver(self, channel, side):
        recv = channel[side].recv
        return Receiver(lambda: recv() or None)
"""
)
MATRIX = f"""
plugins: [./hostile.py]
axes:
  python: ["{PYTHON}"]
  transport: [pipe, loops, raises, exits, kills, escapes, prints, floods, alters]
{MEASURE}
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

WORKING = f'\n{PLUGIN}\nclass Working(Base):\n    NAME = "{{name}}"\n'
RUDE = {
    "forgets": "import sys\nfor one in ('json', 'select', 'guard', 'compat', 'transports.pipe'):\n"
    "    sys.modules.pop(one, None)",
    "clocks": "import time, compat\ntime.time = time.monotonic = time.sleep = lambda *a: 0.0\n"
    "compat.now = lambda: 0.0",
    "backwards": "import compat\nticks = iter(range(10**6, 0, -1))\n"
    "compat.now = lambda: float(next(ticks))",
    "closes": "import os\nos.closerange(0, 3)",
    "deaf": "import signal\nfor one in ('SIGTERM', 'SIGINT', 'SIGCHLD', 'SIGUSR1', 'SIGPIPE'):\n"
    "    signal.signal(getattr(signal, one), signal.SIG_IGN)",
    "shallow": "import sys\nsys.setrecursionlimit(60)",
    "moves": "import os\nos.chdir('/')\nos.environ.clear()\nos.umask(0o777)",
    "strict": "import gc, warnings\nwarnings.simplefilter('error')\ngc.disable()",
    "lingers": "import atexit, time\natexit.register(time.sleep, 600)",
    "finalises": "import time\nfrom multiprocessing import util\n"
    "util.Finalize(None, time.sleep, (600,), exitpriority=1)",
    "reads": "import sys\nsys.stdin.read()",
    "limited": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))",
}
"""What a file does when it is loaded; else its transport works."""
REFUSED = {
    "garbage": ("import os\nfor one in range(3, 64):\n    try:\n        os.write(one, b'{}\\n')\n"
                "    except OSError:\n        pass"),
    "blinds": "import builtins, os\nbuiltins.open = os.read = os.write = None",
    "traced": "import sys\nsys.settrace(lambda *a: 1 // 0)\nsys.setprofile(None)\n"
    "sys.excepthook = None",
    "all_closed": "import os\nos.closerange(0, 256)",
    "deep": "def dig():\n    dig()\ndig()",
    "endless": "import time\nclass Odd(Exception):\n    def __str__(self):\n"
    "        while 1: time.sleep(9)\n"
    "raise Odd",
    "printed": "import sys\nsys.stdout.write('x' * 10**7)\n"
    "raise ValueError('\\x1b[31mno\\n' * 10**5)",
}  # fmt: skip
"""What does not even come to its end, or spoils what it says."""
MESSAGES = """
class Unequal(object):
    def __eq__(self, other):
        raise RuntimeError("not equal")

class Unpicklable(object):
    def __eq__(self, other):
        return True
    def __reduce__(self):
        raise RuntimeError("not to be pickled")

class Endless(object):
    def __eq__(self, other):
        return False
    def __repr__(self):
        while True:
            pass

def unequal(number):
    return Unequal()

def unpicklable(number):
    return Unpicklable()

def endless(number):
    return Endless()

def lazy(number):
    yield number

def nested(number):
    found = []
    for _ in range(100000):
        found = [found]
    return found

def late(number):
    return number if number < 3 else Endless()
"""
WRONG = {
    "unequal": "cannot be compared: RuntimeError: not equal",
    "unpicklable": "cannot be pickled: RuntimeError: not to be pickled",
    "endless": "two unequal messages",
    "lazy": "made twice is not equal to itself",
    "nested": "cannot be ",
    "n" * 5000: "has no function",
}


def test_each_costs_its_own_cells_only(tmp_path: Path) -> None:
    (tmp_path / "hostile.py").write_text(PLUGINS, "utf-8")
    (tmp_path / "matrix.yaml").write_text(MATRIX, "utf-8")
    before, shared = sleepers(), segments()
    done = ipcmatrix(tmp_path, "run", "-q", "--json", "--no-report")
    assert done.returncode == 1, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    seen = statuses(tmp_path / json.loads(done.stdout)["run"])
    assert {
        name: seen.get(name, set()) <= known for name, known in EXPECTED.items()
    } == dict.fromkeys(EXPECTED, True), seen
    assert seen.keys() == EXPECTED.keys()
    assert not staying(lambda: sleepers() - before)
    assert not staying(lambda: segments() - shared)


def test_what_a_file_does_when_it_is_loaded_costs_its_own_cells_only(tmp_path: Path) -> None:
    for name, code in RUDE.items():
        (tmp_path / f"{name}.py").write_text(code + WORKING.format(name=name), "utf-8")
    files = ", ".join(f"./{name}.py" for name in RUDE)
    hostile = "loops, raises, exits, kills, escapes, prints, floods, alters"
    text = MATRIX.replace("./hostile.py", files)
    (tmp_path / "matrix.yaml").write_text(text.replace(hostile, ", ".join(RUDE)), "utf-8")
    before, shared = sleepers(), segments()
    done = ipcmatrix(tmp_path, "run", "-q", "--json")
    assert "Traceback" not in done.stderr, done.stderr
    answer = json.loads(done.stdout)
    seen = statuses(tmp_path / answer["run"])
    assert seen["pipe"] == {"ok"}
    assert seen.keys() == {"pipe", *RUDE}
    assert {"deaf", "lingers", "reads", "strict"} <= {
        name for name, found in seen.items() if "ok" in found
    }, seen
    assert (tmp_path / answer["report"]).exists()
    assert not staying(lambda: sleepers() - before)
    assert not staying(lambda: segments() - shared)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_looked_at_is_refused_in_a_sentence(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text(REFUSED[name] + WORKING.format(name=name), "utf-8")
    (tmp_path / "matrix.yaml").write_text(f"plugins: [./{name}.py]\naxes: {{transport: [pipe]}}\n")
    before = sleepers()
    done = ipcmatrix(tmp_path, "check")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith(f"ipcmatrix: ./{name}.py")
    assert "\x1b" not in done.stdout + done.stderr
    assert len(done.stderr) < 1000
    assert not staying(lambda: sleepers() - before)


@pytest.mark.parametrize("function", WRONG)
def test_a_message_that_cannot_be_one_is_refused_in_a_sentence(
    tmp_path: Path, function: str
) -> None:
    (tmp_path / "messages.py").write_text(MESSAGES, "utf-8")
    done = ipcmatrix(tmp_path, "plan", "--payload", f"./messages.py:{function}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert WRONG[function] in done.stderr
    assert len(done.stderr) < 1000
    assert "Traceback" not in done.stderr


def test_a_message_that_goes_wrong_later_costs_its_cells(tmp_path: Path) -> None:
    (tmp_path / "messages.py").write_text(MESSAGES, "utf-8")
    (tmp_path / "matrix.yaml").write_text(
        MATRIX.replace("plugins: [./hostile.py]\n", "").replace(
            "[pipe, loops", "[pipe, queue]\n  payload: ['fresh:./messages.py:late', int] # "
        )
    )
    done = ipcmatrix(tmp_path, "run", "-q", "--json", "--no-report")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    seen = statuses(tmp_path / json.loads(done.stdout)["run"], "payload")
    assert seen.pop("int") == {"ok"}
    assert len(seen) == 1
    assert {"ok"} not in seen.values(), seen
