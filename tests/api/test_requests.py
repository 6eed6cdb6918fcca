from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.api.requests import (
    PreviewRequest,
    UpgradeRequest,
    from_json,
    parameters_of,
    preview_from_query,
)
from preview_service.errors import BadRequest, BadURL, CallerError
from preview_service.model import Way

PARAMETERS = parameters_of(PreviewRequest)


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
        ("url=a&lang=de-AT&refresh=1", PreviewRequest(url="a", lang="de-AT", refresh=True)),
        ("url=a&method=paste", PreviewRequest(url="a", method=Way.PASTE)),
    ],
)
def test_a_query_is_read(query: str, request_: PreviewRequest) -> None:
    assert preview_from_query(query) == request_


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("url=a&wait_ms=soon", "^wait_ms must be a whole number from 0 to 10000$"),
        ("url=a&wait_ms=10001", "^wait_ms must be a whole number from 0 to 10000$"),
        ("url=a&wait_ms=-1", "wait_ms"),
        (f"url=a&wait_ms={'9' * 5000}", "wait_ms"),
        ("url=a&explain=perhaps", "^explain must be true or false$"),
        ("url=a&refresh=soon", "^refresh must be true or false$"),
        ("url=a&method=carrier", "^method must be auto, component, card or paste$"),
        ("url=a&chanel=sms", "'chanel'.*channel, method"),
        ("url=a&url=b", "more than once"),
        ("url=%ff", "UTF-8"),
        ("&".join(f"p{n}=1" for n in range(40)), "too many"),
    ],
)
def test_a_bad_query_is_refused_with_what_is_wrong(query: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        preview_from_query(query)


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
        (b'{"url": "a", "lang": 5}', "^lang must be text$"),
        (b'{"url": "a", "x": 1}', "'x'"),
        (b"[" * 100_000, "JSON"),
        (b'{"url": "\xff"}', "JSON"),
    ],
)
def test_a_bad_body_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        from_json(body, PreviewRequest)


def test_without_a_url_there_is_nothing_to_preview() -> None:
    with pytest.raises(BadURL, match="no url"):
        preview_from_query("channel=generic")
    with pytest.raises(BadURL, match="no url"):
        from_json(b"{}", PreviewRequest)


@given(st.binary())
def test_any_body_is_a_request_or_a_callers_mistake(body: bytes) -> None:
    with suppress(CallerError):
        from_json(body, PreviewRequest)


@given(st.dictionaries(st.sampled_from(PARAMETERS) | st.text(), st.text()))
def test_any_parameters_are_a_request_or_a_callers_mistake(parameters: dict[str, str]) -> None:
    with suppress(CallerError):
        from_json(msgspec.json.encode(parameters), PreviewRequest)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{}", "^no text is given$"),
        (b'{"text": null}', "^text must be text$"),
        (b'{"text": "a", "url": "b"}', "'url'.*text, channel"),
        (b'{"text": "\\ud83d"}', "JSON"),
    ],
)
def test_an_upgrade_of_nothing_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        from_json(body, UpgradeRequest)
