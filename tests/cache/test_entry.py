import pytest

from preview_service.cache.entry import Entry, entry, lifetime_s
from preview_service.model import Reason, Status
from preview_service.outcome import Outcome

DAY = 24 * 3600.0
GOOD = Outcome(status=Status.COMPLETE)
CUT = Outcome(status=Status.PARTIAL)


def bad(reason: Reason, http_status: int | None = None) -> Outcome:
    return Outcome(status=Status.UNAVAILABLE, reason=reason, http_status=http_status)


def made(outcome: Outcome, before: Entry | None = None, spread: float = 0.0) -> Entry:
    return entry(outcome, now=1000.0, fresh_s=DAY, spread=spread, before=before)


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (GOOD, DAY),
        (CUT, 600),
        (bad(Reason.BLOCKED_ADDRESS), 600),
        (bad(Reason.BLOCKED_BY_POLICY), 600),
        (bad(Reason.DNS), 300),
        (bad(Reason.CONNECT), 30),
        (bad(Reason.TLS), 30),
        (bad(Reason.TIMEOUT), 30),
        (bad(Reason.HTTP_STATUS, 404), 600),
        (bad(Reason.HTTP_STATUS, 410), 600),
        (bad(Reason.HTTP_STATUS, 403), 900),
        (bad(Reason.HTTP_STATUS, 429), 900),
        (bad(Reason.HTTP_STATUS, 500), 60),
        (bad(Reason.HTTP_STATUS, 503), 60),
        (bad(Reason.CHALLENGE), 900),
        (bad(Reason.NO_METADATA), 600),
    ],
    ids=lambda value: f"{value.reason}-{value.http_status}" if isinstance(value, Outcome) else None,
)
def test_an_outcome_is_kept_for(outcome: Outcome, seconds: float) -> None:
    assert lifetime_s(outcome, failures=1, fresh_s=DAY) == seconds


@pytest.mark.parametrize("reason", list(Reason))
def test_every_failure_is_kept_for_less_than_a_good_answer(reason: Reason) -> None:
    assert 0 < lifetime_s(bad(reason), failures=50, fresh_s=DAY) <= 3600


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (bad(Reason.TIMEOUT), [30, 60, 120, 240, 480, 900, 900]),
        (bad(Reason.HTTP_STATUS, 502), [60, 120, 240, 480, 900, 900, 900]),
        (bad(Reason.HTTP_STATUS, 404), [600, 600, 600, 600, 600, 600, 600]),
    ],
    ids=["timeout", "502", "404"],
)
def test_what_passes_by_itself_is_kept_twice_as_long_each_time(
    outcome: Outcome, seconds: list[float]
) -> None:
    kept = []
    last = None
    for _ in seconds:
        last = made(outcome, before=last)
        kept.append(last.fresh_until - last.stored_at)
    assert kept == seconds


def test_another_failure_starts_counting_again() -> None:
    first = made(bad(Reason.TIMEOUT))
    second = made(bad(Reason.TIMEOUT), before=first)
    third = made(bad(Reason.CONNECT), before=second)
    assert (second.failures, third.failures) == (2, 1)


def test_a_good_answer_forgets_failures() -> None:
    assert made(GOOD, before=made(bad(Reason.TIMEOUT))).failures == 0


@pytest.mark.parametrize(("spread", "seconds"), [(-1.0, 480.0), (0.0, 600.0), (1.0, 720.0)])
def test_a_failures_jitter_is_a_fifth_either_way(spread: float, seconds: float) -> None:
    kept = made(bad(Reason.HTTP_STATUS, 404), spread=spread)
    assert kept.fresh_until - kept.stored_at == pytest.approx(seconds)


@pytest.mark.parametrize("spread", [-1.0, 1.0])
def test_a_good_answer_is_kept_as_long_as_the_setting_says(spread: float) -> None:
    kept = made(GOOD, spread=spread)
    assert kept.fresh_until - kept.stored_at == DAY


def test_an_entry_is_fresh_until_its_second_and_not_in_it() -> None:
    kept = made(bad(Reason.DNS))
    assert kept.is_fresh(1299.9)
    assert not kept.is_fresh(1300.0)
