"""Checks that every message arrived once, in its producer's order and unaltered."""

from __future__ import absolute_import

from crew import TrialTrouble


def check_counts(producers, workers, expected):
    """Raise TrialTrouble("corrupt") where the timed phase did not move `expected` messages."""
    for outcome in producers + workers:
        if outcome.problem:
            raise TrialTrouble("corrupt", outcome.problem)
    for side in (producers, workers):
        moved = sum(outcome.count for outcome in side)
        # A pool's own workers count nothing; their results came back to the producer.
        if side and moved != expected:
            kind = "lost" if moved < expected else "doubled"
            raise TrialTrouble(
                "corrupt", "%s: %d messages of %d arrived" % (kind, moved, expected)
            )


def check_contents(outcomes, producers, expected):
    """Raise TrialTrouble("corrupt") where a checked message was lost, doubled or altered.

    `expected` is the number of checked messages of each producer. An outcome's count is the
    list of (producer, number) that its role received, or a number where it checks nothing.
    """
    arrived = []
    for outcome in outcomes:
        if outcome.problem:
            raise TrialTrouble("corrupt", outcome.problem)
        if isinstance(outcome.count, list):
            arrived.extend(tuple(place) for place in outcome.count)
    wanted = set((producer, number) for producer in range(producers) for number in range(expected))
    lost = wanted.difference(arrived)
    if lost or len(arrived) != len(wanted):
        raise TrialTrouble(
            "corrupt",
            "checked phase: %d messages arrived of %d, missing %r"
            % (len(arrived), len(wanted), sorted(lost)[:5]),
        )
