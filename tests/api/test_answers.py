import json

from preview_service.api.answers import OVERHEAD_BYTES, AnswerCache, EncodedAnswer
from preview_service.api.requests import PreviewRequest

HEAD = b'{"url":"a"'
ANSWER = EncodedAnswer(HEAD, 100.0, 200.0)
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


def test_an_answer_is_kept_while_its_entry_is_fresh() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 100.0)
    assert answers.get(ask(), 199.9) is not None
    assert answers.get(ask(), 200.0) is None
    assert answers.get(ask(1), 150.0) is None


def test_a_kept_answer_ages_by_the_second() -> None:
    answers = AnswerCache(10_000)
    answers.keep(ask(), ANSWER, 110.0)
    payloads = [answers.get(ask(), now) for now in (110.1, 110.9, 111.0, 150.5, 120.0)]
    ages = [json.loads(payload.body)["cache"]["age_s"] for payload in payloads if payload]
    assert ages == [10, 10, 11, 50, 20]
    assert payloads[0] is payloads[1]


def test_answers_stay_within_their_bytes() -> None:
    answers = AnswerCache(10 * SIZE)
    for number in range(50):
        answers.keep(ask(number), ANSWER, 150.0)
    assert [n for n in range(50) if answers.get(ask(n), 150.0)] == list(range(40, 50))


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    answers = AnswerCache(SIZE - 1)
    answers.keep(ask(), ANSWER, 150.0)
    assert answers.get(ask(), 150.0) is None
