"""What nobody caught is one sentence, with what to do next."""

import errno
import os
import re
from pathlib import Path

import pytest
from docker.errors import APIError
from requests.exceptions import ConnectionError as RefusedError

from runner import __main__, cli
from runner.defence import report
from runner.errors import BadInputError


def os_error(number: int, name: str | None = "/some/file") -> OSError:
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), ("out of memory", "ulimit -v")),
        (os_error(errno.EMFILE), ("/some/file: Too many open files", "ulimit -n")),
        (os_error(errno.ENOSPC, None), ("No space left on device", "make room")),
        (os_error(errno.ENAMETOOLONG), ("/some/file: File name too long", "a shorter one")),
        (os_error(errno.EIO, None), ("Input/output error", "disk or the terminal")),
        (os_error(errno.EAGAIN, None), ("ulimit -u",)),
        (RuntimeError("can't start new thread"), ("no thread can be started", "ulimit -u")),
        (ImportError("failed to map\nsegment"), ("failed to map", "reinstall ipcmatrix")),
        (APIError("500 Server\nError"), ("engine failed (500 Server Error)", "ipcmatrix doctor")),
        (RefusedError("no answer"), ("the container engine failed (no answer)",)),
    ],
)
def test_what_the_machine_lacks_is_reported(
    capsys: pytest.CaptureFixture[str], error: Exception, words: tuple[str, ...]
) -> None:
    assert report(error) == 3
    err = capsys.readouterr().err
    assert err.startswith("ipcmatrix: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


@pytest.mark.parametrize(
    "error", [RecursionError("deep"), KeyError("x\x1b[2K"), ValueError("é\ny")]
)
def test_a_bug_says_so_and_keeps_its_traceback_in_a_file(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: Exception,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(type(error)) as caught:
        raise error
    assert report(caught.value) == 3
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert "this is a bug in ipcmatrix" in err
    (kept,) = re.findall(r"report it with (\S+)", err)
    assert Path(kept).parent == tmp_path
    assert "Traceback" in Path(kept).read_text()


def test_debugging_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPCMATRIX_DEBUG", "1")
    assert report(ValueError("odd")) == 3
    err = capsys.readouterr().err
    assert "ValueError: odd" in err
    assert "its traceback is above" in err


def test_an_error_of_ours_keeps_its_code_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(BadInputError("one\ntwo", "three")) == 2
    assert capsys.readouterr().err == "ipcmatrix: one\\ntwo\nthree\n"


class PanicException(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (MemoryError(), 3), (PanicException("rust"), 3), (None, 0)],
)
def test_start_ends_with_a_code_whatever_comes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    error: BaseException | None,
    code: int,
) -> None:
    def main() -> int:
        if error is not None:
            raise error
        return 0

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("runner.settling.settle", lambda: None)
    monkeypatch.setattr(cli, "main", main)
    with pytest.raises(SystemExit) as ended:
        __main__.start()
    assert ended.value.code == code
    assert "Traceback" not in capsys.readouterr().err
