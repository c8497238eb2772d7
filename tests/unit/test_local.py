import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from runner import process
from runner.executors.base import Agent
from runner.executors.local import LocalExecutor, ProcessChannel
from runner.model import Cell, Record, Status, Trial
from runner.process import AWAKE, descendants
from runner.shipped import HARNESS

pytestmark = pytest.mark.slow

FAKE = Path(__file__).with_name("fake_harness.py")
HERE = {"3.11": Path(sys.executable)}
STARTER = """
import os, signal, sys
from pathlib import Path
from runner.executors.local import LocalExecutor
from runner.model import Cell, Trial

executor = LocalExecutor({"3.11": Path(sys.executable)}, "forked", harness=Path(sys.argv[1]))
agent = executor.open(["3.11"])["3.11"]
trial = Trial(Cell("3.11", "pipe"), messages=1, warmup=0, verify=0, timeout=9.0)
print(agent.run([trial])[0].facts["pid"], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def trial(fault: str = "", messages: int = 7, timeout: float = 20.0) -> Trial:
    cell = Cell("3.11", "pipe")
    return Trial(cell, messages=messages, warmup=0, verify=0, timeout=timeout, fault=fault)


def local(harness: Path = FAKE, grace: float = 5.0) -> LocalExecutor:
    return LocalExecutor(HERE, "forked", grace, harness)


def agent_in(executor: LocalExecutor) -> Agent:
    agent = executor.open(["3.11"])["3.11"]
    assert not isinstance(agent, str), agent
    return agent


def gone(pid: str | int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def statuses(records: Sequence[Record]) -> list[str]:
    return [record.status.value for record in records]


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No test may leave a process: neither living nor a zombie."""
    before, born = descendants(os.getpid()), children()
    yield
    assert descendants(os.getpid()) - before == set()
    assert children() - born == set()


def children() -> set[str]:
    """Return the pids of our children, zombies too; other tests may keep some (a browser's)."""
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for one in lists for pid in one.read_text().split()}


def test_an_agent_answers_and_stays_for_the_next_request() -> None:
    with local() as executor:
        agent = agent_in(executor)
        first = agent.run([trial(), trial(messages=8)])
        second = agent.run([trial(messages=9)])
    assert statuses(first + second) == ["ok", "ok", "ok"]
    assert [record.messages for record in first + second] == [7, 8, 9]
    assert len({record.facts["pid"] for record in first + second}) == 1
    assert gone(first[0].facts["pid"])


def test_an_agent_lives_in_a_session_of_its_own() -> None:
    with local() as executor:
        record = agent_in(executor).run([trial()])[0]
    assert record.facts["session"] == record.facts["pid"]


def test_an_agent_has_default_signals_though_we_ignore_them() -> None:
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with local() as executor:
            record = agent_in(executor).run([trial("agent:signals")])[0]
    finally:
        signal.signal(signal.SIGINT, previous)
    assert record.facts["int"] == "True"


def test_the_environment_is_ours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", "/nonsense")
    with local() as executor:
        executor.open(["3.11"])
        facts = dict(executor.facts()["3.11"])
    assert facts.pop("IPCMATRIX_AGENT")
    assert facts.pop("LC_CTYPE", "C.UTF-8") == "C.UTF-8"  # set by the interpreter itself
    assert {name: facts[name] for name in facts if name.isupper()} == {
        "HOME": "/",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONHASHSEED": "0",
    }
    assert facts["environment"] == (
        "HOME=/ LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin PYTHONHASHSEED=0"
    )
    assert facts["executor"] == "local"
    assert str(Path.home()) + "/" not in facts["path"]


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        ("agent:exit", "crashed", "the agent exited with code 3\nthe last words"),
        ("agent:signal", "crashed", "the agent was killed by SIGSEGV"),
        ("agent:close", "crashed", "the agent closed its stdout without ending, and was killed"),
        ("agent:garbage", "failed", "'{Segmentation something'"),
        ("agent:printing", "failed", "does not stop printing"),
    ],
)
def test_a_lost_agent_costs_one_trial(fault: str, status: str, detail: str) -> None:
    with local() as executor:
        agent = agent_in(executor)
        records = agent.run([trial(), trial(fault), trial(), trial()])
    assert statuses(records) == ["ok", status, "ok", "ok"]
    assert detail in records[1].detail
    assert records[0].facts["pid"] != records[2].facts["pid"] == records[3].facts["pid"]


