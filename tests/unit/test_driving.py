"""The driver's decisions, with machines that are made up: who measures what, and in whose turn."""

import json
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from run_folders import row
from runner import __version__
from runner.cluster.connection import Called, Failed
from runner.cluster.meeting import packed
from runner.errors import BadInputError, EnvironmentLacksError
from runner.machine import facts
from runner.model import Cluster
from runner.model.parts import PROTOCOL, PartRequest, RoundKey
from runner.pipeline import driving, newcomers, sharing
from runner.pipeline.driving import Driver
from runner.runfolder.copies import PartCopy
from runner.shipped import harness_digest
from small_journal import MATRIX

GROUPS = [["a", "a2"], ["b"], ["c"]]
END = {"kind": "end", "unreached": [], "given_up": {}, "seconds": 1.0, "rounds": 0}


@dataclass
class Worker:
    """A made-up machine: who it says it is, what it can measure, how its tasks end."""

    machine: str
    boot: str = ""
    turn: str = ""
    pythons: Mapping[str, str] = field(default_factory=lambda: {"3.13": "x"})
    lacks: tuple[str, ...] = ()
    """Blocks that it cannot measure."""
    version: str = __version__
    harness: str = ""
    ahead: float = 0.0
    stays: bool = True
    """Whether it is there again after it was killed."""
    busy: tuple[str, ...] = ()
    spool: Path = Path("/nowhere")
    late: float = 0.0
    """Seconds until it is there."""
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    lines: tuple[Mapping[str, Any], ...] = ()
    """What each of its parts sends before it ends."""

    def hello(self) -> Mapping[str, Any]:
        said: dict[str, object] = {"protocol": PROTOCOL, "version": self.version}
        said["harness"] = self.harness or harness_digest()
        said["distributed"] = metadata.version("distributed")
        who = {"machine": self.machine, "boot": self.boot or self.machine, "turn": self.turn}
        return {**said, **who, "busy": list(self.busy)}

    def plan(self) -> Mapping[str, Any]:
        groups = [[block for block in group if block not in self.lacks] for group in GROUPS]
        needs = {block: ["3.13"] for group in groups for block in group}
        blocks = packed(json.dumps({"groups": groups, "needs": needs}).encode())
        found = {"kind": "plan", "blocks": blocks, "seconds": [30.0, 20.0, 10.0], "notes": []}
        return {**found, "pythons": self.pythons}


class Future:
    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.answer = answer
        self.status = "error" if answer["kind"] == "killed" else "finished"

    def done(self) -> bool:
        return True

    def result(self, timeout: float) -> str:
        assert timeout < 60
        if self.answer["kind"] == "gone":
            raise TimeoutError
        return json.dumps(self.answer)

    def exception(self) -> Exception:
        return OSError("killed")


