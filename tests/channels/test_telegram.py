"""Telegram draws the preview itself; where it would find no picture we send ours."""

from collections.abc import Callable
from typing import Any

import pytest

from preview_service.channels import channel
from preview_service.channels.base import Card, Picture
from preview_service.channels.telegram import paste, paste_in, photo, say
from preview_service.model import Delivery, Image, Look, Preview, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

TELEGRAM = channel("telegram")
URL = "https://shop.example/p/42"
SHOE = Card(
    url=f"{URL}?a=1&b=2",
    host="shop.example",
    title="Trail <shoe> & 42",
    description="Light & in stock.",
    image=Picture(url="https://cdn.example/42.jpg"),
)


def page(*, image: dict[str, Any] | None = None, **changes: Any) -> Preview:
    source = "https://cdn.example/42.jpg"
    known = {"width": 1200, "height": 630, "bytes": 83211} | (image or {})
    texts = {"title": "Trail shoe 42", "description": "Light."} | changes
    picture = Image(url=source, source_url=source, **known)
    return Preview(url=URL, host="shop.example", image=picture, **texts)


def test_a_link_names_the_preview_to_draw() -> None:
    assert paste(SHOE) == {
        "text": f"{URL}?a=1&b=2",
        "link_preview_options": {
            "url": f"{URL}?a=1&b=2",
            "prefer_large_media": True,
            "show_above_text": False,
        },
    }


def test_among_words_it_is_this_link_that_is_drawn_whichever_comes_first() -> None:
    message = paste_in(SHOE, f"Not https://other.example/ but {URL}?a=1&b=2 <b>")
    assert message["text"] == f"Not https://other.example/ but {URL}?a=1&b=2 <b>"
    assert message["link_preview_options"]["url"] == f"{URL}?a=1&b=2"
    (method, *_) = TELEGRAM.methods
    assert method.with_text is paste_in
    assert not method.is_first_link


def test_words_are_not_unfurled() -> None:
    assert say(f"<b> {URL}") == {
        "text": f"<b> {URL}",
        "link_preview_options": {"is_disabled": True},
    }


def test_a_photo_has_the_words_and_the_link_below_it() -> None:
    assert photo(SHOE) == {
        "photo": "https://cdn.example/42.jpg",
        "caption": "<b>Trail &lt;shoe&gt; &amp; 42</b>\n"
        "Light &amp; in stock.\n"
        "https://shop.example/p/42?a=1&amp;b=2",
        "parse_mode": "HTML",
    }


TAGS = ("og:title", "og:image")


@pytest.mark.parametrize(
    ("tags", "changes", "delivery", "look"),
    [
        (TAGS, {}, Delivery.PASTE_PREVIEW, Look.LARGE_CARD),
        (("title", "twitter:image"), {}, Delivery.PASTE_PREVIEW, Look.LARGE_CARD),
        (("title", "body:img"), {}, Delivery.CARD, Look.LARGE_CARD),
        (("body:img",), {"title": None}, Delivery.CARD, Look.LARGE_CARD),
        (("title", "body:img"), {"image": {"bytes": 5_000_000}}, Delivery.CARD, Look.LARGE_CARD),
        (("title", "body:img"), {"image": {"width": 249}}, Delivery.PASTE_PREVIEW, Look.SMALL_CARD),
        (
            ("title", "body:img"),
            {"image": {"bytes": 5_000_001}},
            Delivery.PASTE_PREVIEW,
            Look.SMALL_CARD,
        ),
    ],
)
def test_our_picture_goes_where_the_page_has_none_for_telegram(
    fetched: Callable[..., Outcome],
    tags: tuple[str, ...],
    changes: dict[str, Any],
    delivery: Delivery,
    look: Look,
) -> None:
    rendered = render(fetched(page(**changes), tags=tags), URL, TELEGRAM)
    assert (rendered.delivery, rendered.customer_sees.look) == (delivery, look)


@pytest.mark.parametrize(
    ("image", "is_sent"),
    [
        ({"width": 5000, "height": 5000}, True),
        ({"width": 5001, "height": 5000}, False),
        ({"width": 5000, "height": 5001}, False),
        ({"width": 250, "height": 5000}, True),
        ({"width": 249, "height": 5000}, False),
        ({"width": 120, "height": 120}, True),
        ({"width": 5000, "height": 250}, True),
        ({"width": 5000, "height": 249}, False),
        ({"media_type": "image/webp"}, True),
        ({"media_type": "image/gif"}, False),
        ({"width": None, "height": None, "bytes": None}, True),
    ],
)
def test_photos_telegram_takes(image: dict[str, Any], is_sent: bool) -> None:
    known = Outcome(status=Status.COMPLETE, preview=page(image=image))
    assert ("photo" in render(known, URL, TELEGRAM, Way.CARD).message) is is_sent


def test_a_caption_is_at_most_1024_characters() -> None:
    long = page(title="&" * 300, description="word " * 200)
    known = Outcome(status=Status.COMPLETE, preview=long)
    rendered = render(known, f"{URL}?".ljust(700, "x"), TELEGRAM, Way.CARD)
    assert len(rendered.message["caption"]) <= 1024
    assert rendered.message["caption"].endswith("x")
    assert rendered.message["caption"].startswith("<b>&amp;")


@pytest.mark.parametrize(("chars", "delivery"), [(700, Delivery.CARD), (701, Delivery.TEXT)])
def test_a_link_must_leave_a_caption_room(chars: int, delivery: Delivery) -> None:
    known = Outcome(status=Status.COMPLETE, preview=page())
    url = f"{URL}?".ljust(chars, "x")
    assert render(known, url, TELEGRAM, Way.CARD).delivery is delivery


@pytest.mark.parametrize(
    ("changes", "look", "because"),
    [
        ({"title": None}, Look.PLAIN_LINK, ("no_title",)),
        ({"title": "Trail shoe"}, Look.LARGE_CARD, ()),
        ({"image": {"media_type": "image/gif"}}, Look.LARGE_CARD, ()),
        ({"image": {"media_type": "image/svg+xml"}}, Look.SMALL_CARD, ("no_image",)),
    ],
)
def test_what_is_seen_of_a_pasted_link(
    changes: dict[str, Any], look: Look, because: tuple[str, ...]
) -> None:
    known = Outcome(status=Status.COMPLETE, preview=page(**changes))
    seen = render(known, URL, TELEGRAM, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


def test_a_page_without_a_picture_is_pasted() -> None:
    bare = Preview(url=URL, host="shop.example", title="Trail shoe 42")
    rendered = render(Outcome(status=Status.COMPLETE, preview=bare), URL, TELEGRAM)
    assert rendered.delivery is Delivery.PASTE_PREVIEW
    assert rendered.customer_sees.because == ("no_image",)
