"""What an image is made from, its name, which is a digest of that, and whether it still serves."""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, NamedTuple

from runner.errors import EnvironmentLacksError
from runner.images.base import Base
from runner.model import Image, OwnFile, staged
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
    """Everything of an image that is not its base: texts and files, read once for all builds.

    `own` are the user's own files, by name, with the list of them for the harness.
    """

    dockerfile: bytes
    harness: Mapping[str, bytes]
    own: Mapping[str, bytes] = MappingProxyType({})

    @property
    def files(self) -> Mapping[str, bytes]:
        """Every file of the image that is ours or the user's, by its path below /opt/ipcmatrix."""
        parts = {"files": self.own, "harness": self.harness}
        return {
            f"{kind}/{name}": part[name] for kind, part in parts.items() for name in sorted(part)
        }


class Wanted(NamedTuple):
    """What images are wanted: the recipe, `images.source`, each interpreter's packages."""

    recipe: Recipe
    source: str
    packages: Mapping[str, Mapping[str, str]]


def read_recipe(
    harness: Path = HARNESS, dockerfile: Path = DOCKERFILE, own: Sequence[OwnFile] = ()
) -> Recipe:
    """Return the Dockerfile and the harness's files; raise EnvironmentLacksError without them.

    `own` are the files of the user's own that go into the images as well.
    """
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
    return Recipe(dockerfile.read_bytes(), files, staged(own))


def tag_of(python: str, recipe: Recipe, base: Base, packages: Mapping[str, str]) -> str:
    """Return the image's name: its tag ends with the digest of all that goes into it."""
    digest = _digest(recipe, python, base.digest, base.interpreter, _as_json(packages))
    return f"{REPOSITORY}:{fit_for_tag(python)}-{digest}"


def key_of(python: str, wanted: Wanted, architecture: str) -> str:
    """Return the tag that a registry has for a wish: all of an image but its base.

    Which base there is, and its digest, nobody knows before it is pulled.
    """
    packages = _as_json(wanted.packages.get(python, {}))
    digest = _digest(wanted.recipe, "for", python, architecture, wanted.source, packages)
    return f"{fit_for_tag(python)}-for-{digest}"


def is_key(tag: str) -> bool:
    """Return whether a tag is one of a wish."""
    return re.fullmatch(rf".+-for-[0-9a-f]{{{DIGITS}}}", tag) is not None


def _as_json(packages: Mapping[str, str]) -> str:
    return json.dumps(dict(packages), sort_keys=True)


def _digest(recipe: Recipe, *words: str) -> str:
    parts = [*(word.encode() for word in words), recipe.dockerfile]
    for name, content in recipe.files.items():
        parts += [name.encode(), content]
    digest = hashlib.sha256()
    for part in parts:  # each with its length: no two recipes run into the same bytes
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()[:DIGITS]


def fit_for_tag(text: str) -> str:
    """Return a text with only characters that a tag may hold."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def contents(wanted: Mapping[str, str], had: Mapping[str, str]) -> dict[str, str]:
    """Return a tag's part about packages: those it has, and those that were not available.

    So another wish is another image, though today the same packages can be had.
    """
    return {
        name: version if name in had else f"lacking {version}" for name, version in wanted.items()
    }


def serves(image: Image, base: Base, recipe: Recipe, wanted: Mapping[str, str]) -> bool:
    """Return whether an image is what would be built today, were the same packages to be had."""
    packages = contents(wanted, image.packages)
    return tag_of(image.python, recipe, base, packages) == image.tag


def is_current(image: Image, wanted: Wanted) -> bool:
    """Return whether today's recipe gives an image, from the wanted source, on the same base."""
    base = Base(image.base, image.base_digest, image.source, image.interpreter)
    packages = wanted.packages.get(image.python, {})
    right_source = wanted.source in ("auto", image.source)
    return right_source and serves(image, base, wanted.recipe, packages)


def needed(listed: Iterable[Image], pythons: Iterable[str], wanted: Wanted) -> list[str]:
    """Return the tags of the images that are needed: one at most for each interpreter.

    The youngest that today's recipe gives; where there is none, the youngest, whose base the next
    build can do with.
    """
    wished = frozenset(pythons)
    best: dict[str, tuple[bool, str, str]] = {}
    for image in listed:
        if image.python in wished:
            rank = (is_current(image, wanted), image.created, image.tag)
            best[image.python] = max(rank, best.get(image.python, rank))
    return [tag for _, _, tag in best.values()]


def write_context(out: IO[bytes], recipe: Recipe, base: Base, packages: Path) -> None:
    """Write the build's context, a tar archive, and go back to its beginning."""
    folders = {parent.as_posix() for name in recipe.files for parent in Path(name).parents}
    with tarfile.open(fileobj=out, mode="w") as archive:
        _add(archive, "Dockerfile", recipe.dockerfile)
        _add(archive, PLACE)
        link = _member(f"{PLACE}/python", 0o777)
        link.type, link.linkname = tarfile.SYMTYPE, base.interpreter
        archive.addfile(link)
        for folder in sorted(folders - {"."}):  # each after the one that holds it
            _add(archive, f"{PLACE}/{folder}")
        for name, content in recipe.files.items():
            _add(archive, f"{PLACE}/{name}", content)
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


def _member(name: str, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.mtime = mode, TIME
    return member


def _add(archive: tarfile.TarFile, name: str, content: bytes | None = None) -> None:
    """Add a file, or a folder if there is no content."""
    member = _member(name, 0o755 if content is None else 0o644)
    if content is None:
        member.type = tarfile.DIRTYPE
        archive.addfile(member)
    else:
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
