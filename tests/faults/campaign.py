"""Random faults on real runs, and the counts of what they broke: all of them must stay zero.

A series measures a small matrix to its end, through as many interruptions as it takes. Faults come
while it measures (signals to the orchestrator and to what it started, a full disk, a removed
folder), at its start (closed descriptors) and between two starts (a damaged trials file). At its
end a verb that reads the run, or has nothing to do with runs, is interrupted too.
"""

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runner.engine import KIND
from runner.engine.ownership import PID
from runner.process import held
from tests.faults.kinds import OF_A_PART, OF_A_RUN, Kind
from tests.faults.series import OK, Counts, Series, staying
from tests.faults.verbs import VERBS
from tests.forked import forked

EXECUTORS = ("local", "docker", "part")


Plan = tuple[Sequence[Kind], Sequence[Kind]]
"""Kinds of faults for a series, and verbs to be interrupted at its end."""


def at_random(executor: str, chance: random.Random) -> Iterator[Plan]:
    """Yield plans for ever."""
    known = OF_A_PART if executor == "part" else OF_A_RUN
    while True:
        verbs = () if executor == "docker" else (chance.choice(VERBS),)
        yield chance.choices(known, k=chance.randint(2, 6)), verbs


def campaign(
    faults: int, executor: str, seed: int, place: Path, plans: Iterable[Plan] = ()
) -> Counts:
    """Apply at least so many faults to runs of an executor, or those of the plans; count."""
    chance = random.Random(seed)
    counts = Counts()
    segments, folders = _segments(), abandoned(())
    for kinds, verbs in plans or at_random(executor, chance):
        here = place / f"series{counts.series}"
        here.mkdir(parents=True)
        series = Series(here, chance, executor, counts)
        for kind in kinds:
            kind(series)
        series.ended(series.start(), OK)
        for verb in verbs:
            verb(series)
        counts.series += 1
        _check_leftovers(series, folders)
        shutil.rmtree(here, ignore_errors=True)
        if counts.faults >= faults and not plans:
            break
    for name in sorted(staying(lambda: _segments() - segments)):
        counts.segments_left += 1
        counts.told.append(f"segments_left: /dev/shm/{name}")
    return counts


def _segments() -> set[str]:
    return {path.name for path in Path("/dev/shm").iterdir()}


def abandoned(more: Sequence[Path]) -> set[Path]:
    """Return the folders that nobody holds, in all places where ours and the agents' are made."""
    places = {Path(place).resolve() for place in (*held.TEMPORARY, *held.SHARED, *more)}
    found = {path for place in places if place.is_dir() for path in place.iterdir()}
    return {path for path in found if held.OURS.fullmatch(path.name) and not held.is_held(path)}


def _check_leftovers(series: Series, before: set[Path]) -> None:
    """Clean up as a user would, and count what is left after that."""
    done = forked("clean", env=series.environment)
    if done.returncode:
        series.wrong("odd_exit_codes", f"clean: {done.returncode}: {done.stderr[-500:]}")
    for path in staying(lambda: abandoned([series.temporary]) - before):
        series.wrong("folders_left", str(path))
    if series.executor == "docker":
        import docker

        client = docker.from_env()
        listed = client.containers.list(
            all=True, filters={"label": f"{KIND}=container"}, ignore_removed=True
        )
        for container in listed:
            if int(container.labels[PID]) in series.pids:
                series.wrong("containers_left", f"{container.name} {container.status}")
        client.close()
