"""Names, builds, finds and prunes images: an interpreter and the harness in each."""

from runner.images.base import ImageStep, Listener
from runner.images.building import build, images_for, shortened
from runner.images.catalogue import find, list_images, prune
from runner.images.recipe import HARNESS, Recipe, Wanted, needed, read_recipe

__all__ = [
    "HARNESS",
    "ImageStep",
    "Listener",
    "Recipe",
    "Wanted",
    "build",
    "find",
    "images_for",
    "list_images",
    "needed",
    "prune",
    "read_recipe",
    "shortened",
]
