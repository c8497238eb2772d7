import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report import text


@pytest.mark.parametrize(
    ("given", "escaped"),
    [
        ("one_to_one", "one_to_one"),
        ("_private_", r"\_private\_"),
        ("a|b", r"a\|b"),
        ("<script>", "&lt;script&gt;"),
        ("a & b", "a &amp; b"),
        ("`code`", r"\`code\`"),
        ("two\nlines", "two ↵ lines"),
        ("Pipe is 1.28× [1.24–1.31] faster", "Pipe is 1.28× [1.24–1.31] faster"),
        ("[1](http://x)", r"\[1\](http\://x)"),
        ("[text](javascript:x)", r"\[text\](javascript:x)"),
        ("![image](x)", r"\!\[image\](x)"),
        ("@someone", "@<!-- -->someone"),
        ("# heading", r"\# heading"),
        ("1. item", r"1\. item"),
        ("3.13 is faster", "3.13 is faster"),
        ("- item", r"\- item"),
        ("back\\slash", r"back\\slash"),
        ("$x$", r"\$x\$"),
    ],
)
def test_markdown_shows_text_unchanged(given: str, escaped: str) -> None:
    assert text.markdown(given) == escaped


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("lone \udc80", r"lone \udc80"),
        ("\u2066\u2069", r"\u2066\u2069"),
        ("Grüße – 日本", "Grüße – 日本"),
    ],
)
def test_hidden_characters_are_written_out(given: str, shown: str) -> None:
    assert text.visible(given) == shown


@given(st.text())
def test_markdown_is_one_line_without_markup(given: str) -> None:
    escaped = text.markdown(given)
    assert len(escaped.splitlines()) <= 1
    assert "<script" not in escaped
    assert "\u202e" not in escaped
    bars = [place for place, char in enumerate(escaped) if char == "|"]
    assert all(escaped[place - 1] == "\\" for place in bars)
    escaped.encode("utf-8")


def test_a_long_text_says_how_much_of_it_is_left_out() -> None:
    assert text.line("x" * 200, 160) == "x" * 160 + "… (40 more characters)"


def test_a_cut_that_saves_less_than_its_note_is_worth_is_not_made() -> None:
    assert text.line("x" * 199, 160) == "x" * 199


def test_a_long_traceback_keeps_its_first_and_last_lines() -> None:
    shown = text.block("\n".join(f"line {number}" for number in range(1000))).splitlines()
    assert shown[0] == "line 0"
    assert shown[-1] == "line 999"
    assert "… (880 lines left out)" in shown


def test_a_line_of_ten_thousand_characters_is_cut() -> None:
    assert text.block("y" * 10_000) == "y" * 400 + "… (9,600 more characters)"


def test_a_fence_is_longer_than_any_within() -> None:
    assert text.fence("```` inside") == "`````"
    assert text.fence("plain") == "```"


def test_an_address_cannot_end_the_link_that_holds_it() -> None:
    assert text.address("https://x/a) [b](c") == "https://x/a%29%20%5Bb%5D%28c"
