"""run.json, read for every stage: its kinds, and what cannot be read."""

import json
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.format import FORMAT, read_head

RESTORE = "restore the file from a copy of the run"


def said(folder: Path, text: str) -> str:
    (folder / "run.json").write_text(text)
    with pytest.raises(BadInputError) as caught:
        read_head(folder)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(folder), "RUN")


def test_a_head_of_its_format_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"format": FORMAT, "later": None}))
    assert read_head(tmp_path) == {"format": 1, "later": None}


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_brackets_without_end_are_no_run(tmp_path: Path, opening: str) -> None:
    told = said(tmp_path, opening * 100_000)
    assert told == f"RUN/run.json: is not a run's JSON (nested too deeply): {RESTORE}"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("run", [], "a list, not text"),
        ("run", {}, "a mapping, not text"),
        ("machine", 3, "a number, not text"),
        ("executor", None, "null, not text"),
        ("harness", True, "a truth value, not text"),
        ("matrix", "x", "text, not a mapping"),
        ("compare", [1], "a list, not a mapping"),
        ("places", 1.5, "a number, not a mapping"),
        ("stretches", {}, "a mapping, not a list"),
        ("sittings", "x", "text, not a list"),
    ],
)
def test_an_entry_of_another_kind_is_named(
    tmp_path: Path, name: str, value: object, what: str
) -> None:
    told = said(tmp_path, json.dumps({"format": FORMAT, name: value}))
    assert told == f"RUN/run.json: {name}: is {what}: {RESTORE}"


@pytest.mark.parametrize("found", ["true", "1.0", '"1"', "null", "NaN", "[1]"])
def test_what_is_no_format_is_refused(tmp_path: Path, found: str) -> None:
    told = said(tmp_path, f'{{"format": {found}}}')
    assert told.startswith("RUN/run.json: format: is ")
    assert told.endswith("reads 1: use the version that wrote the run")


def test_a_stray_byte_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(b"{\n\xff")
    with pytest.raises(BadInputError, match=r"run\.json:2: byte 0xff is not UTF-8: restore"):
        read_head(tmp_path)
