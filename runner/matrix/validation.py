"""Checks the tree against the models: every mistake with its place and what is allowed."""

from collections.abc import Mapping
from functools import partial
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from runner.matrix.document import MatrixDocument
from runner.matrix.fields import REFUSED
from runner.matrix.mistakes import Later, Mistakes
from runner.matrix.names import Vocabulary, nearest
from runner.matrix.quantities import kind, shown
from runner.matrix.tree import Entries, Path, Text, at, place_of, plain

M = TypeVar("M", bound=BaseModel)

RENAMED = {"families": "axes", "reference": "baseline", "sittings": "sessions"}
"""Keys of version 0.1, and their names now."""
MOVED: Mapping[Path, str] = {("images", "packages"): "packages, at the top level,"}
"""Keys of version 0.1 by their path, and where they are now."""

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "tuple_type": ("a list", "write [ ] around the values, or a line with - for each"),
    "dict_type": ("a mapping", "write `key: value`, or {} for none"),
    "model_type": ("a mapping", "write `key: value`, or {} for none"),
}


def validated(
    model: type[M], tree: Entries, vocabulary: Vocabulary, mistakes: Mistakes | None
) -> M | None:
    """Return the tree as the model; else None, with every mistake added to `mistakes`, if given."""
    try:
        return model.model_validate(plain(tree), context=vocabulary)
    except ValidationError as error:
        if mistakes is not None:
            for detail in error.errors(include_url=False):
                _add_error(model, detail, tree, mistakes)
        return None


def _add_error(
    model: type[BaseModel], detail: ErrorDetails, tree: Entries, mistakes: Mistakes
) -> None:
    if detail["type"] == "too_short" and detail["input"]:
        return  # pydantic counts only valid values; each wrong one is reported by itself
    path: Path = detail["loc"]
    on_key = path[-1:] == ("[key]",) or detail["type"] == "extra_forbidden"
    path = path[:-1] if path[-1:] == ("[key]",) else path
    if path and isinstance(path[-1], int) and isinstance(at(tree, *path[:-1]), Text):
        path = path[:-1]  # a single value where a list may be
    place = place_of(tree, path, key=on_key)
    mistakes.add(place, Later(partial(_message, model, detail, path)))


def _message(model: type[BaseModel], detail: ErrorDetails, path: Path) -> str:
    what = detail["type"]
    name = _dotted(path)
    if what == "extra_forbidden":
        above = _at(model, path[:-1]) if path[1:] else MatrixDocument
        known: tuple[str, ...] = ()
        if isinstance(above, type) and issubclass(above, BaseModel):
            known = tuple(above.model_fields)
        word = "axis" if getattr(above, "__module__", "").endswith(".axes") else "key"
        name = str(path[-1])
        if path[-2:] in MOVED:
            return f"{_dotted(path)} is called {MOVED[path[-2:]]} since version 0.2"
        if RENAMED.get(name) in known:
            return f"{shown(name)} is called {RENAMED[name]} since version 0.2"
        return f"unknown {word} {shown(name)}; {nearest(name, known)}"
    if what == "missing":
        return f"{name} is missing; write {path[-1]}: [ ] with at least one value"
    if what == "too_short":
        return f"{name} is empty, so the matrix would have no cells; write at least one value"
    if what == REFUSED:
        return f"{name}: {detail['ctx']['message']()}"
    expected, allowed = _EXPECTED.get(what, (detail["msg"], "see `ipcmatrix schema`"))
    return f"{name}: expected {expected}, found {kind(detail['input'])}; {allowed}"


def _dotted(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _at(model: object, path: Path) -> object:
    """Return the type of what is below a model."""
    for step in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(step))
            model = field.annotation if field else None
        else:
            arguments = [one for one in get_args(model) if one is not Ellipsis]
            model = arguments[-1] if arguments else None
    return model
