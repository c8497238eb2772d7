"""The process is put in order whatever it inherited; each case is a process of its own."""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
LOOK = """
import json, os, resource, signal, sys
from runner.settling import settle
from runner.errors import IpcmatrixError
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
try:
    settle()
except IpcmatrixError as error:
    os.write(out, json.dumps({"told": str(error)}).encode())
    sys.exit(error.exit_code)
names = [name for name in ("CHLD", "INT", "TERM", "QUIT", "PIPE", "HUP")]
handlers = {name: signal.getsignal(getattr(signal, "SIG" + name)) for name in names}
facts = {
    "open": [os.fstat(number).st_ino > 0 for number in (0, 1, 2)],
    "streams": [one is not None for one in (sys.stdin, sys.stdout, sys.stderr)],
    "next": os.open(os.devnull, os.O_RDONLY),
    "signals": {name: getattr(one, "name", "ours") for name, one in handlers.items()},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "environment": dict(os.environ),
    "umask": os.umask(0),
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "path": sys.path,
    "warnings": sys.warnoptions,
}
os.write(out, json.dumps(facts).encode())
"""


def settled(
    tmp_path: Path, before: str = "", after: str = "", **environment: str
) -> dict[str, object]:
    """Return what a process finds after `settle`, started by a shell's `before` and `after`."""
    out = tmp_path / "facts"
    out.write_text("")
    command = f'{before} exec "$@" {after}'
    subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-c", LOOK, str(out)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        env={"PATH": os.defpath, "HOME": "/h", **environment},
    )
    facts = json.loads(out.read_text())
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize(
    ("platform", "name", "inside"),
    [
        ("darwin", "macOS", "a Linux container"),
        ("win32", "Windows", "WSL 2"),
        ("freebsd14", "freebsd14", "a Linux container"),
    ],
)
def test_another_system_is_refused_in_one_sentence(platform: str, name: str, inside: str) -> None:
    start = (
        "import sys, runner.defence, runner.output\n"
        f"sys.platform = {platform!r}\n"
        "sys.argv = ['ipcmatrix', 'plan']\n"
        "from ipcmatrix.__main__ import start\nstart()"
    )
    command = [sys.executable, "-c", start]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (3, "")
    (line,) = finished.stderr.splitlines()
    assert line.startswith(f"ipcmatrix: ipcmatrix runs on Linux, and this is {name}: start it in")
    assert inside in line


@pytest.mark.parametrize(
    "closed", [one for n in (1, 2, 3) for one in itertools.combinations((0, 1, 2), n)]
)
def test_closed_descriptors_are_occupied(tmp_path: Path, closed: tuple[int, ...]) -> None:
    facts = settled(tmp_path, after=" ".join(f"{number}>&-" for number in closed))
    assert facts["open"] == facts["streams"] == [True] * 3
    assert isinstance(facts["next"], int)
    assert facts["next"] > 2


def test_ignored_signals_are_heard_but_a_hangup_under_nohup(tmp_path: Path) -> None:
    facts = settled(tmp_path, "trap '' HUP INT TERM QUIT CHLD PIPE;")
    usual = dict.fromkeys(("CHLD", "TERM", "QUIT"), "SIG_DFL")
    assert facts["signals"] == {**usual, "INT": "ours", "PIPE": "SIG_IGN", "HUP": "SIG_IGN"}


def test_blocked_signals_are_let_through(tmp_path: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    try:
        facts = settled(tmp_path)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert facts["blocked"] == []


@pytest.mark.parametrize("mask", ["0777", "0277", "0077", "0000"])
def test_a_umask_leaves_us_our_own_files(tmp_path: Path, mask: str) -> None:
    assert settled(tmp_path, f"umask {mask};")["umask"] == int(mask, 8) & 0o077


def test_variables_for_others_are_left_out(tmp_path: Path) -> None:
    odd = {
        "GIT_DIR": "/x",
        "GIT_WORK_TREE": "/x",
        "GIT_INDEX_FILE": "/x",
        "GIT_TRACE": "1",
        "PYTHONPATH": "/x",
        "PYTHONSTARTUP": "/x",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONWARNINGS": "error",
        "PYTHONDEVMODE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "0",
    }
    kept = {"GITHUB_STEP_SUMMARY": "/s", "GIT_SSH_COMMAND": "ssh -v", "PYENV_ROOT": "/p"}
    facts = settled(tmp_path, **odd, **kept)
    environment = facts["environment"]
    assert isinstance(environment, dict)
    assert not odd.keys() & environment.keys()
    assert kept.items() <= environment.items()
    assert facts["warnings"] == []


@pytest.mark.parametrize("home", ["", "relative", "~"])
def test_a_home_that_is_not_a_folder_is_the_users(tmp_path: Path, home: str) -> None:
    import pwd

    environment = settled(tmp_path, HOME=home)["environment"]
    assert isinstance(environment, dict)
    assert environment["HOME"] == pwd.getpwuid(os.getuid()).pw_dir


def test_without_a_passwd_entry_home_is_the_root(tmp_path: Path) -> None:
    look = "import os, pwd\ndef none(uid): raise KeyError(uid)\npwd.getpwuid = none\n" + LOOK
    out = tmp_path / "facts"
    out.write_text("")
    command = [sys.executable, "-c", look, str(out)]
    subprocess.run(command, cwd=ROOT, check=True, env={"PATH": os.defpath})
    assert json.loads(out.read_text())["environment"]["HOME"] == "/"


def test_modules_of_the_folder_and_of_pythonpath_come_last(tmp_path: Path) -> None:
    path = settled(tmp_path, PYTHONPATH=f"{tmp_path}:/elsewhere")["path"]
    assert isinstance(path, list)
    library = path.index(str(Path(json.__file__).parent.parent))
    assert all(path.index(one) > library for one in ("", str(tmp_path), "/elsewhere"))


def test_a_soft_limit_of_files_is_raised(tmp_path: Path) -> None:
    facts = settled(tmp_path, "ulimit -Sn 32;")
    assert isinstance(facts["files"], int)
    assert facts["files"] >= 64


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("-n 32", ("32 open files", "needs 64", "`ulimit -n 64`")),
        ("-v 200000", ("KiB of address space", "`ulimit -v 524288`")),
        ("-d 100000", ("KiB of data", "`ulimit -d")),
        ("-f 2", ("KiB of a file", "`ulimit -f")),
        ("-t 5", ("3 seconds of processor time", "`ulimit -t 60`")),
    ],
)
def test_a_limit_that_does_not_suffice_is_reported(
    tmp_path: Path, limit: str, words: tuple[str, ...]
) -> None:
    told = settled(tmp_path, f"ulimit {limit};").get("told")
    assert isinstance(told, str)
    for word in words:
        assert word in told


@pytest.mark.parametrize("limit", ["-c 0", "-s 1024", "-Sv 100000", "-n 64"])
def test_other_limits_are_borne(tmp_path: Path, limit: str) -> None:
    assert "told" not in settled(tmp_path, f"ulimit {limit};")


def test_a_current_folder_that_is_gone_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    facts = settled(tmp_path, f"cd {tmp_path}/gone && rmdir ../gone;", PYTHONPATH=str(ROOT))
    assert "the current folder cannot be used" in str(facts["told"])
