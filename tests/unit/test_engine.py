import ast
import errno
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docker.errors import APIError

from runner import engine, process
from runner.engine import brief, engine_time, is_given_up, owner_lives, ownership
from runner.engine.ownership import OWNER, PID, PLACE
from runner.errors import EnvironmentLacksError
from runner.process import SHARED, HeldFolder, sweep

HOLD = """
import sys
from runner.engine import owner_labels
print(sorted(owner_labels().items()), flush=True)
sys.stdin.read()
"""
NOW = 1_800_000_000.0


@contextmanager
def owner() -> Iterator[tuple[dict[str, str], "subprocess.Popen[str]"]]:
    """Give another process that owns containers, and its labels."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield dict(ast.literal_eval(process.stdout.readline())), process
        process.kill()


@pytest.mark.slow
def test_an_owner_lives_until_its_process_has_ended_however_it_ends() -> None:
    with owner() as (labels, process):
        assert owner_lives(labels) is True
        process.kill()
        process.wait()
        assert owner_lives(labels) is False
    sweep(SHARED)
    assert list(folders(labels)) == []
    assert owner_lives(labels) is False


def folders(labels: Mapping[str, str]) -> Iterator[Path]:
    """Give the paths under which an owner's folder stands."""
    return (path for place in SHARED if (path := (place.resolve() / labels[OWNER])).exists())


@pytest.mark.slow
def test_an_owner_that_ends_well_leaves_no_folder() -> None:
    with owner() as (labels, process):
        process.communicate("")
        assert list(folders(labels)) == []
        assert owner_lives(labels) is False


def test_this_process_owns_what_it_labels() -> None:
    labels = engine.owner_labels()
    assert owner_lives(labels) is True
    assert engine.owner_labels()[OWNER] == labels[OWNER]
    assert labels[PID] == str(os.getpid())


def test_an_owner_holds_its_folder_in_the_first_place_that_takes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, free = tmp_path / "full", tmp_path / "free"
    full.mkdir()
    free.mkdir()

    def hold(kind: str, parent: Path | None = None) -> HeldFolder:
        if parent == full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return HeldFolder(kind, parent)

    monkeypatch.setattr(ownership, "_held", {})
    monkeypatch.setattr(process, "SHARED", (tmp_path / "nowhere", full, free))
    monkeypatch.setattr(process, "hold_until_exit", hold)
    labels = engine.owner_labels()
    assert [path.name for path in free.iterdir()] == [labels[OWNER]]
    assert owner_lives(labels) is True
    ownership._held[os.getpid()][0].remove()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {PLACE: "another-start:1:2"},
        {PLACE: ""},
        {OWNER: ""},
        {OWNER: "../../etc"},
        {OWNER: "ipcmatrix-owner-../../x"},
    ],
)
def test_an_owner_that_cannot_be_seen_is_neither_alive_nor_dead(elsewhere: dict[str, str]) -> None:
    assert owner_lives({**engine.owner_labels(), **elsewhere}) is None
    assert owner_lives({}) is None


def moment(ago: float) -> str:
    return datetime.fromtimestamp(NOW - ago, UTC).isoformat()


@pytest.mark.parametrize(
    ("status", "finished", "created", "given_up"),
    [
        ("running", moment(90_000), moment(90_000), False),
        ("paused", moment(90_000), moment(90_000), False),
        ("exited", moment(4000), moment(90_000), True),
        ("exited", moment(3000), moment(90_000), False),
        ("exited", "", moment(90_000), False),
        ("created", "0001-01-01T00:00:00Z", moment(3000), False),
        ("created", "0001-01-01T00:00:00Z", moment(4000), True),
    ],
)
def test_of_unseen_owners_only_what_has_long_ended_is_given_up(
    status: str, finished: str, created: str, given_up: bool
) -> None:
    state = {"Status": status, "FinishedAt": finished}
    assert is_given_up(state, created, NOW) is given_up


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


def test_an_error_is_reported_in_the_engines_own_words_and_in_one_line() -> None:
    assert brief(APIError("500 Server Error", explanation="no\n such  image")) == "no such image"
    assert brief(ValueError()) == "ValueError"


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
