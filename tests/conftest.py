"""Rules for the whole of the tests: what may be skipped, and where."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

collect_ignore = ["harness"]
"""The harness's tests: tests/contract runs them under every interpreter, with unittest."""

NEEDS = ("interpreters", "docker", "browser", "namespaces", "packages", "ssh")
RUNS = "machine"
"""Marks tests that start runs: a machine has one lock for all runs, so they take turns."""
TESTS = Path(__file__).parent
FILES = frozenset(path for path in TESTS.rglob("test_*.py") if f".mark.{RUNS}" in path.read_text())


class Turns(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Files as wholes, and the files whose tests start runs as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return RUNS if self.config.rootpath / file in FILES else file


settings.register_profile("patient", deadline=None)  # no test asserts a time
settings.load_profile("patient")


def pytest_configure() -> None:
    """Hear Ctrl-C as usual: a script in the background hands down an ignored SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files whose tests start runs come first: they take the longest, one by one."""
    items.sort(key=lambda item: item.path not in FILES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give a worker all files whose tests start runs, and each other file as a whole to one.

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


@pytest.fixture
def made_up_processes(tmp_path: Path) -> Iterator[None]:
    """Have psutil read the /proc of a system that is made in the test's folder."""
    before, psutil.PROCFS_PATH = psutil.PROCFS_PATH, str(tmp_path / "proc")
    yield
    psutil.PROCFS_PATH = before
