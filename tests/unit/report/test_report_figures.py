import math

import pytest

from runner.report import figures
from runner.results import Span


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1.2849, "1.28"),
        (0.8, "0.80"),
        (0.0956, "0.096"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (1234.5, "1,234"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_ratios(number: float | None, said: str) -> None:
    assert figures.ratio(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(362_123.0, "362 k"), (1_240_000.0, "1.24 M"), (999_900.0, "1.00 M"), (85.84, "85.8")],
)
def test_rates(number: float, said: str) -> None:
    assert figures.scaled(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(36.2e-6, "36.2 µs"), (0.001, "1.00 ms"), (2.5, "2.50 s"), (4e-10, "0.400 ns"), (0, "0 s")],
)
def test_durations(number: float, said: str) -> None:
    assert figures.seconds(number) == said


def test_a_ratio_with_its_interval() -> None:
    assert figures.times(Span(1.284, 1.2449, 1.309)) == "1.28× [1.24–1.31]"


def test_an_interval_that_cannot_be_had_is_said() -> None:
    assert figures.times(Span(1.284, None, None)) == "1.28× [too few rounds]"
    assert figures.times(Span(1.284, 0.0, None)) == "1.28× [too few rounds]"


def test_the_reciprocal_exchanges_the_ends() -> None:
    assert Span(2.0, 1.25, 4.0).flipped() == Span(0.5, 0.25, 0.8)


def test_sizes() -> None:
    assert figures.size(3_840_000) == "3.66 MiB"
    assert figures.size(100) == "100 B"


@pytest.mark.parametrize(
    ("share", "decimals", "said"),
    [
        (0.0, 0, "0 %"),
        (0.002, 0, "<1 %"),
        (0.005, 0, "1 %"),
        (0.125, 0, "13 %"),
        (0.0004, 1, "<0.1 %"),
        (0.689, 1, "68.9 %"),
        (1.0, 0, "100 %"),
        (None, 0, "–"),
    ],
)
def test_shares(share: float | None, decimals: int, said: str) -> None:
    assert figures.percent(share, decimals) == said
