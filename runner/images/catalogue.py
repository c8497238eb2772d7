"""The images that the engine holds: found by label, listed, and removed."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from docker.errors import APIError, ImageNotFound
from docker.models.images import Image as EngineImage

from runner.engine import CONFLICT, KIND, Client
from runner.images.base import BASES, Base
from runner.images.packages import Fetched
from runner.images.recipe import REPOSITORY, is_key
from runner.model import Image, python_order

BASE_DIGEST = "ipcmatrix.base_digest"
IMAGE = "ipcmatrix.image"
"""The label with all that is to be read back, in JSON: each label of its own is a layer more."""


def labels_of(python: str, base: Base, fetched: Fetched, tag: str) -> dict[str, str]:
    """Return the labels from which an image can be read back, wherever it was built."""
    known = {
        "tag": tag,
        "python": python,
        "source": base.source,
        "interpreter": base.interpreter,
        "base": base.reference,
        "packages": dict(fetched.packages),
        "lacking": dict(fetched.lacking),
    }
    return {BASE_DIGEST: base.digest, IMAGE: json.dumps(known, sort_keys=True)}


def find(client: Client, tag: str) -> Image | None:
    """Return the image of that name, or None where the engine has none."""
    try:
        return read(client.images.get(tag), tag)
    except ImageNotFound:
        return None


def list_images(client: Client) -> list[Image]:
    """Return every image that we built and that has a name, by interpreter."""
    listed = client.images.list(filters={"label": [f"{KIND}=image", IMAGE]})
    named = [
        read(image, tag)
        for image in listed
        for tag in image.tags
        if tag.startswith(f"{REPOSITORY}:")
    ]
    return sorted(named, key=lambda image: (python_order(image.python), image.tag))


def prune(client: Client, keep: Collection[str] = ()) -> list[str]:
    """Remove our images but those named in `keep`, and the bases that no other is made on.

    Returns the names of what was removed; what a container uses stays. Nothing but what
    carries our label is looked at; a base that was pulled is the registry's, and stays.
    """
    removed = []
    for image in list_images(client):
        if image.tag not in keep and _remove(client, image.tag):
            removed += [image.tag, *_remove_names_of_registries(client, image)]
    for left in client.images.list(filters={"label": KIND, "dangling": True}):
        _remove(client, str(left.id))
    used = {image.base for image in list_images(client)}
    for base in client.images.list(filters={"label": f"{KIND}=base"}):
        ours = [tag for tag in base.tags if tag.startswith(f"{BASES}:")]
        free = [tag for tag in ours if tag not in used]
        removed += [tag for tag in free if _remove(client, tag)]
    return removed


def _remove_names_of_registries(client: Client, image: Image) -> list[str]:
    """Remove the names that pushing and pulling gave to an image; a user's own stay."""
    try:
        names = client.images.get(image.digest).tags
    except ImageNotFound:
        return []
    own = image.tag.rpartition(":")[2]
    given = [one for one in names if (tag := one.rpartition(":")[2]) == own or is_key(tag)]
    return [one for one in given if _remove(client, one)]


def _remove(client: Client, name: str) -> bool:
    """Remove an image or one of its names; False where it is in use or has gone already."""
    try:
        client.images.remove(name)
    except ImageNotFound:
        return False
    except APIError as error:
        if error.status_code == CONFLICT:
            return False
        raise
    return True


def tag_in(image: EngineImage) -> str:
    """Return the name that an image was given when it was built."""
    return str(_known(image).get("tag", ""))


def _known(image: EngineImage) -> Mapping[str, Any]:
    """Return the label with all that is known; that of a pulled image may hold anything."""
    try:
        known = json.loads(image.labels.get(IMAGE) or "{}")
    except (ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _texts(given: object) -> dict[str, str]:
    return {str(one): str(other) for one, other in given.items()} if isinstance(given, dict) else {}


def read(image: EngineImage, tag: str) -> Image:
    """Return an image as its labels say it, under this name."""
    known = _known(image)
    digests = image.attrs.get("RepoDigests") or [""]
    return Image(
        python=str(known.get("python", "")),
        tag=tag,
        digest=str(image.id),
        base=str(known.get("base", "")),
        base_digest=image.labels.get(BASE_DIGEST, ""),
        source=str(known.get("source", "")),
        interpreter=str(known.get("interpreter", "")),
        registry_digest=str(digests[0]).rpartition("@")[2],
        packages=_texts(known.get("packages")),
        lacking=_texts(known.get("lacking")),
        size=int(image.attrs.get("Size", 0)),
        created=str(image.attrs.get("Created", "")),
    )
