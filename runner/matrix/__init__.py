"""matrix.yaml → Matrix: every default, every message with line and column, and the flags."""

from runner.matrix.flags import Flags, override
from runner.matrix.names import Vocabulary
from runner.matrix.reading import load, parse
from runner.matrix.schema import schema

__all__ = ["Flags", "Vocabulary", "load", "override", "parse", "schema"]
