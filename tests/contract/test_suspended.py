"""A process that is really stopped and continued loses none of the time that it allows."""

import subprocess
import sys

PROGRAM = """
import signal
from runner.process import AWAKE, run
signal.signal(signal.SIGCONT, AWAKE.continued)
before = AWAKE.away()
command = "sleep 0.5; kill -STOP $PPID; sleep 6; kill -CONT $PPID; sleep 0.2; echo done"
finished = run(["sh", "-c", command], timeout=5)
print(finished.out, finished.timed_out, AWAKE.away() - before >= 2)
"""


def test_a_stop_is_noticed_and_leaves_a_command_its_time() -> None:
    stopped = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert stopped.stdout.split() == ["done", "False", "True"], stopped.stderr
