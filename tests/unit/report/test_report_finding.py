"""The finding: chosen by a rule, and worded for whoever reads nothing else."""

import itertools
from dataclasses import fields, replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory, hostile
from made_cells import BASELINE

from runner.report import figures
from runner.report.finding import find
from runner.report.phrases import direction
from runner.report.pictures.forest import forest
from runner.report.sections.answer import by_situation
from runner.report.sections.workers import workers
from runner.report.situations import Situation
from runner.report.view import View
from runner.results import AcrossMachines, Findings
from tests.rows import each

TWO = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=CONTEXTS[:1]).findings()
ALL = Factory(pythons=("3.11",)).findings()


def changed(found: Findings, a: str, b: str, **change: Any) -> Findings:
    """Return the findings with the end-to-end comparisons of a and b changed."""
    pairs = [
        replace(one, **change) if (one.a, one.b, one.clock) == (a, b, "end_to_end") else one
        for one in found.comparisons
    ]
    assert pairs != found.comparisons
    return replace(found, comparisons=pairs)


def first(found: Findings) -> Situation:
    return find(View(found)).situations[0]


KNOWN: dict[str, Any] = {"ratio": 1.284, "low": 1.2449, "high": 1.309, "sessions": 3}
FASTER: dict[str, Any] = {**KNOWN, "verdict": "faster"}


def test_a_decided_lead_is_the_title_and_the_first_row() -> None:
    found = changed(TWO, "pipe", "queue", **KNOWN, verdict="faster")
    assert find(View(found)).title == (
        "Pipe or Queue? On Python 3.11, Pipe: 1.3× for small messages"
    )
    row = first(found)
    assert (row.when, row.use) == ("stream small objects", "Pipe")
    assert (row.instead, str(row.sure)) == (["1.28× [1.24–1.31]"], "clear")


def test_a_slower_option_means_to_stay() -> None:
    slow = {"ratio": 0.5, "low": 0.4, "high": 0.625, "sessions": 1}
    found = changed(TWO, "pipe", "queue", **slow, verdict="slower")
    assert find(View(found)).title.endswith("Queue: 2.0× for small messages")
    row = first(found)
    assert (row.use, row.instead) == ("stay with Queue", ["Pipe 0.50× [0.40–0.62]"])
    assert str(row.sure) == "clear, one session"


def test_nothing_decided_is_the_title() -> None:
    found = replace(TWO, comparisons=each(TWO.comparisons, verdict="open", flags=("noisy",)))
    assert find(View(found)).title == (
        "No clear winner: this machine was too noisy, or the run too short"
    )
    assert (first(found).use, str(first(found).sure)) == ("either", "undecided, noisy")


def few(*transports: str, pythons: tuple[str, ...] = ("3.11",), places: slice = slice(1)) -> Any:
    """Return findings of which nothing is decided."""
    found = Factory(pythons=pythons, transports=transports, contexts=CONTEXTS[places]).findings()
    return replace(found, comparisons=each(found.comparisons, verdict="open"))


def test_the_title_names_what_the_table_advises_though_what_it_asks_is_open() -> None:
    found = changed(few("pipe", "pipe_simplex", "queue"), "pipe_simplex", "queue", **FASTER)
    assert first(found).use == "Pipe(duplex=False)"
    title = "Pipe or Queue? On Python 3.11, Pipe(duplex=False): 1.3× for small messages"
    assert find(View(found)).title == title
    for verdict in ("equal", "slower", "invalid"):
        other = changed(found, "pipe", "queue", ratio=0.99, verdict=verdict)
        assert find(View(other)).title == title, verdict


def test_of_two_that_are_decided_the_title_says_the_one_it_asks_about() -> None:
    found = changed(few("pipe", "pipe_simplex", "queue"), "pipe_simplex", "queue", **FASTER)
    found = changed(found, "pipe", "queue", **{**FASTER, "ratio": 1.16})
    assert find(View(found)).title.endswith("On Python 3.11, Pipe: 1.2× for small messages")


def test_where_only_an_older_python_is_decided_the_title_says_so() -> None:
    found = few("pipe", "queue", pythons=("3.8", "3.9", "3.11"))
    pairs = [
        replace(one, **FASTER) if one.of_report and one.python == "3.8" else one
        for one in found.comparisons
    ]
    assert find(View(replace(found, comparisons=pairs))).title == (
        "Pipe or Queue? On Python 3.8, Pipe: 1.3× for small messages; on 3.11 nothing is decided"
    )


