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
    Column("machine", "category", "", "id of the machine, as in run.json"),
    Column("sitting", "whole", "", "number of the session, from 1"),
    Column("family", "category", "", "the axis on which the cells of the block differ"),
    Column("block", "category", "", "id of the block"),
    Column("round", "whole", "", "round of the block, from 1 in each session and phase"),
    Column("round_size", "whole", "", "number of trials in a complete round"),
    Column("trial", "whole", "", "position in the random order of the round, from 1"),
    Column("phase", "category", "", "calibration, warmup or measure; only measure is analysed"),
    Column("twin", "flag", "", "1 for the A/A control: the baseline's second entry"),
    Column("python", "category", "", "interpreter, as in the matrix"),
    Column("transport", "category", "", "how the messages travel"),
    Column("payload", "category", "", "what a message is"),
    Column("topology", "category", "", "who sends to whom"),
    Column("workers", "whole", "", "worker processes"),
    Column("start_method", "category", "", "start method, as in the matrix"),
    Column("placement", "category", "", "free, together or apart"),
    Column("messages_axis", "category", "", "auto, or the fixed number, as in the matrix"),
    Column("messages", "whole", "messages", "messages moved in the timed phase"),
    Column("status", "category", "", "how the trial ended; ok if all was well"),
    Column("seconds", "float", "s", "end-to-end time: first send to last receive"),
    Column("producer_seconds", "float", "s", "send time: first send until the last send returned"),
    Column("joined_seconds", "float", "s", "join time: first send until the reader was joined"),
    Column("cpu_seconds", "float", "s", "user and system CPU time of all processes taking part"),
    Column("cpu_user_seconds", "float", "s", "user part of cpu_seconds"),
    Column("cpu_system_seconds", "float", "s", "system part of cpu_seconds"),
    Column("voluntary_switches", "whole", "", "voluntary context switches, all processes"),
    Column("involuntary_switches", "whole", "", "involuntary context switches, all processes"),
    Column("peak_rss_kib", "whole", "KiB", "largest peak resident set of the processes"),
    Column("wall_seconds", "float", "s", "the whole trial: set-up, checks and tear-down included"),
    Column("latency_p50", "float", "s", "median round trip"),
    Column("latency_p90", "float", "s", "90th percentile of the round trips"),
    Column("latency_p99", "float", "s", "99th percentile of the round trips"),
    Column("latency_p999", "float", "s", "99.9th percentile of the round trips"),
    Column("latency_max", "float", "s", "longest round trip"),
    Column("per_worker", "text", "messages", "messages that each worker received, separated by ;"),
    Column("quarter_seconds", "text", "s", "until 1/4;2/4;3/4;4/4 had come; JIT only", added=True),
    Column("foreign_cpu", "float", "cores", "CPU used by others just before the round"),
    Column("foreign_cpu_during", "float", "cores", "CPU used by others over the round", added=True),
    Column("steal", "float", "share", "CPU ticks stolen during the round", added=True),
    Column("pressure", "float", "share", "PSI `cpu some` before the round", added=True),
    Column("pressure_idle", "float", "share", "PSI `cpu some` before the session", added=True),
    Column("throttled", "whole", "periods", "in which the CPU quota was used up", added=True),
    Column("slowed_for_heat", "whole", "", "times a core was slowed for heat", added=True),
    Column("swapped_in", "whole", "pages", "pages swapped in during the round", added=True),
    Column("started", "time", "UTC", "start of the round, RFC 3339"),
    Column("detail", "text", "", "traceback or reason, escaped"),
)

_TRIALS = {column.name: column for column in TRIALS}

CELLS = (
    *((_TRIALS.get(f"{axis}_axis") or _TRIALS[axis])._replace(name=axis) for axis in AXES),
    Column("status", "category", "", "status when the run was planned"),
    Column("reason", "text", "", "why the cell is not measured"),
)

PROBES = (
    Column("machine", "category", "", "id of the machine, as in run.json"),
    Column("python", "category", "", "interpreter, as in the matrix"),
    Column("probe", "category", "", "name of the probe: a yes/no question"),
    Column("answer", "category", "", "yes, no, hang, unsupported or error"),
    Column("detail", "text", "", "what was observed, escaped"),
    Column("figures", "json", "", "numbers that the probe reported, by name"),
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
