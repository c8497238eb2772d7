"""matrix.yaml → Matrix: every default, every message with line and column, and the flags."""

from runner.matrix.file import read_text
from runner.matrix.flags import Flags, override
from runner.matrix.names import Vocabulary
from runner.matrix.own import own_files, with_helpers
from runner.matrix.profiles import profile_names
from runner.matrix.reading import parse
from runner.matrix.schema import schema

__all__ = [
    "Flags",
    "Vocabulary",
    "override",
    "own_files",
    "parse",
    "profile_names",
    "read_text",
    "schema",
    "with_helpers",
]
