"""`ipcmatrix ask`: words to a situation, and the answer of a run, or of the nearest measured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory

from runner.errors import BadInputError
from runner.model import Catalogue
from runner.pipeline import ask, choosing
from runner.report import answers
from runner.report.view import View
from runner.results import Answer, Asked, Findings

PYTHONS = ("2.7", "3.12", "3.13")
TRANSPORTS = ("os_pipe", "pipe", "queue", "simple_queue")
FOUND = Factory(PYTHONS, TRANSPORTS).findings()
VIEW = View(FOUND)
RUNS = Path(__file__).parents[1] / "data" / "aa"


def asked(words: str) -> Asked:
    return ask.understood(VIEW, words.split())


def answered(words: str, found: Findings = FOUND) -> Answer:
    return ask.answer_to(found, words.split())


@pytest.mark.parametrize(
    "words",
    [
        "3.12 100kB 4 workers",
        "4 workers 100 kB python3.12",
        "python 3.12, 4 workers, 100 KB",
        "workers=4 python=3.12 100kb",
        "4w 100000 bytes 3.12",
        "messages of 100 kB to 4 workers on Python 3.12",
        "bytes 0.1 MB workers 4 3.12",
    ],
)
def test_words_stand_in_any_order(words: str) -> None:
    assert asked(words) == Asked(python="3.12", payload="bytes", octets=100_000, workers=4)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("", {}),
        ("newest", {"python": "3.13"}),
        ("python oldest", {"python": "2.7"}),
        ("pypy3.11", {"python": "pypy3.11"}),
        ("64KiB", {"payload": "bytes", "octets": 65_536}),
        ("64 B", {"payload": "bytes", "octets": 64}),
        ("ndarray 3.84 MB", {"payload": "ndarray", "octets": 3_840_000}),
        ("dict", {"payload": "dict"}),
        ("str:100", {"payload": "str:100"}),
        ("bytes:5000", {"payload": "bytes:5000"}),
        ("one to one", {"topology": "one_to_one"}),
        ("fan-out", {"topology": "fan_out"}),
        ("request reply", {"topology": "request_reply"}),
        ("round trips", {"topology": "request_reply"}),
        ("fan_in", {"topology": "fan_in"}),
        ("fan_out:50us~exp", {"topology": "fan_out:50us~exp"}),
        ("bound", {"placement": "bound"}),
        ("apart", {"placement": "apart"}),
        ("spawn", {"start_method": "spawn"}),
        ("Pipe or SimpleQueue", {"transports": ("pipe", "simple_queue")}),
        ("transport=queue", {"transports": ("queue",)}),
    ],
)
def test_each_word_has_its_meaning(words: str, meaning: dict[str, Any]) -> None:
    assert asked(words) == Asked(**meaning)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("3.12 qeue", "'qeue' is not understood; did you mean queue?"),
        ("4", "4: of what? write `4 workers`, `4 kB`; a Python is as in 3.13"),
        ("3.12 3.13", "3.12 and 3.13: two values for python: name one"),
        ("1kB 2kB", "1000 and 2000: two values for size: name one"),
        ("bytes:100 2kB", "bytes:100 has a size of its own: leave the other out"),
        ("0 B", "a message of 0 B: name a size from 1 B on"),
        ("0 workers", "0 workers: a number from 1 to 1,024 can be asked for"),
        ("manager_queue", "manager_queue: not measured in this run; "),
        ("os_pipe", "os_pipe: is only an upper bound, not an answer: leave it out"),
        ("bytes:abc", "'bytes:abc' is not understood"),
        ("1.5", "'1.5' is not understood"),
    ],
)
def test_what_is_not_understood_is_refused(words: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        asked(words)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2


def test_every_mistake_is_reported_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        asked("hello 3.12 world")
    assert [line.partition(";")[0] for line in caught.value.args] == [
        "'hello' is not understood",
        "'world' is not understood",
    ]


def test_a_measured_situation_has_the_comparison_of_the_report() -> None:
    found = answered("3.12 4 workers")
    context = next(one for one in VIEW.contexts if one.workers == 4)
    assert found.measured
    assert found.comparison == VIEW.transport_pairs("3.12", context).get("pipe", "queue")
    assert (found.use, found.advice) == ("pipe", "Pipe")
    assert found.figures.endswith("as fast as Queue")
    assert found.sure == "clear, one session; 40 rounds"


def test_what_is_left_open_is_as_the_report_shows_it_first() -> None:
    found = answered("")
    assert (found.comparison.python, found.comparison.context) == ("3.13", VIEW.base)
    row = answered("round trips").comparison
    assert (row.topology, row.workers, row.payload) == ("request_reply", 1, "int")


@pytest.mark.parametrize(
    ("words", "place", "differs"),
    [
        ("3.13 1MiB 2 workers", ("3.13", "bytes:1048576", 1), ("1 worker instead of 2",)),
        ("3.14 64KiB", ("3.13", "bytes:65536", 1), ("Python 3.13 instead of 3.14",)),
        ("70kB", ("3.13", "bytes:65536", 1), ("bytes 65.5 kB instead of bytes 70 kB",)),
        ("5 workers", ("3.13", "int", 4), ("4 workers instead of 5",)),
        ("fan_in 2 workers", ("3.13", "int", 2), ("fan_out instead of fan_in",)),
        ("dict", ("3.13", "int", 1), ("int instead of dict",)),
        ("64KiB bound", ("3.13", "bytes:65536", 1), ("free instead of bound",)),
        ("pypy3.11", ("3.13", "int", 1), ("Python 3.13 instead of pypy3.11",)),
    ],
)
def test_the_nearest_is_named_with_what_differs(
    words: str, place: tuple[str, str, int], differs: tuple[str, ...]
) -> None:
    found = answered(words)
    pair = found.comparison
    assert (pair.python, pair.payload, pair.workers) == place
    assert found.differs == differs
    assert not found.measured


def test_another_pattern_is_farther_than_any_other_message() -> None:
    found = answered("request_reply 1MiB")
    assert (found.comparison.topology, found.comparison.payload) == ("request_reply", "int")


def test_only_the_transports_that_were_named_are_chosen_from() -> None:
    found = answered("64KiB pipe simple_queue")
    assert (found.comparison.a, found.comparison.b) == ("pipe", "simple_queue")
    assert [one.a for one in answered("64KiB simple_queue").options] == ["simple_queue"]


def test_a_transport_that_was_not_compared_there_is_answered_from_elsewhere() -> None:
    few = Factory(("3.13",), ("pipe", "queue"), CONTEXTS[6:8]).findings()
    more = Factory(("3.13",), ("pipe", "queue", "simple_queue"), CONTEXTS[:1]).findings()
    both = replace(
        few, cells=[*few.cells, *more.cells], comparisons=[*few.comparisons, *more.comparisons]
    )
    found = answered("2 workers simple_queue", both)
    assert found.differs == ("1 worker instead of 2",)
    said = list(ask.lines(View(both), found))
    assert said[0] == "Not measured: 2 workers, SimpleQueue."


@pytest.mark.parametrize(
    ("verdict", "use", "advice"),
    [
        ("open", "", "either"),
        ("equal", "", "either"),
        ("slower", "queue", "stay with Queue"),
        ("invalid", "", "either"),
    ],
)
def test_nothing_is_advised_that_is_not_decided(verdict: str, use: str, advice: str) -> None:
    pairs = [replace(one, verdict=verdict) for one in FOUND.comparisons]
    found = answered("3.13", replace(FOUND, comparisons=pairs))
    assert (found.use, found.advice) == (use, advice)
    assert found.figures.startswith("Pipe ")
    assert found.figures.endswith(" as fast as Queue")


def test_a_run_without_comparisons_has_no_answer() -> None:
    with pytest.raises(BadInputError, match="no transports were compared"):
        answered("3.13", replace(FOUND, comparisons=[]))


def test_the_steps_are_those_of_the_documents() -> None:
    """docs/python-api.md: one for another value, and more for what lies between."""

    def far(axis: str, of: str | int, **given: Any) -> float:
        return answers.steps(VIEW, axis, Asked(**given), of)

    assert far("workers", 8, workers=2) == 3.0
    assert far("python", "2.7", python="3.13") == 2.0
    assert far("payload", "bytes:1024", payload="bytes", octets=1_024_000) == pytest.approx(4.0)
    assert far("topology", "fan_out:50us", topology="fan_out") == 1.0
    assert far("placement", "apart", placement="bound") == 0.0


def test_the_verb_prints_the_answer_and_the_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RUNS)
    assert ask.ask(words=("3.11", "8", "workers"), run="first", as_json=False) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "Not measured: Python 3.11, 8 workers.",
        "The nearest that was measured is as asked, but with 1 worker instead of 8:",
    ]
    assert said[-1] == "run: first"


def test_json_has_the_figures_unrounded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RUNS)
    assert ask.ask(words=("3.11",), run="first", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["measured"], told["run"]) == (1, True, "first")
    assert told["asked"] == {"python": "3.11"}
    assert told["combination"]["python"] == "3.11"
    assert told["low"] < told["ratio"] < told["high"]
    assert told["baseline"] == "queue"
    assert {one["transport"] for one in told["options"]} == {"pipe", "simple_queue"}
    assert told["option"] in {"pipe", "simple_queue"}


def test_without_a_run_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports" / "published" / "mine").mkdir(parents=True)
    (tmp_path / "reports" / "published" / "mine" / "run.json").write_text("{}")
    with pytest.raises(BadInputError) as caught:
        choosing.chosen(None)
    assert str(caught.value) == (
        "no run in reports/: measure one with `ipcmatrix run`, or name a run's folder "
        "(published: mine)"
    )
    assert choosing.chosen("mine") == Path("reports/published/mine")


def test_the_newest_run_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.chdir(tmp_path)
    for age, name in enumerate(("b", "c/parts/m1", "a")):
        folder = tmp_path / "reports" / name
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
        os.utime(folder / "run.json", (1000 - age, 1000 - age))
    assert choosing.chosen(None) == Path("reports/b")
    assert choosing.runs_here() == [Path("reports/b"), Path("reports/c"), Path("reports/a")]


def test_a_name_of_ones_own_may_be_written_as_in_the_matrix() -> None:
    known = {table: dict(entries) for table, entries in FOUND.catalogue.entries.items()}
    own = {"transport": "my_ring", "payload": "messages.py:order"}
    for axis, name in own.items():
        one = next(iter(known[axis].values()))
        known[axis][name] = replace(one, name=name, label=name)
    files = [{"path": "./lib/my_ring.py"}, {"path": "./lib/messages.py"}]
    run = {**FOUND.run, "files": files}
    view = View(replace(FOUND, runs=(run,), catalogue=Catalogue(known)))
    for words in ("./lib/messages.py:order", "messages.py:order", "payload=./messages.py:order"):
        assert ask.understood(view, [words]) == Asked(payload="messages.py:order")
    for words, said in {
        "./lib/my_ring.py:my_ring": "my_ring: not measured in this run",
        "./lib/messages.py:odrer": "'./lib/messages.py:odrer' is not understood",
        "./other.py:queue": "'./other.py:queue' is not understood",
    }.items():
        with pytest.raises(BadInputError) as caught:
            ask.understood(view, [words])
        assert str(caught.value).startswith(said)
