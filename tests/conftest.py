"""Rules for the whole of the tests: what may be skipped, and where."""

import ctypes
import gc
import os
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

collect_ignore = ["harness"]
"""The harness's tests: tests/contract runs them on every interpreter, with unittest."""

NEEDS = ("interpreters", "docker", "browser", "namespaces", "packages", "ssh")
RUNS = "machine"
"""Marks tests that start runs: a machine has one lock for all runs, so they take turns."""
TESTS = Path(__file__).parent
FILES = frozenset(path for path in TESTS.rglob("test_*.py") if f".mark.{RUNS}" in path.read_text())
CONTAINERS = "test_docker_"
"""How files begin whose tests share images, and an engine of their own."""
EACH = TESTS / "contract" / "test_harness_everywhere.py"
"""A file whose tests need not be run by one worker."""
CLONE_NEWNS = 0x00020000
"""Of unshare(2)."""
OF_ITS_OWN = """
mount --make-rprivate /
for place in /run/lock /var/lock /dev/shm; do mount -t tmpfs -o mode=1777 none $place; done
touch /tmp/ipcmatrix.lock /run/lock/own
mount --bind /run/lock/own /tmp/ipcmatrix.lock
"""
"""What gives a mount namespace machine's locks and shared memory of its own."""


@cache
def can_be_apart() -> bool:
    """Return whether a worker can have machine's locks of its own: it needs root, and unshare."""
    tried = ["unshare", "--mount", "bash", "-ec", OF_ITS_OWN]
    found = os.geteuid() == 0 and shutil.which(tried[0]) is not None
    return found and subprocess.run(tried, capture_output=True, check=False).returncode == 0


class Turns(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Files as wholes; and those that must take turns as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = self.config.rootpath / nodeid.partition("::")[0]
        if file == EACH:
            return nodeid
        if file in FILES and not can_be_apart():
            return RUNS
        return "docker" if file.name.startswith(CONTAINERS) else str(file)


gc.disable()  # what is imported stays; until pytest_collection_finish
settings.register_profile("patient", deadline=None)  # no test asserts a time
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Hear Ctrl-C as usual: a script in the background hands down an ignored SIGINT.

    A worker of pytest-xdist takes machine's locks of its own: what it starts sees no other's.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if getattr(config, "workerinput", {}).get("apart"):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), "unshare")
        subprocess.run(["bash", "-ec", OF_ITS_OWN], check=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist whether it is to have locks of its own."""
    node.workerinput["apart"] = can_be_apart()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let come first what takes one worker the longest: containers, then files that start runs."""
    items.sort(
        key=lambda item: (
            not item.path.name.startswith(CONTAINERS),
            item.path not in FILES,
            item.path != EACH,
        )
    )


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was imported, and what was collected."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Say which tests one worker runs after another (docs/adr/0017).

    pytest-xdist's own groups by marks are lost under pytest 9.2.
    """
    return Turns(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where the machine must have what the test needs.

    IPCMATRIX_REQUIRE names the markers (comma-separated) that must not skip; `.ci/run` sets it.
    """
    del call
    report = yield
    required = os.environ.get("IPCMATRIX_REQUIRE", "").split(",")
    marked = [need for need in NEEDS if need in required and item.get_closest_marker(need)]
    if report.skipped and marked and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        told = f"skipped, but {marked[0]} is required here: {report.longrepr}"
        report.longrepr = told
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """With --durations say which files took the longest, with what their fixtures took."""
    wanted = terminalreporter.config.option.durations
    if wanted is None:
        return
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for one in reports:
            if isinstance(one, pytest.TestReport):
                seconds[one.nodeid.partition("::")[0]] += one.duration
    terminalreporter.section(f"slowest files of {sum(seconds.values()):.0f} s in all workers")
    slowest = sorted(seconds, key=seconds.__getitem__, reverse=True)
    for file in slowest[: wanted or None]:
        terminalreporter.line(f"{seconds[file]:.2f}s {file}")


@pytest.fixture
def made_up_processes(tmp_path: Path) -> Iterator[None]:
    """Have psutil read the /proc of a system that is made in the test's folder."""
    before, psutil.PROCFS_PATH = psutil.PROCFS_PATH, str(tmp_path / "proc")
    yield
    psutil.PROCFS_PATH = before
