"""What a driver asks of a worker besides measuring; it costs next to nothing while trials run."""

import base64
import hashlib
import os
import sys
import time
import zlib
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO

from runner import __version__
from runner.cluster.task import setting
from runner.machine import facts
from runner.model.parts import PROTOCOL
from runner.shipped import harness_digest

PIECE = 4 << 20
"""Bytes of a spool that one answer holds: messages above 10 MB are warned of."""


def hello(dask_worker: Any = None) -> dict[str, Any]:
    """Return who a worker is: versions, machine, kernel, clock, and whether it is busy."""
    busy = []
    if dask_worker is not None:
        busy = [key for key, task in dask_worker.state.tasks.items() if task.state == "executing"]
    return {
        "protocol": PROTOCOL,
        "version": __version__,
        "harness": harness_digest(),
        "distributed": metadata.version("distributed"),
        "python": ".".join(map(str, sys.version_info[:3])),
        "machine": facts.machine_name(setting("machine", "auto")),
        "boot": facts.boot(),
        "turn": setting("turn", ""),
        "pid": os.getpid(),
        "busy": [str(key) for key in busy],
        "clock": time.time(),
    }


def versions() -> dict[str, str]:
    """Return what a scheduler runs, and on which kernel."""
    known = {"version": __version__, "distributed": metadata.version("distributed")}
    return {**known, "boot": facts.boot()}


def clock() -> float:
    """Return the time of day; a call that does nothing else shows how far clocks are apart."""
    return time.time()


def spooled(part: str, name: str, begin: int, digest: str) -> dict[str, Any]:
    """Return a piece of a file of a part in the spool, packed.

    Where the first `begin` bytes have the digest, what follows them; else the file from its start.
    `size` is -1 where the spool does not have the part.
    """
    path = Path(setting("spool", "ipcmatrix-spool"), part, name)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if digest and _digest(file, begin) != digest:
                begin = 0
            file.seek(begin)
            data = file.read(PIECE)
    except OSError:
        return {"size": -1, "begin": 0, "data": ""}
    return {
        "size": size,
        "begin": begin,
        "data": packed(data),
    }


def _digest(file: BinaryIO, size: int) -> str:
    """Return the digest of a file's first bytes; it may be large, so it is read in pieces."""
    found = hashlib.sha256()
    while size > 0 and (piece := file.read(min(size, PIECE))):
        found.update(piece)
        size -= len(piece)
    return found.hexdigest()


def packed(data: bytes) -> str:
    """Return bytes as text of JSON, compressed."""
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str) -> bytes:
    """Return the bytes of packed text; ValueError where it is none."""
    try:
        return zlib.decompress(base64.b64decode(text)) if text else b""
    except zlib.error as error:
        raise ValueError(str(error)) from error
