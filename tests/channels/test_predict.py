"""What the customer will see, from documented rules and known facts."""

import msgspec
import pytest

from preview_service.channels.base import Card, Facts, Measured, Picture, Rule
from preview_service.channels.predict import (
    descriptions,
    forecast,
    image_alt_chars,
    image_aspect,
    image_bytes,
    image_width,
    images,
    ip_hosts,
    longest_url_chars,
    metadata_bytes,
    site_name_chars,
    square_images,
    tagged,
    titles,
)
from preview_service.model import Forecast, Image, Look, Preview


def facts(
    url: str = "https://shop.example/p/42",
    *,
    title: str | None = None,
    description: str | None = None,
    image: Picture | None = None,
    bytes_to_metadata: int = 0,
) -> Facts:
    preview = Preview(url=url, host="shop.example", title=title, description=description)
    card = Card(url=url, host="shop.example", title="shop.example", image=image)
    return Facts(
        preview=preview, card=card, measured=Measured(bytes_to_metadata=bytes_to_metadata or None)
    )


def picture(**known: int) -> Picture:
    return Picture(url="https://cdn.example/42.jpg", **known)  # type: ignore[arg-type]


def test_the_facts_of_a_full_card() -> None:
    known = facts(
        title="Trail shoe",
        description="Light.",
        image=picture(width=1200, height=600, bytes=83211),
        bytes_to_metadata=2048,
    )
    assert [measure(known) for measure in (titles, descriptions, images)] == [1, 1, 1]
    assert (image_width(known), image_aspect(known), image_bytes(known)) == (1200, 2.0, 83211)
    assert metadata_bytes(known) == 2048


def test_what_is_absent_is_none_and_what_is_unknown_is_not_judged() -> None:
    bare = facts(title=" ", description="\u200f")
    assert [measure(bare) for measure in (titles, descriptions, images)] == [0, 0, 0]
    assert [measure(bare) for measure in (image_width, image_aspect, image_bytes)] == [None] * 3
    assert metadata_bytes(bare) is None
    half_known = facts(image=picture(width=1200))
    assert image_aspect(half_known) is None
    assert (square_images(half_known), square_images(bare)) == (None, None)


def test_squares() -> None:
    assert square_images(facts(image=picture(width=240, height=240))) == 1
    assert square_images(facts(image=picture(width=240, height=239))) == 0


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://shop.example/", 0),
        ("https://198.51.100.7/", 1),
        ("https://198.51.100.7:8443/p", 1),
        ("https://[2001:db8::7]/", 1),
        ("https://[/", 0),
        ("https://1.2.3.4.example/", 0),
    ],
)
def test_hosts_that_are_addresses(url: str, hosts: int) -> None:
    assert ip_hosts(facts(url)) == hosts


BY_WIDTH = Rule(name="narrow", measure=image_width, min=300, leaves=Look.SMALL_CARD)
BY_BYTES = Rule(name="heavy", measure=image_bytes, max=600, leaves=Look.SMALL_CARD)
BY_TITLE = Rule(name="nameless", measure=titles, min=1, leaves=Look.PLAIN_LINK)


@pytest.mark.parametrize(
    ("known", "look", "because"),
    [
        (facts(title="x", image=picture(width=300, bytes=600)), Look.LARGE_CARD, ()),
        (facts(title="x", image=picture()), Look.LARGE_CARD, ()),
        (facts(title="x", image=picture(width=299)), Look.SMALL_CARD, ("narrow",)),
        (facts(title="x", image=picture(bytes=601)), Look.SMALL_CARD, ("heavy",)),
        (
            facts(title="x", image=picture(width=1, bytes=601)),
            Look.SMALL_CARD,
            ("narrow", "heavy"),
        ),
        (facts(image=picture(width=1)), Look.PLAIN_LINK, ("narrow", "nameless")),
    ],
)
def test_broken_rules_are_named_and_the_worst_of_them_decides(
    known: Facts, look: Look, because: tuple[str, ...]
) -> None:
    assert forecast((BY_WIDTH, BY_BYTES, BY_TITLE), known) == Forecast(look=look, because=because)


def test_without_rules_a_card_is_large() -> None:
    assert forecast((), facts()) == Forecast(look=Look.LARGE_CARD)


@pytest.mark.parametrize(
    ("tags", "ways"),
    [
        ({"og:title"}, 1),
        ({"og:title", "twitter:title"}, 2),
        ({"title", "meta:description"}, 1),
        ({"title"}, 0),
        ({"meta:description"}, 0),
        ({"og:titles", "x:og:title"}, 0),
        (set(), 0),
    ],
)
def test_in_how_many_ways_a_page_says_a_thing(tags: set[str], ways: int) -> None:
    measure = tagged("title", ("og:title",), ("twitter:title",), ("title", "meta:description"))
    known = facts(title="Trail shoe")
    known = msgspec.structs.replace(known, measured=Measured(tags=frozenset(tags)))
    assert measure(known) == ways


def test_a_part_of_a_tag_is_the_tag() -> None:
    image = Image(url="https://cdn.example/42.jpg", source_url="https://cdn.example/42.jpg")
    known = msgspec.structs.replace(
        facts(),
        preview=Preview(url="https://shop.example/", host="shop.example", image=image),
        measured=Measured(tags=frozenset({"og:image:secure_url"})),
    )
    assert tagged("image", ("og:image",))(known) == 1


def test_ways_to_say_are_judged_only_of_what_is_said_on_a_page_that_was_read() -> None:
    read = Measured(tags=frozenset({"og:title"}))
    assert tagged("title", ("og:title",))(facts(title="Trail shoe")) is None
    assert tagged("title", ("og:title",))(msgspec.structs.replace(facts(), measured=read)) is None


def test_lengths_of_what_a_page_has() -> None:
    image = Image(url="https://cdn.example/42.jpg", source_url="", alt="A shoe")
    known = facts("https://shop.example/")
    full = msgspec.structs.replace(known.preview, site_name="Acme", image=image)
    known = msgspec.structs.replace(known, preview=full)
    lengths = (site_name_chars, image_alt_chars, longest_url_chars)
    assert [measure(known) for measure in lengths] == [4, 6, len(image.url)]
    assert [measure(facts("https://shop.example/")) for measure in lengths] == [0, 0, 21]
