"""One session of a self-test: what every copy reached in every round, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runner.analysis.contamination import marks_in
from runner.analysis.trials import Floats
from runner.model import FREE
from runner.runfolder.codes import dense
from runner.statistics.disturbance import contaminated
from runner.statistics.estimating import Estimate, Rounds, compare


@dataclass(frozen=True, slots=True)
class Series:
    """Rounds in which every arm was ok: `logs` (round, arm) ln rates, `places` in the order.

    `disturbed` (round) is 1 if other programs disturbed it, 0 if not, NaN if unknown.
    """

    session: int
    arms: Sequence[str]
    logs: Floats
    places: Floats
    disturbed: Floats
    bound: bool

    def compared(self, a: str, b: str, control: str | None = None) -> Estimate:
        """Return one arm over another, or over the mean of two, as a report would."""
        again = None if control is None else self._of(control)
        return compare(Rounds(self._of(a), self._of(b), again, self.disturbed), self.bound)

    def ratios(self, a: str, b: str) -> list[float]:
        """Return the within-round ln ratios of two arms, in the order of rounds."""
        return [float(value) for value in self._of(a) - self._of(b)]

    def first(self, a: str, b: str) -> list[bool]:
        """Return for each round whether a ran before b."""
        at, to = self.arms.index(a), self.arms.index(b)
        return [bool(value) for value in self.places[:, at] < self.places[:, to]]

    def in_time(self, arms: Sequence[str]) -> list[float]:
        """Return the arms' ln rates one after the other, as they were measured."""
        chosen = [self.arms.index(name) for name in arms]
        order = np.argsort(self.places[:, chosen], axis=1, kind="stable")
        ordered = np.take_along_axis(self.logs[:, chosen], order, axis=1)
        return [float(value) for value in ordered.ravel()]

    def _of(self, arm: str) -> Floats:
        return self.logs[:, self.arms.index(arm)]


def sessions_of(complete: pd.DataFrame, gate_load: float) -> list[Series]:
    """Return each session's series from the trials of complete rounds, sessions in order."""
    own = complete[(complete["control"] == 0) & (complete["status"] == "ok")]
    rounds = own["session"].to_numpy() * (int(own["round"].max()) + 1 if len(own) else 1)
    number, _ = dense(rounds + own["round"].to_numpy())
    table = pd.DataFrame(
        {
            "session": own["session"].to_numpy(),
            "round": own["round"].to_numpy(),
            "arm": own["transport"].astype(object).to_numpy(),
            "log": np.log(own["messages"].to_numpy(dtype=np.float64) / own["seconds"].to_numpy()),
            "place": own["trial"].to_numpy(dtype=np.float64),
            "placement": own["placement"].astype(object).to_numpy(),
            "disturbed": contaminated(marks_in(own, number, gate_load))[number],
        }
    )
    result = []
    for session, group in table.groupby("session", sort=True):
        wide = group.pivot_table(index="round", columns="arm", values=["log", "place"]).dropna()
        arms = [str(name) for name in wide["log"].columns]
        logs, places = wide["log"].to_numpy(np.float64), wide["place"].to_numpy(np.float64)
        bound = not (group["placement"] == FREE).any()
        shown = group.groupby("round")["disturbed"].first().loc[wide.index]
        disturbed = shown.to_numpy(np.float64)
        result.append(Series(int(str(session)), arms, logs, places, disturbed, bound))
    return result
