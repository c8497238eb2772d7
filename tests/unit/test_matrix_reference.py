"""docs/matrix.md: made from the models, and every example in it is right."""

import os
from pathlib import Path

import pytest
import yaml

from runner.matrix.document import MatrixDocument
from runner.matrix.reference import examples, reference
from runner.model import AXES
from small_world import VOCABULARY

FILE = Path(__file__).parents[2] / "docs" / "matrix.md"
HOLDERS = {
    "Top level": "{}",
    "grids": "grids: [{{{}}}]",
    "exclude": "exclude: [{{{}}}]",
    "include": "include: [{{{}}}]",
    "compare.axes": "compare: {{axes: {{{}}}}}",
    "compare.axes.AXIS": "compare: {{axes: {{transport: {{{}}}}}}}",
    "compare.baseline": "compare: {{baseline: {{{}}}}}",
    "profiles.NAME": "profiles: {{mine: {{{}}}}}",
}


def test_the_golden_reference_is_that_of_the_models() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        FILE.write_text(reference(), encoding="utf-8")
    assert FILE.read_text("utf-8") == reference()


@pytest.mark.parametrize(("section", "key", "example"), list(examples()))
def test_every_example_is_taken(section: str, key: str, example: str) -> None:
    text = HOLDERS.get(section, f"{section}: {{{{{{}}}}}}").format(f"{key}: {example}")
    written = yaml.load(text, Loader=yaml.BaseLoader)
    MatrixDocument.model_validate(written, context=VOCABULARY)


def test_every_key_is_in_the_reference() -> None:
    named = {(section, key) for section, key, _ in examples()}
    assert {("Top level", key) for key in MatrixDocument.model_fields} <= named
    assert {(one, axis) for one in ("axes", "grids", "include") for axis in AXES} <= named
