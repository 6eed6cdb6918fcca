"""WhatsApp unfurls a bare link by its own documented rules."""

from typing import Any

import pytest

from preview_service.channels import channel
from preview_service.model import Delivery, Image, Look, Preview, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

WHATSAPP = channel("enhanced_whatsapp")


def outcome(
    *,
    url: str = "https://shop.example/p/42",
    image: dict[str, Any] | None = None,
    bytes_to_metadata: int = 900,
    **changes: Any,
) -> Outcome:
    source = "https://shop.example/42.jpg"
    facts = {"width": 1200, "height": 630, "bytes": 83211} | (image or {})
    texts = {"title": "Trail shoe 42", "description": "Light trail shoe, in stock."} | changes
    preview = Preview(
        url=url,
        host="shop.example",
        image=Image(url=source, source_url=source, **facts),
        **texts,
    )
    return Outcome(status=Status.COMPLETE, preview=preview, bytes_to_metadata=bytes_to_metadata)


def test_the_message_is_the_bare_link_to_unfurl() -> None:
    rendered = render(outcome(), "https://shop.example/p/42", WHATSAPP)
    assert rendered.message == {
        "type": "text",
        "text": {"preview_url": True, "body": "https://shop.example/p/42"},
    }
    assert rendered.text == "Trail shoe 42\nhttps://shop.example/p/42"


def test_words_are_not_unfurled() -> None:
    assert WHATSAPP.say("Have a look") == {
        "type": "text",
        "text": {"preview_url": False, "body": "Have a look"},
    }


@pytest.mark.parametrize(
    ("known", "look", "because"),
    [
        (outcome(), Look.LARGE_CARD, ()),
        (outcome(bytes_to_metadata=300_000), Look.LARGE_CARD, ()),
        (outcome(bytes_to_metadata=300_001), Look.PLAIN_LINK, ("tags_after_300_kb",)),
        (outcome(bytes_to_metadata=0), Look.LARGE_CARD, ()),
        (outcome(image={"bytes": 600_000}), Look.LARGE_CARD, ()),
        (outcome(image={"bytes": 600_001}), Look.SMALL_CARD, ("image_over_600_kb",)),
        (outcome(image={"width": 300, "height": 300}), Look.LARGE_CARD, ()),
        (
            outcome(image={"width": 299, "height": 299}),
            Look.SMALL_CARD,
            ("image_under_300_px_wide",),
        ),
        (outcome(image={"width": 1200, "height": 300}), Look.LARGE_CARD, ()),
        (
            outcome(image={"width": 1204, "height": 300}),
            Look.SMALL_CARD,
            ("image_wider_than_4_to_1",),
        ),
        (outcome(image={"width": None, "height": None, "bytes": None}), Look.LARGE_CARD, ()),
        (outcome(url="https://198.51.100.7/"), Look.PLAIN_LINK, ("ip_host",)),
        (outcome(title=None), Look.PLAIN_LINK, ("no_title",)),
        (outcome(description=None), Look.SMALL_CARD, ("no_description",)),
    ],
)
def test_the_documented_rules(known: Outcome, look: Look, because: tuple[str, ...]) -> None:
    assert known.preview
    seen = render(known, known.preview.url, WHATSAPP, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


def test_the_app_shows_80_characters_of_a_description() -> None:
    rendered = render(outcome(description="x" * 312), "https://shop.example/p/42", WHATSAPP)
    (act,) = rendered.fit
    assert (act.field, act.action, act.limit, act.unit, act.was) == (
        "description",
        "cut",
        80,
        "characters",
        312,
    )


def test_a_page_against_the_rules_goes_out_as_a_card_with_a_button() -> None:
    """The card needs no tags: title, text and picture are in the message."""
    rendered = render(outcome(bytes_to_metadata=300_001), "https://shop.example/p/42", WHATSAPP)
    assert rendered.delivery is Delivery.CARD
    assert rendered.customer_sees.look is Look.LARGE_CARD
    assert rendered.message == {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "header": {"type": "image", "image": {"link": "https://shop.example/42.jpg"}},
            "body": {"text": "Trail shoe 42\nLight trail shoe, in stock."},
            "footer": {"text": "shop.example"},
            "action": {
                "name": "cta_url",
                "parameters": {
                    "display_text": "Open link",
                    "url": "https://shop.example/p/42",
                },
            },
        },
    }


def test_where_the_card_shows_no_more_the_link_is_pasted() -> None:
    page = outcome(title="x", image={"bytes": 5_000_001})
    rendered = render(page, "https://shop.example/p/42", WHATSAPP)
    assert rendered.delivery is Delivery.PASTE_PREVIEW
    assert rendered.customer_sees.because == ("image_over_600_kb",)
