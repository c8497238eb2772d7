"""Processes end when they must, with all that they started, and nothing else ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from runner import process
from runner.process import tree

pytestmark = pytest.mark.slow

PYTHON = sys.executable
ROOT = Path(__file__).parents[2]
SLEEP = "import time; time.sleep(600)"
ORPHAN = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
"""
WAIT = "import sys; sys.stdin.read()"


def gone(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    before = process.descendants(os.getpid())
    yield
    assert process.descendants(os.getpid()) - before == set()


def test_a_command_returns_what_it_wrote() -> None:
    code = "import sys; print(sys.stdin.read()); print('e', file=sys.stderr); sys.exit(3)"
    finished = process.run([PYTHON, "-c", code], timeout=30)
    assert finished == process.Finished(3, "\n", "e\n")
    assert not finished.ok


def test_a_command_that_is_not_there_is_a_result() -> None:
    finished = process.run(["/nowhere/python9"], timeout=30)
    assert finished.code == 127
    assert finished.err == "/nowhere/python9 cannot be started: No such file or directory"


def test_a_command_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nonsense")
    finished = process.run(["/usr/bin/env"], timeout=30)
    assert sorted(finished.out.split()) == [
        "HOME=/",
        "LANG=C.UTF-8",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "PYTHONHASHSEED=0",
    ]


def test_bytes_that_are_no_text_do_not_stop_us() -> None:
    code = "import os; os.write(1, bytes([255, 65]))"
    assert process.run([PYTHON, "-c", code], timeout=30).out == "\ufffdA"


def test_a_command_past_its_time_is_killed_with_its_children() -> None:
    code = f"import os, time\nif os.fork():\n {SLEEP}\nprint(os.getpid(), flush=True)\n{SLEEP}"
    finished = process.run([PYTHON, "-c", code], timeout=3.0)
    assert finished.timed_out
    assert finished.code == -signal.SIGKILL
    assert gone(int(finished.out))


def test_without_proc_a_command_past_its_time_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    monkeypatch.setattr(tree, "PROC", tmp_path)
    assert process.run([PYTHON, "-c", SLEEP], timeout=0.3).timed_out
    assert process.marked("IPCMATRIX_TEST=") == set()


def test_a_process_that_ends_while_its_threads_are_listed_is_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone_meanwhile(path: object = ".") -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "scandir", gone_meanwhile)
    assert process.cpu_seconds(os.getpid()) > 0


def test_a_child_that_keeps_the_pipe_open_does_not_keep_us() -> None:
    code = f"import os, time\nif os.fork() == 0:\n {SLEEP}\nprint('done', flush=True)"
    finished = process.run([PYTHON, "-c", code], timeout=3.0)
    assert finished.timed_out
    assert finished.out == "done\n"


