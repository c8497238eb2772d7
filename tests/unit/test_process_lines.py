"""Lines of ours are found in a stream into which others print, in bounded memory."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.process import FloodError, MarkedLines, fresh_mark
from runner.process.asking import LONGEST_LINE, MOST_SKIPPED

MARK = "0123456789abcdef:"
OTHERS = [
    b"hello from sitecustomize",
    b"\xef\xbb\xbfBanner",
    b"50 %\r100 %\r",
    b"\xff\xfe\x00",
    b'{"ready": true, "protocol": 1, "pid": 1}',
    MARK.encode() + b"\n",  # whole: what follows it on its line would be a line of ours
    b"python -B -s harness agent " + MARK.encode() + b"{",
    b"",
]


def ours(number: int) -> bytes:
    return json.dumps({"answer": number}).encode()


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.one_of(st.integers(0, 9), st.sampled_from(OTHERS)), max_size=12), st.data())
def test_our_lines_are_found_whatever_is_between_and_however_they_are_cut(
    said: list[int | bytes], data: st.DataObject
) -> None:
    stream = b"".join(
        b"\n" + MARK.encode() + ours(one) + b"\n" if isinstance(one, int) else one for one in said
    )
    lines = MarkedLines(MARK)
    heard: list[bytes] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        heard += lines.feed(stream[:size])
        stream = stream[size:]
    assert heard == [ours(one) for one in said if isinstance(one, int)]


def test_our_line_without_an_end_is_given_up() -> None:
    lines = MarkedLines(MARK)
    with pytest.raises(FloodError, match="longer than"):  # noqa: PT012
        for _ in range(LONGEST_LINE // 2**20 + 1):
            lines.feed(MARK.encode() + b"{" + b"x" * 2**20)


@pytest.mark.parametrize("piece", [b"y\n" * 2**19, b"y" * 2**20])
def test_who_never_stops_printing_is_given_up_and_not_kept(piece: bytes) -> None:
    lines = MarkedLines(MARK)
    with pytest.raises(FloodError, match=r"and no answer among them: '.*y'"):  # noqa: PT012
        for _ in range(MOST_SKIPPED // 2**20 + 1):
            lines.feed(piece)
            assert len(lines._rest) <= 160


def test_what_others_print_between_our_lines_adds_up_to_nothing() -> None:
    lines = MarkedLines(MARK)
    for _ in range(MOST_SKIPPED // 2**20 + 2):
        told = lines.feed(b"y" * 2**20 + b"\n" + MARK.encode() + b"{}\n")
        assert told == [b"{}"]


def test_the_last_that_others_printed_is_reported() -> None:
    lines = MarkedLines(MARK)
    assert lines.others == ""
    lines.feed(b"one\ntwo\x1b[31m\n\n")
    assert lines.others == r"'two\x1b[31m'"
    lines.feed(b"three")
    assert lines.others == "'three'"


def test_marks_are_of_one_length_and_never_the_same() -> None:
    marks = {fresh_mark() for _ in range(50)}
    assert len(marks) == 50
    assert {len(one) for one in marks} == {17}
