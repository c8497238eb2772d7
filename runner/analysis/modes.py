"""Comparisons with a cell that the kernel runs now crowded, now spread: the ratio in each mode."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from runner.analysis.blocks import MeasuredBlock, Unit
from runner.model import AXES
from runner.results import ModeRatio
from runner.statistics.estimating import undisturbed
from runner.statistics.modes import CellTrials, Split, by_mode, split

NAMES = ("crowded", "spread")


def modes_of(blocks: Iterable[Sequence[Unit]]) -> list[ModeRatio]:
    """Return both modes of each pair of arms of which a free one has two, by end-to-end time.

    `blocks` are the units of each block. The rounds that count are those of a comparison; a
    baseline's trials are its control's too. Whether a cell has two modes, its trials in all blocks
    say together; the ratio is that of the block.
    """
    found, listed = [], list(blocks)
    splits = _splits(listed)
    for units in listed:
        block = units[0].block
        arms = _arms(block)
        trials = {arm: [_trials(unit, arm) for unit in units] for arm in arms}
        for b, a in combinations(arms, 2):
            cuts = splits.get(_cell(block, a)), splits.get(_cell(block, b))
            ratios = by_mode(trials[a], trials[b], *cuts)
            if ratios is None:
                continue
            for name, one in zip(NAMES, (ratios.crowded, ratios.spread), strict=True):
                ratio = one.ratio.exp()
                found.append(
                    ModeRatio(
                        machine=block.machine,
                        compared_axis=block.compared_axis,
                        **block.shared,
                        a=block.arms[a],
                        b=block.arms[b],
                        mode=name,
                        ratio=ratio.estimate,
                        low=ratio.low,
                        high=ratio.high,
                        trials_a=one.trials_a,
                        trials_b=one.trials_b,
                        **_share("a", cuts[0], name),
                        **_share("b", cuts[1], name),
                    )
                )
    return found


def _splits(blocks: Iterable[Sequence[Unit]]) -> Mapping[tuple[str, ...], Split | None]:
    """Return the modes of each free cell, over all blocks in which it took part."""
    cores: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for units in blocks:
        block = units[0].block
        for arm in (arm for arm in _arms(block) if not block.bound(arm)):
            cores[_cell(block, arm)] += [_trials(unit, arm).cores for unit in units]
    return {cell: split(np.concatenate(own)) for cell, own in cores.items()}


def _arms(block: MeasuredBlock) -> list[int]:
    return [arm for arm in range(len(block.arms)) if arm != 1 or not block.has_control]


def _cell(block: MeasuredBlock, arm: int) -> tuple[str, ...]:
    own = {**block.shared, block.compared_axis: block.arms[arm]}
    return (block.machine, *(str(own[axis]) for axis in AXES))


def _trials(unit: Unit, arm: int) -> CellTrials:
    """Return an arm's trials of the rounds that count, in their order."""
    rows = [0, 1] if arm == 0 and unit.block.has_control else [arm]
    counted = undisturbed(unit.contaminated)
    cores, logs = (
        figures[rows][:, counted].T.ravel() for figures in (unit.cores, unit.logs["end_to_end"])
    )
    return CellTrials(cores, logs)


def _share(side: str, cut: Split | None, name: str) -> dict[str, Any]:
    """Return the cores and the share of the time of one arm in a mode, None where it has one."""
    names = (f"cores_{side}", f"share_{side}", f"share_{side}_low", f"share_{side}_high")
    if cut is None:
        return dict.fromkeys(names)
    share, low, high = cut.share
    if name == "crowded":
        return dict(zip(names, (cut.low, share, low, high), strict=True))
    return dict(zip(names, (cut.high, 1 - share, 1 - high, 1 - low), strict=True))
