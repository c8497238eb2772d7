"""What the trials of a machine tell a run that goes on."""

import math
from collections import defaultdict
from collections.abc import Mapping

from runner.model import AXES, Arm, Cell, History, PastRound, Status
from runner.runfolder.rounds import rounds_of
from runner.runfolder.table import Table

_AXES = ["messages_axis" if axis == "messages" else axis for axis in AXES]
_NEEDED = ["sitting", "phase", "block", "twin", "status", "messages", "seconds", *_AXES]


def history_of(table: Table, told: Mapping[int, Mapping[str, int] | None] | None = None) -> History:
    """Return the history in a checked trials file.

    `told` are the sittings of which run.json tells: the next one gets the number of none of them
    that had rounds, so that what was lost of the last one stays to be seen.
    """
    frame = table.frame
    lost = [number for number, blocks in (told or {}).items() if blocks]
    sitting = max([*lost, *([int(frame["sitting"].max())] if len(frame) else [])], default=0)
    rounds: dict[str, list[PastRound]] = defaultdict(list)
    rates: dict[Cell, float] = {}
    failures: dict[Cell, list[Status]] = defaultdict(list)
    rows = list(frame[_NEEDED].itertuples(index=False, name=None))
    found = rounds_of(frame)
    for start, count in zip(found.starts.tolist(), found.counts.tolist(), strict=True):
        of, phase, block = rows[start][:3]
        arms: dict[Arm, float | None] = {}
        lost_one = False
        for _, _, _, twin, status, messages, seconds, *axes in rows[start : start + count]:
            cell = Cell._make(axes)
            ok = status == Status.OK.value
            arms[Arm(cell, twin == 1)] = math.log(messages / seconds) if ok else None
            if not ok:
                lost_one |= status == Status.LOST.value
                failures[cell].append(Status(status))
                continue
            failures.pop(cell, None)
            if phase == "calibration":
                rates[cell] = messages / seconds
        # A round with a lost trial is measured again: it does not count as one that was.
        if phase == "measure" and not lost_one:
            rounds[block].append(PastRound(of, arms))
    return History(sitting, dict(rounds), rates, dict(failures))
