from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from preview_service.api.schemas import (
    PARAMETERS,
    PreviewRequest,
    explanation,
    public,
    request_from_json,
    request_from_query,
)
from preview_service.errors import BadRequest, BadURL, CallerError, NotYet
from preview_service.model import (
    Claim,
    FetchReport,
    Field,
    Hop,
    Outcome,
    Purpose,
    Reason,
    Status,
    Trail,
)


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        ("url=https://a.example/", PreviewRequest(url="https://a.example/")),
        (
            "url=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2&channel=sms&wait_ms=0",
            PreviewRequest(url="https://a.example/?x=1&y=2", channel="sms", wait_ms=0),
        ),
        ("url=a&explain=true", PreviewRequest(url="a", explain=True)),
        ("url=a&explain=0", PreviewRequest(url="a", explain=False)),
        ("url=", PreviewRequest(url="")),
    ],
)
def test_a_query_is_read(query: str, request_: PreviewRequest) -> None:
    assert request_from_query(query) == request_


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("url=a&wait_ms=soon", "^wait_ms must be a whole number from 0 to 10000$"),
        ("url=a&wait_ms=10001", "^wait_ms must be a whole number from 0 to 10000$"),
        ("url=a&wait_ms=-1", "wait_ms"),
        (f"url=a&wait_ms={'9' * 5000}", "wait_ms"),
        ("url=a&explain=perhaps", "^explain must be true or false$"),
        ("url=a&chanel=sms", "'chanel'.*channel, wait_ms"),
        ("url=a&url=b", "more than once"),
        ("url=%ff", "UTF-8"),
        ("&".join(f"p{n}=1" for n in range(40)), "too many"),
    ],
)
def test_a_bad_query_is_refused_with_what_is_wrong(query: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        request_from_query(query)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'"url"', "object"),
        (b'{"url": 5}', "^url must be text$"),
        (b'{"url": "a", "channel": ["sms"]}', "^channel must be text$"),
        (b'{"url": "a", "wait_ms": "5"}', "wait_ms"),
        (b'{"url": "a", "x": 1}', "'x'"),
        (b"[" * 100_000, "JSON"),
        (b'{"url": "\xff"}', "JSON"),
    ],
)
def test_a_bad_body_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        request_from_json(body)


def test_without_a_url_there_is_nothing_to_preview() -> None:
    with pytest.raises(BadURL, match="no url"):
        request_from_query("channel=generic")
    with pytest.raises(BadURL, match="no url"):
        request_from_json(b"{}")


@pytest.mark.parametrize("name", ["lang", "refresh", "partner", "notify"])
def test_a_parameter_whose_capability_is_missing_is_told_so(name: str) -> None:
    with pytest.raises(NotYet, match=name):
        request_from_query(f"url=a&{name}=1")


@given(st.binary())
def test_any_body_is_a_request_or_a_callers_mistake(body: bytes) -> None:
    with suppress(CallerError):
        request_from_json(body)


@given(st.dictionaries(st.sampled_from(PARAMETERS) | st.text(), st.text()))
def test_any_parameters_are_a_request_or_a_callers_mistake(parameters: dict[str, str]) -> None:
    with suppress(CallerError):
        request_from_json(msgspec.json.encode(parameters))


@pytest.mark.parametrize("reason", list(Reason))
def test_only_admins_learn_what_is_inside(reason: Reason) -> None:
    telling = {"blocked_address", "dns", "connect", "tls"}
    assert public(reason, is_admin=True) is reason
    assert public(reason, is_admin=False) == ("unreachable" if reason in telling else reason)


TITLE = Claim(field=Field.TITLE, value="Shoe", source="og:title")
OTHER = Claim(field=Field.TITLE, value="Shoe | Acme", source="title")
SAME = Claim(field=Field.TITLE, value="Shoe", source="twitter:title")
SECOND = Claim(field=Field.TITLE, value="Shoes", source="og:title")
REFUSED = FetchReport(
    url="https://a.example/",
    purpose=Purpose.PAGE,
    reason=Reason.CONNECT,
    ms=3,
    redirects=(Hop(url="https://a.example/", status=302),),
    detail="connection refused",
)


def test_an_explanation_names_the_winner_and_the_rejected() -> None:
    outcome = Outcome(status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (TITLE, OTHER)}))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    title = told.fields[Field.TITLE]
    assert (title.value, title.source) == ("Shoe", "og:title")
    assert [(r.value, r.source) for r in title.rejected] == [("Shoe | Acme", "title")]


def test_an_explanation_says_why_a_claim_did_not_win() -> None:
    outcome = Outcome(
        status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (TITLE, SECOND, SAME, OTHER)})
    )
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False).fields[Field.TITLE]
    assert [rejected.because for rejected in told.rejected] == [
        "another og:title",
        "the same as og:title",
        "after og:title",
    ]
    assert told.raw is UNSET


def test_an_explanation_keeps_what_was_declared() -> None:
    polished = Claim(field=Field.TITLE, value="Shoe", source="og:title", raw="Shoe | Acme")
    outcome = Outcome(status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (polished,)}))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    assert told.fields[Field.TITLE].raw == "Shoe | Acme"


def test_an_explanation_tells_no_stranger_how_a_connection_failed() -> None:
    outcome = Outcome(status=Status.UNAVAILABLE, trail=Trail(fetches=(REFUSED,)))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    assert told.fetches == (
        FetchReport(url="https://a.example/", purpose=Purpose.PAGE, reason=Reason.UNREACHABLE),
    )
    assert explanation(outcome, "", "miss", is_admin=True).fetches == (REFUSED,)
