"""A trial as one physical line of trials/*.csv."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from runner.model import Record, Row
from runner.process import anonymous
from runner.runfolder import columns

Value = str | int | float | None

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def encode(rows: Sequence[Row], machine: str) -> bytes:
    """Return the lines of `rows`, each ended by LF, in the order of columns.TRIALS."""
    return encode_lines(values(row, machine) for row in rows)


def header() -> bytes:
    """Return the first line of trials/*.csv."""
    return encode_lines([columns.names(columns.TRIALS)])


def encode_lines(lines: Iterable[Sequence[Value]]) -> bytes:
    """Return `lines` as CSV in UTF-8: floats by repr, None as an empty field, no line broken."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_one_line(value) for value in line] for line in lines)
    return text.getvalue().encode()


def _one_line(value: Value) -> Value:
    # Names come from a checked matrix; should one hold a control character all the same, it must
    # not break the line that tells a complete round from a torn one.
    return columns.harmless(_CONTROL.sub(" ", value)) if isinstance(value, str) else value


def values(row: Row, machine: str) -> list[Value]:
    """Return the values of `row` in the order of columns.TRIALS."""
    return [
        machine,
        row.sitting,
        row.block.family,
        row.block.id,
        row.round,
        row.round_size,
        row.trial,
        row.phase,
        int(row.arm.twin),
        *row.arm.cell,
        row.record.messages,
        row.record.status.value,
        *_figures(row.record),
        row.foreign_cpu,
        *row.conditions,
        row.started,
        columns.escape(anonymous(row.record.detail)),
    ]


def _figures(record: Record) -> list[Value]:
    return [
        record.seconds,
        record.producer_seconds,
        record.joined_seconds,
        record.cpu_seconds,
        record.cpu_user_seconds,
        record.cpu_system_seconds,
        record.voluntary_switches,
        record.involuntary_switches,
        record.peak_rss_kib,
        record.wall_seconds,
        *(record.latency.get(name) for name in ("p50", "p90", "p99", "p999", "max")),
        ";".join(map(str, record.per_worker)),
        ";".join(map(repr, record.quarter_seconds)),
    ]
