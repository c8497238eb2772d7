"""Moments of sessions in run.json: before, after, and after a kill only before."""

from pathlib import Path
from typing import Any, cast

import pytest

from runner.executors.base import Executor
from runner.machine.reading import Tree
from runner.model import Conditions
from runner.pipeline.watching import SessionWatch
from runner.runfolder.head import read_head
from small_journal import begin
from small_system import process_entry, system


class Agents:
    """An executor whose agents run where it is told."""

    def __init__(self, roots: list[int] | None) -> None:
        self._roots = roots

    def roots(self) -> list[int] | None:
        return self._roots


def watching(out: Path, roots: list[int] | None) -> SessionWatch:
    return SessionWatch(cast("Executor", Agents(roots)), begin(out))


def sessions(folder: Path) -> Any:
    return read_head(folder / "r1")["sessions"]


def test_every_session_has_its_moments(tmp_path: Path) -> None:
    watch = watching(tmp_path, [])
    for number in (1, 2):
        watch.session_begins(number, lambda _: None)
        assert "after" not in sessions(tmp_path)[-1]
        watch.session_ends(number)
    found = sessions(tmp_path)
    assert [one["session"] for one in found] == [1, 2]
    assert [(one["machine"], one["rounds"]) for one in found] == [("box", {}), ("box", {})]
    assert all(one[when]["at"].endswith("Z") for one in found for when in ("before", "after"))


def test_a_session_that_was_killed_and_begins_again_keeps_no_old_moment(tmp_path: Path) -> None:
    watch = watching(tmp_path, [])
    watch.session_begins(1, lambda _: None)
    watch.session_ends(1)
    watch.session_begins(1, lambda _: None)
    (found,) = sessions(tmp_path)
    assert sorted(found) == ["before", "machine", "session"]


class World:
    """A system in which some task waits for a core as often as it is told, with a clock."""

    def __init__(self, root: Path) -> None:
        self.root, self.now, self.waited = root, 100.0, 0.0
        self.tree = self.written()

    def written(self) -> Tree:
        stat = f"cpu  1000 0 0 {int(200 * self.now)} 0 0 0 0 0 0\n"
        pressure = f"some avg10=9.00 avg60=9.00 avg300=9.00 total={round(self.waited * 1e6)}\n"
        files = {"proc/stat": stat, "proc/pressure/cpu": pressure, **process_entry(1, 0)}
        return system(self.root, files)

    def passes(self, seconds: float, waited: float = 0.0) -> None:
        self.now, self.waited = self.now + seconds, self.waited + waited
        self.written()


@pytest.mark.usefixtures("made_up_processes")
def test_a_look_at_the_load_parts_a_busy_spell_from_the_pause_right_before_a_round(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    watch = SessionWatch(
        cast("Executor", Agents([])), begin(tmp_path), world.tree, lambda: world.now
    )
    watch.session_begins(1, world.passes)
    world.passes(5.0, waited=4.0)
    assert watch.foreign_cpu() == 0.0
    world.passes(0.5, waited=0.05)
    watch.round_begins()
    world.passes(2.0)
    seen = watch.round_ends(1.0)
    assert seen.pressure == pytest.approx(0.1)
    assert seen.pressure_idle == 0.0


def test_of_agents_on_another_machine_no_load_is_reported(tmp_path: Path) -> None:
    watch = watching(tmp_path, None)
    assert watch.foreign_cpu() is None
    watch.round_begins()
    assert watch.round_ends(1.0) == Conditions()
