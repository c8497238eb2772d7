"""What keeps runs of tests small: few interpreters, and a transport of their own that waits."""

import sys
from pathlib import Path

PLUGIN = """\
from transports import Receiver, Sender, Transport, pipe

class Base(Transport):
    SUMMARY = "a transport of a test"
    DUPLEX = True

    def open(self, context):
        return context.Pipe()

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        return pipe.receiver(channel, side)
"""
"""A transport that works, without a name: a class below it gives one, or spoils it."""
WAITS = f"""\
import time
{PLUGIN}
class Waits(Base):
    NAME = "waits"

    def open(self, context):
        time.sleep(0.2)
        return context.Pipe()
"""


def few_interpreters(home: Path) -> dict[str, str]:
    """Return variables with which the program finds the interpreter of the tests, and few others.

    It asks every one that it finds, at every start.
    """
    home.mkdir(exist_ok=True)
    system = ("/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
    places = (f"{sys.base_prefix}/bin", *system)
    return {"PATH": ":".join(places), "HOME": str(home), "PYENV_ROOT": str(home / "none")}


def let_wait(matrix: Path) -> None:
    """Have a run wait most of its time: it lasts as long for a third of the processor time."""
    text = matrix.read_text()
    assert "[pipe, queue]" in text
    matrix.with_name("waits.py").write_text(WAITS)
    matrix.write_text("plugins: [./waits.py]\n" + text.replace("[pipe, queue]", "[queue, waits]"))
