"""Moments of sittings in run.json: before, after, and after a kill only before."""

from pathlib import Path
from typing import Any, cast

from runner import journal
from runner.executors.base import Executor
from runner.journal import Journal
from runner.model import Conditions
from runner.pipeline.watching import SittingWatch


class Agents:
    """An executor whose agents run where it is told."""

    def __init__(self, roots: list[int] | None) -> None:
        self._roots = roots

    def roots(self) -> list[int] | None:
        return self._roots


class Kept:
    """A journal of which only run.json matters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run.json").write_text('{"format": 1}')

    def note(self, facts: dict[str, object]) -> None:
        (self.folder / "run.json").write_bytes(
            journal.head.run_json({**journal.read_run(self.folder), **facts})
        )


def watching(folder: Path, roots: list[int] | None) -> SittingWatch:
    return SittingWatch(cast("Executor", Agents(roots)), cast("Journal", Kept(folder)))


def sittings(folder: Path) -> Any:
    return journal.read_run(folder)["sittings"]


def test_every_sitting_has_its_moments(tmp_path: Path) -> None:
    watch = watching(tmp_path, [])
    for number in (1, 2):
        watch.sitting_begins(number, lambda _: None)
        assert "after" not in sittings(tmp_path)[-1]
        watch.sitting_ends(number)
    found = sittings(tmp_path)
    assert [one["sitting"] for one in found] == [1, 2]
    assert all(one[when]["at"].endswith("Z") for one in found for when in ("before", "after"))


def test_a_sitting_that_was_killed_and_begins_anew_keeps_no_old_moment(tmp_path: Path) -> None:
    watch = watching(tmp_path, [])
    watch.sitting_begins(1, lambda _: None)
    watch.sitting_ends(1)
    watch.sitting_begins(1, lambda _: None)
    (found,) = sittings(tmp_path)
    assert sorted(found) == ["before", "sitting"]


def test_of_agents_on_another_machine_no_load_is_told(tmp_path: Path) -> None:
    watch = watching(tmp_path, None)
    assert watch.foreign_cpu() is None
    watch.round_begins()
    assert watch.round_ends(1.0) == Conditions()
