import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preview_service.cache.entry import (
    MAX_PAUSE_S,
    RENEWED_AT_MOST_S,
    Alias,
    Entry,
    Use,
    aliases,
    is_passing,
    landed,
    lifetime_s,
    renewed,
    stored_at,
    use,
)
from preview_service.model import Claim, Field, Preview, Reason, Status
from preview_service.outcome import Origin, Outcome, Trail
from preview_service.settings import CacheSettings

MINUTE = 60.0
DAY = 24 * 3600.0
WEEK = 7 * DAY
NOW = 1_750_000_000.0
SETTINGS = CacheSettings()
GOOD = Outcome(status=Status.COMPLETE, http_status=200)
CUT = Outcome(status=Status.PARTIAL, http_status=200)
SHOE = "https://shop.example/p/42"


def bad(reason: Reason, http_status: int | None = None, **headers: str) -> Outcome:
    return Outcome(
        status=Status.UNAVAILABLE,
        reason=reason,
        http_status=http_status,
        origin=Origin(headers={name.replace("_", "-"): text for name, text in headers.items()}),
    )


def said(**headers: str) -> Outcome:
    """A good outcome whose server sent *headers*."""
    return replace(
        GOOD,
        origin=Origin(
            url=SHOE, headers={name.replace("_", "-"): text for name, text in headers.items()}
        ),
    )


def made(
    outcome: Outcome, before: Entry | None = None, spread: float = 0.0, now: float = NOW
) -> Entry:
    return landed(outcome, now=now, settings=SETTINGS, spread=spread, before=before)


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
        (bad(Reason.OVERLOADED), 1),
    ],
    ids=lambda value: f"{value.reason}-{value.http_status}" if isinstance(value, Outcome) else None,
)
def test_an_outcome_is_kept_for(outcome: Outcome, seconds: float) -> None:
    assert lifetime_s(outcome, failures=1, fresh_s=DAY) == seconds
    kept = made(outcome)
    assert kept.fresh_until - kept.stored_at == seconds


@pytest.mark.parametrize(
    ("headers", "fresh_s", "behind_s", "error_s"),
    [
        ({}, DAY, WEEK, WEEK),
        ({"cache_control": "max-age=3600"}, 3600, WEEK, WEEK),
        ({"cache_control": "max-age=5"}, 600, WEEK, WEEK),
        ({"cache_control": "max-age=31536000"}, DAY, WEEK, WEEK),
        ({"cache_control": "max-age=3600", "age": "600"}, 3000, WEEK, WEEK),
        ({"cache_control": "max-age=60, s-maxage=7200"}, 7200, WEEK, WEEK),
        ({"cache_control": "private, max-age=3600, s-maxage=60"}, 3600, WEEK, WEEK),
        ({"cache_control": "max-age=3600, must-revalidate"}, 3600, 0, WEEK),
        ({"cache_control": "no-cache"}, 600, 0, WEEK),
        ({"cache_control": "no-store, max-age=3600"}, 600, 0, WEEK),
        (
            {"cache_control": "max-age=3600, stale-while-revalidate=60, stale-if-error=120"},
            *(3600, 60, 120),
        ),
        ({"cache_control": "stale-while-revalidate=99999999"}, DAY, WEEK, WEEK),
        ({"cache_control": "stale-if-error=0"}, DAY, WEEK, 0),
    ],
    ids=str,
)
def test_a_good_outcome_is_kept_as_its_server_asks_within_bounds(
    headers: dict[str, str], fresh_s: float, behind_s: float, error_s: float
) -> None:
    kept = made(said(**headers))
    assert kept.fresh_until - NOW == fresh_s
    assert kept.revalidate_until - kept.fresh_until == behind_s
    assert kept.error_until - kept.fresh_until == error_s


def test_the_bounds_are_settings() -> None:
    settings = CacheSettings(
        fresh_s=100, fresh_min_s=50, stale_while_revalidate_s=10, stale_if_error_s=20
    )
    for header, fresh_s in (("max-age=1", 50), ("max-age=70", 70), ("max-age=900", 100)):
        kept = landed(said(cache_control=header), now=NOW, settings=settings, spread=0)
        assert kept.fresh_until - NOW == fresh_s
        assert kept.revalidate_until - kept.fresh_until == 10
        assert kept.error_until - kept.fresh_until == 20