def test_what_others_print_into_the_stream_costs_nothing() -> None:
    with local() as executor:
        records = agent_in(executor).run([trial(), trial("agent:chatter"), trial()])
    assert statuses(records) == ["ok", "ok", "ok"]
    assert len({record.facts["pid"] for record in records}) == 1


def test_a_hanging_agent_is_killed_after_the_time_out() -> None:
    with local(grace=0.1) as executor:
        agent = agent_in(executor)
        records = agent.run([trial("agent:hang", timeout=0.1), trial()])
    assert statuses(records) == ["timeout", "ok"]
    assert "did not answer in time" in records[0].detail


def test_a_flood_of_stderr_blocks_nobody_and_its_end_is_kept() -> None:
    with local() as executor:
        agent = agent_in(executor)
        records = agent.run([trial("agent:flood"), trial("agent:exit")])
    assert statuses(records) == ["ok", "crashed"]
    assert records[1].detail.endswith("xxxendthe last words")
    assert len(records[1].detail) < 5000


def test_an_orphan_in_a_session_of_its_own_is_found_and_killed() -> None:
    with local() as executor:
        record = agent_in(executor).run([trial("agent:orphan")])[0]
        assert not gone(record.facts["orphan"])
    assert gone(record.facts["orphan"])


def test_an_agent_killed_from_outside_is_replaced() -> None:
    with local() as executor:
        agent = agent_in(executor)
        pid = int(agent.run([trial()])[0].facts["pid"])
        os.kill(pid, signal.SIGKILL)
        while not gone(pid):
            time.sleep(0.01)
        assert statuses(agent.run([trial()])) == ["ok"]


@pytest.mark.parametrize("fault", ["agent:hang", "agent:orphan"])
def test_an_interrupt_leaves_nothing_behind(fault: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with local() as executor:
            agent = agent_in(executor)
            pid = agent.run([trial()])[0].facts["pid"]
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                agent.run([trial(fault), trial("agent:hang")])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert gone(pid)


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15])
def test_an_interrupt_while_agents_start_leaves_nothing_behind(after: float) -> None:
    code = f"import os, time; time.sleep({after}); os.kill({os.getpid()}, 2)"
    child = subprocess.Popen([sys.executable, "-c", code])
    with pytest.raises(KeyboardInterrupt):
        open_and_sleep()
    child.wait()


def open_and_sleep() -> None:
    with local() as executor:
        executor.open(["3.11"])
        time.sleep(30)


def test_a_name_that_was_not_found_has_a_reason() -> None:
    with local() as executor:
        agents = executor.open(["3.11", "3.99"])
    assert agents["3.99"] == "no interpreter 3.99 was found on this machine"
    assert not isinstance(agents["3.11"], str)


def test_an_interpreter_that_cannot_start_has_a_reason(tmp_path: Path) -> None:
    missing = tmp_path / "python9.9"
    with LocalExecutor({"9.9": missing}, "forked", harness=FAKE) as executor:
        reason = executor.open(["9.9"])["9.9"]
    assert isinstance(reason, str)
    assert "No such file or directory" in reason
    assert reason.startswith("the harness does not start on 9.9: ")


def test_a_harness_that_raises_at_its_start_has_a_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such thing here')\n")
    with local(harness=broken) as executor:
        reason = executor.open(["3.11"])["3.11"]
    assert isinstance(reason, str)
    assert "no such thing here" in reason


def test_an_agent_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = tmp_path / "starter.py"
    program.write_text(STARTER)
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, str(program), str(FAKE)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == -signal.SIGKILL, told.stderr
    pid = int(told.stdout)
    deadline = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert gone(pid)


