"""An engine that may go away and come back: waited for, within bounds, and its clock."""

import time
from collections.abc import Callable
from typing import TypeVar

from docker.errors import APIError

from runner.engine import ENGINE_ERRORS, Client, brief, engine_time
from runner.errors import EnvironmentLacksError
from runner.executors.guard import StartError
from runner.model import Status
from runner.process import AWAKE

RETRY = 0.5
"""Seconds between two attempts to reach an engine that does not answer."""
SETTLING = 3.0
"""Seconds for which an engine's own errors are put down to its being stopped or started."""

Value = TypeVar("Value")


class Reconnection:
    """Waits for an engine; one that stayed away for `patience` seconds is not waited for again."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._gone = ""
        self._ahead = 0.0

    def set_clock(self, client: Client) -> None:
        """Learn by how much the engine's clock is ahead of ours."""
        told = str(client.info()["SystemTime"])
        self._ahead = engine_time(told) - time.time()

    def clock(self) -> float:
        """Return the engine's time, in seconds since 1970."""
        return time.time() + self._ahead

    def reach(self, action: Callable[[], Value]) -> Value:
        """Return what `action` gives, tried anew while the engine is away.

        Raises APIError for what the engine refuses, and StartError, `lost`, where it does not
        come back: the trials in flight are told so and journalled; whoever asks for more after
        that gets EnvironmentLacksError, which ends the run.
        """
        if self._gone:
            raise EnvironmentLacksError(self._gone)
        started = AWAKE.now()
        while True:
            try:
                return action()
            except APIError as error:
                if not error.is_server_error() or AWAKE.now() > started + SETTLING:
                    raise
            except ENGINE_ERRORS as error:
                if AWAKE.now() > started + self._patience:
                    self._gone = self._left(error)
                    raise StartError(self._gone, Status.LOST) from error
            AWAKE.wait(time.sleep, RETRY)

    def _left(self, error: BaseException) -> str:
        return (
            f"the container engine went away and was not back after {self._patience:g} s: "
            f"{brief(error)}. What was measured is in the journal: start the engine, and go on "
            "with --resume"
        )
