"""The probes of a run: asked until stopped, each answer kept at once, contradictions told."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from runner.errors import BadInputError
from runner.model import ProbeAnswer
from runner.pipeline.places import Prepared
from runner.pipeline.probing import NAMES, ask_probes, read_probes
from runner.runfolder.head import PROBES

HEAD = ",".join(NAMES) + "\n"


class Oracle:
    """An agent that gives each probe the same answer, and remembers what it was asked.

    `watch` is called while it answers, with the probe's name.
    """

    def __init__(self, answer: Any = "yes", watch: Callable[[str], object] = str) -> None:
        self.answer, self.watch = answer, watch
        self.asked: list[str] = []

    def probe(self, name: str, timeout: float) -> ProbeAnswer:
        assert timeout > 0
        self.asked.append(name)
        self.watch(name)
        return ProbeAnswer(self.answer, f"{name}\nwas seen", {"bytes": 65536})


@pytest.mark.slow
def test_what_only_measures_loads_no_pandas() -> None:
    code = "import sys, runner.pipeline.run, runner.pipeline.part; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


class Room:
    """A place of agents alone."""

    def __init__(self, **agents: Oracle) -> None:
        self.agents: Mapping[str, Any] = agents


def ask(
    folder: Path, probes: str, stop: Callable[[], bool] = lambda: False, **agents: Oracle
) -> None:
    ask_probes(cast("Prepared", Room(**agents)), folder, "m", probes.split(), stop)


def run_with(tmp_path: Path, name: str, answer: str, detail: str = "seen") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / PROBES).write_text(f"{HEAD}m,3.9,x,{answer},{detail},{{}}\n")
    return folder


def test_every_interpreter_is_asked_and_read_back(tmp_path: Path) -> None:
    ask(tmp_path, "x y", a=Oracle("no"), b=Oracle())
    found = read_probes([tmp_path])
    assert [(one.python, one.probe, one.answer) for one in found] == [
        ("a", "x", "no"),
        ("a", "y", "no"),
        ("b", "x", "yes"),
        ("b", "y", "yes"),
    ]
    assert found[0].detail == "x\nwas seen"
    assert found[0].figures == {"bytes": 65536}


def test_each_answer_is_on_the_disk_before_the_next_question(tmp_path: Path) -> None:
    lines: list[int] = []
    path = tmp_path / PROBES
    ask(tmp_path, "x y z", p=Oracle(watch=lambda _: lines.append(len(read(path)))))
    assert lines == [1, 2, 3]
    assert len(read(path)) == 4


def read(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_stop_ends_after_the_answer_in_hand_and_keeps_it(tmp_path: Path) -> None:
    said: list[str] = []
    first = Oracle(watch=said.append)
    second = Oracle()
    ask(tmp_path, "x y", lambda: bool(said), a=first, b=second)
    assert (first.asked, second.asked) == (["x"], [])
    assert [one.probe for one in read_probes([tmp_path])] == ["x"]


def test_an_interrupt_in_the_midst_leaves_the_answers_before_it(tmp_path: Path) -> None:
    def interrupt(name: str) -> None:
        if name == "y":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(tmp_path, "x y", a=Oracle(watch=interrupt))
    assert [one.probe for one in read_probes([tmp_path])] == ["x"]


def test_a_resumed_run_asks_only_what_has_no_answer(tmp_path: Path) -> None:
    ask(tmp_path, "x", a=Oracle("no"))
    again = Oracle()
    ask(tmp_path, "x y", a=again)
    assert again.asked == ["y"]
    assert [one.answer for one in read_probes([tmp_path])] == ["no", "yes"]


def test_half_a_row_is_left_out(tmp_path: Path) -> None:
    (tmp_path / PROBES).write_text(f'{HEAD}m,a,x,yes,,{{}}\nm,a,y,yes,"half')
    assert [one.probe for one in read_probes([tmp_path])] == ["x"]


def test_runs_that_contradict_each_other_are_mixed_with_both_in_the_detail(tmp_path: Path) -> None:
    runs = [
        run_with(tmp_path, "r1", "yes", "lost 3"),
        run_with(tmp_path, "r2", "no", "lost 0"),
        run_with(tmp_path, "r3", "yes", "lost 5"),
    ]
    (row,) = read_probes(runs)
    assert row.answer == "mixed"
    assert row.detail == "yes in r1, r3; no in r2; yes: lost 5; no: lost 0"


def test_a_run_that_is_the_current_folder_has_its_folders_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with(tmp_path, "r1", "yes")
    run_with(tmp_path, "r2", "no")
    monkeypatch.chdir(tmp_path / "r1")
    (row,) = read_probes([Path(), Path("../r2/../r2")])
    assert row.detail == "yes in r1; no in r2; yes: seen; no: seen"


def test_runs_that_agree_are_one_answer(tmp_path: Path) -> None:
    runs = [run_with(tmp_path, "r1", "yes"), run_with(tmp_path, "r2", "yes", "later")]
    (row,) = read_probes(runs)
    assert (row.answer, row.detail) == ("yes", "later")


def test_runs_without_probes_have_no_answers(tmp_path: Path) -> None:
    assert not read_probes([tmp_path])


def test_a_file_with_other_columns_is_reported_with_its_place(tmp_path: Path) -> None:
    (tmp_path / PROBES).write_text("machine,answer\nm,yes\n")
    with pytest.raises(BadInputError, match=r"probes.csv:1: header: lacks: python, probe, detail"):
        read_probes([tmp_path])
