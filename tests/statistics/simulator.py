"""Trials of a simulated noisy machine: autocorrelated level, hogs coming and going, heavy tails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

from runner.runfolder import columns
from tests.registry import REGISTRY

Floats = npt.NDArray[np.float64]

AXES = {
    "python": "3.11",
    "transport": "pipe",
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages_axis": "auto",
}
BASE_RATE = 250_000.0


@dataclass(frozen=True)
class Machine:
    """How a machine disturbs trials, all in logarithms of the rate; time runs in trials."""

    level_sd: float = 0.25
    memory: float = 0.95  # AR(1) coefficient from trial to trial
    hog_starts: float = 0.02  # chance a trial
    hog_ends: float = 0.05
    hog: float = 0.6
    tail_sd: float = 0.05
    freedom: float = 3.0  # of Student's t: heavy tails

    def disturb(self, rng: np.random.Generator, trials: int) -> Floats:
        """Return the disturbance of each of consecutive trials."""
        drive = rng.normal(0, self.level_sd * np.sqrt(1 - self.memory**2), trials)
        start = rng.normal(0, self.level_sd)
        level, _ = lfilter([1], [1, -self.memory], drive, zi=[self.memory * start])
        tails = self.tail_sd * rng.standard_t(self.freedom, trials)
        return np.asarray(level + tails - self.hog * self.hogs(rng, trials))

    def hogs(self, rng: np.random.Generator, trials: int) -> Floats:
        """Return 1 where a hog runs: on and off for geometric stretches."""
        if not self.hog_starts:
            return np.zeros(trials)
        count = 4 + 2 * trials
        off = rng.geometric(self.hog_starts, count)
        on = rng.geometric(self.hog_ends, count)
        switches = np.cumsum(np.column_stack([off, on]).ravel())
        place = np.searchsorted(switches, np.arange(trials) + rng.integers(0, 20), side="right")
        return (place % 2).astype(np.float64)


NOISY = Machine()
QUIET = Machine(level_sd=0.05, hog_starts=0.0, tail_sd=0.02)
HOGS = Machine(level_sd=0.1, memory=0.9, hog_starts=0.1, hog_ends=0.2, hog=0.9, tail_sd=0.03)
"""1 s off and 0.5 s on at 0.1 s a trial; they take three fifths of the speed."""


def rounds(
    rng: np.random.Generator, noise: Machine, effects: Sequence[float], count: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return ln rates and places in the random order, each (round, arm), of consecutive rounds."""
    arms = len(effects)
    places = rng.permuted(np.tile(np.arange(arms), (count, 1)), axis=1)
    disturbance = noise.disturb(rng, count * arms).reshape(count, arms)
    shaken = np.take_along_axis(disturbance, places, axis=1)
    return np.log(BASE_RATE) + np.asarray(effects) + shaken, places


def pairs(rng: np.random.Generator, noise: Machine, effect: float, count: int) -> list[float]:
    """Return the within-round ln ratios of two arms."""
    logs, _ = rounds(rng, noise, (effect, 0.0), count)
    return [float(value) for value in logs[:, 0] - logs[:, 1]]


@dataclass(frozen=True)
class Arm:
    """One arm of a simulated block: its value on the compared axis and its effect on ln rate."""

    value: str
    effect: float = 0.0
    control: bool = False


def block(
    rng: np.random.Generator,
    arms: Sequence[Arm],
    count: int,
    noise: Machine = NOISY,
    **shared: Any,
) -> pd.DataFrame:
    """Return the measured trials of one block of the compared axis `transport`, in their order.

    `shared` overrides any column (`python="3.9"`, `session=2`, `compared_axis="python"` …).
    """
    logs, places = rounds(rng, noise, [arm.effect for arm in arms], count)
    frame = _frame(logs, places, arms, shared)
    return frame.sort_values(["round", "trial"], kind="stable", ignore_index=True)


def _frame(
    logs: Floats, places: npt.NDArray[np.int64], arms: Sequence[Arm], shared: Mapping[str, Any]
) -> pd.DataFrame:
    count, width = logs.shape
    compared_axis = str(shared.get("compared_axis", "transport"))
    compared = np.tile([arm.value for arm in arms], count)
    messages = 20_000
    seconds = messages / np.exp(logs.ravel())
    given = {
        **AXES,
        "machine": "m1",
        "session": 1,
        "compared_axis": compared_axis,
        "phase": "measure",
    }
    given |= {"status": "ok", "per_worker": str(messages), "detail": "", "quarter_seconds": ""}
    given |= shared
    same = [str(given[name]) for name in AXES if name != compared_axis]
    given.setdefault("block", "|".join([compared_axis, *same]))
    given[compared_axis] = compared
    given |= {
        "round": np.repeat(np.arange(1, count + 1), width),
        "round_size": width,
        "trial": places.ravel() + 1,
        "control": np.tile([int(arm.control) for arm in arms], count),
        "messages": messages,
        "seconds": seconds,
        "send_seconds": seconds * 0.9,
        "join_seconds": seconds * 1.1,
        "cpu_seconds": seconds * 1.7,
        "cpu_user_seconds": seconds * 1.2,
        "cpu_system_seconds": seconds * 0.5,
        "voluntary_switches": 500,
        "involuntary_switches": 20,
        "peak_rss_kib": 9000,
        "wall_seconds": seconds + 0.02,
        "foreign_cpu": np.repeat(np.linspace(0.05, 0.1, count), width),
        "started": np.repeat([f"2026-01-01T00:00:{i % 60:02}Z" for i in range(count)], width),
    }
    given.update({name: value for name, value in shared.items() if name != compared_axis})
    frame = pd.DataFrame({name: given.get(name) for name in columns.names(columns.TRIALS)})
    return frame.astype({"control": "int64"})


@dataclass(frozen=True)
class Loaded:
    """A dataset as runner.runfolder.dataset loads it, made of frames."""

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: Sequence[Mapping[str, object]]
    truncated: Sequence[str] = ()
    gaps: frozenset[tuple[str, str]] = frozenset()


PLANNED = {"messages_axis": "messages"}


def loaded(*frames: pd.DataFrame, **run: object) -> Loaded:
    """Return a dataset of one run that planned just the cells of its trials."""
    trials = pd.concat(frames, ignore_index=True)
    axes = list(AXES)
    cells = trials[axes].drop_duplicates(ignore_index=True).rename(columns=PLANNED)
    trials["run"], cells["run"] = 0, 0
    cells["status"], cells["reason"] = "planned", ""
    return Loaded(trials, cells, [{"machine": "m1", "run": "r1", "registry": REGISTRY, **run}])


def exact(
    arms: Mapping[str, Sequence[float]], control: Sequence[float] | None = None, **shared: Any
) -> pd.DataFrame:
    """Return the trials of a block whose arms have the given ln rates; the first has a control.

    NaN is a trial that failed.
    """
    names = list(arms)
    made = [Arm(names[0])] + [Arm(names[0], control=True)] * (control is not None)
    made += [Arm(name) for name in names[1:]]
    columns_of = [arms[names[0]], *([control] if control is not None else [])]
    columns_of += [arms[name] for name in names[1:]]
    logs = np.column_stack([np.asarray(values, dtype=np.float64) for values in columns_of])
    places = np.tile(np.arange(len(made)), (len(logs), 1))
    places[1::2] = places[1::2, ::-1]
    frame = _frame(logs, places, made, shared)
    failed = frame["seconds"].isna()
    frame.loc[failed, "status"] = "failed"
    frame.loc[failed, "detail"] = r"Traceback\nValueError: no"
    return frame
