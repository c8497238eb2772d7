"""The one writer: whole files or none, nothing through links, no draft left behind."""

import errno
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.files import Drafts, open_regular, put, read


def link_to_a_file(path: Path) -> None:
    victim = path.parent.parent / "victim"
    victim.write_text("precious")
    path.symlink_to(victim)


def dangling_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        above = Path.cwd()
        os.chdir(path.parent)  # an address has room for about a hundred bytes
        made.bind(path.name)
        os.chdir(above)


def directory(path: Path) -> None:
    path.mkdir()


def link_to_a_folder(path: Path) -> None:
    (path.parent.parent / "elsewhere").mkdir()
    path.symlink_to(path.parent.parent / "elsewhere")


STRANGE = {
    link_to_a_file: "is a link, not a file",
    dangling_link: "is a link, not a file",
    link_to_itself: "is a link, not a file",
    link_to_a_folder: "is a link, not a file",
    pipe: "is a pipe, not a file",
    listening: "is a socket, not a file",
    directory: "is a directory, not a file",
}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content = path.read_bytes() if stat.S_ISREG(mode) else b""
        found[str(path.relative_to(folder))] = (stat.S_IFMT(mode), content)
    return found


@pytest.mark.parametrize("make", STRANGE)
def test_what_is_in_the_place_of_a_file_is_neither_written_nor_read(
    make: "pytest.FixtureRequest", tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / "report.md"
    make(path)  # type: ignore[operator]
    before = snapshot(tmp_path)
    for attempt in (lambda: put(path, "new"), lambda: read(path)):
        with pytest.raises(OSError, match=STRANGE[make]) as caught:  # type: ignore[index]
            attempt()
        assert caught.value.filename == str(path)
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")
def test_a_device_is_neither_written_nor_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    for attempt in (lambda: put(path, "new"), lambda: read(path)):
        with pytest.raises(OSError, match="is a device, not a file"):
            attempt()


@pytest.mark.parametrize("depth", ["tables", "tables/shown"])
def test_a_linked_folder_below_is_not_followed(depth: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    (elsewhere / "shown").mkdir(parents=True)
    (elsewhere / "shown" / "a.csv").write_text("precious")
    place = folder / depth
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere if depth == "tables" else elsewhere / "shown")
    before = snapshot(tmp_path)
    path = folder / "tables" / "shown" / "a.csv"
    for attempt in (lambda: put(path, "new", folder), lambda: read(path, folder)):
        with pytest.raises(OSError, match="is a link, not a directory") as caught:
            attempt()
        assert caught.value.filename == str(place)
    assert snapshot(tmp_path) == before


def test_the_folder_that_a_user_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    put(tmp_path / "link" / "trials" / "m.csv", "x", tmp_path / "link")
    assert read(tmp_path / "link" / "trials" / "m.csv") == b"x"
    assert (tmp_path / "real" / "trials" / "m.csv").read_text() == "x"


def test_another_name_of_a_file_keeps_its_content(tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("old")
    (tmp_path / "run.json").hardlink_to(tmp_path / "backup")
    put(tmp_path / "run.json", "new")
    assert (tmp_path / "backup").read_text() == "old"
    assert (tmp_path / "run.json").read_text() == "new"


def test_a_file_is_as_others_may_read_it(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        put(tmp_path / "a", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_after_an_exception_all_is_as_it_was(error: BaseException, tmp_path: Path) -> None:
    put(tmp_path / "report.md", "old")
    put(tmp_path / "tables" / "a.csv", "old", tmp_path)
    before = snapshot(tmp_path)

    def interrupted() -> None:
        with Drafts(tmp_path) as drafts:
            drafts.write("report.md", "new")
            drafts.write("tables/a.csv", "new")
            drafts.write("tables/shown/b.csv", "new")
            with drafts.open("report.html") as file:
                file.write(b"half")
                raise error

    with pytest.raises(type(error)):
        interrupted()
    assert snapshot(tmp_path) == before


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_what_does_not_fit_the_disk_is_named_and_the_earlier_files_are_whole(
    tmp_path: Path,
) -> None:
    put(tmp_path / "report.md", "old")
    before = snapshot(tmp_path)

    def too_much() -> None:
        with largest_file(50_000), Drafts(tmp_path) as drafts:
            drafts.write("report.md", "new")
            drafts.write("report.html", "x" * 100_000)

    with pytest.raises(OSError, match="File too large") as caught:
        too_much()
    assert (caught.value.errno, caught.value.filename) == (
        errno.EFBIG,
        str(tmp_path / "report.html"),
    )
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_what_the_disk_refuses_is_named(
    call: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    put(tmp_path / "run.json", "old")
    before = snapshot(tmp_path)
    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        put(tmp_path / "run.json", "new")
    assert (caught.value.errno, caught.value.filename) == (code, str(tmp_path / "run.json"))
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError) as caught:
        put(tmp_path / "run.json", "new")
    assert caught.value.filename == str(tmp_path / "run.json")


def test_a_killed_writers_draft_goes_and_a_living_ones_stays(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from runner.files import Drafts\n"
        "with Drafts(Path(sys.argv[1])) as drafts, drafts.open('tables/a') as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    assert len(list((tmp_path / "tables").iterdir())) == 1
    with Drafts(tmp_path) as living:
        with living.open("tables/a") as file:
            file.write(b"first")
            put(tmp_path / "tables" / "b", "second", tmp_path)
        assert len(list((tmp_path / "tables").glob(".*"))) == 1
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == ["a", "b"]


def test_only_a_regular_file_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a.svg").touch()
    (tmp_path / "b.svg").symlink_to("a.svg")
    with Drafts(tmp_path) as drafts:
        for name in ("a.svg", "b.svg", "c.svg"):
            drafts.remove(name)
    assert [path.name for path in tmp_path.iterdir()] == ["b.svg"]


def test_a_descriptor_is_not_lost_where_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(OSError, match="is a pipe"):
            open_regular(tmp_path / "pipe")
        with pytest.raises(OSError, match="is a pipe"):
            put(tmp_path / "pipe", "")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
