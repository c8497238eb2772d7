"""What can go wrong for a user: one small tree, each error with the exit code it ends with."""

from typing import ClassVar


class IpcmatrixError(Exception):
    """A mistake or gap that the user can mend; the message says what, where and what to do.

    Each argument is a line of the message. A break inside of one is text from outside, and is
    shown escaped.
    """

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        """Return the lines, for what is not the terminal."""
        return "\n".join(map(str, self.args))


class BadInputError(IpcmatrixError):
    """The matrix, a flag or a run folder cannot be used as given."""

    exit_code = 2


class EnvironmentLacksError(IpcmatrixError):
    """This machine lacks something that was asked for: an interpreter, an engine, the lock."""

    exit_code = 3
