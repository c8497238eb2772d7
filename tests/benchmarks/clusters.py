"""Clusters: what a worker costs beside trials, and how many machines one driver can serve.

The first part measures here, with a real worker over TLS; the second with simulated machines (see
simulated.py), real Dask and the real driver.
"""

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import psutil

from runner.pipeline.report import findings_of
from runner.runfolder.files import parts_of
from tests.benchmarks.simulated import Shape
from tests.machines import NEWEST, Cluster, Started, cluster, result, waited

MATRIX = """\
axes: {python: [found], transport: [pipe, queue, simple_queue]}
compare: {axes: {transport: {}}, baseline: {transport: queue}}
measure: {budget: 30s, rounds: 100000, min_rounds: 100000, gate_wait: 0s, seed: 7}
"""
WAYS = ("local", "here", "worker", "worker", "here", "local")
WATCHED = 15.0
"""Seconds of a run, while trials run, in which the CPU time of our processes is taken."""
SIMULATED = """\
axes: {python: [found], transport: [pipe, queue]}
cluster: {spread: shard, share: SHARE}
"""
UNHURRIED = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "60s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "30s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
}
"""Dask's times as they are in use."""
HOSTS = 4
"""Processes in which the simulated machines are."""
SCALES = (
    # Machines, what they measure, share, wanted efficiency.
    (3, Shape(groups=9, blocks=2, rounds=10, seconds=0.5), "10s", 0.97),
    (20, Shape(groups=40, blocks=2, rounds=10, seconds=0.5), "10s", 0.95),
    (100, Shape(groups=100, blocks=2, rounds=15, seconds=1.0), "30s", None),
)
MANY = Shape(groups=10_000, blocks=10, rounds=1, seconds=0.0)
MOST_MEMORY = 300e6
MOST_SHARE, MOST_POINTS = 0.02, 2.0


class Run(NamedTuple):
    """A real run: share of its time that was timed, ratios with intervals, shares of a core."""

    timed: float
    ratios: Mapping[str, tuple[float, float, float]]
    cores: Mapping[str, float]


def lines() -> Iterator[str]:
    """Yield what a worker costs, how efficient many machines are, and the driver's memory."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _beside_trials(Path(folder))
        for machines, shape, share, wanted in SCALES:
            yield _scaled(Path(folder) / f"{machines}", machines, shape, share, wanted)
        yield _memory(Path(folder) / "many")


def _beside_trials(folder: Path) -> Iterator[str]:
    runs: dict[str, list[Run]] = {}
    for number, way in enumerate(WAYS):
        place = folder / f"{number}-{way}"
        place.mkdir()
        with cluster(place, rounds=1) as made:
            runs.setdefault(way, []).append(_measured(made, way))
    cores = {
        name: _mean(one.cores[name] for one in runs["worker"]) for name in ("worker", "driver")
    }
    yield (
        f"worker with its task: {cores['worker']:.1%} of a core while trials run, wanted < "
        f"{MOST_SHARE:.0%}{_word(cores['worker'] < MOST_SHARE)}; driver with its scheduler "
        f"{cores['driver']:.1%}; here, all in one process: "
        f"{_mean(one.cores['driver'] for one in runs['here']):.1%}"
    )
    timed = {way: _mean(one.timed for one in own) for way, own in runs.items()}
    for way in ("here", "worker"):
        points = 100 * (timed[way] - timed["local"])
        yield (
            f"{way}: timed/seconds {timed[way]:.3f}, local {timed['local']:.3f}: {points:+.1f} "
            f"points, wanted within {MOST_POINTS:.0f}{_word(abs(points) <= MOST_POINTS)}"
        )
        for pair in runs["local"][0].ratios:
            own, local = ([one.ratios[pair] for one in runs[name]] for name in (way, "local"))
            ends = [
                (min(low for _, low, _ in one), max(high for *_, high in one))
                for one in (own, local)
            ]
            agree = ends[0][0] <= ends[1][1] and ends[1][0] <= ends[0][1]
            middle, other = (
                math.exp(_mean(math.log(ratio) for ratio, *_ in one)) for one in (own, local)
            )
            yield (
                f"{way}: {pair} {middle:.3f} [{ends[0][0]:.3f}-{ends[0][1]:.3f}], local "
                f"{other:.3f} [{ends[1][0]:.3f}-{ends[1][1]:.3f}]{_word(agree)}"
            )


def _measured(made: Cluster, way: str) -> Run:
    """Measure once: alone, by a cluster in one process, or by a worker over TLS."""
    made.matrix.write_text(MATRIX)
    watched: dict[str, Started] = {}
    if way == "local":
        given = ("--matrix", made.matrix, "--only", f"python={NEWEST}", "--out", made.out)
        driver = made.start("local", "run", *given, "--no-report", "--json")
    else:
        driver = made.driver("driver", at="here" if way == "here" else "")
        watched["driver"] = driver
        if way == "worker":
            watched["worker"] = made.worker("h1", "alone")
        waited(
            lambda: any(b",measure," in one.read_bytes() for one in made.out.rglob("trials/*.csv"))
        )
    before = {name: _cpu(one.process.pid) for name, one in watched.items()}
    began = time.monotonic()
    if watched:
        time.sleep(WATCHED)
    seconds = time.monotonic() - began
    cores = {
        name: (_cpu(one.process.pid) - before[name]) / seconds for name, one in watched.items()
    }
    assert driver.ends() == 0, driver.said
    (part,) = parts_of(Path(result(driver)["run"]))
    start = json.loads((part / "run.json").read_text())["starts"][-1]
    ratios = {
        f"{one.a}/{one.b}": (one.ratio, one.low, one.high)
        for one in findings_of([part]).comparisons
        if one.of_report and one.to_baseline and one.ratio is not None
    }
    return Run(start["timed_seconds"] / start["seconds"], ratios, cores)


class Simulated(NamedTuple):
    """Simulated machines: efficiency, shares of a core, the driver's peak memory in bytes."""

    efficiency: float
    driver: float
    hosts: float
    peak: float
    seconds: float


