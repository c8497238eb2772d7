"""The columns of a run folder's CSV files: name, unit, meaning, and allowed values.

No other file spells the header of trials/*.csv, cells.csv and probes.csv.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from runner.model import AXES, Status

MOST = 10**18
"""The largest whole number of a field."""
LARGEST = 1e15
"""The largest other number: far beyond any measurement, and sums stay finite."""
SHORTEST = 1e-9
"""The shortest time of an ok trial, in seconds: no clock in use measures less."""
SHOWN = 40
"""Characters of a field that a message shows."""

# A name begins with a letter or a digit: what begins with = + - or @ is a formula where a table
# is opened in a spreadsheet.
_NAME = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_.:()~-]*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,18}")
# From 1970, where a machine has no clock of its own: nanoseconds since then fit into 64 bits.
_TIME = re.compile(
    r"(?:19[789]|2[01][0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z"
)
_FIGURE = r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"


class FieldRule(NamedTuple):
    """The form that a text must have, and its name in messages."""

    accepts: Callable[[str], object]
    asks: str


def _is_time(text: str) -> bool:
    with suppress(ValueError):  # a 30th of February
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text))
    return False


def _is_figures(text: str) -> bool:
    with suppress(ValueError, OverflowError, RecursionError):
        figures = json.loads(text)
        return isinstance(figures, dict) and all(
            type(one) in (int, float) and math.isfinite(one) for one in figures.values()
        )
    return False


def _one_of(values: Iterable[str]) -> FieldRule:
    known = frozenset(values)
    return FieldRule(known.__contains__, f"one of {', '.join(sorted(known))}")


_BY_KIND = {
    "category": FieldRule(_NAME.fullmatch, "a name of letters, digits and _ . : ( ) ~ -"),
    "text": FieldRule(lambda text: not _CONTROL.search(text), "text without control characters"),
    "time": FieldRule(_is_time, "a time in UTC, as 2026-01-31T12:00:00Z"),
    "json": FieldRule(_is_figures, "a mapping of names to numbers"),
}
# A block that is measured in parts has the part's number behind a slash.
_BLOCK = FieldRule(re.compile(rf"{_NAME.pattern}(?:/[0-9]+)?").fullmatch, _BY_KIND["category"].asks)
_WORKERS = FieldRule(
    re.compile(r"(?:[0-9]+(?:;[0-9]+)*)?").fullmatch, "whole numbers separated by ;"
)
_BOUND = FieldRule(
    re.compile(r"(?:[0-9]+(?:[+;/][0-9]+)*)?").fullmatch, "numbers of cores separated by + ; /"
)
_QUARTERS = FieldRule(
    re.compile(rf"(?:{_FIGURE}(?:;{_FIGURE}){{3}})?").fullmatch, "four numbers separated by ;"
)
_STATUS = _one_of(status.value for status in Status)
_ENDED = _one_of(
    status.value for status in Status if status not in (Status.PLANNED, Status.EXCLUDED)
)


class CsvColumn(NamedTuple):
    """One column: `kind` is text, category, whole, float, flag, time or json.

    `unit` is empty for names. A column that was `added` to the format is lacking in older files:
    there it is unknown. `least` is that of a whole number. One that is `optional` may be lacking,
    and is a float in frames for that reason. A `signed` number is a difference of two counters,
    which may come out a little below nothing. `rule` replaces the kind's.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    added: bool = False
    least: int = 1
    optional: bool = False
    signed: bool = False
    rule: FieldRule | None = None

    @property
    def lowest(self) -> int:
        """Return the smallest whole number that the column may hold."""
        return 0 if self.optional else self.least

    @property
    def most(self) -> int:
        """Return the largest whole number that the column may hold."""
        return 1 if self.kind == "flag" else MOST

    def accepts(self, text: str) -> bool:
        """Return whether the text is a value of the column."""
        if rule := self.rule or _BY_KIND.get(self.kind):
            return bool(rule.accepts(text))
        if not text:
            return self.kind == "float" or self.optional
        if self.kind == "float":
            if not _NUMBER.fullmatch(text):
                return False
            value = float(text)
            return abs(value) <= LARGEST and (value >= 0 or self.signed)
        return bool(_WHOLE.fullmatch(text)) and self.lowest <= int(text) <= self.most

    def refusal(self, text: str) -> str:
        """Return the message about a text that is not a value of the column."""
        if rule := self.rule or _BY_KIND.get(self.kind):
            asks = rule.asks
        elif self.kind == "float":
            asks = f"a number from {-LARGEST if self.signed else 0:g} to {LARGEST:g}"
        else:
            asks = "0 or 1" if self.kind == "flag" else f"a whole number from {self.lowest}"
        return f"{self.name}: {shown(text)} is not {asks}"


