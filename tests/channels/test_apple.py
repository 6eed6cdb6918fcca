"""Apple's rich link carries its picture inside; a pasted link is previewed after a tap."""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from preview_service.channels import channel
from preview_service.model import Delivery, Image, Look, Preview, Rendered, Status, Way
from preview_service.outcome import FetchReport, Outcome, Purpose, Trail
from preview_service.renderer import render

APPLE = channel("enhanced_apple")
URL = "https://shop.example/p/42"
CARDS = Path(__file__).parents[2] / "fixtures/cards"


def stored(name: str) -> Preview:
    return msgspec.json.decode((CARDS / f"{name}.json").read_bytes(), type=Preview)


INLINE = stored("inline-png").image
assert INLINE is not None
PNG = INLINE.url.partition(",")[2]


def outcome(image: Image | None = INLINE, **changes: Any) -> Outcome:
    known = {"url": URL, "host": "shop.example", "title": "Trail shoe 42"} | changes
    return Outcome(status=Status.COMPLETE, preview=Preview(image=image, **known))


def linked(**facts: Any) -> Image:
    url = "https://cdn.example/42.png"
    return Image(url=url, source_url=url, **({"media_type": "image/png"} | facts))


def test_a_rich_link_carries_its_picture() -> None:
    rendered = render(outcome(description="Light."), URL, APPLE)
    assert rendered.delivery is Delivery.CARD
    assert UUID(rendered.message["id"]).version == 5
    assert rendered.message == {
        "v": 1,
        "id": rendered.message["id"],
        "type": "richLink",
        "richLinkData": {
            "url": URL,
            "title": "Trail shoe 42",
            "assets": {"image": {"data": PNG, "mimeType": "image/png"}},
        },
    }
    assert b64decode(PNG).endswith(b"IEND\xaeB`\x82")


def test_ids_name_the_content() -> None:
    assert APPLE.say("Have a look")["id"] == APPLE.say("Have a look")["id"]
    assert APPLE.say("Have a look")["id"] != APPLE.say("Have a look!")["id"]


def test_a_text() -> None:
    message = APPLE.say("Have a look")
    assert message == {"v": 1, "id": message["id"], "type": "text", "body": "Have a look"}


def test_without_a_picture_inside_the_link_is_pasted() -> None:
    rendered = render(outcome(linked()), URL, APPLE)
    assert rendered.delivery is Delivery.PASTE_PREVIEW
    assert rendered.message["body"] == URL
    assert rendered.customer_sees.because == ("tap_to_load_preview",)
    assert [act.because for act in rendered.fit] == ["not_inline", "required"]


def inline(data: bytes, media_type: str = "image/png") -> Image:
    from base64 import b64encode

    url = f"data:{media_type};base64,{b64encode(data).decode()}"
    return Image(url=url, source_url="https://cdn.example/42", width=240, height=126)


def png(size: int) -> bytes:
    return b64decode(PNG).ljust(size, b"\0")


@pytest.mark.parametrize(
    ("image", "delivery"),
    [
        (inline(png(200_000)), Delivery.CARD),
        (inline(png(200_001)), Delivery.TEXT),
        (inline(b"\xff\xd8\xff" + b"\0" * 500, "image/jpeg"), Delivery.TEXT),
        (inline(b"\xff\xd8\xff" + b"\0" * 500), Delivery.TEXT),
        (inline(b"\x89PNG\r\n\x1a\n"), Delivery.TEXT),
        (linked(), Delivery.TEXT),
        (None, Delivery.TEXT),
    ],
)
def test_a_picture_is_png_of_200_kb_at_most(image: Image | None, delivery: Delivery) -> None:
    assert render(outcome(image), URL, APPLE, Way.CARD).delivery is delivery


