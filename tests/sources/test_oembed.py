"""https://oembed.com/#section2.3"""

from typing import Any

from preview_service.model import Claim, Embed, Field, Page
from preview_service.sources.oembed import OEMBED

BASE = "https://films.example/watch?v=1"


def claims(**said: Any) -> list[Claim]:
    page = Page(url=BASE, base=BASE, charset="utf-8", embed=Embed(**said))
    return list(OEMBED.read(page))


def test_a_page_without_an_answer_claims_nothing() -> None:
    assert list(OEMBED.read(Page(url=BASE, base=BASE, charset="utf-8"))) == []


def test_a_film_claims_all_that_a_card_shows() -> None:
    found = claims(
        type="video",
        title=" Running\nuphill ",
        description="Six minutes.",
        author_name="Ann Runner",
        provider_name="Films",
        thumbnail_url="https://img.example/1.jpg",
        thumbnail_width=480,
        thumbnail_height=360,
        width=640,
        height=360,
    )
    assert found == [
        Claim(field=Field.TITLE, value="Running uphill", source="oembed:title"),
        Claim(field=Field.DESCRIPTION, value="Six minutes.", source="oembed:description"),
        Claim(field=Field.AUTHOR, value="Ann Runner", source="oembed:author_name"),
        Claim(field=Field.SITE_NAME, value="Films", source="oembed:provider_name"),
        Claim(field=Field.KIND, value="video", source="oembed:type"),
        Claim(
            field=Field.IMAGE,
            value="https://img.example/1.jpg",
            source="oembed:thumbnail_url",
            width=480,
            height=360,
        ),
    ]


def test_of_a_photo_the_photo_comes_before_its_thumbnail() -> None:
    found = claims(
        type="photo",
        url="https://img.example/large.jpg",
        width=1200,
        height=800,
        thumbnail_url="https://img.example/small.jpg",
    )
    assert [(claim.source, claim.value, claim.width) for claim in found] == [
        ("oembed:type", "image", None),
        ("oembed:url", "https://img.example/large.jpg", 1200),
        ("oembed:thumbnail_url", "https://img.example/small.jpg", None),
    ]


def test_a_frame_or_a_link_is_of_no_kind() -> None:
    for kind in ("rich", "link", "gif"):
        assert [claim.field for claim in claims(type=kind, title="x")] == [Field.TITLE]


def test_the_address_of_what_is_no_photo_is_no_picture() -> None:
    assert claims(type="link", title="x", url="https://img.example/a.jpg") == claims(
        type="link", title="x"
    )


def test_a_post_is_titled_with_its_authors_name() -> None:
    found = claims(type="rich", description="Trail shoes at last.", author_name="Ann Runner")
    assert [(claim.field, claim.value, claim.source) for claim in found] == [
        (Field.TITLE, "Ann Runner", "oembed:author_name as title"),
        (Field.DESCRIPTION, "Trail shoes at last.", "oembed:description"),
        (Field.AUTHOR, "Ann Runner", "oembed:author_name"),
    ]


def test_nothing_else_is_titled_with_its_authors_name() -> None:
    for said in (
        {"type": "rich", "title": "Song", "description": "A song."},
        {"type": "rich"},
        {"type": "video", "description": "A film."},
    ):
        sources = {claim.source for claim in claims(author_name="Ann Runner", **said)}
        assert "oembed:author_name as title" not in sources


def test_what_cannot_be_shown_is_not_claimed() -> None:
    assert (
        claims(
            type="link",
            title="\u200b",
            author_name="https://films.example/@ann",
            thumbnail_url="javascript:alert(1)",
        )
        == []
    )
