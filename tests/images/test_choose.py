"""Which pictures are asked for, in which order, and which of what came is shown."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.images.base import Facts
from preview_service.images.choose import (
    MAX_PROBES,
    Candidate,
    Probed,
    best,
    choose,
    is_large,
    judge,
)
from preview_service.model import Claim, Field

SHOP = "https://shop.example"


def image(
    name: str, width: int | None = None, height: int | None = None, source: str = "og:image"
) -> Claim:
    value = name if "://" in name else f"{SHOP}/{name}"
    return Claim(field=Field.IMAGE, value=value, source=source, width=width, height=height)


def icon(name: str, side: int | None = None, rel: str = "icon") -> Claim:
    claim = image(name, side, side, f"link:{rel}")
    return msgspec.structs.replace(claim, field=Field.ICON)


def facts(width: int, height: int, **more: bool) -> Facts:
    return Facts(media_type="image/jpeg", width=width, height=height, **more)


def candidate(name: str = "shoe.jpg") -> Candidate:
    return Candidate(address=f"{SHOP}/{name}", claim=image(name))


def asked(images: list[Claim], icons: list[Claim] | None = None) -> list[str]:
    choice = choose(images, icons or [])
    return [each.address.removeprefix(f"{SHOP}/") for each in choice.candidates]


def left(images: list[Claim], icons: list[Claim] | None = None) -> list[tuple[str, str]]:
    choice = choose(images, icons or [])
    return [(each.claim.value.removeprefix(f"{SHOP}/"), each.reason) for each in choice.refused]


def test_the_order_of_the_page_is_kept() -> None:
    images = [image("a.jpg", 600, 315), image("b.jpg", 1200, 630), image("c.jpg")]
    assert asked(images) == ["a.jpg", "b.jpg"]
    assert left(images) == [("c.jpg", "past_two")]


def test_what_gives_itself_away_is_not_asked_for() -> None:
    images = [image("spacer.gif"), image("a.jpg"), image("logo.svg"), image("b.jpg")]
    assert asked(images) == ["a.jpg", "b.jpg"]
    assert left(images) == [("spacer.gif", "spacer"), ("logo.svg", "media_type")]
    assert choose(images).refused[0].rule == "name spacer"


@pytest.mark.parametrize(
    ("width", "height", "doubt"),
    [
        (1, 1, "declared_small"),
        (16, None, "declared_small"),
        (256, 192, "declared_small"),
        (1300, 210, "declared_odd_shape"),
        (210, 2200, "declared_odd_shape"),
        (200, 200, None),
        (1200, None, None),
        (None, None, None),
    ],
)
def test_a_declared_size_moves_a_picture_back_and_no_more(
    width: int | None, height: int | None, doubt: str | None
) -> None:
    images = [image("a.jpg", width, height), image("b.jpg")]
    assert asked(images) == (["b.jpg", "a.jpg"] if doubt else ["a.jpg", "b.jpg"])
    assert choose(images[:1]).candidates[0].doubt == doubt


def test_what_is_declared_twice_is_asked_for_once() -> None:
    images = [image("a.jpg", 600, 315), image("a.jpg", source="twitter:image"), image("b.jpg")]
    assert asked(images) == ["a.jpg", "b.jpg"]
    assert choose(images).candidates[0].claim == images[0]


def test_of_two_schemes_https_is_taken() -> None:
    images = [image("http://shop.example/a.jpg"), image("a.jpg", source="og:image:secure_url")]
    choice = choose(images)
    assert [each.address for each in choice.candidates] == [f"{SHOP}/a.jpg"]
    assert choice.candidates[0].claim.source == "og:image"


def test_icons_are_the_last_resort() -> None:
    icons = [icon("touch.png", 180), icon("large.png", 512)]
    assert asked([], icons) == ["large.png", "touch.png"]
    assert asked([image("a.jpg", 64, 64)], icons) == ["a.jpg", "large.png"]
    assert asked([image("a.jpg"), image("b.jpg")], icons) == ["a.jpg", "b.jpg"]
    assert choose([], icons).candidates[0].is_icon


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (icon("favicon.ico"), "media_type"),
        (icon("a.png", 32), "tiny_icon"),
        (icon("a.png"), "tiny_icon"),
        (icon("a.png", 49, rel="apple-touch-icon"), "tiny_icon"),
        (icon("a.png", 50), None),
        (icon("a.png", rel="apple-touch-icon"), None),
        (icon("a.png", rel="fluid-icon"), None),
    ],
)
def test_an_icon_has_to_be_as_large_as_a_picture(claim: Claim, reason: str | None) -> None:
    assert left([], [claim]) == ([(claim.value.removeprefix(f"{SHOP}/"), reason)] if reason else [])


def test_a_page_without_pictures_has_none() -> None:
    assert asked([]) == []


names = st.sampled_from(["a.jpg", "b.png", "spacer.gif", "logo.svg", "http://shop.example/a.jpg"])
side = st.integers(1, 3000) | st.none()


@given(
    st.lists(st.builds(image, names, side, side), max_size=8),
    st.lists(st.builds(icon, names, side), max_size=2),
)
def test_every_claim_is_asked_for_or_accounted_for(images: list[Claim], icons: list[Claim]) -> None:
    choice = choose(images, icons)
    assert len(choice.candidates) <= MAX_PROBES
    known = {each.claim.value.partition("://")[2] for each in choice.candidates + choice.refused}
    assert known == {claim.value.partition("://")[2] for claim in images + icons}


@pytest.mark.parametrize(
    ("width", "height", "size", "reason"),
    [
        (1, 1, 43, "one_pixel"),
        (1, 600, None, "too_small"),
        (600, 49, None, "too_small"),
        (50, 50, None, None),
        (728, 90, 30_000, "odd_shape"),
        (970, 250, 30_000, None),
        (600, 5000, None, None),
        (300, 3001, None, "odd_shape"),
        (6000, 4000, None, None),
        (6001, 4000, None, "too_many_pixels"),
        (600, 400, 128, "blank"),
        (600, 400, 129, None),
        (600, 400, 0, None),
    ],
)
def test_facts_decide(width: int, height: int, size: int | None, reason: str | None) -> None:
    assert judge(candidate(), facts(width, height), size) == reason


def test_a_moving_picture_is_fine() -> None:
    assert judge(candidate(), facts(480, 270, is_animated=True), 2_000_000) is None


def test_the_first_large_picture_is_shown() -> None:
    small, large, larger = (
        Probed(candidate=candidate(name), facts=facts(*sides))
        for name, sides in (("a.jpg", (600, 199)), ("b.jpg", (200, 200)), ("c.jpg", (1200, 630)))
    )
    assert not is_large(small.facts)
    assert best([small, large, larger]) == large
    assert best([small]) == small
    assert best([]) is None
