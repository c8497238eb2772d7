"""The images of a matrix's interpreters, and what is said while they are made."""

from collections.abc import Callable, Sequence

from runner import engine
from runner.images.building import build
from runner.model import Image, Interpreter, Matrix

TOLD_STAGES = ("base", "packages", "build", "failed")
LONGEST = 160
"""Characters of a line that tells why an image is made, or is not."""

Told = tuple[str, str, str]
"""The interpreter, the stage and the text of images.Progress."""


def images_for(
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
) -> dict[str, Image | str]:
    """Return an image for each interpreter, built where there is none, or the reason.

    `found` are the interpreters of this machine, for those that are to be packed; `say` takes what
    is said of the making, a line each.
    """
    paths = {one.name: one.path for one in found if not one.broken and not one.duplicate}
    return build(
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
