import pytest
from docker.errors import APIError
from requests import Response
from requests.exceptions import ConnectionError as RefusedError

from runner.engine import engine_time
from runner.errors import EnvironmentLacksError
from runner.executors import docker
from runner.executors.docker import Reconnection
from runner.executors.guard import StartError
from runner.model import Status

AWAY = RefusedError("connection refused")


def refusal(status: int) -> APIError:
    response = Response()
    response.status_code = status
    return APIError("refused", response=response, explanation=f"status {status}")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("2026-11-22T02:00:00Z", 1795312800.0),
        ("2026-11-22T02:00:00.5Z", 1795312800.5),
        ("2026-11-22T02:00:00.123456789Z", 1795312800.123456789),
        ("2026-11-22T03:00:00.25+01:00", 1795312800.25),
    ],
)
def test_an_engines_time_is_read_to_the_last_digit(told: str, seconds: float) -> None:
    assert engine_time(told) == pytest.approx(seconds, abs=1e-6)


def test_an_engine_that_comes_back_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "RETRY", 0.0)
    failures = [FileNotFoundError("no socket"), AWAY]

    def action() -> str:
        if failures:
            raise failures.pop()
        return "there"

    assert Reconnection(60.0).reach(action) == "there"


def test_an_engine_that_stays_away_is_told_once_and_then_ends_the_run() -> None:
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


def test_an_engine_that_fails_while_it_settles_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(docker, "RETRY", 0.0)
    failures = [refusal(503), refusal(500)]

    def action() -> str:
        if failures:
            raise failures.pop()
        return "there"

    assert Reconnection(60.0).reach(action) == "there"
