"""Two measuring runs never share a machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import EnvironmentLacksError
from runner.journal import lock_path, machine_lock


def test_a_second_run_is_refused_with_pid_and_start_of_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        machine_lock(lock),
        pytest.raises(EnvironmentLacksError, match=rf"pid {os.getpid()}, user .*, since 20\d\d-"),
        machine_lock(lock),
    ):
        pytest.fail("the lock was taken twice")


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with machine_lock(tmp_path / "lock"):
            pass
    assert [path.name for path in tmp_path.iterdir()] in ([], ["lock"])


def test_a_refused_run_leaves_the_holders_signature(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with machine_lock(lock):
        for _ in range(2):
            with (
                pytest.raises(EnvironmentLacksError, match=f"pid {os.getpid()}"),
                machine_lock(lock),
            ):
                pass


def test_a_killed_run_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import sys; from pathlib import Path; from runner.journal import machine_lock\n"
        "with machine_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentLacksError, match=f"pid {other.pid}"), machine_lock(lock):
            pass
        other.kill()
    with machine_lock(lock):
        pass


def test_a_lock_without_a_signature_is_refused_all_the_same(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with machine_lock(lock):
        (tmp_path / "lock.holder").unlink()
        with pytest.raises(EnvironmentLacksError, match="could not be read"), machine_lock(lock):
            pass


def test_a_lock_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with (
        pytest.raises(EnvironmentLacksError, match="cannot be taken"),
        machine_lock(tmp_path / "lock"),
    ):
        pass


def test_the_lock_stands_in_no_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert str(lock_path().parent) in {"/run/lock", "/var/lock", "/tmp"}