def shown(text: str) -> str:
    """Return a text of a file for a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


PHASES = ("calibration", "warmup", "measure")
"""In the order in which a block goes through them in a session."""

TRIALS = (
    CsvColumn("machine", "category", "", "id of the machine, as in run.json"),
    CsvColumn("session", "whole", "", "number of the session, from 1"),
    CsvColumn(
        "compared_axis",
        "category",
        "",
        "the axis on which the cells of the block differ",
        rule=_one_of(AXES),
    ),
    CsvColumn("block", "category", "", "id of the block", rule=_BLOCK),
    CsvColumn("round", "whole", "", "round of the block, from 1 in each session and phase"),
    CsvColumn("round_size", "whole", "", "number of trials in a complete round"),
    CsvColumn("trial", "whole", "", "position in the random order of the round, from 1"),
    CsvColumn(
        "phase",
        "category",
        "",
        "calibration, warmup or measure; only measure is analysed",
        rule=_one_of(PHASES),
    ),
    CsvColumn("control", "flag", "", "1 for the A/A control: the baseline's second entry", least=0),
    CsvColumn("python", "category", "", "interpreter, as in the matrix"),
    CsvColumn("transport", "category", "", "how the messages travel"),
    CsvColumn("payload", "category", "", "the messages' content"),
    CsvColumn("topology", "category", "", "who sends to whom"),
    CsvColumn("workers", "whole", "", "worker processes"),
    CsvColumn("start_method", "category", "", "start method, as in the matrix"),
    CsvColumn("placement", "category", "", "free, together or apart"),
    CsvColumn("messages_axis", "category", "", "auto, or the fixed number, as in the matrix"),
    CsvColumn("messages", "whole", "messages", "messages moved in the timed phase", least=0),
    CsvColumn("status", "category", "", "how the trial ended; ok if all was well", rule=_ENDED),
    CsvColumn("seconds", "float", "s", "end-to-end time: first send to last receive"),
    CsvColumn("send_seconds", "float", "s", "send time: first send until the last send returned"),
    CsvColumn("join_seconds", "float", "s", "join time: first send until the reader was joined"),
    CsvColumn("cpu_seconds", "float", "s", "user and system CPU time of all processes taking part"),
    CsvColumn("cpu_user_seconds", "float", "s", "user part of cpu_seconds"),
    CsvColumn("cpu_system_seconds", "float", "s", "system part of cpu_seconds"),
    CsvColumn(
        "voluntary_switches",
        "whole",
        "",
        "voluntary context switches, all processes",
        optional=True,
    ),
    CsvColumn(
        "involuntary_switches",
        "whole",
        "",
        "involuntary context switches, all processes",
        optional=True,
    ),
    CsvColumn(
        "peak_rss_kib", "whole", "KiB", "largest peak resident set of the processes", optional=True
    ),
    CsvColumn(
        "peak_rss_sum_kib",
        "whole",
        "KiB",
        "sum of the peaks of all processes",
        added=True,
        optional=True,
    ),
    CsvColumn(
        "wall_seconds", "float", "s", "the whole trial: set-up, checks and tear-down included"
    ),
    CsvColumn("latency_p50", "float", "s", "median round trip"),
    CsvColumn("latency_p90", "float", "s", "90th percentile of the round trips"),
    CsvColumn("latency_p99", "float", "s", "99th percentile of the round trips"),
    CsvColumn("latency_p999", "float", "s", "99.9th percentile of the round trips"),
    CsvColumn("latency_max", "float", "s", "longest round trip"),
    CsvColumn(
        "per_worker",
        "text",
        "messages",
        "messages that each worker received, separated by ;",
        rule=_WORKERS,
    ),
    CsvColumn(
        "quarter_seconds",
        "text",
        "s",
        "until 1/4;2/4;3/4;4/4 had come; JIT only",
        added=True,
        rule=_QUARTERS,
    ),
    CsvColumn(
        "bound_to",
        "text",
        "",
        "cores of producers/workers/helpers, as 0;1/2/3",
        added=True,
        rule=_BOUND,
    ),
    CsvColumn(
        "foreign_cpu", "float", "cores", "CPU used by others just before the round", signed=True
    ),
    CsvColumn(
        "foreign_cpu_during", "float", "cores", "CPU used by others over the round", added=True
    ),
    CsvColumn("steal", "float", "share", "CPU ticks stolen during the round", added=True),
    CsvColumn("pressure", "float", "share", "PSI `cpu some` before the round", added=True),
    CsvColumn("pressure_idle", "float", "share", "PSI `cpu some` before the session", added=True),
    CsvColumn(
        "throttled",
        "whole",
        "periods",
        "in which the CPU quota was used up",
        added=True,
        optional=True,
    ),
    CsvColumn(
        "slowed_for_heat",
        "whole",
        "",
        "times a core was slowed for heat",
        added=True,
        optional=True,
    ),
    CsvColumn(
        "swapped_in",
        "whole",
        "pages",
        "pages swapped in during the round",
        added=True,
        optional=True,
    ),
    CsvColumn("started", "time", "UTC", "start of the round, RFC 3339"),
    CsvColumn("detail", "text", "", "traceback or reason, escaped"),
)


def column_of(axis: str) -> str:
    """Return the column of trials that holds an axis: their `messages` are those that moved."""
    return "messages_axis" if axis == "messages" else axis


_TRIALS = {column.name: column for column in TRIALS}

CELLS = (
    *(_TRIALS[column_of(axis)]._replace(name=axis) for axis in AXES),
    CsvColumn("status", "category", "", "status when the run was planned", rule=_STATUS),
    CsvColumn("reason", "text", "", "why the cell is not measured"),
)

PROBES = (
    CsvColumn("machine", "category", "", "id of the machine, as in run.json"),
    CsvColumn("python", "category", "", "interpreter, as in the matrix"),
    CsvColumn("probe", "category", "", "name of the probe: a yes/no question"),
    CsvColumn(
        "answer",
        "category",
        "",
        "yes, no, hang, unsupported or error",
        rule=_one_of(("yes", "no", "hang", "unsupported", "error")),
    ),
    CsvColumn("detail", "text", "", "reason or traceback, escaped"),
    CsvColumn("figures", "json", "", "numbers that the probe reported, by name"),
)


def names(columns: tuple[CsvColumn, ...]) -> list[str]:
    """Return the header line's names in order."""
    return [column.name for column in columns]