def test_a_page_that_broke_off_is_looked_at_again_soon_whatever_its_server_says() -> None:
    outcome = replace(CUT, origin=Origin(headers={"cache-control": "max-age=86400"}))
    assert made(outcome).fresh_until - NOW == 600


@pytest.mark.parametrize("reason", list(Reason))
def test_every_failure_is_kept_for_less_than_a_good_answer(reason: Reason) -> None:
    assert 0 < lifetime_s(bad(reason), failures=50, fresh_s=DAY) <= 3600
    assert 0 < made(bad(reason), spread=1.0).fresh_until - NOW <= MAX_PAUSE_S


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
    kept = made(GOOD, before=made(bad(Reason.TIMEOUT)))
    assert (kept.failures, kept.failed, kept.retry_at) == (0, None, 0)


@pytest.mark.parametrize(("spread", "seconds"), [(-1.0, 480.0), (0.0, 600.0), (1.0, 720.0)])
def test_a_failures_jitter_is_a_fifth_either_way(spread: float, seconds: float) -> None:
    kept = made(bad(Reason.HTTP_STATUS, 404), spread=spread)
    assert kept.fresh_until - kept.stored_at == pytest.approx(seconds)


@pytest.mark.parametrize("spread", [-1.0, 1.0])
def test_a_good_answer_is_kept_as_long_as_the_setting_says(spread: float) -> None:
    kept = made(GOOD, spread=spread)
    assert kept.fresh_until - kept.stored_at == DAY


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, "120", 120),
        (503, "0", 1),
        (403, "999999", 3600),
        (429, "soon", 900),
        (503, "", 60),
        (500, "120", 60),  # says nothing there (RFC 9110 §10.2.3)
        (429, "Sun, 15 Jun 2025 15:07:40 GMT", 60),
    ],
)
def test_who_asks_to_be_left_alone_is(status: int, retry_after: str, seconds: float) -> None:
    outcome = bad(Reason.HTTP_STATUS, status, retry_after=retry_after)
    assert made(outcome).fresh_until - NOW == seconds


@pytest.mark.parametrize("spread", [-1.0, -0.5, 0.0, 1.0])
def test_nobody_comes_sooner_than_asked(spread: float) -> None:
    outcome = bad(Reason.CHALLENGE, 429, retry_after="100")
    assert 100 <= made(outcome, spread=spread).fresh_until - NOW <= 120


def test_an_entry_is_fresh_until_its_second_and_not_in_it() -> None:
    kept = made(bad(Reason.DNS))
    assert kept.is_fresh(NOW + 299.9)
    assert not kept.is_fresh(NOW + 300.0)


@pytest.mark.parametrize(
    ("outcome", "after_s", "what"),
    [
        (GOOD, 0, Use.HIT),
        (GOOD, DAY - 1, Use.HIT),
        (GOOD, DAY, Use.BEHIND),
        (GOOD, DAY + WEEK - 1, Use.BEHIND),
        (GOOD, DAY + WEEK, Use.ASK),
        (GOOD, -59, Use.HIT),
        (GOOD, -3600, Use.BEHIND),  # the clock was set back: true once, but nobody knows when
        (said(cache_control="no-cache"), 599, Use.HIT),
        (said(cache_control="no-cache"), 600, Use.ASK),
        (bad(Reason.DNS), 299, Use.HIT),
        (bad(Reason.DNS), 300, Use.ASK),
        (bad(Reason.DNS), -3600, Use.ASK),
    ],
)
def test_what_is_done_with_an_entry_of_that_age(
    outcome: Outcome, after_s: float, what: Use
) -> None:
    assert use(made(outcome), NOW + after_s) is what


def test_without_an_entry_there_is_only_asking() -> None:
    assert use(None, NOW) is Use.ASK


