import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

import runner.matrix
from runner.matrix import schema
from runner.model import AXES, Limits, Measure

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads(schema())
CHECKER = jsonschema.Draft7Validator(SCHEMA)


def test_the_shipped_file_is_the_schema_of_the_model() -> None:
    shipped = Path(runner.matrix.__file__).with_name("matrix.schema.json")
    assert shipped.read_text("utf-8") == schema()


def test_the_modeline_of_the_default_matrix_names_the_shipped_file() -> None:
    first = (ROOT / "matrix.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=runner/matrix/matrix.schema.json"
    assert (ROOT / first.partition("=")[2]).is_file()


def test_the_schema_is_draft_07_and_keeps_to_its_words() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    later = {"prefixItems", "unevaluatedProperties", "dependentRequired", "$dynamicRef"}
    assert not later.intersection(keys_of(SCHEMA))


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for below in value.values():
            yield from keys_of(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys_of(below)


def test_an_editor_finds_nothing_wrong_with_the_default_matrix() -> None:
    seen_by_an_editor = yaml.safe_load((ROOT / "matrix.yaml").read_text("utf-8"))
    assert [error.message for error in CHECKER.iter_errors(seen_by_an_editor)] == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("mesure: {}", []),
        ("axes: {python: [3.10]}", ["axes", "python", 0]),
        ("axes: {transport: [Pipe]}", ["axes", "transport", 0]),
        ("axes: {workers: [many]}", ["axes", "workers", 0]),
        ("axes: {messages: ['010']}", ["axes", "messages", 0]),
        ("axes: {placement: []}", ["axes", "placement"]),
        ("exclude: [{colour: red}]", ["exclude", 0]),
        ("measure: {target: 80}", ["measure", "target"]),
        ("measure: {precision: five}", ["measure", "precision"]),
        ("executor: [moon]", ["executor"]),
        ("limits: {memory: 2g}", ["limits", "memory"]),
        ("profiles: {quick: {mesure: {}}}", ["profiles", "quick"]),
    ],
)
def test_an_editor_marks_what_the_program_refuses_or_would_be_misread(
    text: str, path: list[str | int]
) -> None:
    errors = list(CHECKER.iter_errors(yaml.safe_load(text)))
    assert [list(error.absolute_path) for error in errors] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "axes: {python: [found, '3.10', 3.14t, pypy3.11], workers: [1, 2], messages: [auto, 10]}",
        "measure: {precision: 5%, rounds: 200, budget: none, seed: 1e4}",
        "measure: {precision: 0.05, target: 80 ms}",
        "limits: {memory: none, cpuset: 0-1}",
        "include: [{python: found, transport: pipe}]",
        "grids: [{transport: [pipe, queue], topology: fan_out, workers: [2, 4], messages: 10}]",
    ],
)
def test_an_editor_takes_what_the_program_takes(text: str) -> None:
    assert [error.message for error in CHECKER.iter_errors(yaml.safe_load(text))] == []


def test_the_schema_has_every_axis_and_every_field_of_the_model() -> None:
    definitions = SCHEMA["$defs"]
    for name in ("SomeAxes", "Grid", "CellPoint", "Inclusion", "Filter", "ComparedAxes"):
        assert sorted(definitions[name]["properties"]) == sorted(AXES)
    assert sorted(definitions["MeasureKeys"]["properties"]) == sorted(Measure.__slots__)
    assert sorted(definitions["LimitKeys"]["properties"]) == sorted(Limits.__slots__)
