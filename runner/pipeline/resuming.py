"""Whether a run may go on here: with the executor, harness and images that it began with."""

from collections.abc import Mapping
from pathlib import Path

from runner.errors import BadInputError
from runner.model.testbed import lasting, mapping
from runner.runfolder.head import read_head

DIGEST = "image_digest"

ADVICE = {
    "executor": "name the old one with --executor",
    "harness": "use the version of ipcmatrix that began the run",
    "interpreter": "measure with the build that began the run",
    "image": "give the engine that image back",
}


def check_same_place(
    folder: Path,
    executor: str,
    harness: str,
    places: Mapping[str, Mapping[str, str]],
    builds: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise BadInputError where a run began with another executor, harness, image or build.

    `harness` is the digest of its files, `places` the executor's facts of each interpreter,
    `builds` those of the interpreter itself. The trials of one run would be measured in two ways
    otherwise, and their rounds not be comparable.
    """
    began = read_head(folder)
    _compare(folder, "executor", began.get("executor"), executor)
    _compare(folder, "harness", began.get("harness"), harness)
    then = began.get("places")
    for python, facts in places.items():
        before = then.get(python) if isinstance(then, dict) else None
        if isinstance(before, dict):
            what = f"image of {python}"
            _compare(folder, what, before.get(DIGEST, "none"), facts.get(DIGEST, "none"))
    for python, facts in builds.items():
        then, now = lasting(mapping(mapping(began, "interpreters"), python)), lasting(facts)
        for name in sorted({*then, *now} if then else ()):
            told = f"interpreter {python}'s {name}"
            _compare(folder, told, then.get(name, "unknown"), str(now.get(name, "unknown")))


def _compare(folder: Path, what: str, then: object, now: str) -> None:
    if then == now:
        return
    message = (
        f"--resume {folder}: the {what} is not the one that the run began with (was {then}, is "
        f"{now}): {ADVICE[what.split(maxsplit=1)[0]]}, or begin a new run"
    )
    raise BadInputError(message)
