"""What one trial looks like as a line."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model import Arm, Block, Cell, Conditions, Record, Row, Status
from runner.runfolder import columns
from runner.runfolder.journal import encode, header

PIPE = Cell("3.11", "pipe")
BLOCK = Block("transport:3.11", "transport", (Arm(PIPE), Arm(PIPE, control=True)))
STARTED = "2025-01-02T03:04:05Z"
FULL = Record(
    Status.OK,
    messages=20000,
    seconds=0.1,
    send_seconds=0.05,
    join_seconds=0.2,
    cpu_user_seconds=0.25,
    cpu_system_seconds=0.5,
    voluntary_switches=7,
    involuntary_switches=8,
    peak_rss_kib=9000,
    peak_rss_sum_kib=17000,
    wall_seconds=0.3,
    per_worker=(12000, 8000),
    latency={"p50": 1e-05, "max": 0.5},
    quarter_seconds=(0.02, 0.04, 1e-05, 0.08),
    bound_to="0/1;1/2+3",
)
CONDITIONS = Conditions(0.5, 0.01, 0.25, None, 2, None, 7)
LINE = {
    "machine": "box",
    "session": "1",
    "compared_axis": "transport",
    "block": "transport:3.11",
    "round": "4",
    "round_size": "2",
    "trial": "1",
    "phase": "measure",
    "control": "1",
    "python": "3.11",
    "transport": "pipe",
    "payload": "int",
    "topology": "one_to_one",
    "workers": "1",
    "start_method": "default",
    "placement": "free",
    "messages_axis": "auto",
    "messages": "20000",
    "status": "ok",
    "seconds": "0.1",
    "send_seconds": "0.05",
    "join_seconds": "0.2",
    "cpu_seconds": "0.75",
    "cpu_user_seconds": "0.25",
    "cpu_system_seconds": "0.5",
    "voluntary_switches": "7",
    "involuntary_switches": "8",
    "peak_rss_kib": "9000",
    "peak_rss_sum_kib": "17000",
    "wall_seconds": "0.3",
    "latency_p50": "1e-05",
    "latency_p90": "",
    "latency_p99": "",
    "latency_p999": "",
    "latency_max": "0.5",
    "per_worker": "12000;8000",
    "quarter_seconds": "0.02;0.04;1e-05;0.08",
    "bound_to": "0/1;1/2+3",
    "foreign_cpu": "",
    "foreign_cpu_during": "0.5",
    "steal": "0.01",
    "pressure": "0.25",
    "pressure_idle": "",
    "throttled": "2",
    "slowed_for_heat": "",
    "swapped_in": "7",
    "started": STARTED,
    "detail": "",
}


def row(record: Record) -> Row:
    return Row(1, BLOCK, 4, 2, 1, "measure", Arm(PIPE, control=True), record, STARTED, None)


def fields(data: bytes) -> dict[str, str]:
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert b"\r" not in data
    (values,) = csv.reader([data.decode()], strict=True)
    return dict(zip(columns.names(columns.TRIALS), values, strict=True))


def test_header_names_every_column_in_order() -> None:
    assert header().decode().rstrip("\n").split(",") == columns.names(columns.TRIALS)


def test_a_full_record_lands_in_its_columns() -> None:
    measured = row(FULL)._replace(conditions=CONDITIONS)
    assert fields(encode([measured], "box")) == LINE


def test_what_was_not_measured_is_empty() -> None:
    found = fields(encode([row(Record(Status.TIMEOUT))], "box"))
    assert [name for name in ("seconds", "cpu_seconds", "peak_rss_kib") if found[name]] == []


def test_floats_keep_every_digit() -> None:
    found = fields(encode([row(Record(Status.OK, seconds=0.1 + 0.2))], "box"))
    assert found["seconds"] == "0.30000000000000004"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a\nb", "a\\nb"),
        ("a\r\nb", "a\\r\\nb"),
        ("C:\\new", "C:\\\\new"),
        ("\x1b[31m\0", "\\x1b[31m\\x00"),
        ("\u2028", "\\u2028"),
        ("\udc80", "\\\\udc80"),  # written out (privacy.tilde): a report could not hold it
        ('say "hi", ä', 'say "hi", ä'),
        ("=1+1", "\\x3d1+1"),
        (" @x", "\\x20@x"),
        ("\uff0bx", "\\uff0bx"),
        ("-- x", "\\x2d- x"),
        ("-1.5", "-1.5"),
    ],
)
def test_detail_is_escaped_onto_one_line(text: str, escaped: str) -> None:
    assert fields(encode([row(Record(Status.FAILED, text))], "box"))["detail"] == escaped


@given(
    st.text("=+-@ \\x3d\t1")
    # What is no UTF-8 (a lone surrogate) is written out before: see the test above.
    | st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=["Cs"]))
)
def test_any_detail_comes_back_as_it_was(detail: str) -> None:
    line = fields(encode([row(Record(Status.FAILED, detail))], "box"))["detail"]
    assert columns.unescape(line) == detail


def test_a_name_with_a_line_break_does_not_break_the_line() -> None:
    odd = row(Record(Status.OK))._replace(arm=Arm(Cell("3.11\nx", "pipe")))
    assert fields(encode([odd], "box"))["python"] == "3.11 x"