def test_where_only_another_placement_is_decided_the_title_says_so() -> None:
    found = few("pipe", "queue", places=slice(0, 12, 11))
    assert [one.placement for one in View(found).contexts] == ["free", "together"]
    pairs = [
        replace(one, **FASTER) if one.of_report and one.placement == "together" else one
        for one in found.comparisons
    ]
    assert find(View(replace(found, comparisons=pairs))).title == (
        "Pipe or Queue? On Python 3.11, Pipe: 1.3× for small messages (together)"
    )


def test_what_to_avoid_is_in_the_title_where_nothing_else_is_decided() -> None:
    slow = {"ratio": 0.1, "low": 0.08, "high": 0.12, "verdict": "slower"}
    found = changed(few("pipe", "queue", "manager_queue"), "manager_queue", "queue", **slow)
    assert find(View(found)).title == (
        "Pipe or Queue? No clear winner; if you consider Manager().Queue, avoid it"
    )


def test_a_send_that_returns_at_once_is_in_the_title_where_nothing_else_is_decided() -> None:
    pairs = [
        replace(one, verdict="slower", ratio=0.2) if one.clock == "send" else one
        for one in few("pipe", "queue").comparisons
    ]
    assert find(View(replace(TWO, comparisons=pairs))).title == (
        "Pipe or Queue? No clear winner; if you must not block the producer, stay with Queue"
    )


def test_an_upgrade_is_in_the_title_where_nothing_else_is_decided() -> None:
    found = few("pipe", "queue", pythons=("3.8", "3.11"))
    pairs = [
        replace(one, verdict="slower", ratio=0.8)
        if one.of_report and (one.compared_axis, one.transport) == ("python", "queue")
        else one
        for one in found.comparisons
    ]
    assert find(View(replace(found, comparisons=pairs))).title == (
        "Pipe or Queue? No clear winner; Python 3.11 is 1.2× as fast as 3.8 (Queue)"
    )


def test_equal_in_one_situation_and_open_in_another_is_said_of_the_one() -> None:
    found = few("pipe", "queue", places=slice(0, 4, 3))
    pairs = [
        replace(one, verdict="equal", equal_within=0.02)
        if one.of_report and one.payload == "int"
        else one
        for one in found.comparisons
    ]
    assert find(View(replace(found, comparisons=pairs))).title == (
        "Pipe or Queue? On Python 3.11 it makes no difference for small messages: equal within 2 %"
    )


def test_two_shared_queues_are_named_where_they_are_equal() -> None:
    found = few("queue", "simple_queue")
    equal = changed(found, "simple_queue", "queue", verdict="equal", equal_within=0.02)
    assert find(View(equal)).title == (
        "On Python 3.11 SimpleQueue is as fast as Queue: equal within 2 %"
    )


def test_what_machines_decide_together_is_the_title_though_each_leaves_it_open() -> None:
    found = few("pipe", "queue")
    (pair,) = (one for one in found.comparisons if one.of_report and one.compared_axis != "python")
    shared = {one.name: getattr(pair, one.name, "") for one in fields(AcrossMachines)}
    known = {"ratio": 1.28, "low": 1.2, "high": 1.35, "verdict": "faster", "tau": None}
    across: Any = AcrossMachines
    row = across(**shared | known | {"machines": ("vm-1", "vm-2"), "agree": 2})
    title = find(View(replace(found, across=[row]))).title
    assert title == "Pipe or Queue? On Python 3.11, Pipe: 1.3× for small messages"


VERDICTS = ("faster", "slower", "equal", "open", "invalid")


@pytest.mark.parametrize("verdicts", list(itertools.product(VERDICTS, repeat=3)))
def test_no_title_denies_a_row_of_its_table(verdicts: tuple[str, ...]) -> None:
    found = few("pipe", "pipe_simplex", "queue", "manager_queue", places=slice(0, 8, 7))
    ratios = {"faster": 1.4, "slower": 0.4, "equal": 1.0}
    for arm, verdict in zip(("pipe", "pipe_simplex", "manager_queue"), verdicts, strict=True):
        span = {"ratio": ratios.get(verdict, 1.1), "low": 0.3, "high": 0.45}
        found = changed(found, arm, "queue", **span, verdict=verdict)
    told = find(View(found))
    sides = {direction(row.pair) for row in told.situations if row.pair}
    if 1 in sides:
        names = ("Pipe", "Pipe(duplex=False)", "Manager().Queue")
        best = [name for name, verdict in zip(names, verdicts, strict=True) if verdict == "faster"]
        assert any(f"{name}: " in told.title for name in best)
        assert "No clear winner" not in told.title
        assert "no difference" not in told.title
    if sides & {-1, 0}:
        assert "too noisy" not in told.title


