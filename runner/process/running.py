"""Start a process: to the end with a deadline (`run`), or to be spoken with (`start`).

Programs that we start get their environment from here: agents one, the user's tools another.
"""

import errno
import math
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from runner.process.awake import AWAKE
from runner.process.signals import uninterrupted
from runner.process.tree import kill_tree

GUEST = MappingProxyType(
    {
        "HOME": "/",  # the same everywhere, and holds nothing of the user's
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # Forked trials share their agent's hash seed: a random one would differ from session to
        # session only. 0 turns randomisation off, which is what 2.7 does by itself.
        "PYTHONHASHSEED": "0",
    }
)
"""What every interpreter is started with, and nothing else: the parent's variables change results.

(Dask's nanny sets OMP_NUM_THREADS and MALLOC_TRIM_THRESHOLD_, shells set LD_PRELOAD …)
"""

OF_TOOLS = re.compile(
    r"HOME|USER|LOGNAME|TMPDIR|XDG_(CONFIG|CACHE|DATA)_HOME|(https?|ftp|all|no)_proxy"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|APT_CONFIG"
    r"|PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|PROXY|CERT|CLIENT_CERT"
    r"|TIMEOUT|DEFAULT_TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER)",
    re.IGNORECASE,
)
"""The user's variables that tools (git, pip, apt, mmdebstrap) get: who he is, where his settings
lie, and how a network is reached. Nothing that names code to be run (PYTHONPATH, PERL5OPT,
LD_PRELOAD, GIT_EXTERNAL_DIFF), another target (PIP_TARGET, GIT_DIR) or program (PIP_PYTHON).
"""

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


ROOT = Path("/")
"""The working folder of programs that we start: nobody puts modules there."""
MOST_OUTPUT = 16 * 1024**2
"""Bytes of stdout that `run` keeps; a program that writes more is ended."""
STDERR_KEPT = 64 * 1024
LEAVE_WITHIN = 1.0
"""Seconds for a command to end, with all that holds its pipes, once its output is enough."""


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    take: Callable[[bytes], bool] | None = None,
) -> Finished:
    """Run a command without input and return how it ended; it never raises for that.

    After `timeout` seconds it is killed with all that it started. Without `environment` it gets
    an agent's, made from nothing. A command that cannot be started is `Finished(127, …)`. `take`
    gets its stdout piece by piece, and nothing of it is kept; once it returns True, the command has
    a second left, and what it raises ends the command, and is raised. Of stderr the end is kept.
    """
    arguments = [str(part) for part in command]
    process: subprocess.Popen[bytes] | None = None
    output = _Output(take)
    try:
        with uninterrupted():  # or an interrupt could lose the child before it has a name
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=ROOT,
                env=clean_environment() if environment is None else dict(environment),
                start_new_session=True,
            )
        deadline = AWAKE.now() + timeout
        output.talk(process, deadline)
        process.wait(max(0.0, deadline - AWAKE.now()))
        return output.finished(process.returncode)
    except BaseException as error:
        if process is None:
            if isinstance(error, OSError):
                return Finished(NOT_STARTED, "", f"{arguments[0]} {why_not_started(error)}")
            raise
        with uninterrupted():  # keep what it and its descendants had written to stderr
            kill_tree(process.pid)
            output.stop()
            with suppress(subprocess.TimeoutExpired):  # a runaway still holds the pipes
                output.talk(process, AWAKE.now() + 1.0)
            process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return output.finished(process.returncode)._replace(timed_out=True)
        if isinstance(error, _TooMuchError):
            message = f"it wrote more than {MOST_OUTPUT} bytes and was ended"
            return output.finished(process.returncode)._replace(err=message)
        raise
    finally:
        if process is not None:
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()


def why_not_started(error: OSError) -> str:
    """Return why a program cannot be started, with what an unusual reason means."""
    meaning = {
        errno.ENOEXEC: " (made for another machine, or a script without #!)",
        errno.EMFILE: " (`ulimit -n` is low)",
    }.get(error.errno or 0, "")
    return f"cannot be started: {error.strerror}{meaning}"


class _TooMuchError(Exception):
    """A program wrote more than we keep."""


class _Output:
    """The output of a process, read as it comes so that the process never waits for us."""

    def __init__(self, take: Callable[[bytes], bool] | None) -> None:
        self._take = take
        self._patience = math.inf  # when to stop waiting for pipes that are still open
        self._out = bytearray()
        self._err = bytearray()

    def talk(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        """Read both pipes to their ends; raise subprocess.TimeoutExpired."""
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        with selectors.PollSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            waiting.register(process.stderr, selectors.EVENT_READ)
            while waiting.get_map():
                left = min(deadline, self._patience) - AWAKE.now()
                if left <= 0:
                    raise subprocess.TimeoutExpired(process.args, 0)
                for key, _ in AWAKE.wait(waiting.select, left):
                    if not self._read(key.fd, key.fileobj is process.stdout):
                        waiting.unregister(key.fileobj)

    def finished(self, code: int) -> Finished:
        out, err = (bytes(one).decode("utf-8", errors="replace") for one in (self._out, self._err))
        return Finished(code, out, err)

    def stop(self) -> None:
        """Take and keep nothing more of stdout."""
        self._take = lambda _: False
        self._patience = math.inf

    def _read(self, number: int, is_output: bool) -> bytes:
        data = os.read(number, STDERR_KEPT)
        if not is_output:
            self._err += data
            del self._err[:-STDERR_KEPT]
        elif self._take is not None:
            if self._take(data):
                self._patience = min(self._patience, AWAKE.now() + LEAVE_WITHIN)
        else:
            self._out += data
            if len(self._out) > MOST_OUTPUT:
                raise _TooMuchError
        return data


def start(
    command: Sequence[str | Path], *, environment: Mapping[str, str]
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
        cwd=ROOT,
        env=dict(environment),
        start_new_session=True,
    )


def environment_for_tools() -> dict[str, str]:
    """Return the environment of a tool of the user's, made from nothing; never for an agent."""
    his = {name: value for name, value in os.environ.items() if OF_TOOLS.fullmatch(name)}
    path = os.pathsep.join(searched_folders()) or GUEST["PATH"]
    return {"LANG": "C.UTF-8", **his, "PATH": path}


def searched_folders() -> list[str]:
    """Return the folders of PATH; one that depends on the current folder is not searched."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if Path(folder).is_absolute()]


def which(name: str, extra: str = "") -> str | None:
    """Return the path of a program in PATH and then in `extra`, never in the current folder."""
    folders = [*searched_folders(), *filter(None, extra.split(os.pathsep))]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an agent's environment, made from nothing, with `extra` on top."""
    return {**GUEST, **(extra or {})}
