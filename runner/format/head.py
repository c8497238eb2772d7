"""run.json: what a run is. Read and checked in one place, whoever wants to know."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from runner.errors import BadInputError
from runner.format.files import restore, text_of, trials_files

FORMAT = 1
"""The version of the run folder's format; others are refused."""

RUN, PROBES = "run.json", "probes.csv"

_KINDS: Mapping[type, tuple[str, tuple[str, ...]]] = {
    str: ("text", ("run", "machine", "executor", "harness", "testbed", "tool_python", "version")),
    dict: (
        "a mapping",
        (
            "matrix",
            "measure",
            "compare",
            "interpreters",
            "interpreter_ids",
            "machine_facts",
            "places",
            "cell_facts",
        ),
    ),
    list: ("a list", ("sittings", "stretches", "notes", "command")),
}
"""The kind of each entry that is read again, and the entries; any of them may be lacking."""

_NAMES = {dict: "a mapping", list: "a list", str: "text", bool: "a truth value", type(None): "null"}


def read_head(folder: Path) -> dict[str, object]:
    """Return run.json of a run folder.

    BadInputError where it is missing, damaged or of another format, and for an entry of a kind
    that it cannot have.
    """
    path = folder / RUN
    if not os.path.lexists(path):
        message = f"{folder}: is no run (no {RUN}): give a folder that `ipcmatrix run` made"
        raise BadInputError(message)
    try:
        run = json.loads(text_of(path))
    except RecursionError as error:
        raise restore(path, "is not a run's JSON (nested too deeply)") from error
    except ValueError as error:
        raise restore(path, f"is not JSON ({error})") from error
    _check_format(path, run)
    for kind, (wanted, names) in _KINDS.items():
        for name in names:
            if name in run and not isinstance(run[name], kind):
                found = _NAMES.get(type(run[name]), "a number")
                raise restore(path, f"{name}: is {found}, not {wanted}")
    return dict(run)


def _check_format(path: Path, run: object) -> None:
    found = run.get("format") if isinstance(run, dict) else None
    if type(found) is not int or found != FORMAT:
        message = (
            f"{path}: format: is {found!r}, this version of ipcmatrix reads {FORMAT}: use the "
            "version that wrote the run"
        )
        raise BadInputError(message)


def check_sound(folder: Path, head: Mapping[str, object]) -> list[Path]:
    """Return the trials files of a run, after a look at what else it must have.

    BadInputError for what `trials_files` refuses, for a run that was measured and has no trials
    file, and for answers to probes that are no text.
    """
    found = trials_files(folder)
    if not found and (head.get("stretches") or head.get("sittings")):
        raise restore(folder / "trials", f"holds no trials, though {RUN} tells that some were made")
    probes = folder / PROBES
    if os.path.lexists(probes):
        text_of(probes)
    return found
