"""The neutral card."""

from preview_service.channels.base import Card, Picture
from preview_service.channels.generic import card, say
from preview_service.model import Kind


def test_a_card_carries_every_field_it_has() -> None:
    full = Card(
        url="https://shop.example/p/42",
        host="shop.example",
        title="Trail shoe 42",
        description="Light trail shoe, in stock.",
        site_name="Acme",
        kind=Kind.PRODUCT,
        lang="en",
        image=Picture(
            url="https://cdn.example/42.jpg",
            media_type="image/jpeg",
            width=1200,
            height=630,
            alt="A shoe",
        ),
    )
    assert card(full) == {
        "type": "card",
        "url": "https://shop.example/p/42",
        "host": "shop.example",
        "title": "Trail shoe 42",
        "description": "Light trail shoe, in stock.",
        "site_name": "Acme",
        "kind": "product",
        "lang": "en",
        "image": {
            "url": "https://cdn.example/42.jpg",
            "media_type": "image/jpeg",
            "width": 1200,
            "height": 630,
            "alt": "A shoe",
        },
    }


def test_a_card_has_no_empty_fields() -> None:
    assert card(Card(url="https://shop.example/", host="shop.example", title="shop.example")) == {
        "type": "card",
        "url": "https://shop.example/",
        "host": "shop.example",
        "title": "shop.example",
        "kind": "website",
    }


def test_a_text() -> None:
    assert say("Have a look") == {"type": "text", "text": "Have a look"}
