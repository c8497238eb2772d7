"""The `__main__` of the real harness for tests, whose agent also fails as a trial's fault says.

`agent:…` is what happens to the agent itself; what happens to a role is the harness's own.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator

import agent  # type: ignore[import-not-found]

honest = agent.run_trials


def run_trials(
    request: dict[str, list[dict[str, str]]], folder: object
) -> Iterator[tuple[int, dict[str, object]]]:
    for place, trial in enumerate(request["trials"]):
        fail(trial["fault"])
        for _, record in honest(dict(request, trials=[trial]), folder):
            if trial["fault"] == "agent:talk":
                record["detail"] = "long " * 200000
            yield place, record


def fail(fault: str) -> None:
    if fault == "agent:hang":
        sys.stderr.write("hanging\n")
        sys.stderr.flush()
        time.sleep(3600)
    elif fault == "agent:segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault == "agent:exit":
        sys.stderr.write("the agent's last words\n")
        sys.stderr.flush()
        os._exit(7)
    elif fault == "agent:memory":
        eaten = []
        while True:
            eaten.append(bytearray(16 * 1024 * 1024))


if __name__ == "__main__":
    agent.run_trials = run_trials
    agent.main("".join(sys.argv[2:3]))
