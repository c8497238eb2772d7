"""The verb `ask`: words for a situation → the answer that a run has for it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from runner import output
from runner.errors import BadInputError
from runner.matrix.names import MOST_WORKERS, PARAMETRIC, VERSION, looks_like_file, nearest
from runner.matrix.quantities import BYTES, shown
from runner.model import AXES, FREE, FRESH, NEWEST, OLDEST, oldest_and_newest, python_name
from runner.pipeline import choosing
from runner.pipeline.report import findings_of
from runner.report import answers
from runner.report.view import View
from runner.results import Answer, Asked, Findings

ROUND_TRIPS = ("round trip", "round trips", "request reply", "ask and wait", "latency")
"""Words for the topology in which a run timed round trips."""
PLACEMENTS = (FREE, answers.BOUND, "apart", "together")
START_METHODS = ("fork", "spawn", "forkserver")
FILLERS = {"a", "and", "at", "for", "in", "message", "messages", "of", "on", "or", "to", "with"}
"""Words that people write between the others."""
LONGEST = 6
"""Words of a name: `pickle 5 buffers over a pipe`."""
_UNITS = {unit.lower(): octets for unit, octets in BYTES.items()}
_SIZE = re.compile(rf"(\d{{1,12}}(?:\.\d{{1,6}})?) ?({'|'.join(_UNITS)})")
_BYTES = re.compile(r"(\d{1,12}) bytes?")
_WORKERS = re.compile(r"(\d{1,4}) ?(?:workers?|w|processes|consumers)|workers?[ =](\d{1,4})")
_AXIS = re.compile(rf"(?:{'|'.join(AXES)})=(.+)")


def ask(*, words: Sequence[str], run: str | None, as_json: bool) -> int:
    """Print the answer of a run for a situation."""
    folder = choosing.chosen(run)
    view = View(findings_of([folder]))
    found = answer_in(view, words, str(folder))
    if as_json:
        output.data(json.dumps(_as_json(found, folder), ensure_ascii=False))
        return 0
    for line in lines(view, found):
        output.line(line)
    output.line(f"run: {folder}")
    return 0


def answer_to(found: Findings, words: Sequence[str]) -> Answer:
    """Return the answer of findings for a situation; see `answer_in`."""
    return answer_in(View(found), words, "this run")


def answer_in(view: View, words: Sequence[str], run: str) -> Answer:
    """Return the answer for a situation in words.

    BadInputError for a word that is not understood, and where nothing was compared that could
    answer.
    """
    asked = understood(view, words)
    found = answers.answer(view, asked)
    if found is None:
        among = " or ".join(view.name("transport", one) for one in asked.transports)
        what = (
            f"{among} were never compared with others" if among else "no transports were compared"
        )
        message = f"{run}: {what}, so that it has no answer: name others, or another run (--run)"
        raise BadInputError(message)
    return found


def lines(view: View, found: Answer) -> Iterator[str]:
    """Yield the answer in words: what was not measured, what to use, and how sure that is."""
    if not found.measured:
        yield f"Not measured: {answers.situation(view, found.asked)}."
        yield f"The nearest that was measured is as asked, but with {_and(found.differs)}:"
    yield f"{answers.place(view, found.comparison)}: {found.advice}"
    yield f"  {found.figures}"
    yield f"  how sure: {found.sure}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _as_json(found: Answer, folder: Path) -> dict[str, object]:
    pair = found.comparison
    known = pair.span.bounded
    return {
        "version": 1,
        "run": str(folder),
        "asked": {name: value for name, value in asdict(found.asked).items() if value},
        "measured": found.measured,
        "differs": list(found.differs),
        "combination": {"python": pair.python, **pair.context._asdict()},
        "use": found.use,
        "option": pair.a,
        "baseline": pair.b,
        "ratio": pair.ratio,
        "low": pair.low if known else None,
        "high": pair.high if known else None,
        "verdict": pair.verdict,
        "equal_within": pair.equal_within,
        "rounds": pair.rounds,
        "sessions": pair.sessions,
        "advice": found.advice,
        "figures": found.figures,
        "sure": found.sure,
        "options": [
            {
                "transport": one.a,
                "ratio": one.ratio,
                "low": one.low if one.span.bounded else None,
                "high": one.high if one.span.bounded else None,
                "verdict": one.verdict,
            }
            for one in found.options
        ],
    }


def understood(view: View, words: Sequence[str]) -> Asked:
    """Return the situation that the words name, in any order.

    BadInputError lists every word that is not understood, a second value of an axis, and
    transports that the run cannot choose from.
    """
    names = known_names(view)
    parts = [one for word in words for one in re.split(r"[\s,]+", word) if one]
    split = [_in_reports(view, names, one) for one in parts]
    found = Asked()
    mistakes: list[str] = []
    while split:
        for count in range(min(LONGEST, len(split)), 0, -1):
            meant = _meaning(names, " ".join(split[:count]))
            if meant is not None:
                found = _with(found, *meant, mistakes)
                break
        else:
            count = 1
            if split[0].lower() not in FILLERS:
                mistakes.append(_unknown(view, split[0]))
        del split[:count]
    if found.octets and ":" in found.payload:
        mistakes.append(f"{found.payload} has a size of its own: leave the other out")
    for one in found.transports:
        if one not in view.transports:
            mistakes.append(f"{one}: not measured in this run; {nearest(one, view.transports)}")
        elif view.catalogue.bounds(one):
            mistakes.append(f"{one}: is only an upper bound, not an answer: leave it out")
    if mistakes:
        raise BadInputError(*mistakes)
    return replace(found, payload="bytes") if found.octets and not found.payload else found


def _in_reports(view: View, names: Mapping[str, tuple[str, str]], word: str) -> str:
    """Return what reports call `./messages.py:order` or, of a plug-in, `./my_ring.py:ring`."""
    if not looks_like_file(word):
        return word
    fresh = FRESH if word.startswith(FRESH) else ""
    payload = word.removeprefix(FRESH).rpartition("/")[2]
    file, _, name = payload.partition(":")
    files = [one for run in view.findings.runs for one in cast("list[Any]", run.get("files", []))]
    is_own = any(one["path"].rpartition("/")[2] == file for one in files)
    spellings = (fresh + payload, name if is_own else "")
    found = (
        one for one in spellings if {_plain(one), _plain(one.partition(":")[0])} & names.keys()
    )
    return next(found, word)


def known_names(view: View) -> Mapping[str, tuple[str, str]]:
    """Return axis and value by each spelling in lower case: names and labels."""
    found: dict[str, tuple[str, str]] = {}
    for axis in ("topology", "transport", "payload"):
        for value in (*_measured(view, axis), *view.catalogue.entries.get(axis, ())):
            for spelling in (value, view.name(axis, value)):
                found.setdefault(_plain(spelling), (axis, value))
    if view.asking:
        for spelling in ROUND_TRIPS:
            found.setdefault(spelling, ("topology", view.asking))
    for axis, usual in (("placement", PLACEMENTS), ("start_method", START_METHODS)):
        for value in (*_measured(view, axis), *usual):
            found.setdefault(_plain(value), (axis, value))
    for standing, python in oldest_and_newest(view.pythons).items():
        for spelling in (standing, f"python {standing}"):
            found.setdefault(spelling, ("python", python))
    return found


def _measured(view: View, axis: str) -> tuple[str, ...]:
    if axis == "transport":
        return view.transports
    return tuple(dict.fromkeys(str(getattr(one, axis)) for one in view.contexts))


def _plain(spelling: str) -> str:
    return re.sub(r"[\s_-]+", " ", spelling).strip().lower()


def _meaning(names: Mapping[str, tuple[str, str]], part: str) -> tuple[str, str | int] | None:
    """Return what words say together: a field of Asked and its value; None for nothing."""
    part = part.lower()
    if found := _SIZE.fullmatch(part):
        return "octets", round(float(found[1]) * _UNITS[found[2]])
    if found := _BYTES.fullmatch(part):
        return "octets", int(found[1])
    if found := _WORKERS.fullmatch(part):
        return "workers", int(found[1] or found[2])
    if named := _AXIS.fullmatch(part):
        part = named[1]
    if known := names.get(_plain(part)):
        return known
    name, colon, parameter = part.partition(":")
    if colon and re.fullmatch(PARAMETRIC, part) and (known := names.get(_plain(name))):
        return known[0], f"{known[1]}:{parameter}"
    version = re.sub(r"^c?python[ =]?", "", part)
    return ("python", python_name(version)) if re.fullmatch(VERSION, version) else None


def _with(asked: Asked, name: str, value: str | int, mistakes: list[str]) -> Asked:
    """Return the situation with one more value; a second one of an axis is a mistake."""
    if name == "transport":
        return replace(asked, transports=(*asked.transports, str(value)))
    before = getattr(asked, name)
    if before and before != value:
        what = "size" if name == "octets" else name
        mistakes.append(f"{before} and {value}: two values for {what}: name one")
    elif name == "workers" and not 1 <= int(value) <= MOST_WORKERS:
        mistakes.append(f"{value} workers: a number from 1 to {MOST_WORKERS:,} can be asked for")
    elif name == "octets" and not value:
        mistakes.append("a message of 0 B: name a size from 1 B on")
    return replace(asked, **{name: value})  # type: ignore[arg-type]


def _unknown(view: View, word: str) -> str:
    if re.fullmatch(r"\d{1,18}", word):
        return f"{word}: of what? write `{word} workers`, `{word} kB`; a Python is as in 3.13"
    there = [one for axis in ("transport", "payload", "topology") for one in _measured(view, axis)]
    known = (*there, *PLACEMENTS, OLDEST, NEWEST)
    return f"{shown(word)} is not understood; {nearest(word.lower(), known)}"
