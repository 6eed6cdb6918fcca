"""Viber draws a link by itself; a picture carries words and the link below it."""

from typing import Any

import pytest

from preview_service.channels import channel
from preview_service.channels.viber import picture, say
from preview_service.model import (
    Claim,
    Delivery,
    Field,
    Image,
    Look,
    Preview,
    Rendered,
    Status,
    Way,
)
from preview_service.outcome import FetchReport, Outcome, Purpose, Trail
from preview_service.renderer import render

VIBER = channel("viber")
URL = "https://shop.example/p/42"
TAGS = ("og:title", "og:image")


def outcome(
    *,
    url: str = URL,
    source: str | None = "https://cdn.example/42.jpg",
    image: dict[str, Any] | None = None,
    tags: tuple[str, ...] = TAGS,
    **changes: Any,
) -> Outcome:
    texts = {"title": "Trail shoe 42", "description": "Light trail shoe, in stock."} | changes
    picture = Image(url=source, source_url=source, **(image or {})) if source else None
    claims = tuple(Claim(field=Field.TITLE, value="x", source=tag) for tag in tags)
    return Outcome(
        status=Status.COMPLETE,
        preview=Preview(url=url, host="shop.example", image=picture, **texts),
        trail=Trail(
            claims={Field.TITLE: claims},
            fetches=(FetchReport(url=url, purpose=Purpose.PAGE, status=200),),
        ),
    )


def sent(known: Outcome, way: Way = Way.AUTO) -> Rendered:
    assert known.preview
    return render(known, known.preview.url, VIBER, way)


def test_the_title_gives_way_to_the_link_and_not_the_picture() -> None:
    url = "https://shop.example/".ljust(450, "x")
    source = "https://cdn.example/42.jpg"
    image = Image(url=source, source_url=source, width=1000, height=500)
    known = Preview(url=url, host="shop.example", title="Trail shoe " * 20, image=image)
    outcome = Outcome(status=Status.COMPLETE, preview=known)
    message = render(outcome, url, channel("viber"), Way.CARD).message
    assert message["media"] == source
    title, link = message["text"].split("\n")
    assert link == url
    assert title.startswith("Trail shoe")
    assert len(message["text"]) <= 512


def test_the_app_draws_a_bare_link() -> None:
    assert sent(outcome()).message == {"min_api_version": 1, "type": "url", "media": URL}
    assert sent(outcome()).delivery is Delivery.PASTE_PREVIEW


def test_a_picture_has_title_description_and_link_below_it() -> None:
    assert sent(outcome(), Way.CARD).message == {
        "min_api_version": 1,
        "type": "picture",
        "text": f"Trail shoe 42\nLight trail shoe, in stock.\n{URL}",
        "media": "https://cdn.example/42.jpg",
    }


def test_words_are_a_text() -> None:
    assert say("Hello") == {"min_api_version": 1, "type": "text", "text": "Hello"}


@pytest.mark.parametrize(
    ("known", "look", "because"),
    [
        (outcome(), Look.LARGE_CARD, ()),
        (outcome(title=None), Look.PLAIN_LINK, ("no_title",)),
        (outcome(tags=("og:image",)), Look.SMALL_CARD, ("no_og_title",)),
        (outcome(tags=("og:title",)), Look.SMALL_CARD, ("no_og_image",)),
        (outcome(source=None), Look.SMALL_CARD, ("no_image",)),
    ],
)
def test_what_the_app_is_taken_to_need(
    known: Outcome, look: Look, because: tuple[str, ...]
) -> None:
    seen = sent(known, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


def test_a_page_without_tags_goes_out_as_the_picture_that_was_found() -> None:
    rendered = sent(outcome(tags=("html:title", "body:img")))
    assert rendered.delivery is Delivery.CARD
    assert rendered.customer_sees.look is Look.LARGE_CARD


@pytest.mark.parametrize(
    ("source", "image", "is_sent"),
    [
        ("https://cdn.example/42.jpeg", {}, True),
        ("https://cdn.example/42.PNG?w=1", {}, True),
        ("https://cdn.example/42", {"media_type": "image/jpeg"}, False),
        ("https://cdn.example/42.php?f=42.jpg", {"media_type": "image/jpeg"}, False),
        ("https://cdn.example/42.webp", {}, False),
        ("https://cdn.example/42.jpg", {"bytes": 1_000_000}, True),
        ("https://cdn.example/42.jpg", {"bytes": 1_000_001}, False),
        ("https://cdn.example/" + "a" * 1976 + ".jpg", {}, True),
        ("https://cdn.example/" + "a" * 1977 + ".jpg", {}, False),
    ],
)
def test_the_documented_pictures(source: str, image: dict[str, Any], is_sent: bool) -> None:
    rendered = sent(outcome(source=source, image=image), Way.CARD)
    assert (rendered.delivery is Delivery.CARD) is is_sent


@pytest.mark.parametrize(("length", "delivery"), [(480, Delivery.CARD), (481, Delivery.TEXT)])
def test_a_link_that_leaves_no_room_below_a_picture(length: int, delivery: Delivery) -> None:
    url = URL + "a" * (length - len(URL))
    rendered = sent(outcome(url=url, title="Trail shoe " * 20, description="x" * 300), Way.CARD)
    assert rendered.delivery is delivery
    if delivery is Delivery.CARD:
        caption = rendered.message["text"]
        assert len(caption) <= 512
        assert caption.endswith(f"\n{url}")


@pytest.mark.parametrize(
    ("length", "delivery"), [(2000, Delivery.PASTE_PREVIEW), (2001, Delivery.TEXT)]
)
def test_the_longest_link(length: int, delivery: Delivery) -> None:
    assert sent(outcome(url=URL + "a" * (length - len(URL)))).delivery is delivery


def test_a_picture_is_the_only_method_that_needs_one() -> None:
    assert sent(outcome(source=None), Way.CARD).delivery is Delivery.TEXT
    assert [method.render for method in VIBER.methods if method.picture] == [picture]
