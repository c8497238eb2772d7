import os
import subprocess
import sys

import pytest
from docker.errors import APIError

from runner import engine
from runner.engine import brief, owner_is_dead
from runner.engine.ownership import BOOT, MACHINE, PID, PID_SPACE, PID_STARTED
from runner.errors import EnvironmentLacksError


def dead() -> dict[str, str]:
    """Return the labels of a process of this machine that has just ended."""
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return {**engine.owner_labels(), PID: str(child.pid), PID_STARTED: "1"}


def test_a_living_process_owns_its_containers() -> None:
    assert not owner_is_dead(engine.owner_labels(), running=True)
    assert engine.owner_labels()[PID] == str(os.getpid())


def test_a_process_that_has_ended_owns_nothing() -> None:
    assert owner_is_dead(dead(), running=True)


def test_a_number_that_went_to_another_process_is_no_owner() -> None:
    assert owner_is_dead({**engine.owner_labels(), PID_STARTED: "1"}, running=True)


@pytest.mark.parametrize(
    "elsewhere", [{MACHINE: "another"}, {PID_SPACE: "pid:[1]"}, {PID: ""}, {PID: "x"}]
)
def test_what_cannot_be_seen_from_here_is_not_dead(elsewhere: dict[str, str]) -> None:
    assert not owner_is_dead({**dead(), **elsewhere}, running=True)


def test_after_a_reboot_only_what_does_not_run_is_dead() -> None:
    before = {**engine.owner_labels(), BOOT: "another"}

    assert owner_is_dead(before, running=False)
    assert not owner_is_dead(before, running=True)


def test_a_container_without_labels_has_no_dead_owner() -> None:
    assert not owner_is_dead({}, running=False)


def test_an_engine_that_is_not_there_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    address = f"unix://{os.fspath(tmp_path)}/none.sock"
    monkeypatch.setenv("DOCKER_HOST", address)

    with pytest.raises(EnvironmentLacksError) as lacking:
        engine.connect()

    assert address in str(lacking.value)
    assert "--executor local" in str(lacking.value)
    assert lacking.value.exit_code == 3


def test_an_error_is_told_in_the_engines_own_words_and_in_one_line() -> None:
    assert brief(APIError("500 Server Error", explanation="no\n such  image")) == "no such image"
    assert brief(ValueError()) == "ValueError"
