"""Start a process: to the end with a deadline (`run`), or to be spoken with (`start`)."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from runner.process.environment import clean_environment
from runner.process.signals import uninterrupted
from runner.process.tree import kill_tree

LAUNCHER = Path(__file__).with_name("launcher.py")
NOT_STARTED = 127
"""Exit code of a command that could not be started, as in a shell."""


class Finished(NamedTuple):
    """How a process ended: `code` is negative for a signal; `timed_out` says that we killed it."""

    code: int
    out: str
    err: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with code 0."""
        return self.code == 0 and not self.timed_out


def environment_for_tools() -> dict[str, str]:
    """Return the variables that a tool of the user's (git, an engine's client) needs: all he has.

    Never for what is measured: see `clean_environment`.
    """
    return dict(os.environ)


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    text: str = "",
) -> Finished:
    """Run a command with `text` on its stdin and return how it ended; it never raises for that.

    After `timeout` seconds it is killed with all that it started. Without `environment` it gets
    a guest's, made from nothing. A command that cannot be started is `Finished(127, …)`.
    """
    arguments = [str(part) for part in command]
    process: subprocess.Popen[bytes] | None = None
    try:
        with uninterrupted():  # or an interrupt could lose the child before it has a name
            process = _open(arguments, environment, cwd)
        out, err = process.communicate(text.encode(), timeout=timeout)
        return Finished(process.returncode, _decode(out), _decode(err))
    except BaseException as error:
        if process is None and isinstance(error, OSError):
            return Finished(NOT_STARTED, "", f"{arguments[0]} cannot be started: {error.strerror}")
        if process is not None:
            finished = _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                return finished
        raise


def start(
    command: Sequence[str | Path], *, environment: Mapping[str, str], cwd: Path = Path("/")
) -> subprocess.Popen[bytes]:
    """Start a process with three unbuffered pipes, in its own session, that dies when we do.

    The kernel kills it when the calling thread ends: call from the thread that waits for it. A
    command that cannot be started says so on its stderr and exits with 1.
    """
    number = str(int(signal.SIGKILL))
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), number]
    return subprocess.Popen(
        [*launch, *(str(part) for part in command)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=cwd,
        env=dict(environment),
        start_new_session=True,
    )


def _open(
    arguments: list[str], environment: Mapping[str, str] | None, cwd: Path | None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=clean_environment() if environment is None else dict(environment),
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> Finished:
    """Kill the process and its descendants; keep what they had written."""
    with uninterrupted():
        kill_tree(process.pid)
        try:
            out, err = process.communicate(timeout=1.0)
        except subprocess.TimeoutExpired as late:  # a runaway still holds the pipes
            out, err = late.output or b"", late.stderr or b""
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
            process.wait()
    return Finished(process.returncode, _decode(out), _decode(err), timed_out=True)


def _decode(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