def test_an_invalid_block_advises_nothing() -> None:
    row = first(changed(TWO, "pipe", "queue", **KNOWN, verdict="invalid"))
    assert (row.use, str(row.sure), row.advised) == ("either", "no: the A/A control differs", False)


def test_equal_is_said_as_equal() -> None:
    found = changed(TWO, "pipe", "queue", ratio=1.01, low=0.99, high=1.02, verdict="equal")
    assert "makes no difference: equal within" in find(View(found)).title
    assert str(first(found).sure).startswith("equal within")


def test_one_core_against_two_is_said() -> None:
    cells = [
        replace(one, mode="two cores" if one.transport == "pipe" else "one core")
        for one in TWO.cells
    ]
    found = changed(TWO, "pipe", "queue", **KNOWN, verdict="faster", modes="mixed")
    row = first(replace(found, cells=cells))
    assert str(row.sure) == "clear; on 2 cores, Queue 1"


def test_upper_bounds_are_never_in_the_table() -> None:
    text = str(find(View(ALL)).situations)
    assert "os.pipe" not in text
    assert "threads" not in text
    assert "Pipe" in text


def test_worker_counts_with_one_answer_share_a_row() -> None:
    found = Factory(pythons=("3.11",), transports=("pipe", "queue")).findings()
    found = changed(found, "pipe", "queue", verdict="open", flags=())
    rows = [row.when for row in find(View(found)).situations if row.when.startswith("feed")]
    assert len(rows) == len(set(rows))
    assert any("–" in one for one in rows)


def test_a_number_in_other_words_is_no_worker_count() -> None:
    """A row of one and two workers was called `ask 100–2 workers and wait, 100 B messages`."""
    places = [CONTEXTS[0]]
    rest = ("default", "free", "auto")
    places += [("str:100", "request_reply", count, *rest) for count in (1, 2)]
    made = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=places)
    found = changed(made.findings(), "pipe", "queue", **FASTER)
    said = [row.when for row in find(View(found)).situations]
    assert "ask 1–2 workers and wait, 100 B messages" in said


def test_workers_with_work_have_rows_of_their_own_that_say_so() -> None:
    topologies = ("fan_out", "fan_out:50us", "fan_out:50us~exp")
    places = tuple(("int", one, 4, "default", "free", "auto") for one in topologies)
    made = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=places)
    found = changed(made.findings(), "pipe", "queue", **FASTER)
    curve = [replace(found.crossovers[0], workers=4, topology=one) for one in topologies]
    found = replace(found, crossovers=curve)
    assert [row.when for row in find(View(found)).situations if row.when.startswith("feed")] == [
        "feed 4 workers",
        "feed 4 workers, 50 µs of work each",
        "feed 4 workers, uneven work (50 µs)",
    ]
    labels = [row[2].text for row in workers(View(found)).tables[0].rows]
    assert labels == ["fan_out", "fan_out:50us", "fan_out:50us~exp"]


def test_what_was_faster_than_the_advice_but_is_not_judged_is_named() -> None:
    """Its A/A control differs: nothing is claimed of it, but it may be the better choice."""
    found = few("pipe", "pipe_simplex", "queue")
    found = changed(found, "pipe", "queue", **FASTER)
    far = {"ratio": 20.4, "low": 19.7, "high": 21.1, "verdict": "invalid"}
    found = changed(found, "pipe_simplex", "queue", **far)
    assert (first(found).use, str(first(found).sure)) == ("Pipe", "clear; faster ones not judged")
    assert by_situation(View(found))[0].note.endswith(
        "Not judged, for the A/A control measured with it differs: Pipe(duplex=False) for small "
        "messages: 20.4×."
    )
    close = changed(found, "pipe_simplex", "queue", **{**far, "low": 1.2})
    assert str(first(close).sure) == "clear"
    assert "Not judged" not in by_situation(View(close))[0].note


