"""Two measuring runs never share a machine."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from runner import process
from runner.errors import EnvironmentLacksError
from runner.machine import lock
from runner.machine.lock import NAME, machine_lock


def test_a_second_run_is_refused_with_pid_and_start_of_the_first(tmp_path: Path) -> None:
    lock = [tmp_path]
    with (
        machine_lock(lock),
        pytest.raises(
            EnvironmentLacksError, match=rf"pid {os.getpid()} on .*, user .*, since 20\d\d-"
        ),
        machine_lock(lock),
    ):
        pytest.fail("the lock was taken twice")


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with machine_lock([tmp_path]):
            pass
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_refused_run_leaves_the_holders_signature(tmp_path: Path) -> None:
    lock = [tmp_path]
    with machine_lock(lock):
        for _ in range(2):
            with (
                pytest.raises(EnvironmentLacksError, match=f"pid {os.getpid()} "),
                machine_lock(lock),
            ):
                pass


def test_a_killed_run_frees_the_lock(tmp_path: Path) -> None:
    lock = [tmp_path]
    program = (
        "import sys; from pathlib import Path; from runner.machine.lock import machine_lock\n"
        "with machine_lock([Path(sys.argv[1])]): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentLacksError, match=f"pid {other.pid} "), machine_lock(lock):
            pass
        other.kill()
    with machine_lock(lock):
        pass


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "[" * 1000, '{"pid": "\\u001b[31m", "host": 1, "user": 2, "started": 3}'],
)
def test_a_signature_that_says_nothing_is_no_reason_to_go_on(tmp_path: Path, text: str) -> None:
    with machine_lock([tmp_path]):
        (tmp_path / NAME).write_text(text)
        with (
            pytest.raises(EnvironmentLacksError, match="could not be read"),
            machine_lock([tmp_path]),
        ):
            pass


@pytest.mark.parametrize("what", ["folder", "fifo", "link"])
def test_a_lock_that_is_not_a_file_says_so(tmp_path: Path, what: str) -> None:
    if what == "folder":
        (tmp_path / NAME).mkdir()
    elif what == "fifo":
        os.mkfifo(tmp_path / NAME)
    else:
        (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentLacksError, match="cannot be taken"), machine_lock([tmp_path]):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_without_room_is_not_said_to_hold_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(lock, "_opened", Mock(side_effect=full))
    reason = r"\(No space left on device\): see that a file can be made there"
    with pytest.raises(EnvironmentLacksError, match=reason), machine_lock([tmp_path]):
        pass


def test_two_that_share_one_place_of_several_use_that_one(tmp_path: Path) -> None:
    mine, ours, theirs = (tmp_path / name for name in ("mine", "ours", "theirs"))
    for place in (mine, ours, theirs):
        place.mkdir()
    with (
        machine_lock([mine, ours]),
        pytest.raises(EnvironmentLacksError, match="ours"),
        machine_lock([theirs, ours]),
    ):
        pytest.fail("the lock was taken twice")
    with machine_lock([theirs]):  # the refused one holds nothing
        pass


def test_two_names_of_one_place_are_one_place(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "place")
    with machine_lock([tmp_path / "place", tmp_path / "link"]):
        pass


def test_a_place_that_is_not_here_is_passed_over(tmp_path: Path) -> None:
    with (
        machine_lock([tmp_path / "nowhere", tmp_path]),
        pytest.raises(EnvironmentLacksError),
        machine_lock([tmp_path]),
    ):
        pytest.fail("the lock was taken twice")


def test_a_lock_that_was_removed_under_its_holder_keeps_nobody_waiting(tmp_path: Path) -> None:
    with machine_lock([tmp_path]):
        (tmp_path / NAME).unlink()
        with machine_lock([tmp_path]):
            pass
    with machine_lock([tmp_path]):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user needs root")
def test_another_users_lock_is_met_where_its_file_may_not_be_written(tmp_path: Path) -> None:
    place = tmp_path / "sticky"
    place.mkdir()
    place.chmod(0o1777)
    (place / NAME).touch()
    (place / NAME).chmod(0o644)
    os.chown(place / NAME, 65534, 65534)
    with (
        machine_lock([place]),
        pytest.raises(EnvironmentLacksError, match="another run"),
        machine_lock([place]),
    ):
        pytest.fail("the lock was taken twice")


def test_the_lock_is_in_no_users_folder() -> None:
    assert {str(place) for place in process.SHARED} == {"/run/lock", "/var/lock", "/tmp"}
