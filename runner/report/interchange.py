"""What other programs read: pyperf, Bencher, and the action github-action-benchmark.

A benchmark is a combination. Its name holds nothing but the combination, as the matrix names it,
so it is the same in every run: `pipe, 3.13, int, one_to_one, apart`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from runner.model import AXES
from runner.model.environment_hash import mapping
from runner.report import figures, text
from runner.report.contexts import label
from runner.report.view import View
from runner.results import CellSummary, Comparison, Context, Span

NANOSECONDS = 1e9
_PLACE = ("machine", *("messages_axis" if axis == "messages" else axis for axis in AXES))


def name(transport: str, python: str, context: Context, machines: bool = False) -> str:
    """Return the name of a combination's benchmark; `machines`: with its machine."""
    return ", ".join((transport, python, label(context, machines)))


def bmf(view: View) -> str:
    """Return the Bencher Metric Format: for each combination its measures, with 95 % intervals.

    `throughput` is in messages a second, `latency` the median round trip in nanoseconds, `ratio`
    the speed relative to the baseline, which other load on the machine moves less.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    several = len(view.machines) > 1
    for row, pair in _combinations(view):
        measures = {"throughput": _measure(row.rate, Span(row.rate, row.rate_low, row.rate_high))}
        if row.latency_p50:
            measures["latency"] = {"value": row.latency_p50 * NANOSECONDS}
        if pair is not None:
            measures["ratio"] = _measure(pair.ratio, pair.span)
        found[name(row.transport, row.python, row.context, several)] = measures
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _measure(value: float | None, span: Span) -> dict[str, float]:
    ends = {"lower_value": span.low, "upper_value": span.high} if span.bounded else {}
    return {key: end for key, end in {"value": value, **ends}.items() if end is not None}


def action_benchmark(view: View) -> str:
    """Return a list for github-action-benchmark's tool customBiggerIsBetter.

    Each combination's messages a second; then each one's speed relative to the baseline, named
    `pipe / queue, …`, which holds where jobs run on other machines each time.
    """
    rates, ratios = [], []
    several = len(view.machines) > 1
    for row, pair in _combinations(view):
        span = Span(row.rate, row.rate_low, row.rate_high)
        named = name(row.transport, row.python, row.context, several)
        rates.append(_entry(named, "messages/s", span, figures.count(row.ok, "trial")))
        if pair is not None:
            named = name(f"{pair.a} / {pair.b}", row.python, row.context, several)
            ratios.append(_entry(named, "×", pair.span, pair.verdict))
    return json.dumps(rates + ratios, ensure_ascii=False, indent=1) + "\n"


def _entry(named: str, unit: str, span: Span, extra: str) -> Mapping[str, object]:
    entry: dict[str, object] = {"name": named, "unit": unit, "value": span.middle}
    if span.bounded:
        entry["range"] = f"{_plain(span.low)}–{_plain(span.high)}"
    return {**entry, "extra": extra}


def _plain(number: float | None) -> str:
    return f"{number:.4g}" if number is not None and number < 1000 else figures.whole(number)


def _combinations(view: View) -> Iterator[tuple[CellSummary, Comparison | None]]:
    """Yield each measured combination with its comparison with the baseline."""
    for (python, transport, context), row in view.measured.items():
        baseline = view.baseline("transport", context)
        pair = view.transport_pairs(python, context).get(transport, baseline)
        yield row, pair if pair is not None and pair.ratio else None


def pyperf(runs: Sequence[Mapping[str, object]], trials: pd.DataFrame) -> str:
    """Return a suite of pyperf: a benchmark for each combination, a pyperf run for each trial.

    `trials` are those of complete rounds, `runs` their run.json. A value is seconds a message by
    end-to-end time, over as many loops as the trial had messages. Trials that were not ok are left
    out; "" where none is left.
    """
    ok = trials[(trials["status"] == "ok") & (trials["messages"] > 0) & (trials["seconds"] > 0)]
    several = trials["machine"].nunique() > 1
    benchmarks = [
        {"metadata": _metadata(runs, key, several), "runs": [*_runs(rows)]}
        for key, rows in ok.groupby(list(_PLACE), observed=True)
    ]
    if not benchmarks:
        return ""
    common = {"unit": "second", "timer": "end-to-end time: first send to last receive"}
    suite = {"version": "1.0", "metadata": common, "benchmarks": benchmarks}
    return json.dumps(suite, ensure_ascii=False) + "\n"


def _runs(rows: pd.DataFrame) -> Iterator[Mapping[str, object]]:
    columns = (rows[one].astype(object).tolist() for one in ("messages", "seconds", "started"))
    for messages, seconds, started in zip(*columns, strict=True):
        moment = datetime.fromisoformat(str(started)).replace(tzinfo=None)
        metadata = {"loops": messages, "duration": seconds, "date": moment.isoformat(" ")}
        yield {"metadata": metadata, "values": [seconds / messages]}


def _metadata(
    runs: Sequence[Mapping[str, object]], key: tuple[Any, ...], several: bool
) -> Mapping[str, object]:
    """Return what pyperf gets to know of a combination: its axes, its interpreter, its machine."""
    machine = str(key[0])
    axes: dict[str, Any] = {
        axis: int(one) if axis == "workers" else str(one)
        for axis, one in zip(AXES, key[1:], strict=True)
    }
    python, transport = axes.pop("python"), axes.pop("transport")
    run = next((one for one in runs if one.get("machine") == machine), runs[0])
    facts = mapping(run, "machine_facts")
    cpu, kernel = mapping(facts, "cpu"), mapping(facts, "kernel")
    known = {
        "name": name(transport, python, Context(machine, **axes), several),
        "python_version": mapping(mapping(run, "interpreters"), python).get("version") or python,
        "transport": transport,
        **axes,
        "machine": machine,
        "cpu_model_name": cpu.get("model", ""),
        "platform": f"{kernel.get('system', '')} {kernel.get('release', '')}".strip(),
        "ipcmatrix_version": run.get("version", ""),
        "ipcmatrix_run": run.get("run", ""),
    }
    plain = {
        key: one if isinstance(one, int) else text.line(str(one)) for key, one in known.items()
    }
    return {key: one for key, one in plain.items() if one != ""}