def test_the_fastest_is_in_the_picture_however_far_it_is() -> None:
    found = changed(
        few("pipe", "pipe_simplex", "manager_queue", "queue"), "pipe", "queue", **FASTER
    )
    found = changed(found, "pipe_simplex", "queue", ratio=40.0, low=38.0, high=42.0)
    found = changed(found, "manager_queue", "queue", ratio=0.05, low=0.04, high=0.06)
    drawing = forest(View(found))
    assert drawing
    assert "Pipe(duplex=False): 40.0× [38.0–42.0]. Pipe: 1.28×" in drawing.description
    assert "slower than 0.25×: Manager().Queue" in drawing.subtitle


def test_sizes_of_messages_with_one_answer_share_a_row() -> None:
    found = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=CONTEXTS[:5])
    pairs = changed(found.findings(), "pipe", "queue", **FASTER).comparisons
    large = [
        replace(one, ratio=2.5, modes="mixed") if one.payload == "bytes:1048576" else one
        for one in pairs
    ]
    rows = find(View(replace(found.findings(), comparisons=large))).situations
    shared = next(row for row in rows if "1.02 kB" in row.when)
    assert (shared.when, shared.use) == ("send 1.02 kB to 1.05 MB messages", "Pipe")
    assert shared.instead == ["1.28× to 2.50×"]
    assert str(shared.sure) == "clear"
    assert [row.instead for row in shared.each][-1] == ["2.50× [1.24–1.31]"]


def test_the_baseline_is_the_shared_queue_whatever_the_run_had() -> None:
    """What people have today; the published runs were measured with Pipe as baseline."""
    pairs = [
        replace(one.flipped(), to_baseline=True) if (one.a, one.b) == ("pipe", BASELINE) else one
        for one in TWO.comparisons
    ]
    assert find(View(replace(TWO, comparisons=pairs))).baseline == "Queue"
    assert first(replace(TWO, comparisons=pairs)).use == first(TWO).use


def test_nothing_measured_has_a_title() -> None:
    empty = Factory(pythons=(), failures=False).findings()
    assert find(View(empty)).title == "Nothing was measured"


def test_hostile_names_do_no_harm() -> None:
    assert find(View(hostile())).title


@pytest.mark.parametrize(
    ("number", "said"), [(1.04, "1.04×"), (1.24, "1.2×"), (9.96, "10×"), (12.3, "12×")]
)
def test_a_factor_is_as_exact_as_a_title_needs(number: float, said: str) -> None:
    assert figures.factor(number) == said


@pytest.mark.parametrize(
    ("octets", "said"), [(64, "64 B"), (100_000, "100 kB"), (1_280_000, "1.28 MB")]
)
def test_sizes_are_as_round_as_names(octets: int, said: str) -> None:
    assert figures.octets(octets) == said


def test_a_row_that_is_otherwise_on_another_python_is_said_under_the_table() -> None:
    found = Factory(("3.8", "3.9", "3.11"), ("pipe", "queue"), CONTEXTS[:1]).findings()
    ratios = {"3.8": (1.0, 0.97, 1.03), "3.9": (1.6, 1.5, 1.7), "3.11": (2.4, 2.2, 2.7)}
    pairs = []
    for one in found.comparisons:
        if (one.a, one.b, one.clock) == ("pipe", "queue", "end_to_end"):
            ratio, low, high = ratios[one.python]
            pairs.append(replace(one, ratio=ratio, low=low, high=high, verdict="faster"))
    (table,) = by_situation(View(replace(found, comparisons=pairs)))
    said = "Other Pythons differ: Pipe for small messages on 3.9: 1.60×."
    assert table.note.endswith(said)
    alike = [replace(one, ratio=2.4, low=2.0, high=2.8) for one in pairs]
    (table,) = by_situation(View(replace(found, comparisons=alike)))
    assert "Other Pythons" not in table.note


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("faster", ["delivery is slower"]),
        ("open", ["delivery is not faster"]),
        ("slower", []),
    ],
)
def test_delivery_is_slower_only_where_that_is_decided(verdict: str, said: list[str]) -> None:
    pairs = [
        replace(one, verdict="slower", ratio=0.2)
        if one.clock == "send"
        else replace(one, verdict=verdict)
        for one in few("pipe", "queue").comparisons
    ]
    rows = find(View(replace(TWO, comparisons=pairs))).situations
    (row,) = [one for one in rows if one.when == "must not block the producer"]
    assert row.instead == ["send returns 5.0× sooner", *said]
