"""A clock that stands still while the process is stopped: waits that last too long show it."""

from datetime import datetime, timedelta

import pytest

from runner.measure import SystemClock
from runner.process import AwakeClock


class World:
    """Time as a test tells it; whoever waits may be stopped as well."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept = 7.0  # before we began

    def monotonic(self) -> float:
        return self.time

    def boot_time(self) -> float:
        return self.time + self.slept

    def waits(self, stopped: float, seconds: float) -> None:
        self.time += seconds + stopped


def test_a_wait_in_time_or_a_little_late_is_not_a_stop() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)
    clock.wait(lambda seconds: world.waits(0.9, seconds), 0.5)
    assert (clock.now(), clock.away()) == (world.time, 7.0)


def test_the_time_of_a_stop_does_not_go_by() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)
    clock.wait(lambda seconds: world.waits(3600.0, seconds), 30.0)
    assert clock.now() == pytest.approx(101.0)  # one slice of the wait
    assert clock.away() == pytest.approx(7.0 + 3629.0 - 29.0)


def test_a_stop_between_two_waits_is_reported_by_sigcont_or_by_its_length() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)
    world.time += 20.0  # an engine that starts a container, say
    assert clock.now() == 120.0
    world.time += 20.0
    clock.continued()
    assert clock.now() == pytest.approx(121.0)
    clock.continued()
    world.time += 0.5
    assert clock.now() == pytest.approx(121.5)
    world.time += 600.0
    assert clock.now() == pytest.approx(122.5)
    assert clock.away() == pytest.approx(7.0 + 19.0 + 599.0)


def test_a_machine_that_slept_was_away_though_its_monotonic_clock_knows_nothing() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)
    world.slept += 3600.0
    assert (clock.now(), clock.away()) == (100.0, 3607.0)


def test_a_wait_that_breaks_off_counts_as_well() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)

    def breaks(seconds: float) -> None:
        world.waits(60.0, seconds)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        clock.wait(breaks, 0.5)
    assert clock.now() == pytest.approx(100.5)


def test_a_stop_through_which_two_waited_counts_once() -> None:
    world = World()
    clock = AwakeClock(world.monotonic, world.boot_time)
    clock.wait(lambda _: clock.wait(lambda seconds: world.waits(60.0, seconds), 0.5), 0.5)
    assert clock.now() == pytest.approx(100.5)


def test_the_time_of_a_row_follows_no_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    boot = iter([50.0, 51.5, 3651.5])
    monkeypatch.setattr("runner.measure.environment.boot_time", lambda: next(boot))
    clock = SystemClock()
    first, second = (datetime.fromisoformat(clock.utc()) for _ in range(2))
    assert second - first == timedelta(hours=1)
