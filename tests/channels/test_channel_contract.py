"""Every channel keeps its promises on every nasty card of `fixtures/cards`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from preview_service.channels import CHANNELS, channel
from preview_service.channels.base import Channel
from preview_service.errors import UnknownChannel
from preview_service.model import Delivery, Look, Outcome, Preview, Reason, Rendered, Status
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


# Where each channel's texts stand in its messages, how they are counted, and the most they may
# come to: written here again, so that a wrong limit or a wrong count in the table is seen.
LIMITS: dict[str, dict[str, tuple[Callable[[str], int], int]]] = {
    "generic": {
        "title": (utf16, 300),
        "description": (utf16, 1000),
        "site_name": (utf16, 300),
        "image.alt": (utf16, 300),
        "text": (utf16, 4096),
    },
    "enhanced_web_chat_v2": {
        "staticContent.linkItem.titleItem.title": (utf16, 300),
        "staticContent.linkItem.titleItem.subTitle": (utf16, 1000),
        "staticContent.image.description": (utf16, 300),
        "staticContent.text": (utf16, 10_000),
    },
    "enhanced_whatsapp": {"text.body": (utf16, 4096)},
    "standard_sms": {"body": (sms_segments, 1)},
}


@pytest.fixture(params=CHANNELS.values(), ids=lambda channel: channel.name)
def member(request: pytest.FixtureRequest) -> Channel:
    assert isinstance(request.param, Channel)
    return request.param


@pytest.fixture(params=CARDS, ids=lambda path: path.stem)
def card(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def preview_of(card: Path) -> Preview:
    return msgspec.json.decode(card.read_bytes(), type=Preview)


def rendered_on(member: Channel, card: Path, reason: Reason | None = None) -> Rendered:
    preview = preview_of(card)
    status = Status.UNAVAILABLE if reason else Status.COMPLETE
    return render(Outcome(status=status, preview=preview, reason=reason), preview.url, member)


def values(message: Any) -> Iterator[Any]:
    """Every leaf of a JSON value."""
    if isinstance(message, dict):
        for value in message.values():
            yield from values(value)
    elif isinstance(message, list):
        for value in message:
            yield from values(value)
    else:
        yield message


def at(message: Any, path: str) -> Any:
    for key in path.split("."):
        message = message.get(key) if isinstance(message, dict) else None
    return message


@pytest.mark.parametrize("reason", [None, Reason.TIMEOUT], ids=["best", "text"])
def test_messages_are_json_without_nulls_or_empty_text(
    member: Channel, card: Path, reason: Reason | None
) -> None:
    message = rendered_on(member, card, reason).message
    assert json.loads(json.dumps(message)) == message
    assert None not in values(message)
    assert all(value.strip() for value in values(message) if isinstance(value, str))


@pytest.mark.parametrize("reason", [None, Reason.TIMEOUT], ids=["best", "text"])
def test_the_url_arrives_intact(member: Channel, card: Path, reason: Reason | None) -> None:
    url = preview_of(card).url
    rendered = rendered_on(member, card, reason)
    strings = [value for value in values(rendered.message) if isinstance(value, str)]
    assert any(value == url or value.endswith(f"\n{url}") for value in strings)
    assert rendered.text == url or rendered.text.endswith(f"\n{url}")


@pytest.mark.parametrize("reason", [None, Reason.TIMEOUT], ids=["best", "text"])
def test_every_limit_holds(member: Channel, card: Path, reason: Reason | None) -> None:
    rendered = rendered_on(member, card, reason)
    url = preview_of(card).url
    for path, (count, most) in LIMITS[member.name].items():
        value = at(rendered.message, path)
        # A URL is never cut, so it may be too long when it stands alone.
        if isinstance(value, str) and value != url:
            assert count(value) <= most, path


def test_each_limit_is_met_by_some_card(member: Channel) -> None:
    """A limit that no card reaches is not tested: the table names only places that exist."""
    seen = {
        path
        for card in CARDS
        for reason in (None, Reason.TIMEOUT)
        for path in LIMITS[member.name]
        if isinstance(at(rendered_on(member, card, reason).message, path), str)
    }
    assert seen == LIMITS[member.name].keys()


def test_texts_are_one_line_of_visible_characters(member: Channel, card: Path) -> None:
    for value in values(rendered_on(member, card).message):
        if isinstance(value, str):
            assert not any(char in "\0\x01\x07\x7f\r\t\u2028\u202e\u2066\u200f" for char in value)
            assert value.count("\n") <= 1


def test_what_was_done_is_well_formed(member: Channel, card: Path) -> None:
    for act in rendered_on(member, card).fit:
        assert act.field in {"title", "description", "site_name", "alt", "image", "text"}
        assert act.action in {"cut", "dropped", "transliterated"}
        if act.was is not None:
            assert act.limit is not None
            assert act.was > act.limit
            assert act.unit
        else:
            assert act.because or act.action == "transliterated"


def test_forecasts_name_the_channels_own_rules(member: Channel, card: Path) -> None:
    rendered = rendered_on(member, card)
    known = {rule.name for method in member.methods for rule in method.rules}
    assert set(rendered.customer_sees.because) <= known
    is_best = rendered.customer_sees.look is Look.LARGE_CARD
    assert is_best == (
        rendered.delivery is not Delivery.TEXT and not rendered.customer_sees.because
    )


def test_the_best_way_is_chosen(member: Channel, card: Path) -> None:
    rendered = rendered_on(member, card)
    assert rendered.delivery is member.deliveries[0]
    assert rendered.reason is (None if member.methods else Reason.CHANNEL_TEXT_ONLY)


def test_rendering_is_repeatable(member: Channel, card: Path) -> None:
    assert rendered_on(member, card) == rendered_on(member, card)


def test_golden(member: Channel, card: Path, golden: Callable[[Path, Any], None]) -> None:
    path = FIXTURES / "channels" / member.name / card.name
    golden(path, json.loads(msgspec.json.encode(rendered_on(member, card))))


def test_no_golden_is_left_over() -> None:
    pairs = {(name, card.name) for name in CHANNELS for card in CARDS}
    stored = {(path.parent.name, path.name) for path in (FIXTURES / "channels").glob("*/*.json")}
    assert stored <= pairs


def test_pairs_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        # For whoever runs the suite: how much was really tried.
        print(f"\n{len(CHANNELS)} channels × {len(CARDS)} cards = {len(CHANNELS) * len(CARDS)}")  # noqa: T201
    assert len(CARDS) >= 15


def test_channels_are_found_by_the_name_they_bear() -> None:
    for name in CHANNELS:
        assert channel(name).name == name


def test_an_unknown_channel_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownChannel, match="enhanced_web_chat_v2, enhanced_whatsapp, generic"):
        channel("smoke_signals")


def test_every_limit_says_where_it_stands(member: Channel) -> None:
    """A source is an address; a limit without one is our own or marked as unconfirmed."""
    rows: list[Any] = [*member.text_limits]
    for method in member.methods:
        rows += [*method.limits.values(), *method.rules]
        rows += [method.picture] if method.picture else []
    for row in rows:
        assert row.source is None or row.source.startswith("https://")
