"""Names, builds, finds and prunes images: an interpreter and the harness in each."""

from runner.images.base import ImageStep, Listener, NotHadError, Workshop
from runner.images.building import build, images_for, reporter, shortened
from runner.images.catalogue import find, list_images, prune
from runner.images.recipe import HARNESS, Recipe, Wanted, needed, read_recipe
from runner.images.registry import Registry

__all__ = [
    "HARNESS",
    "ImageStep",
    "Listener",
    "NotHadError",
    "Recipe",
    "Registry",
    "Wanted",
    "Workshop",
    "build",
    "find",
    "images_for",
    "list_images",
    "needed",
    "prune",
    "read_recipe",
    "reporter",
    "shortened",
]
