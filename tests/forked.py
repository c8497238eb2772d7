"""The program in processes forked from one that has imported its modules.

A start costs about a second of processor time, nearly all of it imports. What tests ask of a verb
beyond its start, exit code, stdout and stderr, they get here for a hundredth of that. What the
interpreters of this machine and the harness say of themselves is asked once, too. What depends on
how the program starts, or is interrupted, is started as users start it.
"""

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from unittest import mock

IMPORTED = (
    *("runner.cli", "runner.settling", "runner.defence", "distributed", "cryptography.x509"),
    *("runner.pipeline.check", "runner.pipeline.clustering", "runner.pipeline.compare"),
    *("runner.pipeline.contract", "runner.pipeline.listing", "runner.pipeline.merging"),
    *("runner.pipeline.plan", "runner.pipeline.printing", "runner.pipeline.publish"),
    *("runner.pipeline.report", "runner.pipeline.run", "runner.executors.local"),
    *("runner.report.publication", "runner.report.decided", "runner.report.terminal"),
    *("runner.report.summary", "runner.report.bundling"),
)
"""What verbs import, but for the renderer of pictures, which has threads."""


def forked(
    *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return how the program ends that is given these words, and what it says.

    It has this process's current folder and environment where no others are given. Variables that
    Python reads at its start have no effect.
    """
    with tempfile.TemporaryDirectory(prefix="forked-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        call = {
            "words": [*map(str, words)],
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "files": [str(out), str(err)],
        }
        server = _server()
        if server.poll() is not None:  # a test of murdered agents kills every child of ours
            _server.cache_clear()
            server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(json.dumps(call) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
        except BaseException:  # a test's time is up: a late answer must not be taken for the next
            server.kill()
            server.communicate()
            _server.cache_clear()
            raise
        said = [path.read_text("utf-8", errors="replace") for path in (out, err)]
    return subprocess.CompletedProcess([*map(str, words)], code, *said)


@cache
def _server() -> "subprocess.Popen[str]":
    server = subprocess.Popen(
        [sys.executable, "-P", "-X", "utf8", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    atexit.register(server.communicate)
    return server


def serve() -> None:
    """Answer each call, a line of stdin, with the exit code of a process forked for it."""
    for name in IMPORTED:
        importlib.import_module(name)
    remember_what_is_asked()
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    gc.freeze()  # or each child copied the pages of what was imported, to look for garbage
    calls, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in calls:
        child = os.fork()
        if child == 0:
            run(**json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answers.write(f"{code}\n")
        answers.flush()


def remember_what_is_asked() -> None:
    """Have every child know what the interpreters here, and the harness, say of themselves.

    They are asked in an environment of their own, so it is the same in every child. Programs that
    are no compiled interpreters, or new ones, are asked by the child.
    """
    from runner.machine import interpreters
    from runner.machine.question import SelfReport, ask
    from runner.pipeline.reading import harness_names

    known: dict[tuple[str, int, int], SelfReport | str] = {}

    def remembered(path: Path, timeout: float) -> SelfReport | str:
        try:
            with path.open("rb") as stream:
                compiled, status = stream.read(4) == interpreters.COMPILED, path.stat()
        except OSError:
            return ask(path, timeout)
        if not compiled:
            return ask(path, timeout)
        key = (str(path), status.st_ino, status.st_mtime_ns)
        if key not in known:
            known[key] = ask(path, timeout)
        return known[key]

    mock.patch.object(interpreters, "ask", remembered).start()
    interpreters.find()
    harness_names(())


def run(words: list[str], cwd: str, env: Mapping[str, str], files: list[str]) -> None:
    """Become the program; it does not return."""
    from runner.__main__ import start

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL), number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None  # TMPDIR may be another
    sys.argv = ["ipcmatrix", *words]
    code: object = None
    try:
        start()
    except SystemExit as ended:
        code = ended.code
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 1)  # to take all modules apart takes longer


if __name__ == "__main__":
    serve()
