"""RCS gets a rich card with a button."""

from base64 import b64decode
from typing import Any

import pytest

from preview_service.channels import channel
from preview_service.channels.base import Card, Picture
from preview_service.channels.rcs import rich_card, say
from preview_service.model import Delivery, Image, Look, Preview, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

RCS = channel("rcs")
URL = "https://shop.example/p/42"


def outcome(*, image: dict[str, Any] | None = None, **changes: Any) -> Outcome:
    facts = {"url": "https://cdn.example/42.jpg", "source_url": ""} | (image or {})
    known = {"title": "Trail shoe 42", "image": Image(**facts)} | changes
    preview = Preview(url=URL, host="shop.example", **known)
    return Outcome(status=Status.COMPLETE, preview=preview)


def content(known: Outcome, url: str = URL) -> Any:
    message = render(known, url, RCS).message
    return message["contentMessage"]["richCard"]["standaloneCard"]["cardContent"]


def test_a_card() -> None:
    shoe = Card(
        url=URL,
        host="shop.example",
        title="Trail shoe 42",
        description="Light trail shoe, in stock.",
        image=Picture(url="https://cdn.example/42.jpg", bytes=100_001),
    )
    assert rich_card(shoe) == {
        "contentMessage": {
            "richCard": {
                "standaloneCard": {
                    "cardOrientation": "VERTICAL",
                    "cardContent": {
                        "title": "Trail shoe 42",
                        "description": "Light trail shoe, in stock.",
                        "media": {
                            "height": "MEDIUM",
                            "contentInfo": {"fileUrl": "https://cdn.example/42.jpg"},
                        },
                        "suggestions": [
                            {
                                "action": {
                                    "text": "Open link",
                                    "postbackData": "b3Blbl9saW5r",
                                    "openUrlAction": {"url": URL},
                                }
                            }
                        ],
                    },
                }
            }
        }
    }


def test_what_comes_back_of_the_button_is_base64() -> None:
    (suggestion,) = content(outcome())["suggestions"]
    assert b64decode(suggestion["action"]["postbackData"], validate=True) == b"open_link"


@pytest.mark.parametrize(
    ("size", "is_thumbnail"), [(100_000, True), (100_001, False), (None, False)]
)
def test_a_small_picture_is_its_own_thumbnail(size: int | None, is_thumbnail: bool) -> None:
    info = content(outcome(image={"bytes": size}))["media"]["contentInfo"]
    assert ("thumbnailUrl" in info) is is_thumbnail


def test_words_are_a_text() -> None:
    assert say("<b> *x*") == {"contentMessage": {"text": "<b> *x*"}}


def test_without_a_picture_the_card_is_small() -> None:
    rendered = render(outcome(image=None, title=None), URL, RCS)
    assert rendered.customer_sees.look is Look.LARGE_CARD
    bare = outcome()
    assert bare.preview
    known = Outcome(status=Status.COMPLETE, preview=Preview(url=URL, host="shop.example"))
    rendered = render(known, URL, RCS)
    assert (rendered.customer_sees.look, rendered.customer_sees.because) == (
        Look.SMALL_CARD,
        ("no_image",),
    )
    assert "media" not in content(known)
    assert content(known)["title"] == "shop.example"


@pytest.mark.parametrize(
    ("image", "is_sent"),
    [
        ({"bytes": 100_000_000}, True),
        ({"bytes": 100_000_001}, False),
        ({"url": "https://cdn.example/42.gif"}, True),
        ({"url": "http://cdn.example/42.png"}, True),
        ({"url": "https://cdn.example/42.webp"}, False),
        ({"url": "https://cdn.example/".ljust(2000, "x")}, True),
        ({"url": "https://cdn.example/".ljust(2001, "x")}, False),
    ],
)
def test_images_of_a_card(image: dict[str, Any], is_sent: bool) -> None:
    assert ("media" in content(outcome(image=image))) is is_sent


def test_texts_are_cut_to_the_cards_limits() -> None:
    card = content(outcome(title="t" * 201, description="d" * 2001))
    assert (len(card["title"]), len(card["description"])) == (200, 2000)
    card = content(outcome(title="t" * 200, description="d" * 2000))
    assert (card["title"], card["description"]) == ("t" * 200, "d" * 2000)


@pytest.mark.parametrize(("chars", "delivery"), [(2048, Delivery.CARD), (2049, Delivery.TEXT)])
def test_a_link_too_long_for_a_button_goes_as_words(chars: int, delivery: Delivery) -> None:
    rendered = render(outcome(), f"{URL}?".ljust(chars, "x"), RCS)
    assert rendered.delivery is delivery


def test_nothing_is_known_to_unfurl_a_pasted_link() -> None:
    assert render(outcome(), URL, RCS, Way.PASTE).delivery is Delivery.TEXT