@pytest.mark.parametrize(
    ("outcome", "passes"),
    [
        (GOOD, False),
        (bad(Reason.DNS), True),
        (bad(Reason.CONNECT), True),
        (bad(Reason.TLS), True),
        (bad(Reason.TIMEOUT), True),
        (bad(Reason.HTTP_STATUS, 500), True),
        (bad(Reason.HTTP_STATUS, 429), True),
        (bad(Reason.CHALLENGE, 503), True),
        (bad(Reason.HTTP_STATUS, 404), False),
        (bad(Reason.HTTP_STATUS, 403), False),
        (bad(Reason.SOFT_404, 200), False),
        (bad(Reason.BLOCKED_BY_POLICY), False),
    ],
)
def test_only_what_passes_leaves_a_good_entry_in_place(outcome: Outcome, passes: bool) -> None:
    assert is_passing(outcome) is passes
    later = NOW + DAY + 1
    kept = made(outcome, before=made(GOOD), now=later)
    assert kept.is_good is (passes or outcome is GOOD)
    if passes:
        assert use(kept, later) is Use.HOLD
        assert use(kept, kept.retry_at) is Use.BEHIND
        assert (kept.stored_at, kept.failed) == (NOW, outcome.reason)


def test_a_good_entry_stands_in_for_failures_a_week_and_no_longer() -> None:
    kept = made(GOOD)
    pauses = []
    now = kept.fresh_until
    for _ in range(7):
        kept = made(bad(Reason.TIMEOUT), before=kept, now=now)
        pauses.append(kept.retry_at - now)
        now = kept.retry_at
    assert pauses == [30, 60, 120, 240, 480, 900, 900]
    last = made(bad(Reason.TIMEOUT), before=kept, now=NOW + DAY + WEEK)
    assert (last.outcome.reason, last.failures) == (Reason.TIMEOUT, 8)


def test_a_pause_from_before_the_clock_was_set_back_is_not_kept_to() -> None:
    kept = made(bad(Reason.TIMEOUT), before=made(GOOD), now=NOW + DAY)
    assert kept.is_held(NOW + DAY)
    assert not kept.is_held(NOW)


def test_a_page_that_has_not_changed_is_fresh_again() -> None:
    before = made(said(etag='"a"', cache_control="max-age=3600", age="600", date="x"))
    later = NOW + 5000
    kept = renewed(before, {"etag": 'W/"a"'}, now=later, settings=SETTINGS)
    assert (kept.stored_at, kept.made_at) == (later, NOW)
    assert kept.fresh_until == later + 3600  # what its age was says nothing now
    assert kept.outcome.origin.headers == {"etag": 'W/"a"', "cache-control": "max-age=3600"}
    shorter = renewed(before, {"cache-control": "max-age=700"}, now=later, settings=SETTINGS)
    assert shorter.fresh_until == later + 700


@pytest.mark.parametrize(
    ("outcome", "is_known"),
    [
        (said(etag='"a"'), True),
        (said(last_modified="Sun, 15 Jun 2025 15:06:40 GMT"), True),
        (GOOD, False),
        (replace(said(etag='"a"'), status=Status.PARTIAL), False),
        (replace(said(etag='"a"'), http_status=203), False),
        (bad(Reason.HTTP_STATUS, 404, etag='"a"'), False),
    ],
)
def test_what_is_whole_and_has_a_validator_may_be_asked_about(
    outcome: Outcome, is_known: bool
) -> None:
    kept = made(outcome)
    assert (kept.known(NOW + 1000) is not None) is is_known
    assert kept.known(NOW + RENEWED_AT_MOST_S) is None
    assert kept.known(NOW - 1) is None


@pytest.mark.parametrize(
    ("refreshed_at", "may"), [(0, True), (NOW, False), (NOW - 599, False), (NOW - 600, True)]
)
def test_a_caller_may_refresh_once_in_ten_minutes(refreshed_at: float, may: bool) -> None:
    kept = replace(made(GOOD), refreshed_at=refreshed_at)
    assert kept.may_refresh(NOW, SETTINGS.refresh_every_s) is may
    assert kept.may_refresh(NOW - 10_000, SETTINGS.refresh_every_s)


