"""How far the figures can be trusted: the A/A twin, foreign CPU, drift and flags."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from runner.report import figures
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.reading import read
from runner.report.rows import NoiseRow
from runner.report.view import View

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "noisy": "robust spread of the within-round log-ratios above 0.15",
        "outliers": "more than 5 % of the rounds lie far from the median",
        "fragile": "the verdict changes without the outliers",
        "bimodal": "the trials fall in two groups, each at least 15 %",
        "bimodal ratio": "the ratios fall in two groups, each at least 15 %",
        "drift": "the ratio moved in the course of the sitting",
        "load-dependent": "the ratio depends on the CPU that others used",
        "order effect": "it matters which of the two ran first",
        "contaminated": "too many rounds were measured while others used the CPU",
        "twin": "the A/A twin's interval excludes 1: suspect",
        "suspect": "the A/A twin's interval excludes 1",
        "missing": "more than 10 % of the rounds are lost",
        "unreliable": "more than 10 % of the rounds are lost",
        "mixed modes": "the two ran in different modes in more than 10 % of the rounds",
    }
)
"""What each flag means. Flags never delete data."""

_MISSING = "Nothing is known of the noise: no round was measured."
_HOW = (
    "The reference is entered twice in every block. Its twin is the same program, so a twin whose "
    "interval excludes 1 shows what this machine does to a ratio."
)
_COLUMNS = (
    Column("machine"),
    Column("sitting", "right"),
    Column("rounds", "right"),
    Column("trials", "right"),
    Column("twins", "right"),
    Column("twins apart from 1", "right"),
    Column("widest twin", "right"),
    Column("median spread", "right"),
    Column("contaminated rounds", "right"),
    Column("drifting ratios", "right"),
    Column("foreign CPU, cores", "right"),
)


def noise(view: View) -> Section:
    """Return the noise floor of each sitting, and how often each flag was raised."""
    rows = read(view.findings.noise, NoiseRow)
    if not rows:
        return Section("noise", "Noise floor", missing=_MISSING)
    title = "Noise floor by sitting"
    tables = [Table("noise", title, _COLUMNS, [_line(row) for row in rows], heads=2), *_flags(view)]
    said = [_HOW, *(_verdict(row) for row in rows)]
    return Section("noise", "Noise floor", said, pictures=["noise"], tables=tables)


def _verdict(row: NoiseRow) -> str:
    where = f"Sitting {row.sitting} on {row.machine}"
    apart = f"{row.twins_apart} of {figures.count(row.twins, 'twin')}"
    return (
        f"{where}: {apart} lie apart from 1 (5 % would by chance), the widest by "
        f"{figures.percent(row.twin_widest, 1)}; {figures.percent(row.contaminated)} of "
        f"{figures.count(row.rounds, 'round')} contaminated."
    )


def _line(row: NoiseRow) -> list[Entry]:
    wholes = (row.sitting, row.rounds, row.trials, row.twins, row.twins_apart)
    return entries(
        row.machine,
        *(Entry(figures.whole(one), value=one) for one in wholes),
        Entry(figures.percent(row.twin_widest, 1), value=row.twin_widest),
        Entry(figures.decimal(row.spread, 3), value=row.spread),
        Entry(figures.percent(row.contaminated), value=row.contaminated),
        Entry(figures.percent(row.drifting), value=row.drifting),
        Entry(figures.decimal(row.foreign_cpu), value=row.foreign_cpu),
    )


def _flags(view: View) -> list[Table]:
    """Count each flag over cells and over head-to-heads to the reference."""
    cells = _counts([row.flags for row in view.measured.values()])
    frame = view.findings.head_to_heads
    pairs: Counter[str] = Counter()
    if not frame.empty:
        fair = frame[(frame["clock"] == "fair") & frame["to_reference"].astype(bool)]
        pairs = _counts([str(one) for one in fair["flags"].fillna("").tolist()])
    found = sorted(set(cells) | set(pairs))
    if not found:
        return []
    lines = [
        entries(
            flag,
            Entry(figures.whole(cells[flag]), value=cells[flag]),
            Entry(figures.whole(pairs[flag]), value=pairs[flag]),
            FLAGS.get(flag.partition(":")[0], ""),
        )
        for flag in found
    ]
    columns = [
        Column("flag"),
        Column("cells", "right"),
        Column("ratios to the reference", "right"),
        Column("meaning"),
    ]
    return [Table("flags", "Flags", columns, lines)]


def _counts(texts: list[str]) -> Counter[str]:
    return Counter(flag for text in texts for flag in text.split(";") if flag)
