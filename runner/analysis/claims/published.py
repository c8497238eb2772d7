"""The figures that the seeds publish, as data with their source."""

from collections.abc import Sequence

from runner.results import Published

SOURCE = "seed 001 (Stack Overflow, “Multiprocessing - Pipe vs Queue” and its neighbours)"


T61 = "ThinkPad T61, Ubuntu 11.10"
T430 = "ThinkPad T430, Debian 11 under VMware"
COUNTS = (10_000, 100_000, 1_000_000)

_INTS: Sequence[tuple[str, str, str, tuple[float, float, float]]] = (
    ("2.7.2", T61, "pipe", (0.0369849205017, 0.328398942947, 3.17266988754)),
    ("2.7.2", T61, "queue", (0.105256080627, 0.980564117432, 10.1611330509)),
    ("2.7.2", T61, "joinable_queue", (0.172781944275, 1.5714070797, 15.8527247906)),
    ("3.7.0", T430, "pipe", (0.13469791412353516, 1.5587594509124756, 14.467186689376831)),
    ("3.7.0", T430, "queue", (0.1897726058959961, 1.7622203826904297, 16.89015531539917)),
    ("3.7.0", T430, "joinable_queue", (0.2238149642944336, 1.4744081497192383, 15.264554023742676)),
    ("3.9.2", T430, "pipe", (0.14316844940185547, 1.3749017715454102, 14.252539157867432)),
    ("3.9.2", T430, "queue", (0.17014789581298828, 1.7723784446716309, 17.758610725402832)),
    ("3.9.2", T430, "simple_queue", (0.14937686920166016, 1.5389132499694824, 16.871352910995483)),
    ("3.9.2", T430, "joinable_queue", (0.15144729614257812, 1.567549228668213, 16.237736225128174)),
)

INTS: tuple[Published, ...] = tuple(
    Published(python, machine, transport, "int", count, seconds)
    for python, machine, transport, taken in _INTS
    for count, seconds in zip(COUNTS, taken, strict=True)
)
"""The race of ints between one producer and one reader."""

ARRAYS: tuple[Published, ...] = (
    Published("2", "not told", "", "made_ndarray:400x400x3", 1000, 2.9),
    Published("2", "not told", "pipe_buffered", "made_ndarray:400x400x3", 1000, 3.4),
)
"""Making the arrays alone (no transport), and sending them through a Pipe with a sender thread."""

PUBLISHED: tuple[Published, ...] = (*INTS, *ARRAYS)


def ratio(python: str, a: str, b: str, messages: int) -> float | None:
    """Return the published speed of `a` over that of `b`, or None where one is not published."""
    taken = {
        one.transport: one.seconds
        for one in INTS
        if one.python == python and one.messages == messages
    }
    return taken[b] / taken[a] if a in taken and b in taken else None