@pytest.mark.parametrize(
    ("size", "look", "because"),
    [
        ((150, 100), Look.LARGE_CARD, ()),
        ((149, 100), Look.SMALL_CARD, ("image_under_150_px_wide",)),
        ((240, 240), Look.SMALL_CARD, ("image_square",)),
        ((240, 239), Look.LARGE_CARD, ()),
        ((None, None), Look.LARGE_CARD, ()),
    ],
)
def test_how_a_rich_link_is_drawn(
    size: tuple[int | None, int | None], look: Look, because: tuple[str, ...]
) -> None:
    assert INLINE is not None
    image = replace(INLINE, width=size[0], height=size[1])
    seen = render(outcome(image), URL, APPLE, Way.CARD).customer_sees
    assert (seen.look, seen.because) == (look, because)


def came(outcome: Outcome, *, refreshes: int = 0, bytes_to_metadata: int = 900) -> Outcome:
    page = FetchReport(url=URL, purpose=Purpose.PAGE, status=200)
    hops = (FetchReport(url=URL, purpose=Purpose.REFRESH, status=200),) * refreshes
    return replace(outcome, bytes_to_metadata=bytes_to_metadata, trail=Trail(fetches=(page, *hops)))


@pytest.mark.parametrize(
    ("known", "look", "because"),
    [
        (came(outcome(linked())), Look.SMALL_CARD, ()),
        (came(outcome(linked()), bytes_to_metadata=1_000_000), Look.SMALL_CARD, ()),
        (
            came(outcome(linked()), bytes_to_metadata=1_000_001),
            Look.PLAIN_LINK,
            ("tags_after_1_mb",),
        ),
        (came(outcome(linked()), refreshes=1), Look.PLAIN_LINK, ("meta_refresh",)),
        (outcome(None), Look.SMALL_CARD, ("no_image",)),
        (outcome(linked(width=150)), Look.SMALL_CARD, ()),
        (outcome(linked(width=149)), Look.SMALL_CARD, ("image_under_150_px_wide",)),
        (outcome(linked(bytes=10_000_000)), Look.SMALL_CARD, ()),
        (outcome(linked(bytes=10_000_001)), Look.SMALL_CARD, ("image_over_10_mb",)),
    ],
)
def test_what_the_device_makes_of_a_pasted_link(
    known: Outcome, look: Look, because: tuple[str, ...]
) -> None:
    seen = render(known, URL, APPLE, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, ("tap_to_load_preview", *because))


@pytest.mark.parametrize("card", sorted(CARDS.glob("*.json")), ids=lambda path: path.stem)
def test_every_title_fits_a_rich_link(card: Path) -> None:
    preview = replace(stored(card.stem), image=INLINE)
    known = Outcome(status=Status.COMPLETE, preview=preview)
    data = render(known, preview.url, APPLE, Way.CARD).message["richLinkData"]
    assert 0 < len(data["title"]) <= 200
    assert max(data["title"]) <= "\uffff"
    assert data["url"] == preview.url


def test_a_title_of_emoji_alone_gives_way_to_the_host() -> None:
    rendered = render(outcome(title="👟🥾 👟"), URL, APPLE)
    assert rendered.message["richLinkData"]["title"] == "shop.example"


@pytest.mark.parametrize(
    ("image", "format_type"),
    [
        (linked(bytes=200_000), "RichLink"),
        (linked(bytes=200_001), "Text"),
        (linked(media_type="image/jpeg"), "Text"),
        (Image(url="https://cdn.example/42", source_url="https://cdn.example/42"), "Text"),
        (INLINE, "Text"),
        (None, "Text"),
    ],
)
def test_a_component_takes_a_png_by_its_address(image: Image | None, format_type: str) -> None:
    rendered = render(outcome(image), URL, APPLE, Way.COMPONENT)
    assert rendered.message["staticContent"]["formatType"] == format_type


def test_components_keep_the_published_schema(
    every_rendering: Callable[..., list[Rendered]], salesforce_kinds: Callable[..., set[str]]
) -> None:
    met = [salesforce_kinds(rendered.message) for rendered in every_rendering(APPLE)]
    assert set.union(*met) >= {"StaticContentRichLink", "StaticContentText", "ImageAsset"}
