"""The data that the page's own script reads: compact, and safe inside a script element.

`names` is one table of texts; wherever a name is meant, its number stands. A block's ratios are
kept once for each pair of arms (i < j, row by row) as ten-thousandths of the natural logarithm:
the ratio, and how far the interval reaches below and above it; null where nothing is known.
A pair's letter stands for its verdict, and for whether its arms ran in different modes. The answers
are those of `ipcmatrix ask`, and `steps` is how far two values of an axis are from each other.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from runner.report import answers, figures, phrases, singles, text
from runner.report.contexts import Pairs
from runner.report.sections.flags import FLAGS
from runner.report.sections.latency import known
from runner.report.view import View
from runner.results import CellSummary, Comparison, Context

VERDICTS = "fsSi!gtTj?huUk."
"""One letter a verdict, in the order of `verdicts`; the second and third five of them mean, in
the order of `modes`, that the arms also ran in different modes."""
_WORDS = (
    "faster",
    "equal",
    "slower",
    "open",
    "invalid",
)
_MODES = ("", "partly mixed", "mixed")
FIGURES = (
    "rate",
    "rate_low",
    "rate_high",
    "rate_p5",
    "rate_p95",
    "send_rate",
    "join_rate",
    "cpu_per_message",
    "cores",
    "switches_per_message",
    "peak_rss_kib",
    "messages_median",
    "share_low",
    "share_high",
    "latency_p50",
    "latency_p90",
    "latency_p99",
    "latency_p999",
    "latency_max",
)
"""The figures of a cell, in the order in which the page's script finds them."""
_SHARES = {"latency_p50": 0.5, "latency_p90": 0.9, "latency_p99": 0.99, "latency_p999": 0.999}
"""The percentiles that a trial may be too short for."""
_LEGEND = f"{phrases.LEGEND}{phrases.MODES_LEGEND} {phrases.CONTROL_IN_RATES}"
_DETAIL = 4_000
"""Characters of a traceback that the page holds for a cell."""

Value = float | int | str | None | Sequence["Value"]
Key = tuple[str, str, Context]


class _Texts:
    """Numbers for texts; each text is kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, given: str) -> int:
        if given not in self._numbers:
            self._numbers[given] = len(self.all)
            self.all.append(text.visible(given, keep="\n\t"))
        return self._numbers[given]


def data(view: View, room: int) -> str:
    """Return everything that the page lets its reader choose from, as JSON for a script element.

    The single trials have what the rest leaves of `room` characters.
    """
    texts = _Texts()
    contexts = list(view.contexts)
    places = {context: place for place, context in enumerate(contexts)}
    for row in view.cells.values():  # contexts in which nothing was measured come after the others
        if row.context not in places:
            places[row.context] = len(contexts)
            contexts.append(row.context)
    pools = pooled(view)
    content: dict[str, object] = {
        "figures": FIGURES,
        "verdicts": _WORDS,
        "letters": VERDICTS,
        "marks": [phrases.modes_mark(one).strip() for one in _MODES],
        "pythons": [texts.number(one) for one in view.pythons],
        "transports": [
            [
                texts.number(one),
                texts.number(view.name("transport", one)),
                int(view.catalogue.bounds(one)),
            ]
            for one in view.transports
        ],
        "newest": texts.number(view.newest),
        "contexts": [
            [part if isinstance(part, int) else texts.number(part) for part in one]
            for one in contexts
        ],
        "labels": [texts.number(view.label(one)) for one in contexts],
        "opening": texts.number(view.opposed[1] or next(iter(view.transports), "")),
        "baselines": {key: texts.number(one) for key, one in view.baselines.items()},
        "legend": _LEGEND,
        "cells": [
            _cell(row, view, places, texts.number, texts.number(pools.get(key, "")))
            for key, row in view.cells.items()
        ],
        "blocks": _blocks(view, contexts),
        "answers": [*_answers(view, places, texts)],
        **_situations(view, contexts, texts),
        "failures": _failures(view, places, texts),
        "flags": dict(FLAGS),
        "names": texts.all,
    }
    left = room - len(_written(content))
    content["trials"] = singles.trials(view, texts.number, left)
    written = _written(content)
    for char in "<>&":  # which could end the script element, or begin a comment in it
        written = written.replace(char, f"\\u{ord(char):04x}")
    return written


def _written(content: Mapping[str, object]) -> str:
    return json.dumps(content, separators=(",", ":"))


def _short(number: float | None) -> float | None:
    """Return a figure with five significant digits, as short as JSON can write it."""
    if number is None or not math.isfinite(number):
        return None
    rounded = float(f"{number:.5g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _cell(
    row: CellSummary,
    view: View,
    places: dict[Context, int],
    number: Callable[[str], int],
    pools: int,
) -> list[Value]:
    values: list[Value] = [
        view.pythons.index(row.python),
        view.transports.index(row.transport),
        places[row.context],
        number(row.status),
        number(text.line(row.reason, 400)),
        number(row.mode),
        number(";".join(row.flags)),
        row.trials,
        row.ok,
        pools,
        # Nothing for a percentile for which the cell's trials are too short.
        *(
            _short(known(row, _SHARES[name]) if name in _SHARES else getattr(row, name))
            for name in FIGURES
        ),
    ]
    while values[-1] is None:
        values.pop()
    return values


def pooled(view: View) -> dict[Key, str]:
    """Return what else than one arm's trials are in a cell's rate, by Python, transport, context.

    Cells that were one arm of only one block are left out.
    """
    controls = {_key(pair, pair.a) for pair in view.controls}
    blocks: dict[Key, set[str]] = {}
    for pair in view.pairs:
        for arm in (pair.a, pair.b) if pair.clock == "end_to_end" else ():
            blocks.setdefault(_key(pair, arm), set()).add(pair.block)
    found = {}
    for key in controls | {key for key, own in blocks.items() if len(own) > 1}:
        count = len(blocks.get(key, ()))
        parts = ["with its control"] * (key in controls)
        parts += [f"in {figures.count(count, 'block')}"] * (count > 1)
        found[key] = ", ".join(parts)
    return found


def _key(pair: Comparison, arm: str) -> Key:
    machine, python, transport, *rest = pair.cell(arm)
    return str(python), str(transport), Context._make((machine, *rest))


def _blocks(view: View, contexts: Sequence[Context]) -> list[list[Value]]:
    """Return [axis, the other axis's place, context, arms' places, rounds, letters, figures]."""
    found: list[list[Value]] = []
    for context in contexts:
        place = contexts.index(context)
        for number, python in enumerate(view.pythons):
            pairs = view.transport_pairs(python, context)
            if pairs:
                found.append([0, number, place, *_block(pairs, view.transports)])
        for number, transport in enumerate(view.transports):
            pairs = view.python_pairs(transport, context)
            if pairs:
                found.append([1, number, place, *_block(pairs, view.pythons)])
    return found


def _answers(view: View, places: Mapping[Context, int], texts: _Texts) -> Iterator[list[Value]]:
    """Yield [Python, context, advice, figures, how sure, option, baseline] of each combination.

    The nearest to what the report shows first come first. Each machine has its own answers.
    """
    if view.findings.across:
        view = View(replace(view.findings, across=()))
    for python, context in answers.combinations(view):
        found = answers.answer_in(view, (python, context))
        if found is not None:
            pair = found.comparison
            yield [
                view.pythons.index(python),
                places[context],
                *(texts.number(one) for one in (found.advice, found.figures, found.sure)),
                view.transports.index(pair.a),
                view.transports.index(pair.b),
            ]


def _situations(
    view: View, contexts: Sequence[Context], texts: _Texts
) -> dict[str, dict[str, object]]:
    """Return each axis' values in words, in the order of `contexts`, and the steps between them."""
    values = {
        axis: list(dict.fromkeys(getattr(one, axis) for one in contexts))
        for axis in answers.WEIGHED[1:]
    }
    values["python"] = list(view.pythons)
    return {
        "worded": {
            axis: [texts.number(answers.worded(view, axis, one)) for one in found]
            for axis, found in values.items()
        },
        "steps": {axis: answers.table(view, axis, found) for axis, found in values.items()},
    }


