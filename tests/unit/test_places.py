"""Where a matrix is measured, and what is said where there is no such place."""

from collections.abc import Sequence

import pytest

from runner.errors import EnvironmentLacksError
from runner.machine import interpreters
from runner.matrix import Flags, override
from runner.pipeline.places import opened
from small_world import VOCABULARY, read


@pytest.mark.parametrize(
    ("skip", "lack"),
    [
        ((), "the axis python is empty here"),
        (("python=found",), "--only and --skip leave none"),
    ],
)
def test_without_an_interpreter_it_says_what_leaves_none(
    monkeypatch: pytest.MonkeyPatch, skip: Sequence[str], lack: str
) -> None:
    monkeypatch.setattr(interpreters, "find", list)
    found = read("axes: {python: [found], transport: [pipe]}")
    matrix = override(found, Flags(skip=skip), VOCABULARY)
    with pytest.raises(EnvironmentLacksError, match=lack), opened(matrix):
        pass
