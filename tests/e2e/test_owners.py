"""Runs that share /tmp but no process numbers, and what `clean` removes of the killed."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from runner.process import descendants, is_held
from tests.forked import forked
from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine

HERE = ".".join(map(str, sys.version_info[:2]))
MATRIX = """\
axes:
  python: [found]
  transport: [pipe, queue]
measure: {target: 5ms, rounds: 100000, warmup_rounds: 0, gate_wait: 0s}
"""
APART = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
"""A pid namespace of its own; /tmp is the same."""
OWN_LOCKS = """
for place in /run/lock /var/lock; do mount -t tmpfs none $place; done
touch /tmp/ipcmatrix.lock /run/lock/own
mount --bind /run/lock/own /tmp/ipcmatrix.lock
"""
"""What gives a mount namespace machine's locks of its own."""
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/engine.sock"}


def ipcmatrix(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "runner", *arguments]


def measuring(folder: Path, budget: str) -> list[str]:
    folder.mkdir()
    (folder / "matrix.yaml").write_text(MATRIX)
    given = ("--matrix", str(folder / "matrix.yaml"), "--out", str(folder), "--only")
    return ipcmatrix("run", *given, f"python={HERE}", "--budget", budget, "--no-report", "--quiet")


def can_be_apart() -> str:
    """Return "" where this test can have pid namespaces, or why not."""
    if shutil.which("unshare") is None:
        return "no unshare (util-linux) here"
    tried = subprocess.run([*APART, "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


def with_own_locks(command: list[str]) -> list[str]:
    """Return the command with machine's locks of its own, where that can be: others may measure.

    The process stays the one that is started.
    """
    if can_be_apart():
        return command
    return ["unshare", "--mount", "bash", "-c", f'{OWN_LOCKS}exec "$@"', "-", *command]


def apart(command: list[str], first_pid: int) -> list[str]:
    """Return the command in a pid namespace, its processes numbered from about `first_pid` on."""
    burn = f"for number in $(seq {first_pid}); do (:); done\n"
    return [*APART, "bash", "-c", f'{OWN_LOCKS}{burn}"$@"', "-", *command]


def folders_of(pid: int) -> set[Path]:
    """Return the folders that the agents of a run hold: nobody else's."""
    found = set()
    for one in descendants(pid):
        with suppress(OSError):
            for number in Path(f"/proc/{one}/fd").iterdir():
                path = number.readlink()
                if path.name.startswith("ipcmatrix-agent-") and is_held(path):
                    found.add(path)
    return found


@pytest.mark.namespaces
def test_runs_in_two_pid_namespaces_do_not_touch_each_others_folders(tmp_path: Path) -> None:
    if reason := can_be_apart():
        pytest.skip(f"no pid namespace of its own: {reason}")
    ours, theirs = (tmp_path / name for name in ("ours", "theirs"))
    env = {**os.environ, **few_interpreters(tmp_path / "home")}
    command = apart(measuring(ours, "4s"), 300)
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as first:
        time.sleep(1.5)  # the second starts its agents, and sweeps, amid the first's trials
        second = subprocess.run(
            apart(measuring(theirs, "3s"), 1),
            env=env,
            capture_output=True,
            timeout=60,
            check=False,
        )
        _, told = first.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0), (told, second.stderr)
    for folder in (ours, theirs):
        (rows,) = folder.glob("*/trials/*.csv")
        with rows.open(newline="") as file:
            assert {row["status"] for row in csv.DictReader(file)} == {"ok"}


@contextmanager
def a_run(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", set[Path]]]:
    """Give a run that measures, and the folders of its agents."""
    command = with_own_locks(measuring(folder, "90s"))
    env = {**os.environ, **few_interpreters(folder / "home")}
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not list(folder.glob("*/trials/*.csv")) and time.monotonic() < until:
            time.sleep(0.05)
        mine = folders_of(process.pid)
        assert mine
        yield process, mine
    finally:
        process.kill()
        process.wait()


def clean() -> str:
    done = forked("clean", env={**os.environ, **NO_ENGINE})
    assert done.returncode == 0, done.stderr
    assert "containers were not looked for" in done.stderr
    return done.stdout


def test_clean_removes_the_folders_of_the_killed_and_leaves_those_of_the_living(
    tmp_path: Path,
) -> None:
    for attempt in range(5):
        with a_run(tmp_path / f"run{attempt}") as (process, mine):
            told = clean()
            for folder in mine:
                assert folder.is_dir()
                assert f"left folder {folder}: in use" in told
            os.kill(process.pid, signal.SIGSTOP)  # or it would start another agent
            for pid in (*descendants(process.pid), process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            until = time.monotonic() + 10
            while any(map(is_held, mine)) and time.monotonic() < until:
                time.sleep(0.05)  # what they had forked ends with them
            told = clean()
        assert not [folder for folder in mine if folder.exists()]
        if all(f"removed folder {folder}" in told for folder in mine):
            return
    pytest.fail("every time a run beside us, which begins with a sweep, was faster")
