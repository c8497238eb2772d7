"""Numbers as text: the only place where the report rounds."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from runner.results import Span

NOTHING = "–"
_PREFIXES = ((1e9, " G"), (1e6, " M"), (1e3, " k"))
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def significant(number: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in scientific notation."""
    if number == 0:
        return "0"
    power = int(f"{number:.{digits - 1}e}".partition("e")[2])  # after rounding: 0.9996 is 1.00
    decimals = max(0, digits - 1 - power)
    return f"{number:,.{decimals}f}"


def ratio(number: float | None) -> str:
    """Return 1.28, with one decimal from 10 on and none from 100 on."""
    if number is None or not math.isfinite(number):
        return NOTHING
    if abs(number) < 0.1:
        return significant(number, 2)
    # 9.996 is 10.0 after rounding, and no 10.00.
    decimals = 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0
    return f"{number:,.{decimals}f}"


def interval(span: Span, shown: Callable[[float | None], str] = ratio) -> str:
    """Return [1.24–1.31], or that no interval can be had; `shown` is how a number is."""
    if not span.bounded:
        return "[too few rounds]"
    return f"[{shown(span.low)}–{shown(span.high)}]"


def times(span: Span) -> str:
    """Return 1.28× [1.24–1.31]."""
    return f"{ratio(span.middle)}× {interval(span)}"


def scaled(number: float | None, unit: str = "") -> str:
    """Return 362 k or 1.24 M: three significant digits and a prefix."""
    if number is None or not math.isfinite(number):
        return NOTHING
    for size, prefix in _PREFIXES:
        if abs(number) >= size * 0.9995:
            return f"{significant(number / size)}{prefix} {unit}".rstrip()
    return f"{significant(number)} {unit}".rstrip()


def seconds(number: float | None) -> str:
    """Return a duration with its best unit: 36.2 µs."""
    if number is None or not math.isfinite(number):
        return NOTHING
    for size, unit in _SECONDS:
        if abs(number) >= size * 0.9995:
            return f"{significant(number / size)} {unit}"
    return f"{significant(number / 1e-9)} ns" if number else "0 s"


def duration(seconds: float) -> str:
    """Return a duration for people: 48 s, 2 min 30 s, 12 min, 1.5 h."""
    if not math.isfinite(seconds):
        return "unknown"
    if 0 < seconds < 0.95:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def percent(share: float | None, decimals: int = 0) -> str:
    """Return a share as 12 %, halves rounded up; <1 % for what would be shown as none."""
    if share is None or not math.isfinite(share):
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    shown = (Decimal(repr(float(share))) * 100).quantize(step, ROUND_HALF_UP)
    return f"<{step} %" if share > 0 and not shown else f"{shown} %"


def decimal(number: float | None, decimals: int = 2) -> str:
    """Return a number with fixed decimals."""
    if number is None or not math.isfinite(number):
        return NOTHING
    return f"{number:,.{decimals}f}"


def whole(number: float | None) -> str:
    """Return a whole number with thousands apart: 10,000."""
    if number is None or not math.isfinite(number):
        return NOTHING
    return f"{round(number):,}"


def size(octets: float | None) -> str:
    """Return a number of bytes in binary units: 3.66 MiB."""
    if octets is None or not math.isfinite(octets):
        return NOTHING
    for power, unit in ((3, "GiB"), (2, "MiB"), (1, "KiB")):
        if octets >= 1024**power:
            return f"{significant(octets / 1024**power)} {unit}"
    return f"{octets:.0f} B"


def octets(number: int) -> str:
    """Return 64 B, 100 kB or 1.28 MB: as round as a payload's name."""
    for least, unit in ((1_000_000, "MB"), (1_000, "kB")):
        if number >= least:
            return f"{number / least:.3g} {unit}"
    return f"{number} B"


def factor(number: float) -> str:
    """Return 1.2× or 12×: as exact as a title needs; 1.04× where one decimal would say 1.0."""
    decimals = 2 if number < 1.1 else 1 if number < 9.95 else 0
    return f"{number:,.{decimals}f}×"


def count(number: int, noun: str) -> str:
    """Return 1 round, or 40 rounds."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
