"""Builds images: the base from its source, the packages, and the harness on top of them."""

import re
import tempfile
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from runner.engine import ENGINE_ERRORS, Client, brief
from runner.images import catalogue
from runner.images.base import (
    Base,
    Listener,
    NotHadError,
    Workshop,
)
from runner.images.needed import contents, serves
from runner.images.packages import Fetched, fetch
from runner.images.recipe import Recipe, read_recipe, tag_of, write_context
from runner.images.sources import Sources
from runner.model import Image
from runner.process import HeldFolder

AT_ONCE = 3
SHOWN_LINES = 5


def build(
    pythons: Mapping[str, str],
    source: str,
    packages: Mapping[str, Mapping[str, str]],
    client: Client,
    listener: Listener = lambda _: None,
    recipe: Recipe | None = None,
) -> dict[str, Image | str]:
    """Return an image for each interpreter, or the reason why there is none.

    `pythons` maps a name to the path of this machine's interpreter, "" where it has none;
    `packages` maps a name to its optional packages and their versions. What exists is not built
    again. The listener is called from several threads, by one at a time.
    """
    workshop = Workshop(client, listener)
    build_one = partial(
        _build_one,
        recipe=recipe or read_recipe(),
        sources=Sources(source, pythons, workshop),
        packages=packages,
        workshop=workshop,
    )
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="build") as pool:
        try:
            return dict(zip(pythons, pool.map(build_one, pythons), strict=True))
        except BaseException:
            workshop.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _build_one(
    python: str,
    *,
    recipe: Recipe,
    sources: Sources,
    packages: Mapping[str, Mapping[str, str]],
    workshop: Workshop,
) -> Image | str:
    """Return an image, or the reason why there is none; one that fails stops no other."""
    try:
        base = sources.base(python)
        image = _image(_Order(python, base, packages.get(python, {}), recipe), workshop)
    except NotHadError as error:
        reason = str(error)
    except ENGINE_ERRORS as error:
        reason = f"the engine failed: {brief(error)}"
    else:
        workshop.say(python, "ready", image.tag)
        return image
    workshop.say(python, "failed", reason)
    return reason


class _Order(NamedTuple):
    """What one image is to be made of."""

    python: str
    base: Base
    wanted: Mapping[str, str]
    recipe: Recipe

    def tag(self, had: Mapping[str, str]) -> str:
        """Return the image's name with those of the wanted packages in it."""
        return tag_of(self.python, self.recipe, self.base, contents(self.wanted, had))


def _image(order: _Order, workshop: Workshop) -> Image:
    """Return the image with all its packages, or with those that could be had."""
    complete = catalogue.find(workshop.client, order.tag(order.wanted))
    if complete is not None:
        return complete
    incomplete = _incomplete(order, workshop)
    if incomplete is not None:
        without = ", ".join(sorted(incomplete.lacking))
        workshop.say(order.python, "packages", f"without {without}, as when it was built")
        return incomplete
    with HeldFolder() as folder:
        fetched = fetch(order.base, order.python, order.wanted, Path(folder), workshop)
        tag = order.tag(fetched.packages)
        existing = catalogue.find(workshop.client, tag)
        if existing is not None:
            return existing
        workshop.say(order.python, "build", tag)
        _run_build(order, fetched, Path(folder), workshop)
    built = catalogue.find(workshop.client, tag)
    if built is None:
        message = f"the engine built {tag}, and has no such image"
        raise NotHadError(message)
    return built


def _incomplete(order: _Order, workshop: Workshop) -> Image | None:
    """Return the image that lacks what could not be had when it was built, or None."""
    if not order.wanted:
        return None
    for image in catalogue.list_images(workshop.client):
        ours = image.python == order.python and image.lacking
        if ours and serves(image, order.base, order.recipe, order.wanted):
            return image
    return None


def _run_build(order: _Order, fetched: Fetched, packages: Path, workshop: Workshop) -> None:
    """Have the engine build; raise NotHadError with the last lines of what it said."""
    with tempfile.TemporaryFile(prefix="ipcmatrix-") as context:
        write_context(context, order.recipe, order.base, packages)
        events = workshop.client.api.build(
            fileobj=context,
            custom_context=True,
            tag=order.tag(fetched.packages),
            buildargs={"BASE": order.base.reference},
            labels=catalogue.labels_of(order.python, order.base, fetched),
            network_mode="none",
            rm=True,
            forcerm=True,
            decode=True,
        )
        told: deque[str] = deque(maxlen=SHOWN_LINES)
        for event in events:
            _hear(event, order.python, told, workshop)


def _hear(event: Mapping[str, Any], python: str, told: deque[str], workshop: Workshop) -> None:
    if "error" in event:
        message = "\n".join(["the build failed:", *told, str(event["error"]).strip()])
        raise NotHadError(message)
    line = re.sub(r"\x1b\[[0-9;]*m", "", str(event.get("stream", ""))).strip()
    if line:
        told.append(line)
    if line.startswith("Step "):
        workshop.say(python, "build", line)
    workshop.check()
