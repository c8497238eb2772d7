"""Packages of this machine's interpreters: a folder of ours for each set, nothing else touched."""

import sys
from pathlib import Path

import pytest

from runner.errors import BadInputError, EnvironmentLacksError
from runner.executors.local import LocalExecutor
from runner.machine import packages
from runner.machine.packages import Installed
from runner.model import Interpreter
from runner.pipeline.one_machine import check_same_place

# An interpreter whose pip has `good`, and `late` once a file says so; it logs how it was called.
FAKE = """#!/bin/sh
echo "$PYTHONPATH|$PWD|$*" >> "$(dirname "$0")/log"
case "$*" in
*--version*) exit 0 ;;
*good==*) ;;
*late==*)
    if [ ! -e "$(dirname "$0")/late" ]; then
        printf "WARNING: x\\nERROR: no late\\n" >&2
        exit 1
    fi ;;
esac
while [ "$1" != --target ]; do shift; done
touch "$2/module.py"
"""
WANTED = {"good": "1.0", "late": "2.0"}


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    path = tmp_path / "bin" / "python3.9"
    path.parent.mkdir()
    path.write_text(FAKE)
    path.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    return Interpreter("3.9", "3.9.18", "cpython", str(path), "PATH")


def test_what_can_be_had_is_installed_and_the_rest_is_tried_again(
    one: Interpreter, tmp_path: Path
) -> None:
    assert packages.installed(one, WANTED).folder is None
    first = packages.install(one, WANTED)
    assert first.folder is not None
    assert first.folder.is_relative_to(tmp_path / "cache" / "ipcmatrix" / "packages")
    assert (first.packages, first.lacking) == ({"good": "1.0"}, {"late": "no late"})
    (tmp_path / "bin" / "late").touch()
    second = packages.install(one, WANTED)
    assert (second.folder, second.packages, second.lacking) == (first.folder, WANTED, {})
    assert second.folder is not None
    assert [path.name for path in second.folder.iterdir()] == ["module.py"]
    calls = (tmp_path / "bin" / "log").read_text().splitlines()
    assert packages.install(one, WANTED) == second
    assert (tmp_path / "bin" / "log").read_text().splitlines() == calls
    assert {line[: line.index("-")] for line in calls} == {"|/|"}  # no PYTHONPATH, from the root
    assert [path.name for path in second.folder.parents[1].iterdir()] == [second.folder.parent.name]


def test_another_version_or_build_has_a_folder_of_its_own(one: Interpreter) -> None:
    folders = {
        packages.install(*each).folder
        for each in (
            (one, {"good": "1.0"}),
            (one, {"good": "1.1"}),
            (one._replace(version="3.9.19"), {"good": "1.0"}),
        )
    }
    assert len(folders) == 3


def test_a_damaged_record_counts_as_not_installed(one: Interpreter) -> None:
    place = packages.install(one, {"good": "1.0"}).folder
    assert place is not None
    (place.parent / "packages.json").write_text("{")
    assert packages.installed(one, {"good": "1.0"}).folder is None
    assert packages.install(one, {"good": "1.0"}).folder == place


def test_what_a_killed_install_has_left_is_removed_by_the_next(one: Interpreter) -> None:
    left = packages.cache() / "ipcmatrix-work-abcdefgh"
    (left / "made" / "site").mkdir(parents=True)
    done = packages.install(one, {"good": "1.0"})
    assert done.folder is not None
    assert list(packages.cache().iterdir()) == [done.folder.parent]


def test_without_pip_and_uv_the_reason_is_reported(
    one: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(one.path).write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setattr("runner.machine.packages.which", lambda _: None)
    done = packages.install(one, {"good": "1.0"})
    assert done.lacking == {"good": "it has no pip, and there is no uv"}


def test_without_a_home_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("none")))
    with pytest.raises(EnvironmentLacksError, match="name one with XDG_CACHE_HOME"):
        packages.cache()


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(
    one: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(EnvironmentLacksError, match=r"Not a directory\); name one with XDG_CACHE"):
        packages.install(one, {"good": "1.0"})


@pytest.mark.machine
def test_agents_of_the_host_find_them_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("__version__ = '0.0.7'\n")
    had = Installed(tmp_path, {"numpy": "0.0.7"}, {"late": "no late"})
    with LocalExecutor({"3.11": Path(sys.executable)}, "forked", had={"3.11": had}) as executor:
        agent = executor.open(["3.11"])["3.11"]
        assert not isinstance(agent, str), agent
        assert agent.describe().facts["numpy"] == "0.0.7"
        facts = executor.facts()["3.11"]
    assert (facts["packages"], facts["packages_lacking"]) == ("numpy 0.0.7", "late: no late")


def test_a_run_continues_with_the_same_packages_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = {"executor": "local", "harness": "h", "places": {"3.9": {"packages": "zmq 1"}}}
    monkeypatch.setattr("runner.pipeline.one_machine.read_head", lambda _: began)
    check_same_place(tmp_path, "local", "h", {"3.9": {"packages": "zmq 1"}}, {})
    with pytest.raises(BadInputError, match=r"packages of 3.9 .*was zmq 1, is none"):
        check_same_place(tmp_path, "local", "h", {"3.9": {"packages": ""}}, {})
