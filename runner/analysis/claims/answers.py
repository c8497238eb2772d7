"""The rule of the claims that probes decide."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.analysis.claims.claim import Claim, Judgement, Verdict
from runner.analysis.claims.evidence import Answer, Evidence

MOST_DETAIL = 150
SLACK = 40
"""Characters that a cut has to save."""
_INTACT = re.compile(r"\b(\d+) frames planned: \1 arrived whole, 0 times .*\b0 are missing\b")
"""What a probe of shared channels says of one where nothing was lost: it decides no `no`."""
YES, NO, HANG = "yes", "no", "hang"

Condition = Mapping[str, tuple[str, ...]]
"""Probe → the answers that meet it; a condition is met when all its probes are."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The rule: the first condition that is met gives the verdict.

    `note` says why, or on what it depends; it belongs to `depends`, or without one to `refuted`.
    """

    holds: Condition | None = None
    refuted: Condition | None = None
    depends: Condition | None = None
    note: str = ""

    def probes(self) -> tuple[str, ...]:
        """Return the probes that the conditions name, each once."""
        conditions = [one for one in (self.holds, self.refuted, self.depends) if one is not None]
        return tuple(dict.fromkeys(name for condition in conditions for name in condition))

    def __call__(self, claim: Claim, evidence: Evidence) -> Judgement:
        """Return the verdict; depends where the machines differ."""
        if not evidence.answers:
            return Judgement(Verdict.NOT_DECIDED, _unasked(claim.probes, evidence.python))
        judged = {
            machine: self._on_one(claim, answers, evidence.python)
            for machine, answers in evidence.answers.items()
        }
        first, *others = judged.values()
        if all(one.verdict is first.verdict for one in others):
            return first
        basis = "; ".join(f"{name}: {one.verdict}: {one.basis}" for name, one in judged.items())
        return Judgement(Verdict.DEPENDS, "on the machine: " + basis, first.rests_on)

    def _on_one(self, claim: Claim, answers: Mapping[str, Answer], python: str) -> Judgement:
        ids = tuple(f"probe:{name}" for name in claim.probes)
        lacking = [name for name in claim.probes if name not in answers]
        if lacking:
            return Judgement(Verdict.NOT_DECIDED, _unasked(lacking, python), ids)
        said = "; ".join(_told(name, answers[name]) for name in claim.probes)
        verdicts = (
            (Verdict.HOLDS, self.holds),
            (Verdict.REFUTED, self.refuted),
            (Verdict.DEPENDS, self.depends),
        )
        for verdict, condition in verdicts:
            if condition is not None and _met(condition, answers):
                return Judgement(verdict, self._noted(verdict, said), ids)
        return Judgement(Verdict.NOT_DECIDED, f"the answers settle nothing: {said}", ids)

    def _noted(self, verdict: Verdict, said: str) -> str:
        owner = Verdict.REFUTED if self.depends is None else Verdict.DEPENDS
        return f"{self.note}: {said}" if self.note and verdict is owner else said


def _met(condition: Condition, answers: Mapping[str, Answer]) -> bool:
    return all(answers[name].answer in wanted for name, wanted in condition.items())


def _told(name: str, answer: Answer) -> str:
    return f"{name}: {answer.answer} ({_shortened(' '.join(answer.detail.split()))})"


def _shortened(detail: str) -> str:
    """Return the detail, or of one that is long what fits, first the parts with a loss."""
    if len(detail) <= MOST_DETAIL + SLACK:
        return detail
    detail = "; ".join(sorted(detail.split("; "), key=lambda part: bool(_INTACT.search(part))))
    end = detail.rfind("; ", 0, MOST_DETAIL + SLACK)
    return detail[:end] + "; …" if end > 0 else detail[: MOST_DETAIL - 1] + "…"


def _unasked(names: tuple[str, ...] | list[str], python: str) -> str:
    command = f"ipcmatrix run --profile pipe_vs_queue --only python={python}"
    return f"not asked: {', '.join(names)}; to ask: {command}"


def when(**answers: str) -> Condition:
    """Return the condition that each probe gave this answer; a hang counts as a join's yes."""
    return {
        name: (YES, HANG) if answer == YES and "_before_drain" in name else (answer,)
        for name, answer in answers.items()
    }


def claim(number: int, seed: str, text: str, rule: Answers) -> Claim:
    """Return the claim that these answers decide."""
    return Claim(number, text, seed, rule, probes=rule.probes())
