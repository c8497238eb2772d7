"""What the pipeline asks of the docker executor; Docker's client is imported when it is chosen."""

import sys
from collections.abc import Sequence

from runner import interpreters
from runner.errors import EnvironmentLacksError
from runner.executors.base import Executor
from runner.model import Image, Interpreter, Matrix, python_order

KNOWN = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
"""What `found` stands for in containers, beside the interpreters of this machine."""


def known_versions(found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return the interpreters that `found` stands for where images can be made."""
    return tuple(sorted({*KNOWN, *interpreters.names(found)}, key=python_order))


def lacks_containers(matrix: Matrix, wanted: Sequence[str], quiet: bool) -> str:
    """Return "" where an engine answers and every image can be had, or the reason why not."""
    from runner import engine

    try:
        lack = engine.available(engine.connect())
    except EnvironmentLacksError as error:
        return str(error)
    if lack:
        return lack
    for python, image in images_for(matrix, wanted, quiet).items():
        if not isinstance(image, Image):
            return f"there is no image of {python}: {image.strip().splitlines()[0]}"
    return ""


def images_for(matrix: Matrix, wanted: Sequence[str], quiet: bool) -> dict[str, Image | str]:
    """Return an image for each interpreter, built where there is none, or the reason."""
    from runner import engine, images

    found = interpreters.find()
    paths = {one.name: one.path for one in found if not one.broken and not one.duplicate}

    def hear(progress: images.Progress) -> None:
        # Each step of a build would be a screen of lines for every image.
        told = progress.stage in ("packages", "build", "failed")
        if told and not quiet and not progress.text.startswith("Step "):
            line = f"ipcmatrix: image {progress.python}: {progress.stage}: {progress.text}"
            print(line, file=sys.stderr, flush=True)

    return images.build(
        {name: paths.get(name, "") for name in wanted},
        matrix.images.source,
        matrix.images.packages,
        engine.connect(),
        hear,
    )


def container_executor(matrix: Matrix, wanted: Sequence[str], quiet: bool) -> Executor:
    """Return the executor over the images of the wanted interpreters."""
    from runner import engine
    from runner.executors.docker import DockerExecutor

    client = engine.connect()
    lack = engine.available(client)
    if lack:
        raise EnvironmentLacksError(lack)
    built = images_for(matrix, wanted, quiet)
    return DockerExecutor(built, matrix.limits, matrix.measure.invocation, client)


def clean_containers() -> list[str]:
    """Remove the containers of dead runs; return what was removed, a line each."""
    from runner import engine
    from runner.executors.docker import clean

    try:
        client = engine.connect()
    except EnvironmentLacksError as error:
        return [f"no engine to ask: {error}"]
    return [f"removed container {name[:12]}" for name in clean(client)]
