"""The rule of the claims that probes decide."""

import re
from collections.abc import Iterable, Mapping

from runner.studies.pipe_vs_queue.data import Claim, Condition, Judgement, Verdict
from runner.studies.pipe_vs_queue.evidence import Answer, Evidence

MOST_DETAIL = 150
SLACK = 40
"""Characters that a cut has to save."""
_INTACT = re.compile(r"\b(\d+) frames planned: \1 arrived whole, 0 times .*\b0 are missing\b")
"""A probe's words about a shared channel that lost nothing: they do not prove a `no`."""


def judge_answers(claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict of the first condition that is met; depends where machines differ.

    A machine on which nothing is decided differs from none.
    """
    if not evidence.answers:
        return Judgement(Verdict.NOT_DECIDED, _unasked(claim.probes, evidence.python))
    judged = {
        machine: _on_one(claim, answers, evidence.python)
        for machine, answers in evidence.answers.items()
    }
    decided = [one for one in judged.values() if one.verdict is not Verdict.NOT_DECIDED]
    first, *others = decided or judged.values()
    if all(one.verdict is first.verdict for one in others):
        return first
    basis = "; ".join(f"{name}: {one.verdict}: {one.basis}" for name, one in judged.items())
    return Judgement(Verdict.DEPENDS, "on the machine: " + basis, first.rests_on)


def _on_one(claim: Claim, answers: Mapping[str, Answer], python: str) -> Judgement:
    ids = tuple(f"probe:{name}" for name in claim.probes)
    if lacking := [name for name in claim.probes if name not in answers]:
        return Judgement(Verdict.NOT_DECIDED, _unasked(lacking, python), ids)
    said = "; ".join(
        f"{name}: {answers[name].answer} ({_shortened(' '.join(answers[name].detail.split()))})"
        for name in claim.probes
    )
    noted = Verdict.REFUTED if claim.depends is None else Verdict.DEPENDS
    for verdict, condition in claim.conditions.items():
        if _met(condition, answers):
            note = f"{claim.note}: " if claim.note and verdict is noted else ""
            return Judgement(verdict, note + said, ids)
    basis = f"the answers decide nothing: {said}; to ask again: {_command(python)}"
    return Judgement(Verdict.NOT_DECIDED, basis, ids)


def _met(condition: Condition, answers: Mapping[str, Answer]) -> bool:
    """Return whether every probe answered as wanted; a hang counts as the yes of a join."""
    return all(
        answers[name].answer in wanted
        or ("_before_drain" in name and answers[name].answer == "hang" and "yes" in wanted)
        for name, wanted in condition.items()
    )


def _shortened(detail: str) -> str:
    """Return the detail, or of one that is long what fits, first the parts with a loss."""
    if len(detail) <= MOST_DETAIL + SLACK:
        return detail
    detail = "; ".join(sorted(detail.split("; "), key=lambda part: bool(_INTACT.search(part))))
    end = detail.rfind("; ", 0, MOST_DETAIL + SLACK)
    return detail[:end] + "; …" if end > 0 else detail[: MOST_DETAIL - 1] + "…"


def _unasked(names: Iterable[str], python: str) -> str:
    return f"not asked: {', '.join(names)}; to ask: {_command(python)}"


def _command(python: str) -> str:
    return f"ipcmatrix run --profile pipe_vs_queue --only python={python}"
