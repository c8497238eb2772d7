"""The package that starts ordinary processes, and ends them with all that they started."""

from runner.process.asking import (
    FLAGS,
    FloodError,
    MarkedLines,
    UnansweredError,
    answer_in,
    ask,
    fresh_mark,
    question,
)
from runner.process.awake import AWAKE, AwakeClock, boot_time
from runner.process.browser import browse
from runner.process.held import (
    OURS,
    SHARED,
    HeldFolder,
    Swept,
    hold_until_exit,
    is_at,
    is_held,
    lock,
    sweep,
)
from runner.process.privacy import anonymous, argument, published, tilde
from runner.process.running import (
    STDERR_KEPT,
    Finished,
    clean_environment,
    environment_for_tools,
    run,
    start,
    which,
    why_not_started,
)
from runner.process.signals import follow_launcher, uninterrupted
from runner.process.tree import cpu_seconds, descendants, exited, kill_tree, marked, stopped

__all__ = [
    "AWAKE",
    "FLAGS",
    "OURS",
    "SHARED",
    "STDERR_KEPT",
    "AwakeClock",
    "Finished",
    "FloodError",
    "HeldFolder",
    "MarkedLines",
    "Swept",
    "UnansweredError",
    "anonymous",
    "answer_in",
    "argument",
    "ask",
    "boot_time",
    "browse",
    "clean_environment",
    "cpu_seconds",
    "descendants",
    "environment_for_tools",
    "exited",
    "follow_launcher",
    "fresh_mark",
    "hold_until_exit",
    "is_at",
    "is_held",
    "kill_tree",
    "lock",
    "marked",
    "published",
    "question",
    "run",
    "start",
    "stopped",
    "sweep",
    "tilde",
    "uninterrupted",
    "which",
    "why_not_started",
]
