import gzip
import json

import pytest
from msgspec.structs import replace

from preview_service.api.answers import (
    KEPT_S,
    MIN_GZIP_BYTES,
    OVERHEAD_BYTES,
    AnswerCache,
    EncodedAnswer,
)
from preview_service.api.requests import PreviewRequest

HEAD = b'{"url":"a"'
ANSWER = EncodedAnswer(HEAD, 100.0, 200.0, same_until=200.0, tag="t")
LARGE = replace(ANSWER, head=b'{"url":"%b"' % (b"a" * MIN_GZIP_BYTES))
SIZE = 2 * len(HEAD) + OVERHEAD_BYTES


def ask(number: int = 0) -> PreviewRequest:
    return PreviewRequest(url=f"https://a.example/{number}")


def test_the_cache_note_is_joined_on() -> None:
    payload = ANSWER.payload("hit", 130.7, "hit;dur=0")
    assert json.loads(payload.body) == {
        "url": "a",
        "cache": {"state": "hit", "age_s": 30, "fresh_for_s": 70},
    }
    assert payload.headers["Cache-Status"] == "preview-service; hit; ttl=70"
    assert payload.headers["Server-Timing"] == "hit;dur=0"


def test_an_answer_without_an_entry_has_no_age() -> None:
    payload = EncodedAnswer(HEAD, 0.0, 0.0).payload("miss", 1e9, "look;dur=1")
    assert json.loads(payload.body)["cache"] == {"state": "miss", "age_s": 0, "fresh_for_s": 0}
    assert payload.headers["Cache-Status"] == "preview-service; fwd=miss"


def test_how_long_an_unreachable_target_is_kept_is_not_shown() -> None:
    payload = EncodedAnswer(HEAD, 100.0, 400.0, is_dated=False).payload("hit", 130.7, "hit;dur=0")
    assert json.loads(payload.body)["cache"] == {"state": "hit", "age_s": 0, "fresh_for_s": 0}
    assert payload.headers["Cache-Status"] == "preview-service; hit"


def test_a_clock_set_back_makes_no_negative_age() -> None:
    note = json.loads(ANSWER.payload("hit", 50.0, "").body)["cache"]
    assert note == {"state": "hit", "age_s": 0, "fresh_for_s": 150}


def test_an_answer_is_kept_while_its_entry_stays_as_it_is() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 150.0)
    assert answers.get(ask(), 199.9) is not None
    assert answers.get(ask(), 200.0) is None
    assert answers.get(ask(1), 150.0) is None


def test_after_a_while_the_store_is_asked_again() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), replace(ANSWER, fresh_until=9999.0, same_until=9999.0), 100.0)
    assert answers.get(ask(), 100.0 + KEPT_S - 1) is not None
    assert answers.get(ask(), 100.0 + KEPT_S) is None


def test_a_clock_set_back_prolongs_nothing() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 130.0)
    assert answers.get(ask(), 130.0 - KEPT_S - 1) is None


@pytest.mark.parametrize("same_until", [0.0, 149.0])
def test_what_may_be_another_at_any_moment_is_not_kept(same_until: float) -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), replace(ANSWER, same_until=same_until), 150.0)
    assert answers.get(ask(), 150.0) is None


def test_a_stale_answer_is_kept_as_such_while_nobody_may_ask_again() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), replace(ANSWER, same_until=230.0), 205.0)
    payload = answers.get(ask(), 207.0)
    assert payload is not None
    note = json.loads(payload.body)["cache"]
    assert note == {"state": "stale", "age_s": 107, "fresh_for_s": 0}
    assert payload.headers["Cache-Status"] == "preview-service; hit; ttl=-7"
    assert answers.get(ask(), 230.0) is None


def test_answers_go_with_their_entry() -> None:
    answers = AnswerCache(100_000)
    for number in range(4):
        answers.keep(ask(number), ANSWER, 150.0, ("a", "b") if number < 2 else ("b",))
    answers.keep(ask(9), ANSWER, 150.0, ("c",))
    answers.forget("a")
    assert [n for n in range(10) if answers.get(ask(n), 150.0)] == [2, 3, 9]
    answers.forget("b")
    answers.forget("unknown")
    assert [n for n in range(10) if answers.get(ask(n), 150.0)] == [9]


