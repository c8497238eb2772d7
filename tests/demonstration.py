"""A cluster on this machine: `nox -s cluster`.

Two workers over TLS measure a small matrix, in turn, since they share one processor. The report
says so; on two machines the same three commands measure at once.
"""

import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MATRIX = """\
axes:
  python: [found]
  transport: [pipe, queue, simple_queue]
compare:
  axes: {transport: {}}
  baseline: {transport: pipe}
measure: {budget: 20s, rounds: 60}
cluster: {spread: replicate, machines: 2}
"""


def main() -> int:
    """Make certificates, start two workers, and drive a run; return its exit code."""
    folder = Path(tempfile.mkdtemp(prefix="ipcmatrix-cluster-"))
    (folder / "matrix.yaml").write_text(MATRIX)
    keys = folder / "keys"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = []
    try:
        start("keys", keys).wait()
        for name in ("h1", "h2"):
            spool = ("--spool", folder / f"spool-{name}", "--share-kernel", "demonstration")
            address = f"tls://127.0.0.1:{port}"
            workers.append(start("worker", address, "--keys", keys, "--machine", name, *spool))
        newest = f"python={sys.version_info[0]}.{sys.version_info[1]}"
        where = ("--cluster", f"listen:127.0.0.1:{port}", "--keys", keys)
        given = ("--matrix", folder / "matrix.yaml", "--only", newest, "--out", folder / "reports")
        return start("run", *given, *where, *sys.argv[1:]).wait()
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()


def start(*arguments: object) -> "subprocess.Popen[bytes]":
    """Start ipcmatrix, and show the command."""
    words = [str(one) for one in arguments]
    print("$ ipcmatrix", shlex.join(words), flush=True)
    return subprocess.Popen([sys.executable, "-m", "ipcmatrix", *words])


if __name__ == "__main__":
    sys.exit(main())
