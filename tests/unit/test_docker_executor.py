"""The executor `docker` without an engine: one that goes away, containers that are ending."""

import time
from unittest.mock import Mock

import pytest
from docker.errors import APIError, NotFound
from requests import Response
from requests.exceptions import ConnectionError as RefusedError

from runner import engine, images
from runner.errors import EnvironmentLacksError
from runner.executors import container as containers
from runner.executors import docker
from runner.executors.container import remove
from runner.executors.docker import DockerExecutor, Reconnection
from runner.executors.guard import StartError
from runner.model import Image, Limits, Status

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


def executor_of(*pythons: str) -> tuple[DockerExecutor, list[Mock]]:
    """Return an executor over an engine that makes containers, and the list of them."""
    made: list[Mock] = []

    def create(*_: object, **__: object) -> Mock:
        # Several threads make containers at once: `made[-1]` may be another's.
        container = Mock(attrs={"Config": {"Env": []}})
        container.remove.side_effect = lambda **_: time.sleep(0.001)
        made.append(container)
        return container

    client = Mock()
    client.containers.create = create
    image = Image("3.11", "ipcmatrix/python:3.11-a", "sha256:a", "b", "sha256:b", "host", "/python")
    return DockerExecutor(dict.fromkeys(pythons, image), Limits(), "forked", client), made


def test_what_cannot_be_started_is_removed_though_several_are_opened_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(docker, "ContainerChannel", Mock(side_effect=refusal(500)))
    monkeypatch.setattr(docker, "RETRY", 0.0)
    monkeypatch.setattr(docker, "SETTLING", 0.3)
    pythons = ("3.10", "3.11", "3.12", "3.13")
    executor, made = executor_of(*pythons)
    reasons = executor.open(pythons)
    assert reasons == {one: f"the container of {one} does not start: status 500" for one in pythons}
    assert all(container.remove.called for container in made)


def test_a_container_that_does_not_answer_is_not_said_to_break_its_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = Mock()
    agent.facts.return_value = {"unanswered": "the agent was killed by SIGSEGV"}
    monkeypatch.setattr(docker, "DockerAgent", Mock(return_value=agent))
    (reason,) = executor_of("3.11")[0].open(["3.11"]).values()
    assert reason == "the container of 3.11 does not answer: the agent was killed by SIGSEGV"
    agent.end.assert_called_once()


def test_what_keeps_images_from_being_made_is_a_reason_to_choose_another_executor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "connect", Mock())
    monkeypatch.setattr(docker, "available", Mock(return_value=""))
    missing = EnvironmentLacksError("no images can be built: the harness is missing")
    monkeypatch.setattr(images, "images_for", Mock(side_effect=missing))
    assert docker.lacks(Mock(), ["3.11"], [], Mock()) == str(missing)


@pytest.mark.parametrize(
    ("url", "roots"),
    [
        ("http+docker://localhost", []),
        ("http+docker://ssh", None),
        ("http://10.0.0.1:2375", None),
    ],
)
def test_only_behind_a_socket_of_this_machine_are_containers_our_own_load(
    url: str, roots: list[int] | None
) -> None:
    executor, _ = executor_of("3.11")
    executor._client.api.base_url = url
    assert executor.roots() == roots


def listing(stuck: Mock, other: Mock) -> Mock:
    """Return an engine with a container that it cannot remove, and another one."""
    stuck.remove.side_effect = refusal(500)
    client = Mock()
    client.info.return_value = {"SystemTime": "2026-11-22T02:00:00Z"}
    client.containers.list.return_value = [stuck, other]
    return client


def test_a_container_that_cannot_be_removed_keeps_no_other_and_no_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(containers, "SETTLED_WITHIN", 0.0)
    monkeypatch.setattr(containers, "owner_lives", Mock(return_value=False))
    swept = containers.clean(listing(Mock(id="stuck"), Mock(id="other")))
    assert swept == (["other"], [("stuck", "the engine cannot remove it: status 500")])


def test_at_the_end_of_a_run_a_container_that_cannot_be_removed_keeps_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(containers, "SETTLED_WITHIN", 0.0)
    other = Mock()
    client = listing(Mock(), other)
    DockerExecutor({}, Limits(), "forked", client).close()
    other.remove.assert_called_once()
