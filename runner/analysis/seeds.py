"""The published table: seconds for 10^4, 10^5 and 10^6 messages by Python and transport."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from runner.model import AUTO

COUNTS = (10_000, 100_000, 1_000_000)
COLUMNS = ("machine", "python", "transport", "count", "clock", "seconds", "scaled", "messages")
_CLOCKS = {"fair": "rate", "joined": "joined_rate"}


def seeds_table(cells: pd.DataFrame, counts: Sequence[int] = COUNTS) -> pd.DataFrame:
    """Return seconds for each count by machine, Python, transport and clock (fair and joined).

    From the cell that was measured with just so many messages where there is one; else scaled from
    the rate of the calibrated cell, `scaled` being True and `messages` those that a trial moved.
    Ints, one to one, one worker, default start method, free placement: as published.
    """
    plain = (
        (cells["payload"] == "int")
        & (cells["topology"] == "one_to_one")
        & (cells["workers"] == 1)
        & (cells["start_method"] == "default")
        & (cells["placement"] == "free")
        & cells["rate"].notna()
    )
    rows = []
    names = ("machine", "python", "transport", "messages", "messages_median", *_CLOCKS.values())
    lines = zip(*(cells.loc[plain, name].tolist() for name in names), strict=True)
    found = {line[:4]: line[4:] for line in lines}
    for machine, python, transport in dict.fromkeys(key[:3] for key in found):
        for count in counts:
            exact = (machine, python, transport, str(count)) in found
            key = (machine, python, transport, str(count) if exact else AUTO)
            if key not in found:
                continue
            moved, *rates = found[key]
            for clock, rate in zip(_CLOCKS, rates, strict=True):
                seconds = count / rate if rate > 0 else np.nan
                rows.append((machine, python, transport, count, clock, seconds, not exact, moved))
    return pd.DataFrame(rows, columns=list(COLUMNS))
