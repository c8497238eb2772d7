"""What the pipeline asks of the docker executor; Docker's client is imported when it is chosen."""

from collections.abc import Callable, Sequence

from runner import interpreters, output
from runner.errors import EnvironmentLacksError
from runner.executors.base import Executor
from runner.model import Image, Interpreter, Matrix, python_order
from runner.process import Swept

KNOWN = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
"""What `found` stands for in containers, beside the interpreters of this machine."""

TOLD_STAGES = ("base", "packages", "build", "failed")
LONGEST = 160
"""Characters of a line that tells why an image is made, or is not."""

Told = tuple[str, str, str]
"""The interpreter, the stage and the text of images.Progress."""


def known_versions(found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return the interpreters that `found` stands for where images can be made."""
    return tuple(sorted({*KNOWN, *interpreters.names(found)}, key=python_order))


def lacks_containers(
    matrix: Matrix, wanted: Sequence[str], found: Sequence[Interpreter], quiet: bool
) -> str:
    """Return "" where an engine answers and every image can be had, or the reason why not."""
    from runner import engine

    try:
        lack = engine.available(engine.connect())
    except EnvironmentLacksError as error:
        return str(error)
    if lack:
        return lack
    for python, image in images_for(matrix, wanted, found, quiet).items():
        if not isinstance(image, Image):
            return f"there is no image of {python}: {shortened(image)}"
    return ""


def images_for(
    matrix: Matrix, wanted: Sequence[str], found: Sequence[Interpreter], quiet: bool
) -> dict[str, Image | str]:
    """Return an image for each interpreter, built where there is none, or the reason.

    `found` are the interpreters of this machine, for those that are to be packed.
    """
    from runner import engine, images

    paths = {one.name: one.path for one in found if not one.broken and not one.duplicate}

    def say(line: str) -> None:
        if not quiet:
            output.say(line, "")

    return images.build(
        {name: paths.get(name, "") for name in wanted},
        matrix.images.source,
        matrix.images.packages,
        engine.connect(),
        teller(say),
    )


def teller(say: Callable[[str], None]) -> Callable[[Told], None]:
    """Return a listener that says what matters of the making of images, each line once.

    Where a base comes from is told, so that a slow pull and another source than the one asked for
    are seen; each step of a build would be a screen of lines for every image.
    """
    said: set[str] = set()

    def hear(progress: Told) -> None:
        python, stage, text = progress
        line = shortened(f"ipcmatrix: image {python}: {stage}: {text}")
        if stage in TOLD_STAGES and not text.startswith("Step ") and line not in said:
            said.add(line)
            say(line)

    return hear


def shortened(text: str) -> str:
    """Return a text in one line of at most 160 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def container_executor(
    matrix: Matrix, wanted: Sequence[str], found: Sequence[Interpreter], quiet: bool
) -> Executor:
    """Return the executor over the images of the wanted interpreters."""
    from runner import engine
    from runner.executors.docker import DockerExecutor

    client = engine.connect()
    lack = engine.available(client)
    if lack:
        raise EnvironmentLacksError(lack)
    built = images_for(matrix, wanted, found, quiet)
    return DockerExecutor(built, matrix.limits, matrix.measure.invocation, client)


def clean_containers() -> Swept:
    """Remove the containers that nobody owns any more; say which, and what was left.

    EnvironmentLacksError where no engine answers.
    """
    from runner import engine
    from runner.executors.docker import clean

    client = engine.connect()
    try:
        return clean(client)
    except engine.ENGINE_ERRORS as error:
        message = f"the engine at {engine.wanted_address()} went silent: {engine.brief(error)}"
        raise EnvironmentLacksError(message) from error
    finally:
        client.close()
