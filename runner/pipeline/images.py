"""The verbs `images build`, `push`, `pull`, `list` and `prune`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import output
from runner.errors import BadInputError
from runner.machine import interpreters
from runner.model import Image
from runner.pipeline.places import needed_pythons, printer
from runner.pipeline.reading import Request, read_matrix


def build_images(*, quiet: bool, **request: Any) -> int:
    """Build the images of a matrix; 1 where one could not be built."""
    from runner import engine, images

    matrix = read_matrix(Request(**request))
    here = replace(matrix, images=replace(matrix.images, registry=""))  # built, not pulled
    found = interpreters.find()
    wanted = needed_pythons(matrix, "docker", found)
    built = images.images_for(here, wanted, found, printer(quiet), engine.connect())
    for python, image in built.items():
        output.line(f"{python}: {image.tag if isinstance(image, Image) else image}")
    return 1 if any(isinstance(image, str) for image in built.values()) else 0


def push_images(**given: Any) -> int:
    """Push the images of a matrix to its registry; 1 where one is not here, or is not taken."""
    return _through_registry(push=True, **given)


def pull_images(**given: Any) -> int:
    """Pull the images of a matrix from its registry; 1 where it has none for an interpreter."""
    return _through_registry(push=False, **given)


def _through_registry(*, push: bool, quiet: bool, as_json: bool, **request: Any) -> int:
    from runner import engine, images

    matrix = read_matrix(Request(**request))
    repository = matrix.images.registry
    if not repository:
        message = (
            f"{matrix.source}: images.registry is not set: name a repository, as in "
            "images: {registry: registry.example/me/ipcmatrix}"
        )
        raise BadInputError(message)
    client = engine.connect()
    recipe = images.read_recipe(own=matrix.files)
    wanted = images.Wanted(recipe, matrix.images.source, matrix.packages)
    registry = images.Registry(repository, wanted, client)
    workshop = images.Workshop(client, images.reporter(printer(quiet)))
    moved: dict[str, str] = {}
    failed: dict[str, str] = {}
    for python in needed_pythons(matrix, "docker", interpreters.find()):
        try:
            if push:
                digest = registry.push(python, workshop)
            else:
                digest = registry.pull(python, workshop).registry_digest
            moved[python] = f"{repository}@{digest}"
        except images.NotHadError as error:
            failed[python] = str(error)
    if as_json:
        output.data(json.dumps({"version": 1, "images": moved, "failed": failed}))
    else:
        for python, said in {**moved, **failed}.items():
            output.line(f"{python}: {said}")
    return 1 if failed else 0


def list_images(*, as_json: bool) -> int:
    """List our images."""
    from runner import engine, images

    listed = images.list_images(engine.connect())
    if as_json:
        rows = [
            {
                "python": one.python,
                "tag": one.tag,
                "digest": one.digest,
                "source": one.source,
                "base_digest": one.base_digest,
                "bytes": one.size,
            }
            for one in listed
        ]
        output.data(json.dumps({"version": 1, "images": rows}))
        return 0
    for one in listed:
        size = f"{one.size / 1e6:.0f} MB"
        output.line(f"{one.python:>6}  {one.source:<6}  {size:>8}  {one.tag}")
    if not listed:
        output.line("no images built by ipcmatrix; `ipcmatrix images build` makes them")
    return 0


def prune_images(*, everything: bool, matrix: Path | None, profile: str | None) -> int:
    """Remove our images but one for each interpreter of the matrix: that which it needs today."""
    from runner import engine, images

    keep: list[str] = []
    client = engine.connect()
    if not everything:
        read = read_matrix(Request(matrix=matrix, profile=profile))
        recipe = images.read_recipe(own=read.files)
        wanted = images.Wanted(recipe, read.images.source, read.packages)
        pythons = needed_pythons(read, "docker", interpreters.find())
        keep = images.needed(images.list_images(client), pythons, wanted)
    removed = images.prune(client, keep)
    for name in removed:
        output.line(f"removed {name}")
    if not removed:
        output.line("nothing to remove")
    return 0
