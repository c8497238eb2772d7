"""Containers are removed whatever the engine says while they end."""

from unittest.mock import Mock

import pytest
import requests
from docker.errors import APIError, NotFound

from runner.executors import container as containers
from runner.executors.container import remove


def error(code: int) -> APIError:
    response = requests.Response()
    response.status_code = code
    return APIError("said by the engine", response=response)


@pytest.mark.parametrize(
    ("answers", "removed", "asked"),
    [
        ([None], True, 1),
        ([NotFound("gone")], False, 1),
        ([error(409)], False, 1),
        # Podman, where a container ended between its look at it and its kill.
        ([error(500), None], True, 2),
        ([error(500), NotFound("gone")], False, 2),
    ],
)
def test_a_container_that_ends_while_it_is_removed_is_removed(
    answers: list[Exception | None], removed: bool, asked: int
) -> None:
    container = Mock()
    container.remove.side_effect = answers
    assert remove(container) is removed
    assert container.remove.call_count == asked


def test_an_engine_that_goes_on_failing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "SETTLED_WITHIN", 0.0)
    container = Mock()
    container.remove.side_effect = error(500)
    with pytest.raises(APIError):
        remove(container)
