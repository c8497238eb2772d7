"""The last line of defence: an uncaught exception becomes a sentence that says what to do."""

import errno
import os
import re
import sys
import tempfile
import traceback

from runner.errors import IpcmatrixError

BUG = 3
"""Exit code of an error of the program itself: neither the cells nor the input are at fault."""

DEBUG = "IPCMATRIX_DEBUG"

TO_DO = {
    errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    errno.ENFILE: "close other programs: the system has no file left",
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room: a quota is used up",
    errno.EFBIG: "raise the limit of a file's size (`ulimit -f`)",
    errno.EROFS: "name a place that can be written",
    errno.EACCES: "permit it, or name another place",
    errno.EPERM: "permit it, or name another place",
    errno.ENOMEM: "give it more memory (`ulimit -v`, the container's limit)",
    errno.EAGAIN: "permit more processes (`ulimit -u`, the container's limit)",
    errno.ENOENT: "see that it is there",
    errno.ENAMETOOLONG: "name a shorter one",
    errno.EIO: "look after the disk or the terminal",
}
"""What helps, by the system's error."""
ENGINES = ("docker", "requests", "urllib3")
"""The packages by which a container engine is asked."""


def report(error: BaseException) -> int:
    """Say on stderr what ended the program, and return its exit code."""
    if os.environ.get(DEBUG) and not isinstance(error, IpcmatrixError):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, IpcmatrixError):
        lines: list[str] = list(map(str, error.args))
    else:
        lines = [_lack(error) or _bug(error)]
    code = error.exit_code if isinstance(error, IpcmatrixError) else BUG
    try:
        from runner import output

        output.install()
        output.complain(lines)
    except MemoryError:
        os.write(2, b"ipcmatrix: out of memory: give it more (`ulimit -v`)\n")
    return code


def _lack(error: BaseException) -> str:
    """Return the sentence for what this machine lacks, or "" if the error is a bug of ours."""
    if isinstance(error, MemoryError):
        return f"out of memory: {TO_DO[errno.ENOMEM]}, or measure fewer cells"
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return f"no thread can be started: {TO_DO[errno.EAGAIN]}, or {TO_DO[errno.ENOMEM]}"
    if isinstance(error, ImportError):
        first = str(error).partition("\n")[0]
        return (
            f"a library cannot be loaded ({first}): reinstall ipcmatrix; or raise the limits of "
            "memory and files (`ulimit -a`)"
        )
    if type(error).__module__.partition(".")[0] in ENGINES:
        said = " ".join(str(error).split()) or type(error).__name__
        return f"the container engine failed ({said}): see `ipcmatrix doctor`, and try again"
    if isinstance(error, OSError) and error.errno in TO_DO:
        where = f"{error.filename2 or error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}: {TO_DO[error.errno]}, and try again"
    return ""


def _bug(error: BaseException) -> str:
    what = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}").strip()
    kept = "its traceback is above"
    if not os.environ.get(DEBUG):
        try:
            with tempfile.NamedTemporaryFile(
                "w", prefix="ipcmatrix-", suffix=".txt", delete=False, encoding="utf-8"
            ) as file:
                file.writelines(traceback.format_exception(error))
            kept = f"report it with {file.name}"
        except (OSError, UnicodeError):
            kept = f"no file can be written; {DEBUG}=1 shows where it happened"
    return f"{what}: this is a bug in ipcmatrix; what was measured is kept; {kept}"