class Link:
    alive = True
    name = "client"

    def __init__(self, there: dict[str, Worker], inbox: "queue.Queue[Any]") -> None:
        self.there = there
        self.inbox = inbox
        self.began = time.monotonic()
        self.asked: list[PartRequest] = []
        self.spooled: list[str] = []

    def workers(self) -> Mapping[str, bool]:
        now = time.monotonic() - self.began
        return dict.fromkeys((at for at, one in self.there.items() if one.late <= now), True)

    def ask(self, address: str, function: Callable[..., Any], *given: Any) -> Any:
        if function.__name__ == "hello":
            return self.there[address].hello()
        if function.__name__ == "clock":
            return function(*given) + self.there[address].ahead
        self.spooled.append(given[1])
        path = self.there[address].spool / given[1]
        if not path.is_file():
            return {"size": -1}
        data = path.read_bytes()
        return {"size": len(data), "begin": 0, "data": packed(data)}

    def later(self, what: str, address: str, work: Callable[[], Any]) -> None:
        try:
            answer = work()
        except BadInputError as error:
            answer = Failed(str(error), unfit=True)
        self.inbox.put(Called(what, address, answer))

    def submit(self, address: str, *given: Any) -> Future:
        request = PartRequest.decoded(given[-1])
        if request.ask == "plan":
            return Future(self.there[address].plan())
        self.asked.append(request)
        worker = self.there[address]
        if worker.lines:
            self.inbox.put({"key": given[0], "lines": [*map(json.dumps, worker.lines)]})
        answer = worker.answers.pop(0) if worker.answers else END
        if answer["kind"] == "killed" and not worker.stays:
            del self.there[address]
        return Future(answer)

    def ask_scheduler(self, _: object) -> Mapping[str, str]:
        return {"boot": "that of the scheduler"}

    def subscribe(self, topic: str) -> None: ...


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "TICK", 0.001)
    monkeypatch.setattr(driving, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(newcomers, "AGAIN_AFTER", 0.01)


def driven(
    folder: Path, *workers: Worker, budget: float | None = None, **cluster: Any
) -> tuple[Driver, Link]:
    inbox: queue.Queue[Any] = queue.Queue()
    link = Link({f"tls://{place}": one for place, one in enumerate(workers)}, inbox)
    settings = Cluster(**{"machines": len(workers), "wait": 3.0, **cluster})
    measure = replace(MATRIX.measure, budget=budget)
    matrix = replace(MATRIX, cluster=settings, measure=measure)
    request = PartRequest(
        ask="plan", run="r", machine="", source="m", text="", profile="", flags={}
    )
    driver = Driver(matrix, folder, request, lambda: link, inbox, lambda: False)  # type: ignore[arg-type, return-value]
    assert driver.run(lambda: None)
    return driver, link


def given(link: Link) -> list[tuple[str, list[str] | None]]:
    return [(one.machine, one.blocks) for one in link.asked]


def test_replicate_gives_every_machine_every_block_within_its_own_budget(tmp_path: Path) -> None:
    driver, link = driven(tmp_path, Worker("h1"), Worker("h2"), budget=60.0)
    assert sorted(given(link)) == [("h1", None), ("h2", None)]
    assert {one.budget for one in link.asked} == {60.0}
    assert driver.shares.lacks == []
    assert [one.state for one in driver.machines.values()] == ["done", "done"]


def test_shard_gives_each_group_to_one_machine(tmp_path: Path) -> None:
    driver, link = driven(tmp_path, Worker("h1"), Worker("h2"), spread="shard", share=1.0)
    blocks = sorted(one for _, each in given(link) for one in each or ())
    assert blocks == ["a", "a2", "b", "c"]
    assert {machine for machine, _ in given(link)} == {"h1", "h2"}
    assert driver.shares.lacks == []


def test_shard_takes_only_builds_that_are_the_same_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Worker("h2", pythons={"3.13": "y"})
    _, link = driven(tmp_path, Worker("h1"), other, spread="shard")
    assert given(link) == []
    said = capsys.readouterr().err
    assert "Python 3.13 is not the same build everywhere (h1 x, h2 y)" in said


@pytest.mark.parametrize("lacking", ["h1", "h2"])
def test_shard_names_blocks_that_not_all_machines_can_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lacking: str
) -> None:
    both = [Worker(name, lacks=("a2",) * (name == lacking)) for name in ("h1", "h2")]
    _, link = driven(tmp_path, *both, spread="shard", share=1.0)
    assert sorted(one for _, each in given(link) for one in each or ()) == ["a", "b", "c"]
    assert f"1 block not measurable everywhere: a2 (not on {lacking})" in capsys.readouterr().err


def test_a_share_is_begun_three_times_at_most(tmp_path: Path) -> None:
    worker = Worker("h1", answers=[{"kind": "killed"}] * 5)
    driver, link = driven(tmp_path, worker)
    assert len(link.asked) == 3
    assert "1 share not measured to the end" in driver.shares.lacks


ROUND = {"kind": "round", "number": 1, "key": [1, "measure", "a", 1], "rows": "a round\n"}


def sent(rounds: int) -> tuple[Mapping[str, Any], ...]:
    """Return what a part sends that has one round, and says that it had so many."""
    run = json.dumps({"run": "r.h1", "machine": "h1"})
    begin = {"kind": "begin", "run": run, "cells": packed(b"python\n")}
    return begin, ROUND, {**END, "run": run, "rounds": rounds}


def test_a_spool_is_read_again_where_a_round_did_not_come(tmp_path: Path) -> None:
    driver, link = driven(tmp_path, Worker("h1", lines=sent(rounds=1)))
    assert link.spooled == ["run.json"], "as it was met"
    assert (tmp_path / "parts/h1/trials/h1.csv").read_text().endswith("\na round\n")
    assert (driver.machines["h1"].state, driver.shares.lacks) == ("done", [])
    _, link = driven(tmp_path / "other", Worker("h1", lines=sent(rounds=2)))
    assert link.spooled == ["run.json"] * 2