def seen(final: str, canonical: str | None = None) -> Outcome:
    claims = {}
    if canonical is not None:
        claim = Claim(field=Field.CANONICAL, value=canonical, source="link")
        claims[Field.CANONICAL] = (claim,)
    preview = Preview(url=final, host="shop.example")
    return replace(GOOD, preview=preview, trail=Trail(claims=claims))


@pytest.mark.parametrize(
    ("asked", "outcome", "found"),
    [
        (SHOE, seen(SHOE), []),
        (SHOE, seen("https://shop.example/shoes/42"), ["https://shop.example/shoes/42"]),
        (SHOE, seen("https://www.shop.example/p/42"), ["https://www.shop.example/p/42"]),
        (SHOE, seen("https://other.example/p/42"), []),
        (SHOE, seen("https://other.example/p/42", SHOE), []),
        (f"{SHOE}?ref=a&size=9", seen(f"{SHOE}?ref=a&size=9", SHOE), [SHOE]),
        (f"{SHOE}?ref=a&b=1", seen(f"{SHOE}?ref=a&b=1", f"{SHOE}?b=1"), [f"{SHOE}?b=1"]),
        (
            "https://m.shop.example/p/42",
            seen("https://m.shop.example/p/42", SHOE),
            [SHOE],
        ),
        (f"{SHOE}?a=1", seen(f"{SHOE}?a=1", f"{SHOE}?b=1"), []),
        (SHOE, seen(SHOE, "https://shop.example/p/43"), []),
        (SHOE, seen(SHOE, "https://shop.example/"), []),
        (SHOE, seen(SHOE, "https://victim.example/p/42"), []),
        (SHOE, seen(SHOE, "javascript:alert(1)"), []),
        (SHOE, bad(Reason.HTTP_STATUS, 404), []),
    ],
)
def test_an_entry_is_good_for(asked: str, outcome: Outcome, found: list[str]) -> None:
    assert list(aliases(asked, outcome)) == found
    assert list(aliases(f"{asked}#de", outcome)) == [f"{key}#de" for key in found]


def test_an_entry_tells_when_it_was_stored_and_nothing_else_does() -> None:
    kept = msgspec.msgpack.encode(made(GOOD))
    assert stored_at(kept) == NOW
    others = (msgspec.msgpack.encode(Alias(of=SHOE)), b"", b"\xc1", kept[:-9], b"\x81\xa2is\xff")
    assert [stored_at(each) for each in others] == [None] * 5


OUTCOMES = st.builds(
    lambda reason, status, headers: Outcome(
        status=Status.UNAVAILABLE if reason else Status.COMPLETE,
        reason=reason,
        http_status=status,
        origin=Origin(headers=headers),
    ),
    st.none() | st.sampled_from(list(Reason)),
    st.none() | st.integers(100, 999),
    st.dictionaries(
        st.sampled_from(["cache-control", "expires", "age", "date", "retry-after", "etag"]),
        st.text(max_size=40) | st.sampled_from(["max-age=9", "no-store", "0", "120"]),
    ),
)


@given(st.lists(st.tuples(OUTCOMES, st.floats(-1e6, 1e6)), max_size=8), st.floats(-1, 1))
def test_whatever_comes_and_however_the_clock_jumps_times_stay_within_bounds(
    steps: list[tuple[Outcome, float]], spread: float
) -> None:
    now, kept = NOW, None
    for outcome, jump in steps:
        now += jump
        kept = made(outcome, before=kept, spread=spread, now=now)
        use(kept, now)
        assert kept.fresh_until - kept.stored_at <= DAY
        assert kept.fresh_until - kept.stored_at > 0
        assert kept.retry_at <= now + MAX_PAUSE_S
        assert kept.revalidate_until <= kept.stored_at + DAY + WEEK
        assert kept.error_until <= kept.stored_at + DAY + WEEK
        assert kept.keep_s(kept.stored_at) > 0