def test_what_leads_to_answers_goes_with_them() -> None:
    answers = AnswerCache(3 * SIZE)
    for number in range(100):
        answers.keep(ask(number), ANSWER, 150.0, (f"key-{number}", "shared"))
        answers.keep(ask(number), ANSWER, 150.0, (f"key-{number}", "shared"))
    assert answers._by_key.keys() == {"key-97", "key-98", "key-99", "shared"}
    assert answers._by_key["shared"] == {ask(97), ask(98), ask(99)}


def test_an_answer_kept_anew_under_other_keys_goes_with_those() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 150.0, ("old",))
    answers.keep(ask(), ANSWER, 150.0, ("new",))
    assert answers._by_key.keys() == {"new"}


def test_a_kept_answer_ages_by_the_second() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 150.0)
    times = (150.1, 150.9, 151.0, 190.5, 160.0)
    payloads = [payload for now in times if (payload := answers.get(ask(), now))]
    ages = [json.loads(payload.body)["cache"]["age_s"] for payload in payloads]
    assert ages == [50, 50, 51, 90, 60]
    assert payloads[0] is payloads[1]
    assert len({payload.headers["ETag"] for payload in payloads}) == 4


def test_the_same_tag_means_the_same_bytes() -> None:
    bodies: dict[str, set[bytes]] = {}
    for answer in (ANSWER, LARGE):
        tagged = replace(answer, tag=str(len(answer.head)))
        for state in ("hit", "miss", "stale"):
            for now in (100.0, 100.2, 100.9, 101.3, 199.9, 300.0):
                payload = tagged.payload(state, now, "")
                bodies.setdefault(payload.headers["ETag"], set()).add(payload.body)
    assert {len(different) for different in bodies.values()} == {1}


def test_only_a_large_answer_is_compressed_and_once_a_second() -> None:
    answers = AnswerCache(100_000)
    answers.keep(ask(1), ANSWER, 150.0)
    answers.keep(ask(2), LARGE, 150.0)
    small, large = (answers.get(ask(n), 150.0, is_gzipped=True) for n in (1, 2))
    plain = answers.get(ask(2), 150.0)
    assert small is not None
    assert large is not None
    assert plain is not None
    assert "Content-Encoding" not in small.headers
    assert "Vary" not in small.headers
    assert large.headers["Content-Encoding"] == "gzip"
    assert large.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert large.headers["ETag"] != plain.headers["ETag"]
    assert gzip.decompress(large.body) == plain.body
    assert len(large.body) < len(plain.body) / 4
    assert answers.get(ask(2), 150.9, is_gzipped=True) is large
    later = answers.get(ask(2), 151.0, is_gzipped=True)
    assert later is not None
    assert json.loads(gzip.decompress(later.body))["cache"]["age_s"] == 51


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("hit", "hit; ttl=70"),
        ("stale", "hit; ttl=70"),
        ("miss", "fwd=miss"),
        ("revalidated", "fwd=stale; fwd-status=304"),
        ("bypass", "fwd=request"),
    ],
)
def test_the_header_says_what_the_cache_did(state: str, status: str) -> None:
    payload = ANSWER.payload(state, 130.7, "")
    assert payload.headers["Cache-Status"] == f"preview-service; {status}"
    assert json.loads(payload.body)["cache"]["state"] == state


def test_a_note_is_told() -> None:
    payload = replace(ANSWER, note="refresh_too_soon").payload("hit", 130.7, "")
    assert json.loads(payload.body)["cache"]["note"] == "refresh_too_soon"


def test_answers_stay_within_their_bytes() -> None:
    answers = AnswerCache(10 * SIZE)
    for number in range(50):
        answers.keep(ask(number), ANSWER, 150.0)
    assert [n for n in range(50) if answers.get(ask(n), 150.0)] == list(range(40, 50))


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    answers = AnswerCache(SIZE - 1)
    answers.keep(ask(), ANSWER, 150.0)
    assert answers.get(ask(), 150.0) is None
