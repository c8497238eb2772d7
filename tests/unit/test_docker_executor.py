"""The executor `docker` without an engine: one that goes away, containers that are ending."""

from unittest.mock import Mock

import pytest
from docker.errors import APIError, NotFound
from requests import Response
from requests.exceptions import ConnectionError as RefusedError

from runner.errors import EnvironmentLacksError
from runner.executors import container as containers
from runner.executors import docker
from runner.executors.container import remove
from runner.executors.docker import Reconnection
from runner.executors.guard import StartError
from runner.model import Status

AWAY = RefusedError("connection refused")


def refusal(status: int) -> APIError:
    response = Response()
    response.status_code = status
    return APIError("refused", response=response, explanation=f"status {status}")


@pytest.mark.parametrize(
    "failures",
    [[FileNotFoundError("no socket"), AWAY], [refusal(503), refusal(500)]],
    ids=["away", "settling"],
)
def test_an_engine_that_comes_back_is_reached(
    failures: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "RETRY", 0.0)
    left = list(failures)

    def action() -> str:
        if left:
            raise left.pop()
        return "there"

    assert Reconnection(60.0).reach(action) == "there"


def test_an_engine_that_stays_away_is_reported_once_and_then_ends_the_run() -> None:
    def action() -> None:
        raise AWAY

    watch = Reconnection(0.0)

    with pytest.raises(StartError, match="connection refused") as lost:
        watch.reach(action)
    assert lost.value.status is Status.LOST
    with pytest.raises(EnvironmentLacksError, match="--resume"):
        watch.reach(lambda: None)


def test_what_the_engine_refuses_is_not_tried_again() -> None:
    tries: list[int] = []

    def action() -> None:
        tries.append(1)
        raise refusal(400)

    with pytest.raises(APIError):
        Reconnection(60.0).reach(action)
    assert tries == [1]


@pytest.mark.parametrize(
    ("answers", "removed", "asked"),
    [
        ([None], True, 1),
        ([NotFound("gone")], False, 1),
        ([refusal(409)], False, 1),
        # Podman, where a container ended between its look at it and its kill.
        ([refusal(500), None], True, 2),
        ([refusal(500), NotFound("gone")], False, 2),
    ],
)
def test_a_container_that_ends_while_it_is_removed_is_removed(
    answers: list[Exception | None], removed: bool, asked: int
) -> None:
    container = Mock()
    container.remove.side_effect = answers
    assert remove(container) is removed
    assert container.remove.call_count == asked


def test_an_engine_that_continues_failing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "SETTLED_WITHIN", 0.0)
    container = Mock()
    container.remove.side_effect = refusal(500)
    with pytest.raises(APIError):
        remove(container)
