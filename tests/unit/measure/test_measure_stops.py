"""Signals become a wish; the second one is a command; the handlers are given back."""

import os
import signal

import pytest

from runner.measure import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_noted_and_the_second_breaks_off(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert (stop(), stop.signal) == (False, None)
        os.kill(os.getpid(), number)
        assert (stop(), stop.signal) == (True, number)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(number) is before
