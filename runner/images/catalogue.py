"""The images that the engine holds: found by label, listed, and removed."""

import json
from collections.abc import Collection

from docker.errors import APIError, ImageNotFound
from docker.models.images import Image as EngineImage

from runner.engine import CONFLICT, KIND, Client
from runner.images.base import BASES, Base
from runner.images.packages import Fetched
from runner.images.recipe import REPOSITORY
from runner.model import Image, python_order

BASE_DIGEST = "ipcmatrix.base_digest"
IMAGE = "ipcmatrix.image"
"""The label with all that is to be read back, in JSON: each label of its own is a layer more."""


def labels_of(python: str, base: Base, fetched: Fetched) -> dict[str, str]:
    """Return the labels from which an image can be read back."""
    known = {
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
        return _read(client.images.get(tag), tag)
    except ImageNotFound:
        return None


def list_images(client: Client) -> list[Image]:
    """Return every image of ours that has a name, by interpreter."""
    listed = client.images.list(filters={"label": [f"{KIND}=image", IMAGE]})
    named = [
        _read(image, tag)
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
            removed.append(image.tag)
    for left in client.images.list(filters={"label": KIND, "dangling": True}):
        _remove(client, str(left.id))
    used = {image.base for image in list_images(client)}
    for base in client.images.list(filters={"label": f"{KIND}=base"}):
        ours = [tag for tag in base.tags if tag.startswith(f"{BASES}:")]
        free = [tag for tag in ours if tag not in used]
        removed += [tag for tag in free if _remove(client, tag)]
    return removed


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


def _read(image: EngineImage, tag: str) -> Image:
    known = json.loads(image.labels.get(IMAGE) or "{}")
    return Image(
        python=str(known.get("python", "")),
        tag=tag,
        digest=str(image.id),
        base=str(known.get("base", "")),
        base_digest=image.labels.get(BASE_DIGEST, ""),
        source=str(known.get("source", "")),
        interpreter=str(known.get("interpreter", "")),
        packages={str(name): str(version) for name, version in known.get("packages", {}).items()},
        lacking={str(name): str(reason) for name, reason in known.get("lacking", {}).items()},
        size=int(image.attrs.get("Size", 0)),
        created=str(image.attrs.get("Created", "")),
    )
