"""The project's statistics: intervals, verdicts, stopping, pooling. They draw no random numbers.

The rule that stops a block and the figures of a report come from the same functions, in the
standard library alone; `series`, which the report asks for many series at once, needs numpy, and
is imported by name. Values are within-round log-ratios ln(rate a / rate b) unless a docstring says
otherwise; `Interval.exp()` turns their interval into that of the ratio.
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
    sign_p,
    sign_test,
)
from runner.statistics.pooling import WIDTH_IN_SD, around, pool
from runner.statistics.signed_ranks import hodges_lehmann, walsh_cut
from runner.statistics.stopping import (
    MIN_ROUNDS,
    done,
    half_width,
    rounds_for_verdict,
    rounds_needed,
)
from runner.statistics.student import normal_quantile, normal_tail, t_quantile, t_tail
from runner.statistics.verdicts import (
    FALSE_DISCOVERY_RATE,
    OPPOSITE,
    Verdict,
    benjamini_hochberg,
    is_same,
    selected_level,
    verdict,
)

__all__ = [
    "FALSE_DISCOVERY_RATE",
    "LEAST_MODE_SHARE",
    "MAD_TO_SD",
    "MIN_ROUNDS",
    "OPPOSITE",
    "UNKNOWN",
    "WIDTH_IN_SD",
    "Interval",
    "Modes",
    "Verdict",
    "around",
    "benjamini_hochberg",
    "binomial_tail",
    "cut_each_side",
    "done",
    "half_width",
    "hodges_lehmann",
    "is_same",
    "mann_whitney",
    "median_interval",
    "normal_quantile",
    "normal_tail",
    "pool",
    "robust_spread",
    "rounds_for_verdict",
    "rounds_needed",
    "selected_level",
    "sign_p",
    "sign_test",
    "t_quantile",
    "t_tail",
    "two_modes",
    "verdict",
    "walsh_cut",
]
