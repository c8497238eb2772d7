"""report.md is short: what `quick` measures fits 100 lines, and nothing is said twice."""

import pytest
from findings_factory import CONTEXTS, PYTHONS, Factory

from runner.report import markdown, phrases
from runner.report.publication import compose
from runner.report.view import View

QUICK = ("pipe", "pipe_simplex", "queue", "simple_queue", "joinable_queue", "manager_queue")
PLACES = tuple(
    (payload, topology, workers, start, placement, messages)
    for payload, topology, workers, start, _, messages in (CONTEXTS[0], CONTEXTS[7])
    for placement in ("apart", "free")
)


@pytest.mark.parametrize("pythons", [("3.11",), PYTHONS])
def test_the_report_of_quick_fits_a_hundred_lines(pythons: tuple[str, ...]) -> None:
    found = Factory(pythons=pythons, transports=QUICK, contexts=PLACES, failures=False).findings()
    text = markdown.render(compose(View(found)))
    sections = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(sections) >= 6
    assert len(text.splitlines()) + 2 * len(("forest", "versions")) <= 100  # a picture: two lines


def test_a_note_is_not_repeated_and_more_is_one_click_away() -> None:
    text = markdown.render(compose(View(Factory(pythons=PYTHONS).findings())))
    assert text.count(f"<sub>{phrases.SHORT_LEGEND}</sub>") == 1
    assert "**Speed relative to Queue (int, one_to_one)** <sub>[more](report.html#ratios)" in text
    assert text.count("(report.html#") == text.count("[more](")
