"""What an image is made from: the Dockerfile, the harness, the packages; and its name by digest."""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from runner.errors import EnvironmentLacksError
from runner.images.base import Base
from runner.shipped import shipped

DOCKERFILE = shipped("images/interpreter.Dockerfile")
HARNESS = Path(__file__).resolve().parents[1] / "harness"
REPOSITORY = "ipcmatrix/python"
PLACE = "ipcmatrix"
"""The folder of the build's context that becomes /opt/ipcmatrix."""
DIGITS = 12
TIME = 946684800
"""Modification time of every file of an image, 2000-01-01: contexts of equal content are equal."""


class Recipe(NamedTuple):
    """Everything of an image that is not its base: texts and files, read once for all builds."""

    dockerfile: bytes
    harness: Mapping[str, bytes]


def read_recipe(harness: Path = HARNESS, dockerfile: Path = DOCKERFILE) -> Recipe:
    """Return the Dockerfile and the harness's files; raise EnvironmentLacksError without them."""
    files = {
        path.relative_to(harness).as_posix(): path.read_bytes()
        for path in sorted(harness.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    if not dockerfile.is_file() or not files:
        message = (
            f"no images can be built: {dockerfile if files else harness} is missing. Run from a "
            "clone of the repository, or with `--executor local`"
        )
        raise EnvironmentLacksError(message)
    return Recipe(dockerfile.read_bytes(), files)


def tag_of(python: str, recipe: Recipe, base: Base, packages: Mapping[str, str]) -> str:
    """Return the image's name: its tag ends with the digest of all that goes into it."""
    digest = hashlib.sha256()
    parts: list[bytes] = [
        python.encode(),
        base.digest.encode(),
        base.interpreter.encode(),
        json.dumps(dict(packages), sort_keys=True).encode(),
        recipe.dockerfile,
    ]
    for name, content in sorted(recipe.harness.items()):
        parts += [name.encode(), content]
    for part in parts:  # each with its length: no two recipes run into the same bytes
        digest.update(f"{len(part)}:".encode() + part)
    return f"{REPOSITORY}:{fit_for_tag(python)}-{digest.hexdigest()[:DIGITS]}"


def fit_for_tag(text: str) -> str:
    """Return a text with only what a tag may hold."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def write_context(out: IO[bytes], recipe: Recipe, base: Base, packages: Path) -> None:
    """Write the build's context, a tar archive, and go back to its beginning."""
    with tarfile.open(fileobj=out, mode="w") as archive:
        _add_file(archive, "Dockerfile", recipe.dockerfile)
        _add_folder(archive, PLACE)
        _add_link(archive, f"{PLACE}/python", base.interpreter)
        for folder in _folders(recipe.harness):
            _add_folder(archive, f"{PLACE}/harness{folder}")
        for name, content in sorted(recipe.harness.items()):
            _add_file(archive, f"{PLACE}/harness/{name}", content)
        archive.add(packages, f"{PLACE}/packages", filter=plain)
    out.seek(0)


def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return an archive's member as root's, readable by everyone, without a trace of the day."""
    member.mtime = TIME
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    executable = member.isdir() or member.mode & 0o100
    member.mode = 0o755 if executable else 0o644
    return member


def _folders(files: Mapping[str, bytes]) -> Iterator[str]:
    """Give every folder of the files, each after the one that holds it: "", then "/transports"."""
    parents = {parent.as_posix() for name in files for parent in Path(name).parents}
    yield ""
    yield from (f"/{name}" for name in sorted(parents - {"."}))


def _member(name: str, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.mtime = mode, TIME
    return member


def _add_file(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = _member(name, 0o644)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _add_folder(archive: tarfile.TarFile, name: str) -> None:
    member = _member(name, 0o755)
    member.type = tarfile.DIRTYPE
    archive.addfile(member)


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    member = _member(name, 0o777)
    member.type, member.linkname = tarfile.SYMTYPE, target
    archive.addfile(member)
