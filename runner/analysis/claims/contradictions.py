"""Where the seeds contradict each other, themselves, or CPython's documentation."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from runner.analysis.claims.claim import Verdict
from runner.results import ClaimVerdict, Dispute

DOCS = "CPython's documentation of multiprocessing"


class Contradiction(NamedTuple):
    """Two statements that cannot both be true; `claims` are the numbers that decide between."""

    about: str
    one: str
    other: str
    claims: tuple[int, ...]


CONTRADICTIONS = (
    Contradiction(
        "directions of a Pipe",
        "000, its text: one-way, at best half-duplex",
        "000, its summary: for two-way communication",
        (11, 49),
    ),
    Contradiction(
        "directions of a Pipe",
        "000, its text: one-way, at best half-duplex",
        "001: one-way or full duplex, as asked",
        (11, 46),
    ),
    Contradiction(
        "directions of a Pipe",
        "001, a comment in its code: Pipes are one-way",
        "001, another answer: a Pipe() is full duplex unless asked otherwise",
        (50, 46),
    ),
    Contradiction(
        "directions of a Pipe",
        "000 and a comment in 001: one-way",
        f"{DOCS}: duplex by default, one-way with duplex=False",
        (11, 50),
    ),
    Contradiction(
        "directions of a Queue",
        "000, its list: full duplex",
        "000, its summary: for one-way communication",
        (12, 49),
    ),
    Contradiction(
        "which is faster",
        "000 and 001: a pipe is the faster, by far",
        "001, another answer: Queue is faster for a producer that makes its arrays",
        (14, 16),
    ),
    Contradiction(
        "how much faster",
        "001: three times as fast, as a rule to quote",
        "001, the same answer: on 3.x about 20 %, and the results vary",
        (1, 2, 29),
    ),
    Contradiction(
        "how many processes a Pipe serves",
        "000: one writer, one reader; 001: two ends, for more take a Queue",
        f"{DOCS}: corruption when two use the same end at the same time, no word against turns",
        (9, 15),
    ),
    Contradiction(
        "why reading an empty Pipe waits",
        "000: for want of synchronisation",
        f"{DOCS}: recv waits until there is something, as Queue.get does by default",
        (13,),
    ),
    Contradiction(
        "when an object is pickled",
        f"{DOCS}, quoted by 001: at put(), and a thread flushes the pickled data later",
        "CPython itself: the thread pickles",
        (28, 33),
    ),
    Contradiction(
        "what a crashing child prints",
        "001: no traceback without a try and except of one's own",
        f"{DOCS}: exit code 1 for an uncaught exception; a Pool's get() raises it again",
        (27,),
    ),
    Contradiction(
        "drawbacks of a manager's queue",
        "001: fine in every case, no drawback known",
        f"{DOCS}: managers are more flexible, and slower",
        (26, 51),
    ),
    Contradiction(
        "whose method cancel_join_thread is",
        f"{DOCS}, quoted by 001: JoinableQueue's",
        f"{DOCS}, the reference of the same module: Queue's, which JoinableQueue inherits",
        (37,),
    ),
    Contradiction(
        "whose lock keeps threads apart",
        "001: Cython's",
        "CPython's documentation: the global interpreter lock of CPython, unless built without it",
        (19,),
    ),
)


def contradictions(judged: Sequence[ClaimVerdict]) -> list[Dispute]:
    """Return every contradiction with the verdicts found of the claims that decide it."""
    return [
        Dispute(
            about=said.about,
            one=said.one,
            other=said.other,
            claims=", ".join(str(number) for number in said.claims),
            verdicts="; ".join(f"{number}: {_found(judged, number)}" for number in said.claims),
        )
        for said in CONTRADICTIONS
    ]


def _found(judged: Sequence[ClaimVerdict], number: int) -> str:
    said = [one.verdict for one in judged if one.number == str(number)]
    counts = Counter(one for one in said if one != Verdict.NONE).most_common()
    return ", ".join(f"{verdict} under {count}" for verdict, count in counts) or "not judged"
