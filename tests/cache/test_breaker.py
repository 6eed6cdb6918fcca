import pytest

from preview_service.cache.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_allows_until_something_fails(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert all(breaker.allows() for _ in range(10))
    assert not breaker.succeeded()
    assert breaker.failed()
    assert (breaker.is_open, breaker.allows()) == (True, False)


def test_one_try_passes_each_period_and_the_periods_double(clock: Clock) -> None:
    breaker = Breaker(clock, first_s=1, longest_s=5)
    breaker.failed()
    tries = []
    for tenth in range(250):
        clock.now = tenth / 10
        if breaker.allows():
            assert not breaker.allows()
            tries.append(clock.now)
            assert not breaker.failed()
    assert tries == [1, 3, 7, 12, 17, 22]


def test_failures_of_what_began_before_are_no_news(clock: Clock) -> None:
    breaker = Breaker(clock, first_s=1)
    breaker.failed()
    assert not any(breaker.failed() for _ in range(50))
    clock.now = 1
    assert breaker.allows()


def test_a_try_that_nobody_reports_on_is_followed_by_another(clock: Clock) -> None:
    breaker = Breaker(clock, first_s=1)
    breaker.failed()
    clock.now = 1
    assert breaker.allows()
    clock.now = 2
    assert breaker.allows()


def test_a_success_closes_it_and_is_news_once(clock: Clock) -> None:
    breaker = Breaker(clock, first_s=1)
    breaker.failed()
    clock.now = 1
    assert breaker.allows()
    assert breaker.succeeded()
    assert not breaker.succeeded()
    assert breaker.allows()
    assert breaker.failed()
    clock.now = 2
    assert breaker.allows()
