"""The room that starts ordinary processes, and ends them with all that they started."""

from runner.process.awake import AWAKE, AwakeClock, boot_time
from runner.process.environment import clean_environment, tilde
from runner.process.running import Finished, environment_for_tools, run, start
from runner.process.signals import die_with_parent, follow_door, uninterrupted
from runner.process.tree import descendants, exited, kill_tree, marked

__all__ = [
    "AWAKE",
    "AwakeClock",
    "Finished",
    "boot_time",
    "clean_environment",
    "descendants",
    "die_with_parent",
    "environment_for_tools",
    "exited",
    "follow_door",
    "kill_tree",
    "marked",
    "run",
    "start",
    "tilde",
    "uninterrupted",
]
