"""The project's statistics, in the standard library alone: intervals, verdicts, stopping, pooling.

Every host that measures can run them, and they draw no random numbers. Values are within-round
log-ratios ln(rate a / rate b) unless a docstring says otherwise; `Interval.exp()` turns their
interval into that of the ratio.
"""

from runner.intervals.diagnostics import (
    LEAST_MODE_SHARE,
    Correlation,
    Modes,
    OrderEffect,
    correlation_p,
    mann_whitney,
    order_effect,
    spearman,
    two_modes,
)
from runner.intervals.median import (
    MAD_TO_SD,
    UNKNOWN,
    Interval,
    binomial_tail,
    cut_each_side,
    median_interval,
    robust_spread,
    sign_p,
    sign_test,
    win_share,
)
from runner.intervals.signed_ranks import hodges_lehmann, walsh_cut
from runner.intervals.sittings import Pooled, pool
from runner.intervals.stopping import MIN_ROUNDS, done, rounds_for_verdict, rounds_needed
from runner.intervals.student import normal_quantile, normal_tail, t_quantile, t_tail
from runner.intervals.verdicts import (
    FALSE_DISCOVERY_RATE,
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
    "UNKNOWN",
    "Correlation",
    "Interval",
    "Modes",
    "OrderEffect",
    "Pooled",
    "Verdict",
    "benjamini_hochberg",
    "binomial_tail",
    "correlation_p",
    "cut_each_side",
    "done",
    "hodges_lehmann",
    "is_same",
    "mann_whitney",
    "median_interval",
    "normal_quantile",
    "normal_tail",
    "order_effect",
    "pool",
    "robust_spread",
    "rounds_for_verdict",
    "rounds_needed",
    "selected_level",
    "sign_p",
    "sign_test",
    "spearman",
    "t_quantile",
    "t_tail",
    "two_modes",
    "verdict",
    "walsh_cut",
    "win_share",
]
