"""The JSON Schema of matrix.yaml, for editors: draft-07 words only, and `$defs`."""

import json

from runner.matrix.document import MatrixDocument
from runner.matrix.fields import Schema

TITLE = "ipcmatrix: matrix.yaml"


def schema() -> str:
    """Return the JSON Schema as text; the file matrix.schema.json of this package equals it."""
    made = _cleaned(MatrixDocument.model_json_schema())
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": TITLE}
    return (
        json.dumps({**head, **{key: made[key] for key in made if key != "title"}}, indent=2) + "\n"
    )


def _cleaned(schema: Schema) -> Schema:
    """Return the schema without generated titles and without defaults that no file would hold."""
    return {key: _below(key, value) for key, value in schema.items() if _kept(schema, key)}


def _kept(schema: Schema, key: str) -> bool:
    value = schema[key]
    if key == "title":
        return not isinstance(value, str)
    if key != "default":
        return True
    numeric = schema.get("type") == "number" or {"type": "number"} in schema.get("anyOf", [])
    return bool(value) and (isinstance(value, str) or (isinstance(value, int | float) and numeric))


def _below(key: str, value: object) -> object:
    match value:
        case dict() if key in ("properties", "$defs"):
            return {name: _cleaned(below) for name, below in value.items()}
        case dict():
            return _cleaned(value)
        case list():
            return [_below("", below) for below in value]
        case _:
            return value
