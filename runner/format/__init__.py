"""The run folder's format as every stage reads it: run.json, which files there are, and values."""

from runner.format.files import CARRIAGE_RETURN, not_utf8, opened, restore, text_of, trials_files
from runner.format.head import FORMAT, RUN, check_sound, read_head

__all__ = [
    "CARRIAGE_RETURN",
    "FORMAT",
    "RUN",
    "check_sound",
    "not_utf8",
    "opened",
    "read_head",
    "restore",
    "text_of",
    "trials_files",
]
