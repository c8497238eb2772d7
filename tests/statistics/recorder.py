"""Records rounds with the machine's counters: `python -m tests.statistics.recorder fast`.

`ipcmatrix run` measures bound Pipe, its A/A control, a copy of it and three queues in short rounds,
beside a busy loop that goes on and off. What it writes becomes `streams/metered-fast.jsonl.gz`
(described in `streams/README.md`): the program's columns, and for how long the loop ran in each
round, which the program does not know. Anything else that runs meanwhile is recorded, too.
"""

import argparse
import gzip
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ipcmatrix import load
from runner.statistics.disturbance import FIGURES
from tests.statistics.recorded import STREAM_FOLDER

HOGS = {"calm": None, "fast": (0.3, 0.6), "slow": (5.0, 10.0)}
"""Mean seconds for which the busy loop is on and off; both are drawn (exponential)."""

LOOP = """
import os, random, sys, time
parent, on, off = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
draw = random.Random(11).expovariate

def until(end, wait):
    while time.time() < end and os.getppid() == parent:
        if wait:
            time.sleep(max(0.0, min(0.1, end - time.time())))

while os.getppid() == parent:
    until(time.time() + draw(1 / off), True)
    print(time.time(), flush=True)
    until(time.time() + draw(1 / on), False)
    print(time.time(), flush=True)
"""
"""Prints when it begins to be busy and when it ends; ends itself when its parent is gone."""

AGAIN = """
from transports import Transport, pipe


class PipeAgain(Transport):
    NAME = "pipe_again"
    LABEL = "Pipe again"
    SUMMARY = "Pipe under another name: any difference is false"
    DUPLEX = True
    open = staticmethod(pipe.open)
    sender = staticmethod(pipe.sender)
    receiver = staticmethod(pipe.receiver)
    close = staticmethod(pipe.close)
"""

ROUNDS = 10_000
"""Never reached: the budget ends the run, and no comparison is looked at before, so none leaves."""

MATRIX = """
plugins: [./again.py]
axes:
  python: ["{python}"]
  transport: [pipe, pipe_again, queue, simple_queue, manager_queue]
  placement: [apart]
compare: {{axes: {{transport: {{}}}}, baseline: {{transport: pipe}}}}
measure: {{target: {target}, rounds: {rounds}, min_rounds: {rounds}, warmup_rounds: 1, seed: 11}}
"""


@contextmanager
def hog(kind: str, log: Path) -> Iterator[None]:
    """Keep a busy loop going, and its on and off in a file; it ends however this ends."""
    if (means := HOGS[kind]) is None:
        log.touch()
        yield
        return
    with log.open("wb") as stream:
        words = [sys.executable, "-c", LOOP, str(os.getpid()), *map(str, means)]
        loop = subprocess.Popen(words, stdout=stream)
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


def measured(folder: Path, python: str, target: str, seconds: int) -> pd.DataFrame:
    """Run the program for so long, and return its trials."""
    text = MATRIX.format(python=python, target=target, rounds=ROUNDS)
    (folder / "matrix.yaml").write_text(text, encoding="utf-8")
    (folder / "again.py").write_text(AGAIN, encoding="utf-8")
    words = ["run", "--matrix", str(folder / "matrix.yaml"), "--budget", f"{seconds}s"]
    words += ["--out", str(folder / "reports"), "--no-report", "--quiet"]
    run = subprocess.Popen([sys.executable, "-m", "runner", *words])
    try:
        code = run.wait()
    finally:
        run.terminate()  # where we are interrupted; it ends its own processes
        run.wait()
    if code:
        sys.exit(f"the run ended with exit code {code}")
    (made,) = (folder / "reports").iterdir()
    return load(str(made))


def lines(trials: pd.DataFrame, edges: Sequence[float]) -> Iterator[dict[str, Any]]:
    """Yield a line of the stream for each measured round; the loop went on and off at `edges`."""
    ons, offs = edges[::2], [*edges[1::2], math.inf]
    first = math.nan
    for number, arms in trials[trials["phase"] == "measure"].groupby("round"):
        begin = pd.Timestamp(str(arms["started"].iloc[0])).timestamp()
        first = begin if math.isnan(first) else first
        end = begin + float(arms["wall_seconds"].sum())
        busy = (min(end, off) - max(begin, on) for on, off in zip(ons, offs, strict=False))
        cells = {}
        for one in arms.to_dict("records"):
            figures = [
                int(one["messages"]),
                round(one["seconds"], 7),
                round(one["cpu_seconds"], 6),
                int(one["trial"]),
                round(one["wall_seconds"], 6),
            ]
            name = "control" if one["control"] else one["transport"]
            cells[name] = figures if one["status"] == "ok" else None
        yield {
            "r": int(str(number)),
            "t0": round(begin - first, 3),
            "t1": round(end - first, 3),
            "hog": round(sum(max(0.0, one) for one in busy), 3),
            "late": int((arms["status"] == "timeout").any()),
            "m": {
                name: None if pd.isna(value := arms[name].iloc[0]) else round(float(value), 5)
                for name in FIGURES
            },
            "c": cells,
        }


def main() -> None:
    """Record one stream; Ctrl-C and SIGTERM end all that was started, and write nothing."""
    parser = argparse.ArgumentParser("python -m tests.statistics.recorder", description=__doc__)
    parser.add_argument("hog", choices=HOGS)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--target", default="25ms", help="timed part of a trial")
    parser.add_argument("--out", type=Path, help="another file than that of the tests")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with hog(given.hog, folder / "hog"):
            trials = measured(folder, given.python, given.target, given.seconds)
        edges = [float(line) for line in (folder / "hog").read_text("ascii").split()]
    stream = [json.dumps(one, separators=(",", ":")) for one in lines(trials, edges)]
    path = given.out or STREAM_FOLDER / f"metered-{given.hog}.jsonl.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in stream).encode())
    print(f"{path}: {len(stream)} rounds")


if __name__ == "__main__":
    main()