def test_an_interrupt_in_a_command_leaves_nothing() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            process.run([PYTHON, "-c", SLEEP], timeout=60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_a_started_process_ends_with_its_parent() -> None:
    code = (
        "import os, signal, sys; from runner import process\n"
        f"child = process.start([sys.executable, '-c', {SLEEP!r}], environment={{}})\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [PYTHON, "-c", code], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    wait_for(lambda: b"time.sleep" in Path(f"/proc/{pid}/cmdline").read_bytes())
    parent.kill()
    parent.communicate()
    wait_for(lambda: gone(pid))


def test_a_started_process_has_no_core_files_and_leads_its_session() -> None:
    code = "import os, resource as r; print(os.getsid(0), *r.getrlimit(r.RLIMIT_CORE)[:1])"
    child = process.start([PYTHON, "-c", code], environment={})
    out, _ = child.communicate(timeout=30)
    assert out.decode().split() == [str(child.pid), "0"]


def test_a_process_that_cannot_start_says_why() -> None:
    child = process.start(["/nowhere/python9"], environment={})
    out, err = child.communicate(timeout=30)
    assert child.returncode == 1
    assert (out, err) == (b"", b"/nowhere/python9 cannot be started: No such file or directory\n")


def test_descendants_are_found_through_sessions() -> None:
    with subprocess.Popen(
        [PYTHON, "-c", ORPHAN + WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            assert process.descendants(parent.pid) == {child}
            assert {parent.pid, child} <= process.descendants(os.getpid())
        finally:
            process.kill_tree(parent.pid)
    assert gone(child)


@pytest.mark.parametrize("kernel", ["lists children", "does not"])
def test_cpu_time_is_that_of_the_whole_tree(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kernel == "does not":
        monkeypatch.setattr(tree, "CHILDREN", Path("/nowhere"))
    burn = "import time\nwhile time.process_time() < 0.4: pass\n"
    command = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {burn + SLEEP!r}])\n"
    )
    before = process.cpu_seconds(os.getpid())
    with subprocess.Popen([PYTHON, "-c", command + WAIT], stdin=subprocess.PIPE) as parent:
        wait_for(lambda: process.cpu_seconds(parent.pid) > 0.2)  # the grandchild's
        assert process.cpu_seconds(os.getpid()) - before > 0.2
        process.kill_tree(parent.pid)


def test_a_marked_orphan_is_killed_and_nobody_else() -> None:
    environment = {**os.environ, "IPCMATRIX_TEST": f"{os.getpid()}-a"}
    bystander = subprocess.Popen(
        [PYTHON, "-c", SLEEP], env={**environment, "IPCMATRIX_TEST": f"{os.getpid()}-b"}
    )
    try:
        with subprocess.Popen([PYTHON, "-c", ORPHAN], env=environment, stdout=-1) as parent:
            assert parent.stdout is not None
            orphan = int(parent.stdout.readline())
            wait_for(lambda: process.exited(parent))
            mark = f"IPCMATRIX_TEST={os.getpid()}-a"
            assert process.marked(mark) == {orphan}
            process.kill_tree(parent.pid, mark)
        assert gone(orphan)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_processes_that_fork_while_they_are_killed_end_too() -> None:
    code = (
        "import os, time\n"
        "print('ready', flush=True)\n"
        "end = time.time() + 20\n"
        "while time.time() < end:\n"
        "    if os.fork():\n"
        "        os._exit(0)\n"
    )
    environment = {"IPCMATRIX_TEST": f"{os.getpid()}-fork"}
    mark = f"IPCMATRIX_TEST={os.getpid()}-fork"
    child = process.start([PYTHON, "-c", code], environment=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    process.kill_tree(child.pid, mark)
    child.communicate()
    assert process.marked(mark) == set()


def test_exited_is_reported_without_reaping() -> None:
    child = subprocess.Popen([PYTHON, "-c", "raise SystemExit(7)"])
    wait_for(lambda: process.exited(child))
    assert process.exited(child)
    assert child.wait() == 7
    assert process.exited(child)


def test_signals_wait_for_the_end_of_an_uninterrupted_stretch() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes at the end of the block
        with process.uninterrupted():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            reached.append("inner")
        reached.append("outer")
    assert reached == ["inner"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nested_uninterrupted_stretches_deliver_at_the_outermost() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), process.uninterrupted():  # noqa: PT012 - at its end
        with process.uninterrupted():
            signal.raise_signal(signal.SIGINT)
        reached.append("outer")
    assert reached == ["outer"]


def test_an_uninterrupted_section_in_a_thread_does_not_change_signals() -> None:
    handlers = []

    def stretch() -> None:
        with process.uninterrupted():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=stretch)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


@pytest.mark.parametrize(("door", "dies"), [("nox", True), ("", False)])
def test_only_a_run_started_by_nox_follows_it_into_death(door: str, dies: bool) -> None:
    inner = (
        "import os, sys, time; from runner import process\n"
        "print(os.getpid(), process.follow_launcher(os.environ), flush=True)\n"
        "time.sleep(600)\n"
    )
    outer = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}])\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPCMATRIX_LAUNCHER": door}
    parent = subprocess.Popen([PYTHON, "-c", outer], env=environment, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid, follows = parent.stdout.readline().split()
    parent.terminate()
    parent.wait()
    parent.stdout.close()
    assert follows == str(dies).encode()
    if dies:
        wait_for(lambda: gone(int(pid)))
    else:
        assert not gone(int(pid))
        os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: gone(int(pid)))