def _simulated(folder: Path, machines: int, shape: Shape, share: str) -> Simulated:
    folder.mkdir()
    with cluster(folder, rounds=1) as made:
        made.matrix.write_text(SIMULATED.replace("SHARE", share))
        made.environment |= UNHURRIED
        driver = made.driver("driver", "--machines", machines)
        hosts, first = [], 1
        for number in range(HOSTS):
            count = machines // HOSTS + (number < machines % HOSTS)
            given = (made.url, made.keys, folder / "spool", first, count, json.dumps(asdict(shape)))
            if count:
                program = (sys.executable, "-m", "tests.benchmarks.simulated", *given)
                hosts.append(made.program(f"host{number}", *program))
            first += count
        # The folder of the run is made with the first part.
        waited(lambda: made.out.exists() or driver.process.poll() is not None, 600)
        pids = [driver.process.pid, *(one.process.pid for one in hosts)]
        first_look = last = [time.monotonic(), *map(_cpu, pids)]
        peak = 0.0
        while driver.process.poll() is None:
            with suppress(psutil.NoSuchProcess, OSError):
                last = [time.monotonic(), *map(_cpu, pids)]
                peak = max(peak, _peak(driver.process.pid))
            time.sleep(0.2)
        assert driver.process.returncode == 0, driver.said
        for one in hosts:
            one.end()
        ends = [
            tuple(map(float, line.split()[1:]))
            for one in hosts
            for line in one.out.read_text().splitlines()
            if line.startswith("part ")
        ]
    seconds, own, *others = (b - a for a, b in zip(first_look, last, strict=True))
    whole = shape.groups * shape.blocks * shape.rounds * shape.seconds
    wall = max(end for _, end in ends) - min(begin for begin, _ in ends)
    return Simulated(whole / (machines * wall), own / seconds, sum(others) / seconds, peak, wall)


def _scaled(folder: Path, machines: int, shape: Shape, share: str, wanted: float | None) -> str:
    found = _simulated(folder, machines, shape, share)
    said = f"{machines} simulated machines: efficiency {found.efficiency:.3f}"
    if wanted is not None:
        said += f", wanted >= {wanted}{_word(found.efficiency >= wanted)}"
    else:
        said += (
            f" with a round a second each; what limits them is the driver with its scheduler: its "
            f"core is full with about {machines / found.driver:.0f}"
        )
    return (
        f"{said}; driver with its scheduler {found.driver:.0%} of a core, all machines "
        f"{found.hosts:.0%}"
    )


def _memory(folder: Path) -> str:
    found = _simulated(folder, 20, MANY, "1s")
    return (
        f"{MANY.groups * MANY.blocks} blocks on 20 simulated machines, in {found.seconds:.0f} s: "
        f"driver with its scheduler {found.peak / 1e6:.0f} MB at most, wanted <= "
        f"{MOST_MEMORY / 1e6:.0f} MB{_word(found.peak <= MOST_MEMORY)}"
    )


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process, without its children."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _peak(pid: int) -> float:
    """Return the most memory that a process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024.0 * int(line.split()[1])
    return 0.0


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _word(is_so: bool) -> str:
    return ": ok" if is_so else ": not so"
