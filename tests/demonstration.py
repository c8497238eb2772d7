"""A cluster on this machine: `nox -s cluster`, as root also `nox -s cluster -- --namespaces`.

Workers over TLS measure a small matrix, in turn, since they share one processor. The report says
so; on as many machines the same commands measure at once. `--machines 3` takes three;
`--namespaces` gives each a network behind a cable, processes, locks and shared memory of its own,
as machines have. All else goes to `ipcmatrix run`, as in `--budget 150s --out reports`.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from tests.machines import Cable, free_port

MATRIX = """\
axes:
  python: [newest]
  transport: [pipe, pipe_simplex, queue, simple_queue]
  placement: [apart]
grids:
  - {transport: [pipe, queue], topology: request_reply, placement: apart}
compare:
  axes: {transport: {}}
  baseline: {transport: queue}
measure: {budget: 20s, target: 60ms, rounds: 200}
cluster: {spread: replicate}
"""
ALONE = (
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"),
    'mount -t tmpfs tmpfs /run/lock && mount -t tmpfs tmpfs /dev/shm && exec "$@"',
    "sh",
)
"""What gives a program processes, locks and shared memory of its own."""


def main() -> int:
    """Make certificates, start the workers, and drive a run; return its exit code."""
    parser = argparse.ArgumentParser(prog="demonstration", description=__doc__)
    parser.add_argument("--machines", type=int, default=2)
    parser.add_argument("--namespaces", action="store_true", help="needs root")
    given, rest = parser.parse_known_args()
    if given.namespaces and (lack := Cable.lack()):
        parser.error(f"--namespaces: {lack}")
    folder = Path(tempfile.mkdtemp(prefix="ipcmatrix-cluster-"))
    (folder / "matrix.yaml").write_text(MATRIX)
    keys, port = folder / "keys", free_port()
    with ExitStack() as stack:
        start("keys", keys).wait()
        for number in range(1, given.machines + 1):
            before: Sequence[str] = ()
            host = "127.0.0.1"
            if given.namespaces:
                cable = Cable(number + 10)  # of other networks than tests have
                stack.callback(cable.remove)
                before, host = (*cable.inside, *ALONE), cable.host
            spool = ("--spool", folder / f"spool-h{number}", "--share-kernel", "demonstration")
            named = ("--keys", keys, "--machine", f"h{number}")
            worker = start("worker", f"tls://{host}:{port}", *named, *spool, before=before)
            stack.callback(end, worker)
        # Every cable ends at this machine, so the scheduler listens on all of its addresses.
        listen = f"listen:{'0.0.0.0' if given.namespaces else '127.0.0.1'}:{port}"
        out = () if "--out" in rest else ("--out", folder / "reports")
        where = ("--cluster", listen, "--keys", keys, "--machines", given.machines)
        return start("run", "--matrix", folder / "matrix.yaml", *where, *out, *rest).wait()


def start(*arguments: object, before: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
    """Start ipcmatrix, and show the command."""
    words = [str(one) for one in arguments]
    print("$ ipcmatrix", shlex.join(words), flush=True)
    return subprocess.Popen([*before, sys.executable, "-m", "ipcmatrix", *words])


def end(worker: "subprocess.Popen[bytes]") -> None:
    """End a worker; with processes of its own it is below the program that gave it these."""
    for below in psutil.Process(worker.pid).children():
        below.terminate()
    worker.terminate()
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:  # the first process of a namespace hears what it asked for
        worker.kill()
        worker.wait()


if __name__ == "__main__":
    sys.exit(main())
