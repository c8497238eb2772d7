"""What runs in a worker: a part process for each task, whose lines it forwards.

The process measures; the worker only copies lines, so that its event loop and heartbeats stay out
of the program that measures, and so that it can be killed.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from runner.process import environment_for_tools, exited, kill_tree, start
from runner.shipped import COMMAND

LOOK_EVERY = 0.5
"""Seconds between two looks whether the answer is still wanted."""
STOP_WITHIN = 5.0
"""Seconds for a part to end by itself once it is not."""
SEND_EVERY = 1.0
"""Seconds between two messages: rounds go several together."""
STDERR_KEPT = 4096
ENGINE = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY")


def run_part(topic: str, request: str) -> str:
    """Run the part that a request asks for; return its last line, sending the others as events."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return (
            task is not None
            and task.state == "executing"
            and worker.status.name in ("running", "paused")
        )

    def send(lines: list[str]) -> None:
        worker.log_event(topic, {"key": key, "lines": lines})

    spool = setting("spool", "ipcmatrix-spool")
    asked = json.dumps({**json.loads(request), "spool": spool})
    return forward(asked, wanted, send)


def setting(name: str, default: str) -> str:
    """Return the settings of `ipcmatrix worker`; also of workers that others started."""
    import dask

    return str(dask.config.get(f"ipcmatrix.{name}", default))


def forward(request: str, wanted: Callable[[], bool], send: Callable[[list[str]], None]) -> str:
    """Run a part process until it ends, or is not wanted any more; return its last line."""
    with _started(request) as (child, said, errors):
        unsent: list[str] = []
        sent = time.monotonic()
        last = ""
        stop_by: float | None = None
        while True:
            # In this order: what is said before the end is there once the end is seen.
            ended, closed = exited(child), said.closed
            fresh = said.taken()
            for line in fresh:
                result_only = line.startswith(('{"kind": "plan"', '{"kind": "error"'))
                if result_only or line.startswith('{"kind": "end"'):
                    last = line
                if not result_only:  # the scheduler keeps its last events
                    unsent.append(line)
            now = time.monotonic()
            if unsent and (ended or now - sent >= SEND_EVERY):
                send(unsent)
                unsent, sent = [], now
            if ended and closed and not fresh:
                break
            if stop_by is None and not wanted():
                stop_by = now + STOP_WITHIN
                assert child.stdin is not None
                with suppress(OSError):
                    child.stdin.write(b"stop\n")
            if stop_by is not None and now > stop_by and not ended:
                kill_tree(child.pid)
            said.wait(LOOK_EVERY)
        code = child.wait()
        if last:
            return last
        why = errors().strip().rpartition("\n")[2] or "it said nothing"
        lines = [f"the part process ended with code {code}: {why}"]
        return json.dumps({"kind": "error", "code": 1, "lines": lines})


class _Said:
    """Lines of a pipe, read by a thread so that the process never waits for us."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self.closed = False
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe: IO[bytes]) -> None:
        rest = b""
        with suppress(OSError, ValueError):
            while piece := pipe.read(1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                with self._changed:
                    self._lines += [line.decode("utf-8", "replace") for line in lines]
                    self._changed.notify_all()
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def taken(self) -> list[str]:
        with self._changed:
            lines, self._lines = self._lines, []
            return lines

    def wait(self, seconds: float) -> None:
        with self._changed:
            if not self._lines and not self.closed:
                self._changed.wait(seconds)
            elif self.closed:
                self._changed.wait(0.005)  # its process ends within milliseconds


@contextmanager
def _started(
    request: str,
) -> Iterator[tuple["subprocess.Popen[bytes]", _Said, Callable[[], str]]]:
    """Start a part process in this thread, with whose end the kernel ends it."""
    environment = environment_for_tools()
    environment |= {name: os.environ[name] for name in ENGINE if name in os.environ}
    child = start([sys.executable, "-P", str(COMMAND), "part"], environment=environment)
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    tail = bytearray()

    def drain(pipe: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while piece := pipe.read(1 << 12):
                tail.extend(piece)
                del tail[:-STDERR_KEPT]

    errors = threading.Thread(target=drain, args=(child.stderr,), daemon=True)
    errors.start()
    said = _Said(child.stdout)

    def last_words() -> str:
        errors.join(1.0)
        return tail.decode("utf-8", "replace")

    try:
        with suppress(OSError):
            child.stdin.write(request.encode() + b"\n")
        yield child, said, last_words
    finally:
        if not exited(child):
            kill_tree(child.pid)
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                pipe.close()
