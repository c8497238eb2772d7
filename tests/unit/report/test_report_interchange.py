"""What pyperf, Bencher and github-action-benchmark are given; pyperf's own program reads it."""

import csv
import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyperf
import pytest
from findings_factory import CONTEXTS, Factory, hostile

from runner.analysis import complete_rounds
from runner.errors import EnvironmentLacksError
from runner.pipeline import printing
from runner.pipeline.report import findings_of
from runner.report import interchange
from runner.report.view import View
from runner.runfolder import dataset

AA = Path(__file__).parents[2] / "data" / "aa"
FOUND = Factory(pythons=("3.9",), transports=("pipe", "queue"), contexts=CONTEXTS[:1]).findings()


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the suites of two runs of the same matrix."""
    folder = tmp_path_factory.mktemp("pyperf")
    made = folder / "first.json", folder / "second.json"
    for path in made:
        assert printing.print_format([AA / path.stem], "pyperf", path) == 0
    return made


def told_by_pyperf(*words: str | Path) -> str:
    command = [sys.executable, "-m", "pyperf", *words]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stderr == ""
    return finished.stdout


def trials_of(name: str) -> dict[tuple[str, str, str], list[float]]:
    """Return seconds a message of each ok measured trial, by the axes that differ."""
    found = defaultdict(list)
    for path in (AA / name / "trials").glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["phase"] == "measure" and row["status"] == "ok":
                    key = (row["transport"], row["python"], row["payload"])
                    found[key].append(float(row["seconds"]) / int(row["messages"]))
    return found


def test_a_benchmark_holds_every_trial_of_its_combination(suites: tuple[Path, Path]) -> None:
    suite = pyperf.BenchmarkSuite.load(str(suites[0]))
    written = trials_of("first")
    assert len(suite.get_benchmarks()) == len(written) > 1
    for one in suite.get_benchmarks():
        transport, python, payload, *_ = one.get_name().split(", ")
        values = written[transport, python, payload]
        assert sorted(one.get_values()) == pytest.approx(sorted(values))
        assert one.get_nrun() == len(values)
        told = one.get_metadata()
        assert (told["transport"], told["payload"], told["workers"]) == (transport, payload, 1)
        assert told["python_version"].startswith(python)
        assert one.get_unit() == "second"


def test_pyperf_shows_what_it_is_given(suites: tuple[Path, Path]) -> None:
    name = pyperf.BenchmarkSuite.load(str(suites[0])).get_benchmark_names()[0]
    told = told_by_pyperf("stats", suites[0])
    assert name in told
    assert "Number of value per run: 1\n" in told
    assert "Start date: 20" in told
    checked = told_by_pyperf("check", suites[0])
    assert name in checked or "seems to be stable" in checked
    assert "shortest raw value" not in checked, "a value's loops are the messages of its trial"


def test_pyperf_compares_two_runs_by_the_same_names(suites: tuple[Path, Path]) -> None:
    names = [set(pyperf.BenchmarkSuite.load(str(one)).get_benchmark_names()) for one in suites]
    assert names[0] == names[1]
    told = told_by_pyperf("compare_to", "--table", "-v", *suites)
    assert all(one in told for one in names[0])
    assert "Ignored benchmarks" not in told


def test_names_are_those_of_the_other_formats() -> None:
    """And say nothing of the run: not its id, not its place among others."""
    data = dataset.load([AA / "first"])
    suite = json.loads(interchange.pyperf(data.runs, complete_rounds(data.trials)))
    names = [one["metadata"]["name"] for one in suite["benchmarks"]]
    measured = json.loads(interchange.bmf(View(findings_of([AA / "first"]))))
    assert {*names} == {*measured}
    assert all(re.fullmatch(r"\w+, [\d.]+, int, one_to_one.*", one) for one in names)


def test_several_machines_have_benchmarks_of_their_own() -> None:
    data = dataset.load([AA / "first"])
    trials = data.trials.astype({"machine": str})
    other = trials.assign(machine="vm-2")
    both = type(trials)({name: [*trials[name], *other[name]] for name in trials})
    suite = json.loads(interchange.pyperf(data.runs, both))
    names = [one["metadata"]["name"] for one in suite["benchmarks"]]
    assert len(names) == len(set(names))
    assert sum(one.endswith("machine vm-2") for one in names) * 2 == len(names)


def test_nothing_measured_is_nothing_to_hand_on(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataset.load([AA / "first"])
    empty = replace(data, trials=data.trials[:0])
    monkeypatch.setattr("runner.runfolder.dataset.load", lambda _: empty)
    with pytest.raises(EnvironmentLacksError, match="nothing was measured"):
        printing.print_format([AA / "first"], "pyperf", None)
    nothing = Factory(pythons=(), failures=False).findings()
    monkeypatch.setattr(printing, "findings_of", lambda _: nothing)
    for style in ("bmf", "github-action-benchmark"):
        with pytest.raises(EnvironmentLacksError, match="nothing was measured"):
            printing.print_format([AA / "first"], style, None)


def test_bencher_gets_measures_with_their_intervals() -> None:
    told: dict[str, Any] = json.loads(interchange.bmf(View(FOUND)))
    assert list(told) == ["pipe, 3.9, int, one_to_one", "queue, 3.9, int, one_to_one"]
    assert {*told["pipe, 3.9, int, one_to_one"]} == {"throughput", "ratio"}
    assert {*told["queue, 3.9, int, one_to_one"]} == {"throughput"}
    ratio = told["pipe, 3.9, int, one_to_one"]["ratio"]
    assert ratio["lower_value"] < ratio["value"] < ratio["upper_value"]
    pair = View(FOUND).transport_pairs("3.9", View(FOUND).contexts[0]).get("pipe", "queue")
    assert pair is not None
    assert ratio["value"] == pair.ratio
    row = next(one for one in FOUND.cells if one.transport == "pipe")
    assert told["pipe, 3.9, int, one_to_one"]["throughput"] == {
        "value": row.rate,
        "lower_value": row.rate_low,
        "upper_value": row.rate_high,
    }


def test_bencher_gets_round_trips_in_nanoseconds() -> None:
    trips = Factory(pythons=("3.9",), transports=("pipe",), contexts=CONTEXTS[10:11]).findings()
    (measures,) = json.loads(interchange.bmf(View(trips))).values()
    assert measures["latency"] == {"value": pytest.approx((trips.cells[0].latency_p50 or 0) * 1e9)}


def test_the_action_gets_rates_and_then_ratios() -> None:
    told = json.loads(interchange.action_benchmark(View(FOUND)))
    assert [(one["name"], one["unit"]) for one in told] == [
        ("pipe, 3.9, int, one_to_one", "messages/s"),
        ("queue, 3.9, int, one_to_one", "messages/s"),
        ("pipe / queue, 3.9, int, one_to_one", "×"),
    ]
    assert all(isinstance(one["value"], float) for one in told)
    assert re.fullmatch(r"[\d,]+–[\d,]+", told[0]["range"])
    assert re.fullmatch(r"1\.\d+–1\.\d+", told[2]["range"])
    assert [one["extra"] for one in told] == ["40 trials", "40 trials", "faster"]


def test_foreign_names_make_valid_json() -> None:
    for text in (interchange.bmf(View(hostile())), interchange.action_benchmark(View(hostile()))):
        assert "script" in json.dumps(json.loads(text))