_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\\\]")
_FORMULA = re.compile("[\\s\0]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\n]")
"""How a text begins that a spreadsheet takes for a formula; the wide characters count as well."""
_ESCAPED = re.compile(r"\\(?:(x[0-9a-f]{2})|(u[0-9a-f]{4})|(.))")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_LONG = {"n": "\n", "r": "\r", "t": "\t"}


def escape(text: str) -> str:
    r"""Return `text` on one line, without control characters: \n, \r, \t, \\, \x1b, \u2028 …

    A text that would begin a formula begins with \x3d (=), \x2b (+), \x2d (-) or \x40 (@).
    """
    return harmless(_UNSAFE.sub(lambda found: _escaped(found[0]), text))


def harmless(text: str) -> str:
    r"""Return `text`, its first character as `escape` writes it where it would begin a formula.

    A number keeps its sign. `unescape` gives the original back of what `escape` gave; where a text
    is not escaped otherwise (tables of a report), the JSON file next to it holds the original.
    """
    text = text.replace("\r", "\\r")  # a writer of CSV may leave it bare, and a reader begin a row
    if not _FORMULA.match(text) or _is_number(text):
        return text
    return _escaped(text[0]) + text[1:]


def unescape(text: str) -> str:
    """Return the text that `escape` was given."""

    def original(match: re.Match[str]) -> str:
        number = match[1] or match[2]
        return chr(int(number[1:], 16)) if number else _LONG.get(match[3], match[3])

    return _ESCAPED.sub(original, text)


def _escaped(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text[0] not in "\t\n"
