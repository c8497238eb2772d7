"""Names, builds, finds and prunes images: an interpreter and the harness in each."""

from runner.images.base import Listener, Progress, Stage
from runner.images.building import build
from runner.images.catalogue import find, list_images, prune
from runner.images.making import images_for, shortened
from runner.images.needed import Wanted, needed
from runner.images.recipe import HARNESS, Recipe, read_recipe

__all__ = [
    "HARNESS",
    "Listener",
    "Progress",
    "Recipe",
    "Stage",
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
