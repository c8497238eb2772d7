"""Builds images: the base from its source, the packages, and the harness on top of them."""

import errno
import re
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from runner.engine import ENGINE_ERRORS, Client, brief
from runner.images import catalogue
from runner.images.base import (
    SHOWN_LINES,
    Base,
    ImageStep,
    Listener,
    NotHadError,
    Workshop,
)
from runner.images.packages import fetch
from runner.images.recipe import (
    Recipe,
    Wanted,
    contents,
    read_recipe,
    serves,
    tag_of,
    write_context,
)
from runner.images.registry import Registry
from runner.images.sources import Sources
from runner.model import Image, Interpreter, Matrix
from runner.process import HeldFolder

AT_ONCE = 3
REPORTED_STAGES = ("push", "pull", "base", "packages", "build", "failed")
LONGEST = 160
"""Characters of a line that says why an image is made, or is not."""
OF_FILES = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of this machine's files: the engine's come with other numbers, or with none."""


def images_for(
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
    client: Client,
) -> dict[str, Image | str]:
    """Return an image for each interpreter, built if missing, or the reason why there is none.

    `found` are the interpreters of this machine, for those that are to be packed; `say` takes what
    is said of the making, a line each.
    """
    paths = {one.name: one.path for one in found if not one.broken and not one.duplicate}
    return build(
        {name: paths.get(name, "") for name in wanted},
        matrix.images.source,
        matrix.packages,
        client,
        reporter(say),
        read_recipe(own=matrix.files),
        registry=matrix.images.registry,
        mirror=matrix.images.mirror,
    )


def reporter(say: Callable[[str], None]) -> Listener:
    """Return a listener that says what matters of the making of images, each line once.

    The origin of a base is reported, so that a slow pull and another source than the one asked for
    are seen; each step of a build would be a screen of lines for every image.
    """
    said: set[str] = set()

    def hear(step: ImageStep) -> None:
        python, stage, text = step
        line = shortened(f"ipcmatrix: image {python}: {stage}: {text}")
        if stage in REPORTED_STAGES and not text.startswith("Step ") and line not in said:
            said.add(line)
            say(line)

    return hear


def shortened(text: str) -> str:
    """Return a text in one line of at most 160 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def build(
    pythons: Mapping[str, str],
    source: str,
    packages: Mapping[str, Mapping[str, str]],
    client: Client,
    listener: Listener = lambda _: None,
    recipe: Recipe | None = None,
    *,
    registry: str = "",
    mirror: str = "",
) -> dict[str, Image | str]:
    """Return an image for each interpreter, or the reason why there is none.

    `pythons` maps a name to the path of this machine's interpreter, "" where it has none;
    `packages` maps a name to its optional packages and their versions. What exists is not built
    again. Where the repository `registry` has an image for the wish, that one is taken; `mirror`
    is put before the names of bases. The listener is called from several threads, by one at a time.
    """
    workshop = Workshop(client, listener)
    recipe = recipe or read_recipe()
    sources = Sources(source, pythons, workshop, mirror)
    pushed = Registry(registry, Wanted(recipe, source, packages), client) if registry else None

    def build_one(python: str) -> Image | str:
        """Return an image, or the reason why there is none; one that fails stops no other."""
        try:
            if pushed is not None and (pulled := _pulled(pushed, python, workshop)):
                return pulled
            base = sources.base(python)
            image = _image(python, base, packages.get(python, {}), recipe, workshop)
        except NotHadError as error:
            reason = str(error)
        except ENGINE_ERRORS as error:
            own = isinstance(error, OSError) and error.errno in OF_FILES
            what = "a file cannot be read or written here" if own else "the engine failed"
            reason = f"{what}: {brief(error)}"
        else:
            workshop.say(python, "ready", image.tag)
            return image
        workshop.say(python, "failed", reason)
        return reason

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="build") as pool:
        try:
            return dict(zip(pythons, pool.map(build_one, pythons), strict=True))
        except BaseException:
            workshop.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pulled(registry: Registry, python: str, workshop: Workshop) -> Image | None:
    try:
        image = registry.pull(python, workshop)
    except NotHadError as error:
        workshop.say(python, "pull", f"built here, since {error}")
        return None
    workshop.say(python, "ready", image.tag)
    return image


def _image(
    python: str, base: Base, wanted: Mapping[str, str], recipe: Recipe, workshop: Workshop
) -> Image:
    """Return the image with all its packages, or with those that could be had."""
    complete = catalogue.find(workshop.client, tag_of(python, recipe, base, wanted))
    if complete is not None:
        return complete
    for image in catalogue.list_images(workshop.client) if wanted else ():
        # It lacks packages that were not available when it was built.
        if image.python == python and image.lacking and serves(image, base, recipe, wanted):
            without = ", ".join(sorted(image.lacking))
            workshop.say(python, "packages", f"without {without}, as when it was built")
            return image
    with HeldFolder() as folder:
        fetched = fetch(base, python, wanted, Path(folder), workshop)
        tag = tag_of(python, recipe, base, contents(wanted, fetched.packages))
        existing = catalogue.find(workshop.client, tag)
        if existing is not None:
            return existing
        workshop.say(python, "build", tag)
        with tempfile.TemporaryFile(prefix="ipcmatrix-") as context:
            write_context(context, recipe, base, Path(folder))
            labels = catalogue.labels_of(python, base, fetched, tag)
            _run_build(python, tag, base, labels, context, workshop)
    built = catalogue.find(workshop.client, tag)
    if built is None:
        message = f"the engine says that it built {tag}, but does not have it"
        raise NotHadError(message)
    return built


def _run_build(
    python: str,
    tag: str,
    base: Base,
    labels: dict[str, str],
    context: IO[bytes],
    workshop: Workshop,
) -> None:
    """Have the engine build; raise NotHadError with the last lines of what it said."""
    events = workshop.client.api.build(
        fileobj=context,
        custom_context=True,
        tag=tag,
        buildargs={"BASE": base.reference},
        labels=labels,
        network_mode="none",
        rm=True,
        forcerm=True,
        decode=True,
    )
    lines: deque[str] = deque(maxlen=SHOWN_LINES)
    for event in events:
        if "error" in event:
            message = "\n".join(["the build failed:", *lines, str(event["error"]).strip()])
            raise NotHadError(message)
        line = re.sub(r"\x1b\[[0-9;]*m", "", str(event.get("stream", ""))).strip()
        if line:
            lines.append(line)
        if line.startswith("Step "):
            workshop.say(python, "build", line)
        workshop.check()
