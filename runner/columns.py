"""The columns of trials/*.csv and cells.csv: name, unit and dtype. No other file spells them."""

import re
from typing import NamedTuple

from runner.model import AXES


class Column(NamedTuple):
    """One column: `kind` is text, category, whole, float, flag, time or json.

    `unit` is empty for names. A column that was `added` to the format is lacking in older files:
    there it is unknown.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    added: bool = False


TRIALS = (
    Column("machine", "category", "", "the machine's id, as in run.json"),
    Column("sitting", "whole", "", "uninterrupted stretch of measuring, from 1"),
    Column("family", "category", "", "the axis in which the block's cells differ"),
    Column("block", "category", "", "the block's id"),
    Column("round", "whole", "", "round of the block, from 1 in each sitting and phase"),
    Column("round_size", "whole", "", "trials of a complete round"),
    Column("trial", "whole", "", "place in the round's random order, from 1"),
    Column("phase", "category", "", "calibration, warmup or measure; only measure is analysed"),
    Column("twin", "flag", "", "1 for the reference's second entry (A/A)"),
    Column("python", "category", "", "interpreter, as in the matrix"),
    Column("transport", "category", "", "how the messages travel"),
    Column("payload", "category", "", "what a message is"),
    Column("topology", "category", "", "who sends to whom"),
    Column("workers", "whole", "", "worker processes"),
    Column("start_method", "category", "", "start method, as in the matrix"),
    Column("placement", "category", "", "free, together or apart"),
    Column("messages_axis", "category", "", "auto, or the fixed number, as in the matrix"),
    Column("messages", "whole", "messages", "messages moved in the timed stretch"),
    Column("status", "category", "", "what became of the trial"),
    Column("seconds", "float", "s", "fair clock: first send to last receive"),
    Column("producer_seconds", "float", "s", "until the last send returned"),
    Column("joined_seconds", "float", "s", "until the reader was joined"),
    Column("cpu_seconds", "float", "s", "user and system CPU of all processes taking part"),
    Column("cpu_user_seconds", "float", "s", "user part of cpu_seconds"),
    Column("cpu_system_seconds", "float", "s", "system part of cpu_seconds"),
    Column("voluntary_switches", "whole", "", "voluntary context switches, all processes"),
    Column("involuntary_switches", "whole", "", "involuntary context switches, all processes"),
    Column("peak_rss_kib", "whole", "KiB", "largest peak resident set of the processes"),
    Column("wall_seconds", "float", "s", "the whole trial with set-up, checks and tear-down"),
    Column("latency_p50", "float", "s", "median round trip"),
    Column("latency_p90", "float", "s", "90th percentile of the round trips"),
    Column("latency_p99", "float", "s", "99th percentile of the round trips"),
    Column("latency_p999", "float", "s", "99.9th percentile of the round trips"),
    Column("latency_max", "float", "s", "longest round trip"),
    Column("per_worker", "text", "messages", "messages of each worker, separated by ;"),
    Column("quarter_seconds", "text", "s", "until 1/4 … 4/4 had come, under a JIT", added=True),
    Column("foreign_cpu", "float", "cores", "CPU used by others just before the round"),
    Column("foreign_cpu_during", "float", "cores", "CPU used by others over the round", added=True),
    Column("steal", "float", "share", "of all CPU ticks, stolen over the round", added=True),
    Column("pressure", "float", "share", "PSI cpu some in pauses before the round", added=True),
    Column("pressure_idle", "float", "share", "PSI cpu some before the sitting", added=True),
    Column("throttled", "whole", "periods", "the quota of CPU was used up in", added=True),
    Column("slowed_for_heat", "whole", "", "times that a core was, over the round", added=True),
    Column("swapped_in", "whole", "pages", "swapped in over the round", added=True),
    Column("started", "time", "UTC", "start of the round, RFC 3339"),
    Column("detail", "text", "", "traceback or reason; newlines as \\n, backslashes as \\\\"),
)

CELLS = (
    *(Column(axis, "whole" if axis == "workers" else "category", "", "") for axis in AXES),
    Column("status", "category", "", "status when the run was planned"),
    Column("reason", "text", "", "why the cell is not measured"),
)

PROBES = (
    Column("machine", "category", "", "the machine's id, as in run.json"),
    Column("python", "category", "", "interpreter, as in the matrix"),
    Column("probe", "category", "", "the question"),
    Column("answer", "category", "", "yes, no, hang, unsupported or error"),
    Column("detail", "text", "", "what was seen, escaped"),
    Column("figures", "json", "", "the numbers that it told, by name"),
)


def names(columns: tuple[Column, ...]) -> list[str]:
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
    return harmless(_UNSAFE.sub(_character, text))


def harmless(text: str) -> str:
    r"""Return `text`, its first character as `escape` writes it where it would begin a formula.

    A number keeps its sign. `unescape` gives the original back of what `escape` gave; where a text
    is not escaped otherwise (tables of a report), the JSON beside it holds the original.
    """
    text = text.replace("\r", "\\r")  # a writer of CSV may leave it bare, and a reader begin a row
    if not _FORMULA.match(text) or _is_number(text):
        return text
    return (_SHORT.get(text[0]) or _numbered(text[0])) + text[1:]


def unescape(text: str) -> str:
    """Return the text that `escape` was given."""
    return _ESCAPED.sub(_original, text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text[0] not in "\t\n"


def _character(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or _numbered(match[0])


def _numbered(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _original(match: re.Match[str]) -> str:
    number = match[1] or match[2]
    return chr(int(number[1:], 16)) if number else _LONG.get(match[3], match[3])
