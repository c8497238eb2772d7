"""The history of a site with a few values changed: taken and shown, or refused by file."""

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from runner.analysis.change_points import change_points, history_series
from runner.errors import BadInputError
from runner.history import RUNS, SUMMARY, KeptRun, read_kept
from runner.report import site
from tests.fuzz.run_folders import VALUES, other_value
from tests.fuzz.target import Target, folder, write
from tests.kept_runs import weekly

WEEKS = 6
FIGURES = st.sampled_from([1e-9, 1e9, 0.5, 1, 1.0000001, 2, 1e300, 5e-324])


@cache
def _kept() -> tuple[bytes, ...]:
    return tuple(one.model_dump_json().encode() for one in weekly([0.8] * 3 + [1.0] * 3))


@st.composite
def changed_histories(draw: st.DrawFn) -> list[bytes]:
    """Return the summaries of some weeks with a few changes."""
    texts = list(_kept())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, WEEKS - 1))
        if draw(st.booleans()):
            texts[at] = other_value(draw, texts[at])
        else:
            texts[at] = _other_figure(draw, texts[at])
    return texts


def _other_figure(draw: st.DrawFn, text: bytes) -> bytes:
    tree: Any = json.loads(text)
    ratios = tree.get("ratios") if isinstance(tree, dict) else None
    if isinstance(ratios, list) and ratios and isinstance(ratios[0], dict):
        one = draw(
            st.sampled_from(["ratio", "low", "high", "option", "rounds", "workers", "verdict"])
        )
        ratios[0][one] = draw(st.one_of(FIGURES, VALUES))
    return json.dumps(tree).encode("utf-8", "replace")


def show(texts: list[bytes]) -> str:
    """Write the summaries as a site's, read them, and make the pages of what is accepted."""
    place = folder("site") / "site"
    for text, kept in zip(texts, _kept(), strict=True):
        write(place / RUNS / json.loads(kept)["run"], {SUMMARY: text})
    try:
        runs, _ = read_kept(place)
    except BadInputError as error:
        said = str(error)
    else:
        return _show(runs)
    assert str(place) in said.splitlines()[0]
    return "refused"


def _show(runs: list[KeptRun]) -> str:
    followed = history_series(runs)
    whole = site.Site(runs, followed, change_points(followed, 0.03))
    made = site.pages(whole, "https://me.example/")
    assert not any("<script" in text or "\x1b" in text for text in made.values())
    site.summary(whole, whole.changes)
    return "shown"


SITE = Target(changed_histories(), show)
