"""Held folders: the living keep theirs, whatever their pid; the dead leave nothing for good."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.machine import interpreters
from runner.process import HeldFolder, held, is_held, sweep

pytestmark = pytest.mark.slow

HARNESS = Path(__file__).parents[2] / "runner" / "harness"
HOLD = """
import os, sys, tempfile
tempfile.tempdir = sys.argv[2]
sys.path.insert(0, sys.argv[1])
import guard
folder = guard.Folder()
folder.use()
if sys.argv[3:]:
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
print(folder.path)
sys.stdout.flush()
sys.stdin.read()
"""
FOUND = [one for one in interpreters.find() if not one.broken and not one.duplicate]


@contextmanager
def agent(place: Path, python: str = sys.executable, *more: str) -> Iterator[tuple[Path, int]]:
    """Give the folder of a process that holds one as an agent does, and its pid."""
    with subprocess.Popen(
        [python, "-B", "-c", HOLD, str(HARNESS), str(place), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield Path(process.stdout.readline().strip()), process.pid
        process.kill()


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("python", [one.path for one in FOUND], ids=[one.name for one in FOUND])
def test_an_agents_folder_is_its_own_until_it_is_killed(tmp_path: Path, python: str) -> None:
    with agent(tmp_path, python) as (folder, pid):
        (folder / "listener").mkdir()
        assert sweep([tmp_path]) == ([], [(str(folder), "in use")])
        assert is_held(folder)
        end(pid)
        assert sweep([tmp_path]) == ([str(folder)], [])
    assert not folder.exists()


def test_a_child_that_outlives_its_agent_keeps_the_folder(tmp_path: Path) -> None:
    with agent(tmp_path, sys.executable, "fork") as (folder, pid):
        end(pid)
        assert sweep([tmp_path]).left == [(str(folder), "in use")]


def test_our_folder_is_held_until_it_is_removed(tmp_path: Path) -> None:
    with HeldFolder("work", tmp_path) as folder:
        assert sweep([tmp_path]).left == [(folder, "in use")]
    assert list(tmp_path.iterdir()) == []


def test_who_was_swept_before_it_could_lock_takes_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open
    swept: list[Path] = []

    def sweep_first(path: Path, flags: int) -> int:
        if not swept:
            swept.append(path)
            monkeypatch.undo()
            assert sweep([tmp_path]).removed == [str(path)]
            path.mkdir()  # somebody takes the name meanwhile
            number = really_open(path, flags)
            path.rmdir()
            return number
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", sweep_first)
    folder = HeldFolder("work", tmp_path)
    assert [folder.path] == list(tmp_path.iterdir())
    assert is_held(folder.path)
    folder.remove()


def test_who_was_swept_before_it_could_open_its_folder_takes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def sweep_first(path: Path, flags: int) -> int:
        monkeypatch.undo()
        assert sweep([tmp_path]).removed == [str(path)]
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", sweep_first)
    folder = HeldFolder("work", tmp_path)
    assert [folder.path] == list(tmp_path.iterdir())
    folder.remove()


def a_link(path: Path, target: Path) -> None:
    path.symlink_to(target)


def a_file(path: Path, target: Path) -> None:
    path.touch()


def a_fifo(path: Path, target: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [a_link, a_file, a_fifo])
def test_what_is_not_a_folder_is_left_and_never_followed(
    tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    target, place = tmp_path / "target", tmp_path / "place"
    (target / "precious").mkdir(parents=True)
    place.mkdir()
    path = place / "ipcmatrix-agent-abcdefgh"
    make(path, target)
    ((left, why),) = sweep([place]).left
    assert (left, "no" in why or "Not" in why) == (str(path), True)
    assert path.exists()
    assert (target / "precious").exists()


def test_links_inside_a_folder_are_not_followed(tmp_path: Path) -> None:
    target, place = tmp_path / "target", tmp_path / "place"
    (target / "precious").mkdir(parents=True)
    (place / "ipcmatrix-agent-abcdefgh").mkdir(parents=True)
    (place / "ipcmatrix-agent-abcdefgh" / "link").symlink_to(target)
    assert len(sweep([place]).removed) == 1
    assert (target / "precious").exists()


@pytest.mark.parametrize(
    "name", ["ipcmatrix-results", "ipcmatrix-agent-", "ipcmatrix-agent-12-abcdef", "ipcmatrix-work"]
)
def test_folders_of_other_names_are_not_looked_at(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert sweep([tmp_path]) == ([], [])


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user needs root")
def test_another_users_folder_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "ipcmatrix-agent-abcdefgh"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    assert sweep([tmp_path]).left == [(str(folder), "it is another user's")]


def test_a_folder_with_a_mount_below_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ipcmatrix-work-abcdefgh"
    folder.mkdir()
    monkeypatch.setattr(held, "_has_mounts", lambda path: path == folder)
    assert sweep([tmp_path]).left == [(str(folder), "something is mounted in it")]
    monkeypatch.undo()
    assert not held._has_mounts(folder)
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    deepest = max((line.split()[1] for line in mounts), key=len)
    assert held._has_mounts(Path(deepest).parent)


def test_a_mount_below_a_folder_with_odd_characters_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_bytes(b"proc /t\\134mp/a\\040b\xe9/ipcmatrix-work-abcdefgh/proc proc rw 0 0\n")
    monkeypatch.setattr(held, "MOUNTS", mounts)
    place = os.fsdecode(b"/t\\mp/a b\xe9")
    assert held._has_mounts(Path(place, "ipcmatrix-work-abcdefgh"))
    assert not held._has_mounts(Path(place, "ipcmatrix-work-abcdefg"))


def test_a_folder_that_cannot_be_filled_is_not_left(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        HeldFolder("work", tmp_path, {"file": b"", "nowhere/file": b""})
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert sweep([tmp_path / "nowhere"]) == ([], [])
    assert not is_held(tmp_path / "nowhere")
