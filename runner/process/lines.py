"""The lines of ours in a stream into which others print too.

An interpreter's stdout belongs to whoever runs in it: a sitecustomize, a wrapper's banner, a
plug-in. Our lines begin with a mark that was made for this stream; all others are skipped.
"""

import secrets

LONGEST_LINE = 8 * 1024**2
MOST_SKIPPED = 64 * 1024**2
"""Bytes between two lines of ours after which no line of ours is waited for any more."""
SHOWN = 160


class FloodError(Exception):
    """A stream holds too much that is not ours; the message shows its end."""


def fresh_mark() -> str:
    """Return a mark that nobody else prints at the start of a line; its length is constant."""
    return f"{secrets.token_hex(8)}:"


class MarkedLines:
    """Puts a stream together to lines, and gives those that begin with `mark` and a brace.

    What is skipped is not kept: the memory that this takes is bounded by LONGEST_LINE.
    """

    def __init__(self, mark: str) -> None:
        self._start = f"\n{mark}{{".encode("ascii")
        self._rest = b"\n"  # what may still become a line of ours, with the end of the line before
        self._skipped = 0
        self._shown = b""

    def feed(self, fragment: bytes) -> list[bytes]:
        """Return our lines that `fragment` completes, without mark and end; raise FloodError."""
        stream = self._rest + fragment
        ours = []
        begin = stream.find(self._start)
        ended = 0
        while begin >= 0:
            end = stream.find(b"\n", begin + 1)
            if end < 0:
                self._rest = stream[begin:]
                break
            ours.append(stream[begin + len(self._start) - 1 : end])
            ended = end
            begin = stream.find(self._start, end)
        else:
            others = stream[ended:]
            self._shown = (self._shown + others[len(self._rest) if not ended else 0 :])[-SHOWN:]
            self._rest = others[1 - len(self._start) :]
        self._skipped = 0 if ours else self._skipped + len(fragment)
        if len(self._rest) > LONGEST_LINE:
            message = f"one line is longer than {LONGEST_LINE} bytes: {_text(self._rest[-SHOWN:])}"
            raise FloodError(message)
        if self._skipped > MOST_SKIPPED:
            message = f"more than {MOST_SKIPPED} bytes, and no answer among them: {self.others}"
            raise FloodError(message)
        return ours

    @property
    def others(self) -> str:
        """The last line that others printed, or its end, quoted; "" where there was none."""
        last = self._shown.strip().rpartition(b"\n")[2]
        return _text(last) if last else ""


def _text(line: bytes) -> str:
    return ascii(line.decode("utf-8", errors="backslashreplace"))