def test_a_share_has_ended_once_its_end_is_there_whatever_becomes_of_its_worker(
    tmp_path: Path,
) -> None:
    worker = Worker("h1", lines=sent(rounds=1), answers=[{"kind": "killed"}])
    driver, link = driven(tmp_path, worker)
    assert len(link.asked) == 1
    assert driver.shares.lacks == []


def test_a_worker_that_ends_with_its_answer_is_lost_and_nobody_waits_for_it(tmp_path: Path) -> None:
    driver, link = driven(tmp_path, Worker("h1", answers=[{"kind": "gone"}]))
    assert len(link.asked) == 2
    assert (driver.machines["h1"].losses, driver.shares.lacks) == (1, [])


def test_a_machine_that_refuses_is_asked_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = {"kind": "error", "code": 3, "lines": ["another run measures"]}
    driver, link = driven(tmp_path, Worker("h1", answers=[busy, busy]))
    assert len(link.asked) == 3
    assert driver.shares.lacks == []
    assert capsys.readouterr().err.count("another run measures") == 1


def test_a_machine_that_cannot_go_on_is_left(tmp_path: Path) -> None:
    unfit = {"kind": "error", "code": 2, "lines": ["the harness is not the one"]}
    driver, _ = driven(tmp_path, Worker("h1", answers=[unfit]), Worker("h2"))
    assert driver.machines["h1"].state == "unfit"
    assert "h1: unfit: the harness is not the one" in driver.shares.lacks


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (Worker("h2", boot="k"), "h2 is on one kernel with h1 at tls://0"),
        (Worker("h2", boot="k", turn="t"), "h2 is on one kernel with h1"),
        (Worker("h1", boot="k"), "h1 is on one kernel with h1"),
        (Worker("h1", boot="other"), "two machines have the id h1, here and at tls://0"),
        (Worker("h2", version="0.0.1"), "h2 has another version (0.0.1, here "),
        (Worker("h2", harness="abc"), "h2 has another harness (abc, here "),
        (Worker("h2", busy=("key",)), "h2 is busy with another run"),
        (Worker("../h2"), "cannot name a file"),
    ],
)
def test_who_does_not_fit_is_refused_by_name_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], second: Worker, said: str
) -> None:
    _, link = driven(tmp_path, Worker("h1", boot="k"), second, wait=1.0)
    assert given(link) == [("h1", None)]
    err = capsys.readouterr().err
    assert said in err
    assert "begins with 1 machine: no others came" in err


def test_machines_that_share_a_kernel_by_name_both_measure(tmp_path: Path) -> None:
    both = [Worker(name, boot="k", turn="t") for name in ("h1", "h2")]
    _, link = driven(tmp_path, *both)
    assert {machine for machine, _ in given(link)} == {"h1", "h2"}


def test_machines_that_measure_in_turn_have_a_share_each(tmp_path: Path) -> None:
    both = [Worker(name, boot="k", turn="t") for name in ("h1", "h2")]
    _, link = driven(tmp_path, *both, spread="shard")
    assert sorted(machine for machine, _ in given(link)) == ["h1", "h2"]


def test_without_a_machine_it_ends_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacksError, match="no machine came within 300 ms"):
        driven(tmp_path, machines=1, wait=0.3)


def test_a_lost_machine_s_share_is_begun_again_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sharing, "ELSEWHERE_AFTER", 0.05)
    gone = Worker("h1", answers=[{"kind": "killed"}], stays=False)
    driver, link = driven(tmp_path, gone, Worker("h2"), spread="shard", share=1.0)
    blocks = [one for machine, each in given(link) for one in each or () if machine == "h2"]
    assert sorted(blocks) == ["a", "a2", "b", "c"]
    assert [one.state for one in driver.shares.all] == ["ended"] * 3
    assert "h2 starts again what h1 had begun" in capsys.readouterr().err
    assert any(one.startswith("h1: lost") for one in driver.shares.lacks)