def _block(pairs: Pairs, order: Sequence[str]) -> list[Value]:
    arms = [one for one in order if one in pairs.arms]
    every = [pairs.get(a, b) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    letters = "".join(_letter(pair) for pair in every)
    rounds = max((pair.rounds for pair in every if pair is not None), default=0)
    logs: list[Value] = [one for pair in every for one in _logs(pair)]
    return [[order.index(one) for one in arms], rounds, letters, logs]


def _letter(pair: Comparison | None) -> str:
    """Return a verdict's letter; upper case letters and punctuation are verdicts too, - is none."""
    if pair is None or pair.verdict not in _WORDS:
        return "-"
    mode = _MODES.index(pair.modes) if pair.modes in _MODES else 0
    return VERDICTS[mode * len(_WORDS) + _WORDS.index(pair.verdict)]


def _logs(pair: Comparison | None) -> tuple[int | None, int | None, int | None]:
    if pair is None or not pair.ratio:
        return (None, None, None)
    middle = _log(pair.ratio)
    if not pair.low or not pair.high:
        return (middle, None, None)
    return (middle, middle - _log(pair.low), _log(pair.high) - middle)


def _log(ratio: float) -> int:
    """Return a logarithm from which the page writes the ratio, and its inverse, as tables do."""
    nearest = round(1e4 * math.log(ratio))
    wanted = _written_both(ratio)
    if _written_both(math.exp(nearest / 1e4)) == wanted:
        return nearest
    near = (nearest + 1, nearest - 1)
    return next((one for one in near if _written_both(math.exp(one / 1e4)) == wanted), nearest)


def _written_both(ratio: float) -> tuple[str, str]:
    return figures.ratio(ratio), figures.ratio(1 / ratio)


def _failures(view: View, places: dict[Context, int], texts: _Texts) -> list[list[Value]]:
    found: list[list[Value]] = []
    for row in view.failures:
        if row.python not in view.pythons or row.transport not in view.transports:
            continue
        detail = text.cut(text.block(row.detail), _DETAIL)
        found.append(
            [
                view.pythons.index(row.python),
                view.transports.index(row.transport),
                places.get(row.context, -1),
                texts.number(row.status),
                row.count,
                texts.number(detail),
            ]
        )
    return found
