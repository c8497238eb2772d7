"""Which images serve what is wanted today: by their names, which are digests."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runner.images.base import Base
from runner.images.recipe import Recipe, tag_of
from runner.model import Image


class Wanted(NamedTuple):
    """What images are wanted: the recipe, `images.source`, each interpreter's packages."""

    recipe: Recipe
    source: str
    packages: Mapping[str, Mapping[str, str]]


def contents(wanted: Mapping[str, str], had: Mapping[str, str]) -> dict[str, str]:
    """Return what a tag is to say of the packages: those it has, and those it could not have.

    So another wish is another image, though today the same packages can be had.
    """
    return {
        name: version if name in had else f"lacking {version}" for name, version in wanted.items()
    }


def serves(image: Image, base: Base, recipe: Recipe, wanted: Mapping[str, str]) -> bool:
    """Return whether an image is what would be built today, were the same packages to be had."""
    packages = contents(wanted, image.packages)
    return tag_of(image.python, recipe, base, packages) == image.tag


def needed(listed: Iterable[Image], pythons: Iterable[str], wanted: Wanted) -> list[str]:
    """Return the tags of the images that are needed: one at most for each interpreter.

    The youngest that today's recipe gives; where there is none, the youngest, whose base the next
    build can do with.
    """
    wished = frozenset(pythons)
    best: dict[str, tuple[bool, str, str]] = {}
    for image in listed:
        if image.python in wished:
            rank = (_is_current(image, wanted), image.created, image.tag)
            best[image.python] = max(rank, best.get(image.python, rank))
    return [tag for _, _, tag in best.values()]


def _is_current(image: Image, wanted: Wanted) -> bool:
    base = Base(image.base, image.base_digest, image.source, image.interpreter)
    packages = wanted.packages.get(image.python, {})
    right_source = wanted.source in ("auto", image.source)
    return right_source and serves(image, base, wanted.recipe, packages)