def test_the_share_of_a_machine_that_cannot_continue_is_another_s(tmp_path: Path) -> None:
    unfit = {"kind": "error", "code": 2, "lines": ["the harness is not the one"]}
    driver, link = driven(
        tmp_path, Worker("h1", answers=[unfit]), Worker("h2"), spread="shard", share=1.0
    )
    blocks = [one for machine, each in given(link) for one in each or () if machine == "h2"]
    assert sorted(blocks) == ["a", "a2", "b", "c"]
    assert driver.shares.lacks == ["h1: unfit: the harness is not the one"]


def test_a_share_is_taken_over_before_the_wait_for_its_machine_is_over(tmp_path: Path) -> None:
    gone = Worker("h1", answers=[{"kind": "killed"}], stays=False)
    driver, _ = driven(tmp_path, gone, Worker("h2"), spread="shard", share=1.0, wait=0.5)
    assert [one.state for one in driver.shares.all] == ["ended"] * 3


@pytest.mark.parametrize("comes", [True, False])
def test_what_a_machine_had_begun_is_its_own_though_it_comes_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], comes: bool
) -> None:
    copy = PartCopy(tmp_path / "parts" / "h2", "r.h2", "h2")
    copy.begin(json.dumps({"run": "r.h2", "machine": "h2"}), b"python\n")
    line = row(machine="h2", block="a", round_size=1)
    copy.append([(RoundKey(1, "measure", "a", 1), f"{line}\n")])
    both = [Worker("h1"), *[Worker("h2", late=0.3, spool=copy.folder)] * comes]
    driver, link = driven(tmp_path, *both, machines=1, spread="shard", share=1.0, wait=1.0)
    blocks = {block: name for name, each in given(link) for block in each or ()}
    assert blocks == dict.fromkeys(("b", "c"), "h1") | dict.fromkeys(("a", "a2"), both[-1].machine)
    assert ("h1 starts again what h2 had begun" in capsys.readouterr().err) != comes
    assert driver.shares.lacks == []


def test_machines_have_equally_many_shares(tmp_path: Path) -> None:
    driver, _ = driven(tmp_path, Worker("h1"), Worker("h2"), spread="shard", share=22.0)
    assert [one.seconds for one in driver.shares.all] == [30.0, 30.0], "not three of 20 s"


def test_a_clock_that_differs_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    driven(tmp_path, Worker("h1", ahead=5.0))
    assert "h1: its clock is +5.0 s from ours" in capsys.readouterr().err


def test_a_driver_or_a_scheduler_on_a_measured_machine_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, link = driven(tmp_path, Worker("h1", boot="that of the scheduler"), Worker("h2", ahead=-2.5))
    assert "h1: the scheduler runs on it too, and disturbs what is" in capsys.readouterr().err
    assert sorted(round(one.ahead, 1) for one in link.asked) == [-2.5, 0.0]
    driven(tmp_path / "other", Worker("h1", boot=facts.boot()))
    assert "h1: this driver runs on it too" in capsys.readouterr().err
    driven(tmp_path / "in turn", Worker("h1", boot=facts.boot(), turn="t"))
    assert "runs on it too" not in capsys.readouterr().err


def test_a_scheduler_that_stays_away_ends_the_run_with_how_to_continue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "FIND_AGAIN", 0.0)
    inbox: queue.Queue[Any] = queue.Queue()
    links = [Link({}, inbox)]

    def connect() -> Link:
        if not links:
            message = "nobody listens there"
            raise EnvironmentLacksError(message)
        return links.pop()

    request = PartRequest(
        ask="plan", run="r", machine="", source="m", text="", profile="", flags={}
    )
    driver = Driver(MATRIX, tmp_path, request, connect, inbox, lambda: False)  # type: ignore[arg-type]
    driver._link.alive = False  # type: ignore[misc]
    with pytest.raises(EnvironmentLacksError, match="nobody listens there") as ended:
        driver.run(lambda: None)
    assert ended.value.args[1] == f"continue with --resume {tmp_path}"


def test_blocks_that_are_the_same_everywhere_are_kept_once(tmp_path: Path) -> None:
    driver, _ = driven(tmp_path, Worker("h1"), Worker("h2"), Worker("h3", pythons={"3.13": "y"}))
    plans = [one.plan or {} for one in driver.machines.values()]
    assert len({id(plan["needs"]) for plan in plans}) == 1
    assert [plan["pythons"] for plan in plans] == [{"3.13": "x"}, {"3.13": "x"}, {"3.13": "y"}]
