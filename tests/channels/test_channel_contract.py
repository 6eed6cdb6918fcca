"""Every channel keeps its promises on every nasty card of `fixtures/cards`, in whichever way."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest
import regex

from preview_service.channels import CHANNELS, channel
from preview_service.channels.base import Channel, is_of
from preview_service.errors import UnknownChannel
from preview_service.model import Delivery, Look, Preview, Reason, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

FIXTURES = Path(__file__).parents[2] / "fixtures"
CARDS = sorted((FIXTURES / "cards").glob("*.json"))

# 3GPP TS 23.038 §6.2.1 and §6.2.1.1, typed from the tables.
GSM_1_SEPTET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_2_SEPTETS = "\f^{}\\[~]|€"


def utf16(text: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def sms_segments(text: str) -> int:
    """https://www.twilio.com/docs/glossary/what-sms-character-limit"""
    if all(char in GSM_1_SEPTET + GSM_2_SEPTETS for char in text):
        length = sum(2 if char in GSM_2_SEPTETS else 1 for char in text)
        return 1 if length <= 160 else -(-length // 153)
    return 1 if utf16(text) <= 70 else -(-utf16(text) // 67)


# How `fixtures/limits` counts: written here again, so that a wrong count in the code is seen.
COUNTS: dict[str, Callable[[Any], int]] = {
    "utf16": utf16,
    "code_points": len,
    "graphemes": lambda text: len(regex.findall(r"\X", text)),
    "utf8_bytes": lambda text: len(text.encode()),
    "sms_segments": sms_segments,
    "items": len,
    "json_bytes": lambda value: len(json.dumps(value, ensure_ascii=False).encode()),
    "base64_bytes": lambda text: len(text) * 3 // 4,
}

# Each way to ask, and what goes out when the page made no card.
ASKED = [*Way, None]


@pytest.fixture(params=CHANNELS.values(), ids=lambda channel: channel.name)
def member(request: pytest.FixtureRequest) -> Channel:
    assert isinstance(request.param, Channel)
    return request.param


@pytest.fixture(params=CARDS, ids=lambda path: path.stem)
def card(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


@cache
def preview_of(card: Path) -> Preview:
    return msgspec.json.decode(card.read_bytes(), type=Preview)


def rendered_on(member: Channel, card: Path, way: Way | None = Way.AUTO) -> Rendered:
    preview = preview_of(card)
    reason = None if way else Reason.TIMEOUT
    status = Status.UNAVAILABLE if reason else Status.COMPLETE
    outcome = Outcome(status=status, preview=preview, reason=reason)
    return render(outcome, preview.url, member, way or Way.AUTO)


def all_on(member: Channel, card: Path) -> Iterator[Rendered]:
    return (rendered_on(member, card, way) for way in ASKED)


def values(message: Any) -> Iterator[Any]:
    """Every leaf of a JSON value."""
    if isinstance(message, dict):
        message = list(message.values())
    if isinstance(message, list):
        for value in message:
            yield from values(value)
    else:
        yield message


def strings(message: Any) -> list[str]:
    return [value for value in values(message) if isinstance(value, str)]


def at(message: Any, path: str) -> Any:
    """What stands at *path*: names and numbers between dots, several paths joined by " + ".

    "$" is the message itself; None where there is no such place.
    """
    if " + " in path:
        found = [at(message, each) for each in path.split(" + ")]
        return "".join(text for text in found if text) or None
    for key in () if path == "$" else path.split("."):
        if isinstance(message, list) and key.isdigit() and int(key) < len(message):
            message = message[int(key)]
        else:
            message = message.get(key) if isinstance(message, dict) else None
    return message


@cache
def limits_of(name: str) -> dict[str, dict[str, Any]]:
    """Where texts stand in a channel's messages, how they are counted, and the most they may be.

    From the vendors' documents and by hand, so that a wrong limit in the table is seen.
    """
    path = FIXTURES / "limits" / f"{name}.json"
    limits: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return limits


def test_messages_are_json_without_nulls_or_empty_text(member: Channel, card: Path) -> None:
    for rendered in all_on(member, card):
        message = rendered.message
        assert json.loads(json.dumps(message)) == message
        assert None not in values(message)
        assert all(value.strip() for value in strings(message))


def test_the_url_arrives_intact(member: Channel, card: Path) -> None:
    url = preview_of(card).url
    for rendered in all_on(member, card):
        said = strings(rendered.message)
        # Where a channel reads HTML, or what looks like it, "&" is written as a reference.
        assert any(url in value or url in unescape(value) for value in said)
        assert rendered.text == url or rendered.text.endswith(f"\n{url}")


def test_every_limit_holds(member: Channel, card: Path) -> None:
    url = preview_of(card).url
    for rendered in all_on(member, card):
        for path, limit in limits_of(member.name).items():
            value = at(rendered.message, path)
            # A URL is never cut, so it may be too long where it stands alone as words.
            if value is not None and (value != url or rendered.delivery is Delivery.CARD):
                assert COUNTS[limit["unit"]](value) <= limit["max"], path


def test_each_limit_is_met_by_some_card(member: Channel) -> None:
    """A limit that no card reaches is not tested: the table names only places that exist."""
    messages = [rendered.message for card in CARDS for rendered in all_on(member, card)]
    limits = limits_of(member.name)
    met = {path for path in limits for message in messages if at(message, path) is not None}
    assert met == limits.keys()


def test_what_a_channel_requires_is_there(member: Channel, card: Path) -> None:
    """A required field is there whenever what holds it is."""
    for rendered in all_on(member, card):
        for path, limit in limits_of(member.name).items():
            if not limit.get("required") or rendered.delivery is not Delivery.CARD:
                continue
            holder = path.rpartition(".")[0] or "$"
            has_holder = holder == "$" or at(rendered.message, holder) is not None
            assert not has_holder or at(rendered.message, path), path


def test_texts_are_one_line_of_visible_characters(member: Channel, card: Path) -> None:
    for rendered in all_on(member, card):
        for value in strings(rendered.message):
            assert not any(char in "\0\x01\x07\x7f\r\t\u2028\u202e\u2066\u200f" for char in value)
            # Title, description and link at most; markup has lines of its own.
            assert value.count("\n") <= 2 or "<" in value


def test_what_was_done_is_well_formed(member: Channel, card: Path) -> None:
    fields = {"title", "description", "site_name", "alt", "image", "text", "url"}
    for rendered in all_on(member, card):
        for act in rendered.fit:
            assert act.field in fields
            assert act.action in {"cut", "dropped", "filled", "refused", "transliterated"}
            if act.was is not None:
                assert act.limit is not None
                assert act.was > act.limit
                assert act.unit
            else:
                assert act.because or act.action == "transliterated"


def test_forecasts_name_the_channels_own_rules(member: Channel, card: Path) -> None:
    known = {rule.name for method in member.methods for rule in method.rules}
    for rendered in all_on(member, card):
        assert set(rendered.customer_sees.because) <= known
        is_best = rendered.customer_sees.look is Look.LARGE_CARD
        if is_best:
            assert rendered.delivery is not Delivery.TEXT
            assert not rendered.customer_sees.because


def test_nothing_asked_for_shows_more_than_auto(member: Channel, card: Path) -> None:
    looks = [Look.LARGE_CARD, Look.SMALL_CARD, Look.PLAIN_LINK]
    best = rendered_on(member, card).customer_sees.look
    for way in (Way.CARD, Way.PASTE):
        assert looks.index(best) <= looks.index(rendered_on(member, card, way).customer_sees.look)


def test_what_is_asked_for_is_what_goes_out(member: Channel, card: Path) -> None:
    for way in (Way.COMPONENT, Way.CARD, Way.PASTE):
        rendered = rendered_on(member, card, way)
        possible = {method.delivery for method in member.methods if is_of(method, way)}
        assert rendered.delivery in {*possible, Delivery.TEXT}
        if rendered.delivery is Delivery.TEXT:
            assert rendered.reason is member.text_only
        else:
            assert rendered.reason is None


def test_a_component_is_salesforces_message(member: Channel, card: Path) -> None:
    rendered = rendered_on(member, card, Way.COMPONENT)
    if member.component_formats is None:
        assert rendered.message == member.say(rendered.text)
    else:
        assert rendered.message["staticContent"]["formatType"] in member.component_formats


def test_golden(member: Channel, card: Path, golden: Callable[[Path, Any], None]) -> None:
    path = FIXTURES / "channels" / member.name / card.name
    ways = {way: rendered_on(member, card, way) for way in Way}
    # What is not said of a way is as it is by itself.
    told = {"auto": ways[Way.AUTO]} | {
        way: rendered for way, rendered in ways.items() if rendered != ways[Way.AUTO]
    }
    golden(path, json.loads(msgspec.json.encode(told)))


def test_no_fixture_is_left_over() -> None:
    pairs = {(name, card.name) for name in CHANNELS for card in CARDS}
    stored = {(path.parent.name, path.name) for path in (FIXTURES / "channels").glob("*/*.json")}
    assert stored <= pairs
    assert {path.stem for path in (FIXTURES / "limits").glob("*.json")} == CHANNELS.keys()


def test_payloads_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    payloads = sum(
        1 for member in CHANNELS.values() for card in CARDS for _ in all_on(member, card)
    )
    with capsys.disabled():
        # For whoever runs the suite: how much was really tried.
        print(f"\n{len(CHANNELS)} channels × {len(CARDS)} cards: {payloads} payloads")  # noqa: T201
    assert len(CHANNELS) >= 20
    assert len(CARDS) >= 15


def test_channels_are_found_by_the_name_they_bear() -> None:
    for name in CHANNELS:
        assert channel(name).name == name


def test_an_unknown_channel_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownChannel, match="enhanced_sms, enhanced_web_chat_v1"):
        channel("smoke_signals")


def test_every_limit_says_where_it_stands(member: Channel) -> None:
    """A source is an address; a limit without one is our own or marked as unconfirmed."""
    rows: list[Any] = [*member.text_limits]
    rows += [member.longest_text] if member.longest_text else []
    for method in member.methods:
        rows += [*method.limits.values(), *method.rules]
        rows += [whole.limit for whole in method.wholes]
        rows += [method.picture] if method.picture else []
        assert method.docs is None or method.docs.startswith("https://")
    for row in rows:
        assert row.source is None or row.source.startswith("https://")