def test_the_end_of_a_channel_says_the_same_twice() -> None:
    channel = ProcessChannel([HERE["3.11"], "-c", "raise SystemExit(5)"], "test-0")
    first = channel.end(patience=20.0)
    assert first.status is Status.CRASHED
    assert first.how == "exited with code 5"
    assert channel.end() is first
    assert channel.receive(AWAKE.now()) == b""
    with pytest.raises(BrokenPipeError):
        channel.send(b"x", AWAKE.now() + 1)


def test_what_not_even_a_kill_ends_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = ProcessChannel([HERE["3.11"], "-c", "import time; time.sleep(600)"], "test-2")
    with monkeypatch.context() as patch:
        patch.setattr(process, "kill_tree", lambda *_: None)
        patch.setattr("runner.executors.local.REAP_WITHIN", 0.1)
        how = channel.end().how
    process.kill_tree(channel._child.pid)
    channel._child.wait()
    assert how == "cannot be ended, even by SIGKILL"


def test_a_channel_that_is_not_read_gives_up_sending_in_time() -> None:
    channel = ProcessChannel([HERE["3.11"], "-c", "import time; time.sleep(600)"], "test-1")
    try:
        with pytest.raises(TimeoutError):
            channel.send(b"x" * 1024 * 1024, AWAKE.now() + 0.2)
        assert channel.alive()
    finally:
        channel.end()
    assert not channel.alive()


def test_the_harness_is_next_to_the_executors() -> None:
    assert (HARNESS / "__main__.py").is_file()


def shim(folder: Path, name: str = "python") -> Path:
    """Write an interpreter of our own, which can be replaced."""
    path = folder / name
    path.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return path


def upgrade(path: Path) -> None:
    shim(path.parent, "new").rename(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (upgrade, "was replaced while the run measured"),
        (lambda path: path.write_text("#!/bin/sh\n"), "was replaced while the run measured"),
        (lambda path: path.unlink(), "was removed while the run measured"),
        (lambda path: path.chmod(0o644), "can no longer be executed while the run measured"),
    ],
)
def test_an_interpreter_that_changes_is_unavailable_and_the_others_continue(
    change: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    path = shim(tmp_path)
    paths = {"3.11": path, "3.12": Path(sys.executable)}
    with LocalExecutor(paths, "forked", 5.0, FAKE) as executor:
        agents = executor.open(["3.11", "3.12"])
        changing, other = agents["3.11"], agents["3.12"]
        assert not isinstance(changing, str)
        assert not isinstance(other, str)
        assert statuses(changing.run([trial()])) == ["ok"]
        change(path)
        records = changing.run([trial(), trial()])
        assert statuses(other.run([trial()])) == ["ok"]
    assert statuses(records) == ["unavailable", "unavailable"]
    assert all(told in record.detail for record in records)


def test_a_harness_that_changes_under_a_run_measures_nothing_more(tmp_path: Path) -> None:
    harness = tmp_path / "harness"
    shutil.copytree(HARNESS, harness)
    (harness / "__main__.py").write_bytes(FAKE.read_bytes())
    with local(harness) as executor:
        agent = agent_in(executor)
        (harness / "__pycache__").mkdir(exist_ok=True)
        assert statuses(agent.run([trial()])) == ["ok"]
        (harness / "transports" / "pipe.py").write_text("# the next version")
        (record,) = agent.run([trial()])
    assert (record.status, record.detail) == (
        Status.UNAVAILABLE,
        f"{harness}/transports/pipe.py was replaced while the run measured",
    )


def test_an_agent_that_was_stopped_from_outside_has_lost_its_trial() -> None:
    with local(grace=0.5) as executor:
        agent = agent_in(executor)
        pid = int(agent.run([trial()])[0].facts["pid"])
        os.kill(pid, signal.SIGSTOP)
        records = agent.run([trial(timeout=0.1), trial()])
    assert statuses(records) == ["lost", "ok"]
    assert "stopped from outside" in records[0].detail
