"""The project's statistics: intervals, verdicts, stopping, pooling. They draw no random numbers.

The rule that stops a comparison and the figures of a report come from the same functions.
`arrays`, `estimating`, `modes`, `series` and `disturbance` need numpy, and are imported by name;
the rest is of the standard library. Values are within-round log-ratios ln(rate a / rate b) unless a
docstring says otherwise; `Interval.exp()` turns their interval into that of the ratio.

Series may be lists, tuples or arrays of any numbers, in any order unless a docstring names one.
What is None, NaN or infinite is not known, and left out unless a docstring refuses it; a function
of several series over the same rounds leaves out those in which one of them is not known.
"""

from runner.statistics.diagnostics import (
    LEAST_MODE_SHARE,
    Modes,
    mann_whitney,
    two_modes,
)
from runner.statistics.median import (
    MAD_TO_SD,
    UNKNOWN,
    Interval,
    binomial_tail,
    cut_each_side,
    median_interval,
    robust_spread,
)
from runner.statistics.pooling import WIDTH_IN_SD, around, pool
from runner.statistics.signed_ranks import RankSum, cap_of, signed_rank_p
from runner.statistics.stopping import (
    LOOK_EVERY,
    MIN_ROUNDS,
    is_look,
    lacking,
    precise,
    rounds_for_verdict,
    rounds_needed,
    together,
)
from runner.statistics.student import normal_quantile, normal_tail, t_quantile, t_tail
from runner.statistics.verdicts import (
    FALSE_DISCOVERY_RATE,
    OPPOSITE,
    Verdict,
    benjamini_hochberg,
    equal_within,
    selected_level,
    verdict,
)

__all__ = [
    "FALSE_DISCOVERY_RATE",
    "LEAST_MODE_SHARE",
    "LOOK_EVERY",
    "MAD_TO_SD",
    "MIN_ROUNDS",
    "OPPOSITE",
    "UNKNOWN",
    "WIDTH_IN_SD",
    "Interval",
    "Modes",
    "RankSum",
    "Verdict",
    "around",
    "benjamini_hochberg",
    "binomial_tail",
    "cap_of",
    "cut_each_side",
    "equal_within",
    "is_look",
    "lacking",
    "mann_whitney",
    "median_interval",
    "normal_quantile",
    "normal_tail",
    "pool",
    "precise",
    "robust_spread",
    "rounds_for_verdict",
    "rounds_needed",
    "selected_level",
    "signed_rank_p",
    "t_quantile",
    "t_tail",
    "together",
    "two_modes",
    "verdict",
]
