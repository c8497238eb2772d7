"""A run as one file that can be handed on: what was asked, measured and found, and the command."""

import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runner import output
from runner.errors import BadInputError
from runner.files import Drafts, open_regular, read
from runner.process import tilde
from runner.report.sections.machine import command
from runner.runfolder.head import FILES, RUN

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: the same content gives the same bytes at any time."""
_MEASURED = (RUN, "cells.csv", "probes.csv", "trials/*.csv", f"{FILES}/**/*.*")
_STRANGE = re.compile(r"[^\w./+()-]")
"""What our names never contain: colons and backslashes lead out of the folder on Windows."""
_WRITTEN = (
    "report.md",
    "report.html",
    "tables/**/*.csv",
    "tables/**/*.json",
    "pictures/*.svg",
    "pictures/*.png",
)


def bundle(folder: Path, out: Path, report: Path | None = None) -> Path:
    """Write a zip of a run's folder with its matrix and how to measure it again; return `out`.

    `report` is the folder of the report where that is another one. The same content gives the same
    bytes. BadInputError where the folder holds no run, or `out` exists and is not a zip.
    """
    check_target(out)
    try:
        run = json.loads(read(folder / RUN))
    except (OSError, ValueError, RecursionError) as error:
        message = f"{folder / RUN}: {error}: name the folder of a run, reports/<run-id>"
        raise BadInputError(message) from error
    run = run if isinstance(run, Mapping) else {}
    root = _STRANGE.sub("-", folder.resolve().name).lstrip(".") or "run"
    with (
        Drafts(out.parent, durable=True) as drafts,
        drafts.open(out.name) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for name, content in _contents(folder, report or folder, run):
            entry = zipfile.ZipInfo(f"{root}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out


def check_target(out: Path) -> None:
    """Raise BadInputError where a bundle would take the place of anything but an older bundle."""
    if os.path.lexists(out) and (out.is_symlink() or not out.is_file() or not _is_zip(out)):
        message = f"--bundle {out}: exists and is not a zip: name a new file, as {out.name}.zip"
        raise BadInputError(message)


def _is_zip(path: Path) -> bool:
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            return zipfile.is_zipfile(file)
    except OSError:
        return False


def _contents(folder: Path, report: Path, run: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Yield each file's name and bytes: the run's own from `folder`, the report's from `report`."""
    yield "REPRODUCE.md", tilde(_reproduce(run)).encode()
    matrix = run.get("matrix")
    source = matrix.get("text") if isinstance(matrix, Mapping) else None
    if isinstance(source, str):  # beside the files that it names, where it names some
        name = f"{FILES}/matrix.yaml" if run.get("files") else "matrix.yaml"
        yield name, tilde(source).encode()
    found = {
        path.relative_to(place).as_posix(): (path, place)
        for place, patterns in ((folder, _MEASURED), (report, _WRITTEN))
        for pattern in patterns
        for path in _listed(place, pattern)
    }
    left_out: dict[str, str] = {}
    for name, (path, place) in sorted(found.items()):
        if _STRANGE.search(name):
            left_out[str(path)] = "is a name that not every system unpacks in its place"
            continue
        try:
            content = read(path, place)
        except OSError as error:
            left_out[str(error.filename)] = str(error.strerror)
            continue
        # What ran is handed on to the byte; other files without names of users, which older
        # runs hold.
        if place == folder and not name.startswith(f"{FILES}/"):
            text = tilde(content.decode("utf-8", "surrogateescape"))
            content = text.encode("utf-8", "surrogateescape")
        yield name, content
    for where, why in left_out.items():
        output.say(f"{where!r}: {why}: left out of the bundle")


def _listed(place: Path, pattern: str) -> Iterable[Path]:
    """Return the paths of a pattern; of a linked folder the link, for it may lead to anywhere."""
    head = place / pattern.partition("/")[0]
    return [head] if head.is_symlink() else place.glob(pattern)


def _reproduce(run: Mapping[str, object]) -> str:
    """Return what to run, and with which images and interpreters it was run."""
    places = run.get("places")
    facts = json.dumps(places if places else run.get("interpreters") or {}, indent=2)
    version = run.get("version") or "of that time"
    where = f"the folder `{FILES}` of this one" if run.get("files") else "this folder"
    return (
        "# To measure this again\n\n"
        f"With ipcmatrix {version}, in {where}, on a machine of the same kind:\n\n"
        f"```sh\n{command(run, matrix='matrix.yaml')}\n```\n\n"
        "`ipcmatrix report .` rebuilds the report from the trials, without measuring.\n\n"
        f"Interpreters and images of the run:\n\n```json\n{facts}\n```\n"
    )
